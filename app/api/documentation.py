"""The OpenAPI document at `/openapi.json`, and the same for people at `/docs`: one page, without scripts, offline."""

from __future__ import annotations

import base64
import hashlib
import re

from flask import Blueprint, Flask, Response, make_response, render_template
from markupsafe import Markup, escape

from app.api.errors import Api
from schemas.configurations import parameters_properties
from schemas.job_config import job_config_properties

DESCRIPTION = """\
Sheaf parses and classifies whole directories of documents. The official LlamaCloud SDKs speak this API: point them at this \
server with `base_url` and a key made here. Batches have two APIs over the same jobs: `/api/v2/batches`, which newer SDKs call \
`client.batches`, and `/api/v1/beta/batch-processing`, the `client.beta.batch` of older ones, with counts, items and retries. \
Errors are `{"detail": "text"}`, and for a 422 a list of places."""

HARMLESS = {"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer"}
"""Headers of a page that nobody else's page is to frame, nor to learn about by a link."""

METHODS = ("get", "post", "put", "patch", "delete")


def make_api(app: Flask) -> Api:
    """The API of `app`: its description, its way of authentication, and the pages that tell about it."""
    app.config.update(
        API_TITLE="Sheaf",
        API_VERSION="1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        API_SPEC_OPTIONS={
            "info": {"description": DESCRIPTION},
            "security": [{"bearer": []}],
            "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
        },
    )
    api = Api(app)
    for describe in (job_config_properties, parameters_properties):
        api.ma_plugin.converter.add_attribute_function(describe)
    app.register_blueprint(_page(api))
    return api


def policy(style: str) -> str:
    """The Content-Security-Policy of a page that loads nothing and has this one inline style."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )


def _page(api: Api) -> Blueprint:
    page = Blueprint("docs", __name__, template_folder="templates")
    page.add_app_template_filter(_prose, "prose")

    @page.get("/docs")
    def docs() -> Response:
        spec = api.spec.to_dict()
        operations = [
            (method, path, operation)
            for path, operations in spec["paths"].items()
            for method, operation in operations.items()
            if method in METHODS
        ]
        response = make_response(render_template("docs.html", spec=spec, operations=operations))
        response.headers.update(HARMLESS)
        response.headers["Content-Security-Policy"] = policy(render_template("docs.css"))
        return response

    return page


def _prose(text: str | None) -> Markup:
    """Text with what stands between backticks set as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text or ""))))  # noqa: S704 - escaped just before
