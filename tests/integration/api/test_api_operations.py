"""Each operation that the newest pinned SDK can call is answered as the API documents it, or named as what this server is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from support.databases import whichever_database
from support.sdks import python_packages

CALL = re.compile(r'self\._(get|post|put|patch|delete|get_api_list)\(\s*(?:path_template\(\s*)?f?"(/[^"]+)"')
"""How the SDK makes a request."""
METHOD_OF_LIST = re.compile(r'method="(\w+)"')

Operation = tuple[str, str]
"""A method, and a path whose variable parts are `{}`."""


def operation(method: str, path: str) -> Operation:
    return method.lower(), re.sub(r"\{[^}]*\}", "{}", path)


@pytest.fixture(scope="module")
def callable_operations() -> set[Operation]:
    """What the SDK calls, read in its source."""
    resources = python_packages("llama-cloud==2.19.0") / "llama_cloud" / "resources"
    return {one for file in resources.rglob("*.py") for one in operations_in(file)}


def operations_in(file: Path) -> set[Operation]:
    """What one resource of the SDK calls. A list is asked for by GET unless its call says otherwise."""
    text = file.read_text(encoding="utf-8")
    found = set()
    for match in CALL.finditer(text):
        rest = re.split(r"\n    (?:async )?def ", text[match.end() :], maxsplit=1)[0]
        named = METHOD_OF_LIST.search(rest) if match[1] == "get_api_list" else None
        method = named[1] if named else match[1].replace("get_api_list", "get")
        found.add(operation(method, match[2]))
    return found


@pytest.fixture
def documented(client: FlaskClient) -> set[Operation]:
    """The operations of the OpenAPI document."""
    paths = client.get("/openapi.json").get_json()["paths"]
    return {operation(method, path) for path, operations in paths.items() for method in operations}


@whichever_database
def test_what_the_sdk_calls_is_documented_or_answered_with_what_this_server_has(
    client: FlaskClient, callable_operations: set[Operation], documented: set[Operation]
) -> None:
    assert len(callable_operations) == 151, "166 methods of the SDK, some of them for the same operation"
    elsewhere = callable_operations - documented
    speechless = []
    for method, path in sorted(elsewhere):
        answer = client.open(path.replace("{}", "some-id"), method=method.upper(), json={})
        detail = answer.get_json().get("detail")
        if answer.status_code != 404 or not str(detail).startswith("This server has no "):
            speechless.append((method, path, answer.status_code, detail))
    assert not speechless, "\n".join(map(str, speechless))
    assert len(callable_operations & documented) >= 50, "what this server has"
