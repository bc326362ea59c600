"""Projects and organizations: a key sees its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask.views import MethodView

from app.api.auth import organization, project
from app.api.base import Blueprint
from app.api.errors import abort
from models import Organization, Project, read_session
from schemas.projects import OrganizationSchema, ProjectQuerySchema, ProjectSchema

projects = Blueprint("Projects", "/api/v1/projects", "What files, directories and jobs belong to.")
organizations = Blueprint("Organizations", "/api/v1/organizations", "Who owns projects.")
BLUEPRINTS = (projects, organizations)


@projects.route("")
class Projects(MethodView):
    """The projects of a key."""

    @projects.arguments(ProjectQuerySchema, location="query")
    @projects.response(200, ProjectSchema(many=True))
    def get(self, query: dict[str, Any]) -> Sequence[Project]:
        """List the projects that the key opens: one"""
        with read_session() as session:
            own = session.get_one(Project, project())
        return [own] if query["project_name"] in {None, own.name} else []


@projects.route("/<project_id>")
class ProjectById(MethodView):
    """One project."""

    @projects.response(200, ProjectSchema)
    @projects.alt_response(404, description="Not the key's project")
    def get(self, project_id: str) -> Project:
        """Get a project"""
        return existing_project(project_id)


@organizations.route("")
class Organizations(MethodView):
    """The organizations of a key."""

    @organizations.response(200, OrganizationSchema(many=True))
    def get(self) -> Sequence[Organization]:
        """List the organizations that the key belongs to: one"""
        with read_session() as session:
            return [session.get_one(Organization, organization())]


@organizations.route("/<organization_id>")
class OrganizationById(MethodView):
    """One organization."""

    @organizations.response(200, OrganizationSchema)
    @organizations.alt_response(404, description="Not the key's organization")
    def get(self, organization_id: str) -> Organization:
        """Get an organization"""
        if organization_id != organization():
            abort(404, f"Organization {organization_id} not found")
        with read_session() as session:
            return session.get_one(Organization, organization_id)


def existing_project(project_id: str) -> Project:
    """The project of this id, which is the key's own, else 404."""
    if project_id != project():
        abort(404, f"Project {project_id} not found")
    with read_session() as session:
        return session.get_one(Project, project_id)
