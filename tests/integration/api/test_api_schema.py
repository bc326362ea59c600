"""Whatever fits the OpenAPI document, and much that does not, is answered and never breaks the server."""

from __future__ import annotations

from typing import Any, cast

import hypothesis
import schemathesis
from conftest import KEY
from flask import Flask
from schemathesis import Case
from support.databases import whichever_database

EXPECTED_UNREADY = "/readyz"
"""Answers 503 here, since the schema of this database was not made by a migration."""
schemathesis.serializer.alias(["application/x-tar", "application/gzip"], "application/octet-stream")


@whichever_database
def test_no_request_made_from_the_document_fails_on_the_server(app: Flask) -> None:
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    for result in schema.get_all_operations():
        operation: Any = cast("Any", result).ok()
        if operation.path == EXPECTED_UNREADY:
            continue

        @hypothesis.settings(
            max_examples=5,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=operation.as_strategy())
        def answers(case: Case[Any]) -> None:
            response = case.call(headers={"Authorization": f"Bearer {KEY}"})
            assert response.status_code < 500, f"{case.as_curl_command()}: {response.text}"
            if response.status_code >= 400:
                assert "detail" in response.json()

        answers()
