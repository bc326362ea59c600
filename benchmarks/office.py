"""What is kept of office documents: `python -m benchmarks.office [DIRECTORY]`.

The directory holds documents NAME.EXT and their truths NAME.EXT.expected.md; without one, `office` of SHEAF_CORPUS. Printed for
each format: how many of the truth's words are in our Markdown, and how many headings, tables and list entries there are beside
how many the truth has. A truth that is another program's output favours its habits, so counts are read side by side.
"""

from __future__ import annotations

import os
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from engines.context import Source
from engines.errors import DocumentError
from engines.parameters import ParseParameters
from engines.request import EngineRequest, run
from engines.tools import Tools, find_tools

TRUTH = ".expected.md"
WORD = re.compile(r"\w+")
MARKS = re.compile(r"<!--.*?-->|<[^>]+>|\]\([^)]*\)|!\[[^\]]*\]", re.DOTALL)
"""What is no word of the document: comments, tags, addresses, pictures."""
HEADING = re.compile(r"^#{1,6} \S", re.MULTILINE)
TABLE = re.compile(r"^\|(?:\s*:?-+:?\s*\|)+\s*$|<table", re.MULTILINE)
ENTRY = re.compile(r"^\s*(?:[-*+]|\d+[.)]) \S", re.MULTILINE)


@dataclass(slots=True)
class Kept:
    """What was found in the documents of one format, and what the truths have."""

    documents: int = 0
    failed: list[str] = field(default_factory=list)
    words: int = 0
    of_words: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    of_counts: Counter[str] = field(default_factory=Counter)
    poor: list[tuple[float, str]] = field(default_factory=list)


def main(directory: Path) -> None:
    """Measure and print."""
    tools = find_tools()
    kept: dict[str, Kept] = defaultdict(Kept)
    for truth in sorted(directory.glob(f"*{TRUTH}")):
        path = truth.with_name(truth.name.removesuffix(TRUTH))
        if path.exists():
            measure(path, truth.read_text(encoding="utf-8"), kept[path.suffix[1:]], tools)
    print(f"{'format':10}{'files':>6}{'failed':>8}{'words':>8}{'headings':>12}{'tables':>12}{'entries':>12}")
    for name, one in sorted(kept.items()):
        recall = one.words / one.of_words if one.of_words else 1.0
        pairs = "".join(f"{one.counts[kind]:>6}/{one.of_counts[kind]:<5}" for kind in ("headings", "tables", "entries"))
        print(f"{name:10}{one.documents:>6}{len(one.failed):>8}{recall:>8.3f}{pairs}")
    words, all_words = sum(one.words for one in kept.values()), sum(one.of_words for one in kept.values())
    print(f"\nword recall over all: {words / max(1, all_words):.3f}")
    worst = sorted(entry for one in kept.values() for entry in one.poor)[:6]
    print("lowest:", ", ".join(f"{name} {recall:.2f}" for recall, name in worst))


def measure(path: Path, truth: str, kept: Kept, tools: Tools) -> None:
    """Parse one document and add what was kept of it."""
    kept.documents += 1
    work = EngineRequest(source=Source(path=path, name=path.name), parameters=ParseParameters(), tools=tools)
    try:
        markdown = run(work).outputs["output.md"].decode()
    except DocumentError as error:
        kept.failed.append(f"{path.name}: {error.code}")
        markdown = ""
    wanted, found = words_of(truth), words_of(markdown)
    common = (wanted & found).total()
    kept.words += common
    kept.of_words += wanted.total()
    kept.poor.append((common / wanted.total() if wanted else 1.0, path.name))
    kept.counts.update(counts_of(markdown))
    kept.of_counts.update(counts_of(truth))


def words_of(markdown: str) -> Counter[str]:
    """The words of a Markdown text, each as often as it occurs."""
    return Counter(WORD.findall(MARKS.sub(" ", markdown).lower()))


def counts_of(markdown: str) -> dict[str, int]:
    """How many headings, tables and list entries there are."""
    kinds = {"headings": HEADING, "tables": TABLE, "entries": ENTRY}
    return {name: len(pattern.findall(markdown)) for name, pattern in kinds.items()}


def given_directory() -> Path | None:
    """The directory to measure, None when there is none."""
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    corpus = os.environ.get("SHEAF_CORPUS")
    return Path(corpus) / "office" if corpus else None


if __name__ == "__main__":
    found_directory = given_directory()
    if found_directory is None:
        print("office: neither a directory nor SHEAF_CORPUS is given, nothing is measured")
    else:
        main(found_directory)
