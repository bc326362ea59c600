"""Secrets at rest: encrypted with SHEAF_SECRET_KEY, readable only by processes that have it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

_cipher: list[Fernet] = []


def use_key(secret_key: str) -> None:
    """Use `secret_key` (any text) from now on in this process; an empty one leaves secrets unreadable."""
    digest = hashlib.sha256(b"sheaf.secrets:" + secret_key.encode()).digest()
    _cipher[:] = [Fernet(base64.urlsafe_b64encode(digest))] if secret_key else []


def has_key() -> bool:
    """Whether this process can read and write secrets."""
    return bool(_cipher)


class UnreadableError(Exception):
    """A secret cannot be read: there is no key, or it is not the one that sealed it."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A JSON object that leaves this process only encrypted. Loading one needs no key, so a lost key strands no row."""

    text: str

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Self:
        """Encrypt an object. Raises UnreadableError when there is no key."""
        return cls(_require().encrypt(json.dumps(value).encode()).decode())

    def open(self) -> dict[str, Any]:
        """Decrypt. Raises UnreadableError."""
        try:
            opened: dict[str, Any] = json.loads(_require().decrypt(self.text.encode()))
        except InvalidToken as error:
            message = "SHEAF_SECRET_KEY is not the key that sealed this secret"
            raise UnreadableError(message) from error
        return opened


class SealedJson(sa.types.TypeDecorator[Sealed]):
    """The column of a sealed object."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Sealed | None, _dialect: sa.Dialect) -> str | None:
        """Store what is encrypted already."""
        return None if value is None else value.text

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> Sealed | None:
        """Leave it sealed."""
        return None if value is None else Sealed(value)


def _require() -> Fernet:
    if not _cipher:
        message = "SHEAF_SECRET_KEY is not set: secrets of jobs cannot be stored or read"
        raise UnreadableError(message)
    return _cipher[0]
