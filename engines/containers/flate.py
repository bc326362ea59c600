"""Flate (RFC 1950), by zlib-ng, which takes a tenth of zlib's time on charts and their masks."""

from __future__ import annotations

from zlib_ng import zlib_ng

__all__ = ["FlateError", "zlib_ng"]

FlateError: type[Exception] = zlib_ng.error  # type: ignore[assignment] # a class, whatever its stubs say
"""Raised where packed bytes are damaged."""
