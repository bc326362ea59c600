"""Uploads as forms, through a test client."""

from __future__ import annotations

import io
from typing import Any

from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

FILES = "/api/v1/beta/files"


def form(parts: dict[str, Any]) -> dict[str, Any]:
    """A form's body in memory; the test client would leave a larger one open in a temporary file."""
    files = {name: FileStorage(*part) if isinstance(part, tuple) else part for name, part in parts.items()}
    boundary, body = encode_multipart(files)
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


def upload(client: FlaskClient, content: bytes = b"%PDF-1.7", name: str = "a.pdf", **parts: str) -> dict[str, Any]:
    answer = client.post(FILES, **form({"purpose": "parse", **parts, "file": (io.BytesIO(content), name)}))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json
    return found
