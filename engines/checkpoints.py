"""What is done of a long document, kept on the way: after a kill only the missing parts run again.

A part is what one range of pages, or one page read by OCR, gave before the passes over the whole document; so loading parts
instead of reading them never changes the output. They are JSON, and believed no more than the document itself: whoever reads
one is the sandboxed process that would otherwise read the pages.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import enum
import functools
import logging
import types
import typing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from engines.document import Notice, Page
from engines.version import profile_version

logger = logging.getLogger(__name__)

MOST_PICTURE_BYTES = 128 << 20
"""A part with more bytes of pictures is not kept: writing it down would need several times as much memory."""

SaveCheckpoint = Callable[[str, bytes], None]
"""Puts a checkpoint (name, bytes) where the next attempt finds it; it may fail to, but never raises."""


def keep_nothing(_name: str, _content: bytes) -> None:
    """Keep no checkpoint."""


@dataclass(slots=True, kw_only=True)
class CheckpointPart:
    """Some pages as they were read, and what was noted meanwhile."""

    pages: list[Page]
    notes: list[Notice]
    looked: bool
    """Whether a page needed OCR, and OCR was wanted."""
    degraded: bool


class Checkpoints:
    """The parts that earlier attempts have left in `folder`, and a place for those of this one.

    A part is called `range-N` (N: how many selected pages come before it) or `page-N` (N: the page's number, from 1).
    """

    def __init__(self, folder: str | None = None, keep: SaveCheckpoint = keep_nothing) -> None:
        self._folder = Path(folder) if folder else None
        self._keep = keep
        self._shift = 0

    @property
    def is_resumed(self) -> bool:
        """Whether earlier attempts may have left something."""
        return self._folder is not None

    def shifted(self, by: int) -> Checkpoints:
        """The same place for a stretch of the document that counts its pages anew: `page-1` is called `page-101` there."""
        other = Checkpoints(None, self._keep)
        other._folder, other._shift = self._folder, self._shift + by
        return other

    def _place(self, name: str) -> str:
        kind, _, number = name.rpartition("-")
        return f"{kind}-{int(number) + self._shift}" if self._shift else name

    def load(self, name: str) -> CheckpointPart | None:
        """The part of this name; None when there is none, or none that can be read by this version."""
        if self._folder is None:
            return None
        try:
            return decoded_part((self._folder / self._place(name)).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, KeyError) as error:
            logger.warning("the checkpoint %s cannot be read, its pages are read again: %s", name, error)
            return None

    def save(self, name: str, part: CheckpointPart) -> None:
        """Leave a part for later attempts."""
        if sum(len(one.content) for page in part.pages for one in page.images) > MOST_PICTURE_BYTES:
            logger.info("no checkpoint %s is left: its pictures are too large", name)
            return
        self._keep(self._place(name), encoded_part(part))


def encoded_part(part: CheckpointPart) -> bytes:
    """A part as bytes."""
    return orjson.dumps({"version": profile_version(), "part": part}, default=_text_of)


def decoded_part(content: bytes) -> CheckpointPart | None:
    """The part that these bytes are; None for one of another version. Raises ValueError, TypeError, KeyError."""
    whole = orjson.loads(content)
    if whole["version"] != profile_version():
        return None
    part: CheckpointPart = _built(CheckpointPart, whole["part"])
    return part


def _text_of(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


def _built(kind: Any, value: Any) -> Any:
    """The value of this type that the JSON value stands for."""
    if isinstance(kind, types.UnionType):
        return None if value is None else _built(typing.get_args(kind)[0], value)
    if value is None:
        raise ValueError("null where there has to be a value")  # as JSON has it for a number that is none
    if typing.get_origin(kind) is list:
        inner = typing.get_args(kind)[0]
        return [_built(inner, one) for one in value]
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        hints = _hints(kind)
        return kind(**{name: _built(hints[name], one) for name, one in value.items()})
    if kind is bytes:
        return _bytes_of(value)
    return kind(value) if isinstance(kind, type) and issubclass(kind, enum.Enum) else value


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from error


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)
