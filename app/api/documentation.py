"""The OpenAPI document at `/openapi.json`."""

from __future__ import annotations

from flask import Flask

from app.api.errors import Api
from schemas.job_config import job_config_properties

DESCRIPTION = "Sheaf parses and classifies whole directories of documents. The official LlamaCloud SDKs speak this API."


def make_api(app: Flask) -> Api:
    """The API of `app`, with its description and its way of authentication."""
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
    api.ma_plugin.converter.add_attribute_function(job_config_properties)
    return api
