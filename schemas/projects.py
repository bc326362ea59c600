"""Projects and organizations on the wire."""

from __future__ import annotations

from marshmallow import fields

from schemas.base import Moment, Text, WireSchema
from schemas.paging import CursorSchema, page_schema


class ProjectSchema(WireSchema):
    """What everything else belongs to; a key opens exactly one."""

    id = Text(required=True)
    name = Text(required=True)
    organization_id = Text(required=True)
    is_default = fields.Constant(True, metadata={"type": "boolean", "description": "A key has one project."})
    created_at = Moment(allow_none=True)
    updated_at = Moment(allow_none=True)


class ProjectQuerySchema(WireSchema):
    """Query parameters of the list of projects."""

    project_name = Text(load_default=None, metadata={"description": "Only the project of exactly this name."})


ProjectPageSchema = page_schema(ProjectSchema, "ProjectPage")


class ProjectListQuerySchema(CursorSchema):
    """Query parameters of the list of projects, version 2."""

    name = Text(load_default=None, metadata={"description": "Only the project of exactly this name."})


class OrganizationSchema(WireSchema):
    """Who owns projects."""

    id = Text(required=True)
    name = Text(required=True)
    created_at = Moment(allow_none=True)
    updated_at = Moment(allow_none=True)
    parse_plan_level = fields.Constant("DEFAULT", metadata={"description": "Sheaf has no plans."})
    stripe_customer_id = fields.Constant(None, metadata={"type": "null"})
    feature_flags = fields.Constant(None, metadata={"type": "null"})
