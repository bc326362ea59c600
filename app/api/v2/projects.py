"""Projects, version 2: the list is read by cursor."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask.views import MethodView

from app.api.auth import project
from app.api.base import Blueprint
from app.api.paging import ListPage, by_cursor
from app.api.v1.projects import existing_project
from models import Project, read_session
from schemas.projects import ProjectListQuerySchema, ProjectPageSchema, ProjectSchema

blueprint = Blueprint("Projects (v2)", "/api/v2/projects", "What files, directories and jobs belong to.")
BLUEPRINTS = (blueprint,)


@blueprint.route("")
class Projects(MethodView):
    """The projects of a key."""

    @blueprint.arguments(ProjectListQuerySchema, location="query")
    @blueprint.response(200, ProjectPageSchema)
    def get(self, query: dict[str, Any]) -> ListPage:
        """List the projects that the key opens: one"""
        own = sa.select(Project).where(Project.id == project())
        if query["name"] is not None:
            own = own.where(Project.name == query["name"])
        by = (Project.created_at, Project.id)
        with read_session() as session:
            return by_cursor(session, own, by, size=query["page_size"], token=query["page_token"])


@blueprint.route("/<project_id>")
class ProjectById(MethodView):
    """One project."""

    @blueprint.response(200, ProjectSchema)
    @blueprint.alt_response(404, description="Not the key's project")
    def get(self, project_id: str) -> Project:
        """Get a project"""
        return existing_project(project_id)
