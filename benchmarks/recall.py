"""Which words of PDFs come out: `python -m benchmarks.recall [DIRECTORY...]`.

Without a directory it takes pdf-bench and hostile/pdfjs of SHEAF_CORPUS.

The truth is the text that PDFium has of each page, as far as it lies inside of the page. Words are compared by their letters and
digits alone, compatibility forms taken for what they stand for (NFKC), hyphens at the ends of lines joined, and counted: a word
that stands twice on the page must come out twice.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from statistics import fmean

import pypdfium2

from engines.context import Source
from engines.errors import DocumentError
from engines.parameters import ParseParameters
from engines.request import EngineRequest, run
from engines.tools import Tools, find_tools

MARKUP = re.compile(r"!\[[^\]]*\]\([^)]*\)|\]\((?:<[^>]*>|[^)\s]*)\)|</?su[bp]>|<br/?>|&lt;|&gt;|&amp;")
HYPHENATED = re.compile(r"(?<=\w)[-\u00ad\u0002\ufffe]\s*[\r\n]+\s*(?=\w)")
LETTERS = re.compile(r"[^\W_]+")
WORST = 12
LEAST = 0.95
"""Share of its words that comes out of each document that is not among the exceptions."""
EXCEPTIONS: dict[str, str] = {}
"""By the names of documents of which fewer words come out why that is so."""


def main(directories: list[Path]) -> None:
    """Measure and print."""
    tools = find_tools()
    for directory in directories:
        found = recalled_of(directory, tools)
        shares = {name: kept / whole for name, (kept, whole) in found.items()}
        kept, whole = (sum(one[at] for one in found.values()) for at in (0, 1))
        print(
            f"{directory.name}: {len(found)} documents   pooled {kept / whole:.4f}   mean {fmean(shares.values()):.4f}"
        )
        for name, share in sorted(shares.items(), key=lambda one: one[1])[:WORST]:
            print(f"  {name:40} {share:.3f} of {found[name][1]}")


def recalled_of(directory: Path, tools: Tools) -> dict[str, tuple[int, int]]:
    """`recalled` of the documents of a folder, by their names."""
    counts = {path.stem: recalled(path, tools) for path in sorted(directory.glob("*.pdf"))}
    return {name: found for name, found in counts.items() if found}


def recalled(path: Path, tools: Tools) -> tuple[int, int] | None:
    """How many words of a document come out, and of how many; None of one without text, or that PDFium cannot read."""
    try:
        truth = page_words(path)
    except pypdfium2.PdfiumError:
        return None
    if not truth:
        return None
    source, parameters = Source(path=path, name=path.name), ParseParameters(disable_ocr=True)
    try:
        markdown = run(EngineRequest(source=source, parameters=parameters, tools=tools)).outputs["output.md"].decode()
    except DocumentError:
        return 0, truth.total()
    said = Counter(words_of(MARKUP.sub(" ", markdown.replace("\\", ""))))
    flat = "".join(words_of(markdown))
    kept = 0
    for word, count in truth.items():
        there = min(count, said[word])
        kept += count if there == count else max(there, min(count, flat.count(word)))
    return kept, truth.total()


def page_words(path: Path) -> Counter[str]:
    """The words of all pages of a document, as PDFium has them."""
    words: Counter[str] = Counter()
    document = pypdfium2.PdfDocument(path)
    for page in document:
        text = page.get_textpage().get_text_bounded(*page.get_bbox())
        words.update(words_of(HYPHENATED.sub("", text)))
    document.close()
    return words


def words_of(text: str) -> list[str]:
    """The words of a text, by their letters and digits."""
    return LETTERS.findall(unicodedata.normalize("NFKC", text))


if __name__ == "__main__":
    given = [Path(one) for one in sys.argv[1:]]
    corpus = os.environ.get("SHEAF_CORPUS")
    if not given and not corpus:
        print("Recall is not measured: SHEAF_CORPUS names no folder with pdf-bench and hostile/pdfjs.")
    else:
        main(given or [Path(corpus or "", "pdf-bench"), Path(corpus or "", "hostile/pdfjs")])
