"""The documents that benchmarks work on: those of SHEAF_CORPUS when it is set, else the project's own examples."""

from __future__ import annotations

import os
from pathlib import Path

from liteparse import LiteParse

EXAMPLES = Path(__file__).parent.parent / "examples" / "documents"


def corpus(name: str) -> Path:
    """The part of the corpus with this name; the examples where there is no corpus."""
    given = os.environ.get("SHEAF_CORPUS")
    return Path(given, name) if given else EXAMPLES


def born_digital() -> list[bytes]:
    """One-page PDFs whose text needs no OCR."""
    parser = LiteParse(ocr_enabled=False, quiet=True, include_complexity=True)
    found = []
    for path in sorted(corpus("pdf-bench").glob("*.pdf")):
        pages = parser.parse(str(path)).pages
        complexity = pages[0].complexity
        if len(pages) == 1 and complexity and complexity.text_length > 300 and complexity.largest_image_coverage < 0.25:
            found.append(path.read_bytes())
    return found
