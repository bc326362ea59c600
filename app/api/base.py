"""What all resources share: a blueprint that asks for the key first, reads JSON strictly, and documents both."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import flask_smorest
import marshmallow as ma
import orjson
from flask import Request, Response, request
from flask.json.provider import JSONProvider
from webargs.core import missing
from webargs.flaskparser import FlaskParser

from app.api.auth import authenticate, check_scope
from app.api.errors import REASONS, abort, abort_invalid
from app.state import current
from schemas.errors import DetailSchema, HTTPValidationErrorSchema

F = TypeVar("F", bound=Callable[..., Any])
SCOPE = [
    {"in": "query", "name": "organization_id", "schema": {"type": "string"}, "description": "Must be the key's own."},
    {"in": "query", "name": "project_id", "schema": {"type": "string"}, "description": "Must be the key's own."},
    {"in": "cookie", "name": "session", "schema": {"type": "string"}, "description": "Accepted and ignored."},
]


class JsonProvider(JSONProvider):
    """JSON by orjson: strict about what it reads (no NaN, no lone surrogates), and fast."""

    def dumps(self, obj: Any, **_options: Any) -> str:
        """Text of `obj`."""
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **_options: Any) -> Any:
        """What the text says. Raises ValueError."""
        return orjson.loads(s)


class Parser(FlaskParser):
    """Reads the arguments of a request; a body that is no JSON is answered as FastAPI does, on which clients rely."""

    def load_json(self, req: Request, schema: ma.Schema) -> Any:
        """The body of a request, or `missing`."""
        del schema
        req.max_content_length = current().settings.max_json_mb << 20
        body = req.get_data(cache=True)
        if req.content_length is None and len(body) == req.max_content_length:
            abort(413, REASONS[413])  # werkzeug ends a body without a length at the limit, as if there were no more
        if not body:
            return missing
        if req.mimetype and not req.is_json:
            abort(415, f"Send the body as application/json, not as {req.mimetype}")
        try:
            payload = orjson.loads(body)
            orjson.dumps(payload)  # it writes less deep nesting than it reads
        except orjson.JSONDecodeError as error:
            abort_invalid(("body", error.pos), f"JSON decode error: {error.msg}", "json_invalid")
        except orjson.JSONEncodeError:
            abort_invalid(("body",), "JSON decode error: nested too deeply", "json_invalid")
        return payload


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc] # flask-smorest has no types
    """A group of operations under `prefix`. A `secured` one asks for the key before it looks at anything else."""

    ARGUMENTS_PARSER = Parser()

    def __init__(
        self,
        name: str,
        prefix: str,
        description: str,
        *,
        secured: bool = True,
        scoped: bool = True,
        etag: bool = False,
    ) -> None:
        """`scoped` also checks `project_id` and `organization_id` of the query; `etag` answers 304 to `If-None-Match`."""
        super().__init__(name, __name__, url_prefix=prefix, description=description)
        self.secured, self.scoped = secured, secured and scoped
        if secured:
            self.before_request(authenticate)
        if self.scoped:
            self.before_request(check_scope)
        if etag:
            self.after_request(_answer_unchanged)
        self._prepare_doc_cbks.append(self._prepare_shared_doc)

    def route(self, rule: str, **options: Any) -> Callable[[F], F]:
        """See flask-smorest; typed."""
        return super().route(rule, **options)  # type: ignore[no-any-return] # flask-smorest has no types

    def arguments(self, schema: type[ma.Schema] | ma.Schema, **options: Any) -> Callable[[F], F]:
        """See flask-smorest; typed. A schema is made once, not for each request."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **options)  # type: ignore[no-any-return] # flask-smorest has no types

    def response(
        self, status_code: int, schema: type[ma.Schema] | ma.Schema | None = None, **options: Any
    ) -> Callable[[F], F]:
        """See flask-smorest; typed."""
        return super().response(status_code, schema, **options)  # type: ignore[no-any-return] # flask-smorest has no types

    def alt_response(self, status_code: int, **options: Any) -> Callable[[F], F]:
        """See flask-smorest; typed, and an error unless a schema is given."""
        options.setdefault("schema", DetailSchema)
        return super().alt_response(status_code, **options)  # type: ignore[no-any-return] # flask-smorest has no types

    def doc(self, **options: Any) -> Callable[[F], F]:
        """See flask-smorest; typed."""
        return super().doc(**options)  # type: ignore[no-any-return] # flask-smorest has no types

    def _prepare_arguments_doc(self, doc: dict[str, Any], doc_info: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Describe the fields and the files of a form as the one body they are; flask-smorest keeps one of the two."""
        parameters = doc_info.get("arguments", {}).get("parameters", [])
        fields = [one for one in parameters if one["in"] == "form"]
        files = [one for one in parameters if one["in"] == "files"]
        if fields and files:
            files[0]["schema"] = _both(fields[0]["schema"].__class__, files[0]["schema"].__class__)
            parameters.remove(fields[0])
        described: dict[str, Any] = super()._prepare_arguments_doc(doc, doc_info, **options)
        return described

    def _prepare_shared_doc(self, doc: dict[str, Any], info: dict[str, Any], **_options: Any) -> dict[str, Any]:
        """Add to every operation what it need not say: the scope, and the answers 401, 403 and 422."""
        responses = doc.setdefault("responses", {})
        responses[422] = _described("The request is invalid", HTTPValidationErrorSchema)
        if self.secured:
            responses[401] = _described("No key, or an unknown one", DetailSchema)
            responses[403] = _described("The key may only read", DetailSchema)
        else:
            doc["security"] = []
        own = info.get("manual_doc", {}).pop("parameters", [])
        doc["parameters"] = [*doc.get("parameters", []), *own, *(SCOPE if self.scoped else [])]
        return doc


def _answer_unchanged(response: Response) -> Response:
    """304 without a body when the caller has this very answer already, so that polling is cheap."""
    if request.method == "GET" and response.status_code == 200:
        response.add_etag()
        response.make_conditional(request)
    return response


@functools.cache
def _both(fields: type[ma.Schema], files: type[ma.Schema]) -> type[ma.Schema]:
    name = fields.__name__.removesuffix("Schema")
    return type(f"{name}FormSchema", (fields, files), {"__doc__": f"{name} as a form, with its file."})


def _described(description: str, schema: type[ma.Schema]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
