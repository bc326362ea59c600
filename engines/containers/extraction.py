"""xberg, for formats that have no walker of their own here: only bytes go in; no model, OCR or address is used.

Its runtime keeps threads: a process that has called it must not fork and call it again in the child.
"""

from __future__ import annotations

import asyncio

import xberg

from engines.errors import Code, DocumentError

CONFIG = xberg.ExtractionConfig(
    use_cache=False,
    enable_quality_processing=False,  # it rewrites text
    disable_ocr=True,
    include_document_structure=True,
    output_format="markdown",
    concurrency=xberg.ConcurrencyConfig(max_threads=1),  # Sheaf runs one process for each processor
    max_archive_depth=0,
    images=xberg.ImageExtractionConfig(extract_images=True),
)
PLAIN = xberg.ExtractionConfig(
    use_cache=False, enable_quality_processing=False, disable_ocr=True, output_format="plain"
)
PROTECTED = ("password", "encrypt", "protected")
"""Words by which xberg's errors, all of a few classes, speak of a password."""


def extract(data: bytes, media_type: str, config: xberg.ExtractionConfig = CONFIG) -> xberg.ExtractedDocument:
    """Read a document of a known kind.

    Raises DocumentError: FILE_IS_PROTECTED or FILE_IS_BROKEN.
    """
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
