"""Whether chunks lose nothing: `python -m benchmarks.chunks [DIRECTORY…]`.

The directories hold documents; without one, those of SHEAF_CORPUS. Printed for each format: in how many documents every word of
the Markdown is in exactly one chunk, in its order, and how many of the chunks' boxes lie beside their page. Documents that end in
an error have no chunks; how many there are is said too.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.documents import corpus
from engines.chunks import SIZE, chunks_of
from engines.context import Source
from engines.errors import DocumentError
from engines.parameters import ParseParameters
from engines.request import EngineRequest, run
from engines.tools import Tools, find_tools

SIZES = (SIZE, 300)
TRUTHS = (".expected.md", ".tests.jsonl")
"""What lies beside documents and is none."""
WORD = re.compile(r"\w+")
ROUNDING = 0.01
"""Points."""


@dataclass(slots=True)
class Found:
    """What was found in the documents of one format."""

    documents: int = 0
    failed: int = 0
    chunks: int = 0
    words: int = 0
    boxes: int = 0
    beside: int = 0
    """Boxes that leave their page."""
    unplaced: int = 0
    """Chunks without a box."""
    faults: list[str] = field(default_factory=list)


def main(directories: list[Path]) -> None:
    """Measure and print."""
    tools = find_tools()
    found: dict[str, Found] = defaultdict(Found)
    for path in documents_of(directories):
        measure(path, found[path.suffix[1:]], tools)
    titles = f"{'words':>9}{'chunks':>8}{'without a box':>15}{'boxes':>8}{'beside':>8}{'faults':>8}"
    print(f"{'format':10}{'files':>6}{'errors':>8}{titles}")
    for name, one in sorted(found.items()):
        counts = f"{one.documents:>6}{one.failed:>8}{one.words:>9}{one.chunks:>8}{one.unplaced:>15}{one.boxes:>8}"
        print(f"{name:10}{counts}{one.beside:>8}{len(one.faults):>8}")
    for fault in (fault for one in found.values() for fault in one.faults):
        print(fault)


def documents_of(directories: list[Path]) -> list[Path]:
    """The documents, each once."""
    files = {path for directory in directories for path in directory.rglob("*") if path.is_file()}
    return sorted(
        path for path in files if not (path.name.endswith(TRUTHS) or path.with_suffix(".pdf") in files - {path})
    )


def measure(path: Path, found: Found, tools: Tools) -> None:
    """Parse one document and judge its chunks."""
    found.documents += 1
    work = EngineRequest(source=Source(path=path, name=path.name), parameters=ParseParameters(), tools=tools)
    try:
        outputs = run(work).outputs
    except DocumentError:
        found.failed += 1
        return
    markdown, pages = outputs["output.md"].decode(), json.loads(outputs["output.json"])["pages"]
    found.words += len(WORD.findall(markdown))
    for size in SIZES:
        chunks = list(chunks_of(pages, size))
        told, said = words_of(" ".join(one["text"] for one in chunks)), words_of(markdown)
        if told != said:
            lost, twice = said - told, told - said
            found.faults.append(f"{path.name}, size {size}: lost {list(lost)[:5]}, told twice {list(twice)[:5]}")
        beside = [box for one in chunks for box in one["boxes"] if is_beside(box, pages)]
        found.beside += len(beside)
        found.faults.extend(f"{path.name}: {box} leaves its page" for box in beside[:1])
        found.chunks += len(chunks)
        found.boxes += sum(len(one["boxes"]) for one in chunks)
        found.unplaced += sum(not one["boxes"] for one in chunks)


def words_of(text: str) -> Counter[str]:
    """The words, each as often as it occurs."""
    return Counter(WORD.findall(text))


def is_beside(box: Any, pages: Any) -> bool:
    """Whether a box leaves its page."""
    page = next(one for one in pages if one["page"] == box["page"])
    return not (
        -ROUNDING <= box["x"] <= box["x"] + box["w"] <= page["width"] + ROUNDING
        and -ROUNDING <= box["y"] <= box["y"] + box["h"] <= page["height"] + ROUNDING
    )


if __name__ == "__main__":
    given = [Path(one) for one in sys.argv[1:]]
    main(given or [corpus(name) for name in ("pdf-bench", "office", "images", "kinds")])
