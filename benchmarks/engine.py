"""What a parse costs beside PDFium's raw text: `python -m benchmarks.engine [--rounds 5]`.

All ways of reading get the same PDFs, without OCR, in this process and in turns. Ours are all that a worker does for a document
between claim and record (parse, passes, render). CPU time counts, of the best round of each, as whatever else the machine does
only adds to it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pypdfium2
from liteparse import LiteParse

from benchmarks.documents import corpus
from engines.context import Source
from engines.parameters import ParseParameters
from engines.request import EngineRequest, run
from engines.tools import Tools, find_tools

Read = Callable[[Path], object]
RAW = "PDFium's raw text"
FEWEST = 100
"""Characters of a document that is no scan."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a parse costs beside PDFium's raw text.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each reads all documents (5)")
    rounds: int = parser.parse_args().rounds
    documents = [path for path in sorted(corpus("pdf-bench").glob("*.pdf")) if raw_text(path) > FEWEST]
    pages = sum(map(pages_of, documents))
    ways = ways_of(find_tools())
    for read in ways.values():
        seconds_of(read, documents[:1])  # libraries are loaded
    turns = [{name: seconds_of(read, documents) for name, read in ways.items()} for _ in range(rounds)]
    best = {name: min(turn[name] for turn in turns) for name in ways}
    print(f"{len(documents)} PDFs, {pages} pages, best of {rounds} rounds")
    print(f"  {'':24}{'pages per CPU second':>22}{'times the raw text':>22}")
    for name, seconds in best.items():
        print(f"  {name:24}{pages / seconds:22.0f}{seconds / best[RAW]:22.2f}")


def ways_of(tools: Tools) -> dict[str, Read]:
    """The ways of reading a PDF that are compared, by their names."""
    liteparse = LiteParse(ocr_enabled=False, output_format="markdown", quiet=True, num_workers=1)
    return {
        RAW: raw_text,
        "liteparse's Markdown": lambda path: liteparse.parse(str(path)),
        "fast_mode": ours(ParseParameters(fast_mode=True), tools),
        "without pictures": ours(ParseParameters(disable_ocr=True, disable_image_extraction=True), tools),
        "default": ours(ParseParameters(disable_ocr=True), tools),
    }


def ours(parameters: ParseParameters, tools: Tools) -> Read:
    """A parse with these parameters."""
    return lambda path: run(EngineRequest(source=Source(path=path, name=path.name), parameters=parameters, tools=tools))


def raw_text(path: Path) -> int:
    """Read the text of a document as PDFium has it, and return how many characters that is."""
    document, count = pypdfium2.PdfDocument(path.read_bytes()), 0
    for page in document:
        text = page.get_textpage()
        count += len(text.get_text_range())
        text.close()
        page.close()
    document.close()
    return count


def pages_of(path: Path) -> int:
    """How many pages a document has."""
    document = pypdfium2.PdfDocument(path)
    count = len(document)
    document.close()
    return count


def seconds_of(read: Read, documents: Sequence[Path]) -> float:
    """CPU seconds of reading all documents."""
    began = time.process_time()
    for path in documents:
        read(path)
    return time.process_time() - began


if __name__ == "__main__":
    main()
