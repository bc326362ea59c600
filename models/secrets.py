"""Secrets at rest: encrypted with SHEAF_SECRET_KEY, readable only by processes that have it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet

_cipher: list[Fernet] = []


def use_key(secret_key: str) -> None:
    """Use `secret_key` (any text) from now on in this process; an empty one leaves secrets unreadable."""
    digest = hashlib.sha256(b"sheaf.secrets:" + secret_key.encode()).digest()
    _cipher[:] = [Fernet(base64.urlsafe_b64encode(digest))] if secret_key else []


class EncryptedJson(sa.types.TypeDecorator[dict[str, Any]]):
    """A JSON object that leaves this process only encrypted. Raises RuntimeError when there is no key."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, _dialect: sa.Dialect) -> str | None:
        """Encrypt."""
        return None if value is None else _require().encrypt(json.dumps(value).encode()).decode()

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> dict[str, Any] | None:
        """Decrypt."""
        if value is None:
            return None
        loaded: dict[str, Any] = json.loads(_require().decrypt(value.encode()))
        return loaded


def _require() -> Fernet:
    if not _cipher:
        message = "SHEAF_SECRET_KEY is not set: secrets of jobs cannot be stored or read"
        raise RuntimeError(message)
    return _cipher[0]
