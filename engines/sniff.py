"""What kind of file this is: its content decides, its name only where the content leaves it open."""

from __future__ import annotations

from pathlib import PurePath

from engines.context import Source


def extension_of(source: Source) -> str:
    """The extension (lower case, no dot) under which this file is read; empty when nothing tells."""
    return PurePath(source.name).suffix.lower().lstrip(".")
