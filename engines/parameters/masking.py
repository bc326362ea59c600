"""What is shown in place of secrets: of whole values, and of the credentials inside of addresses."""

from __future__ import annotations

import enum
import re
from typing import Any

MASK = "***"
"""What stands in place of a secret."""


class Secret(enum.Enum):
    """How much of a value is secret: stored encrypted, shown as a mask, in no hash."""

    ALL = enum.auto()
    CREDENTIALS = enum.auto()
    """Of a URL: user and password, the values in its query, and its fragment."""


def masked(value: Any, secret: Secret) -> Any:
    """What may be shown of a value; a map of secrets keeps its keys. What is masked already stays as it is."""
    if not value:
        return value
    if secret is Secret.CREDENTIALS and isinstance(value, str):
        return shown_address(value)
    return dict.fromkeys(value, MASK) if isinstance(value, dict) else MASK


PARTS = re.compile(r"([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
"""Authority, path, query and fragment of what follows the scheme of a URL (RFC 3986, appendix B)."""


def shown_address(url: str) -> str:
    """A URL without what may open something: `https://***@host/path?token=***`; the same text when there is no such thing."""
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    authority, path, query, fragment = PARTS.fullmatch(rest).groups()  # type: ignore[union-attr] # it fits any text
    _user, is_named, host = authority.rpartition("@")
    return "".join(
        (
            f"{scheme}{separator}",
            f"{MASK}@{host}" if is_named else host,
            path,
            "" if query is None else "?" + "&".join(map(_shown_pair, query.split("&"))),
            "" if fragment is None else f"#{MASK if fragment else ''}",
        )
    )


def _shown_pair(pair: str) -> str:
    name, is_pair, value = pair.partition("=")
    if not is_pair:
        return MASK if pair else ""
    return f"{name}={MASK if value else ''}"


AFTER_SCHEME = re.compile(r"(?<=://)(?:[^\s\"'<>\\]|\\u[0-9a-f]{4})++")
"""The rest of a URL in a text, which may be JSON: there a letter beyond ASCII is an escape, and a password may have one."""


def without_credentials(text: str) -> str:
    """A text, such as a line of a log, with each URL in it shown without its credentials."""
    if "://" not in text:
        return text
    return AFTER_SCHEME.sub(lambda rest: shown_address(f"x://{rest[0]}").removeprefix("x://"), text)
