"""xberg, for formats that have no walker of their own here: only bytes go in; no model, OCR or address is used.

Its runtime keeps threads: a process that has called it must not fork and call it again in the child.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

from engines.errors import Code, DocumentError

if TYPE_CHECKING:
    import xberg

PROTECTED = ("password", "encrypt", "protected")
"""Words by which xberg's errors, all of a few classes, speak of a password."""


def extract_structure(data: bytes, media_type: str) -> xberg.ExtractedDocument:
    """A document of this media type, with its nodes (engines/build/structure.py) and its pictures.

    Raises DocumentError: FILE_IS_PROTECTED, FILE_IS_BROKEN.
    """
    return extract(data, media_type, config_of(structure=True))


def extract_text(data: bytes) -> str:
    """The text of bytes in an encoding that xberg guesses. Raises DocumentError: FILE_IS_BROKEN."""
    return extract(data, "text/plain", config_of(structure=False)).content


@functools.cache
def config_of(*, structure: bool) -> xberg.ExtractionConfig:
    """What xberg is told: of all that it can do, to read text, and with `structure` also how it is built."""
    import xberg  # noqa: PLC0415 - .1 s of processor time, which few processes need to spend

    if not structure:
        return xberg.ExtractionConfig(
            use_cache=False, enable_quality_processing=False, disable_ocr=True, output_format="plain"
        )
    return xberg.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,  # it rewrites text
        disable_ocr=True,
        include_document_structure=True,
        output_format="markdown",
        concurrency=xberg.ConcurrencyConfig(max_threads=1),  # Sheaf runs one process for each processor
        max_archive_depth=0,
        images=xberg.ImageExtractionConfig(extract_images=True),
    )


def extract(data: bytes, media_type: str, config: xberg.ExtractionConfig) -> xberg.ExtractedDocument:
    """A document as xberg reads it. Raises DocumentError: FILE_IS_PROTECTED, FILE_IS_BROKEN."""
    import xberg  # noqa: PLC0415 - see `config_of`

    source = xberg.ExtractInput(kind="bytes", bytes=data, mime_type=media_type)
    try:
        result = asyncio.run(xberg.extract(source, config))
    except (xberg.XbergError, RuntimeError, ValueError, OSError) as error:
        # its own class is only one of those it raises
        raise failure(str(error)) from error
    except BaseException as error:  # a panic of its Rust code is no Exception
        if type(error).__name__ == "PanicException":
            raise DocumentError(Code.FILE_IS_BROKEN, "the reader gave up on it") from error
        raise
    if not result.results:
        raise failure("; ".join(one.message for one in result.errors))
    return result.results[0]


def failure(message: str) -> DocumentError:
    """xberg's own words as one of our errors."""
    protected = any(word in message.lower() for word in PROTECTED)
    return DocumentError(Code.FILE_IS_PROTECTED if protected else Code.FILE_IS_BROKEN, message[:200])
