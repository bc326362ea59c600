"""The version of what engines produce: results of different versions are never taken for each other."""

from __future__ import annotations

import functools
import hashlib
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engines.tools import Tools

ENGINE_VERSION = "9"
"""Raise it whenever the same document and parameters would give another result than before."""
LIBRARIES = (
    "docutils",
    "httpx2",
    "jsonschema",
    "liteparse",
    "lxml",
    "markdown-it-py",
    "mdit-py-plugins",
    "olefile",
    "openai",
    "openpyxl",
    "orjson",
    "pillow",
    "psutil",
    "pylatexenc",
    "pypdf",
    "pypdfium2",
    "python-oxmsg",
    "python-pptx",
    "regex",
    "selectolax",
    "textile",
    "xberg",
    "zlib-ng",
)
"""The distributions that engines import; a test holds the list to the imports."""
EXTRAS = ("rapidocr",)
"""Those that need not be there: the tools of a machine say which versions it has."""


@functools.cache
def profile_version(tools: Tools | None = None) -> str:
    """Sheaf's version of the engines, those of the libraries below, and with `tools` what is known of these.

    Such as `2+python-3.11+liteparse-2.18.0+…+tools-0c1f5a2b9d3e`; worked out once in a process.
    """
    python = f"python-{sys.version_info.major}.{sys.version_info.minor}"  # its tables of characters, html, csv, email
    parts = [ENGINE_VERSION, python, *(f"{name}-{version(name)}" for name in LIBRARIES)]
    return "+".join([*parts, f"tools-{fingerprint(tools)}"] if tools else parts)


def fingerprint(tools: Tools) -> str:
    """A hash that another version of a program or of trained data changes: of names, sizes and times, as asking takes seconds."""
    digest = hashlib.sha256()
    for model in sorted(tools.ocr_models):
        digest.update(f"{model} {state_of(Path(tools.tessdata or '', f'{model}.traineddata'))}\n".encode())
    digest.update(f"{tools.ocr_engine} {tools.rapidocr}\n".encode())
    for program in (tools.tesseract, tools.soffice, tools.chromium):
        digest.update(f"{state_of(Path(program).resolve()) if program else ''}\n".encode())
    if tools.soffice:  # a script that seldom changes; what it starts is described beside it
        digest.update(state_of(Path(tools.soffice).resolve().with_name("versionrc")).encode())
    return digest.hexdigest()[:12]


def state_of(path: Path) -> str:
    """Size and time of a file; nothing for one that is not there."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size} {status.st_mtime_ns}"
