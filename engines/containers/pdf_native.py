"""The native PDF reader: one call of liteparse, its errors in our vocabulary.

The native class is used without its Python wrapper, which copies every text item of every page into dataclasses
(a fifth of the time of a page) that only few pages need. Both are private to a version, and the version is pinned;
`tests/unit/engines/test_engine_pdf.py` holds what is relied on here, the error texts above all: there is one class of error.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engines.document import Box
from engines.errors import Code, DocumentError

ERRORS: tuple[tuple[str, Code], ...] = (
    ("password", Code.PDF_IS_PROTECTED),
    ("unsupported security", Code.PDF_IS_PROTECTED),
)
"""Part of an error text of the reader in lower case, and what it means; whatever else it says, the PDF is broken."""


def content_of(path: Path) -> bytes:
    """The bytes of a PDF from its header on. Raises DocumentError: FILE_NOT_FOUND, PDF_IS_BROKEN.

    Bytes, and not the path, are given to the reader because it would go by the path's extension and convert whatever
    it takes for another format by programs of this machine.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise DocumentError(Code.FILE_NOT_FOUND) from error
    start = content.find(b"%PDF-", 0, 1024 + 5)
    if start < 0:
        raise DocumentError(Code.PDF_IS_BROKEN, "it does not begin like a PDF")
    return content[start:]


def read(content: bytes, pages: str | None = None, **options: Any) -> Any:
    """Read pages (`1,3-5`, counted from 1; all when None). Options and result are liteparse's own.

    Lengths in the result are in points, from the top left corner of the page as it is seen. Raises DocumentError: PDF_IS_PROTECTED,
    PDF_IS_BROKEN.
    """
    if pages is not None:
        options["target_pages"] = pages
    return called(native(tuple(sorted(options.items()))).parse_bytes, content)


def page_count(content: bytes) -> int:
    """How many pages a PDF has. Raises DocumentError: PDF_IS_PROTECTED, PDF_IS_BROKEN."""
    return int(called(native(()).open_batch_session_bytes, content, 1).total_pages)


@contextmanager
def drawable(content: bytes) -> Iterator[Path]:
    """A PDF as a file for as long as its pages are drawn, for the reader draws files only."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        yield Path(file.name)


def picture(path: Path, page: int, dpi: float, **options: Any) -> bytes:
    """A page, counted from 1, as PNG of so many pixels an inch; options are liteparse's own.

    Raises DocumentError: SCREENSHOT_UNAVAILABLE, PDF_IS_PROTECTED, PDF_IS_BROKEN.
    """
    shots = called(native(tuple(sorted({"dpi": dpi, **options}.items()))).screenshot, str(path), [page])
    if not shots:
        raise DocumentError(Code.SCREENSHOT_UNAVAILABLE)
    return bytes(shots[0].image_bytes)


@functools.lru_cache(maxsize=16)
def native(options: tuple[tuple[str, Any], ...]) -> Any:
    """A native reader with these options; making one costs as much as 4 % of a page, so that readers are kept."""
    from liteparse._liteparse import LiteParse  # noqa: PLC0415 - few documents need it

    return LiteParse(quiet=True, num_workers=1, **dict(options))


def called(function: Any, *arguments: Any) -> Any:
    """Call the native code and translate what it raises."""
    try:
        return function(*arguments)
    except (RuntimeError, ValueError, OSError) as error:
        raise translated(error) from error
    except BaseException as error:  # a Rust panic is no Exception
        if type(error).__name__ == "PanicException":
            raise DocumentError(Code.PDF_IS_BROKEN, "the reader gave up on it") from error
        raise


def translated(error: Exception) -> DocumentError:
    """The error in our vocabulary."""
    text = str(error).lower()
    code = next((code for part, code in ERRORS if part in text), Code.PDF_IS_BROKEN)
    return DocumentError(code)


def box_of(native: Any) -> Box | None:
    """A native rectangle, in points from the top left corner of the page, rounded to hundredths; None of None."""
    if native is None:
        return None
    return Box(round(native.x, 2), round(native.y, 2), round(native.width, 2), round(native.height, 2))


def union(one: Box | None, other: Box | None) -> Box | None:
    """The smallest rectangle around both, or the one that is there; None when neither is."""
    if one is None or other is None:
        return one or other
    left, top = min(one.x, other.x), min(one.y, other.y)
    right = max(one.x + one.width, other.x + other.width)
    bottom = max(one.y + one.height, other.y + other.height)
    return Box(left, top, round(right - left, 2), round(bottom - top, 2))
