"""How well PDFs become Markdown: `python -m benchmarks.quality [DIRECTORY] [--documents] [--beside OLD.json] [--save NEW.json]`.

The directory holds pairs NAME.pdf and NAME.md, the truth; without one, `pdf-bench` of SHEAF_CORPUS. Without either there is
nothing to measure, which is said.
Sheaf and the PDF reader below it are measured in the same run, each without and with OCR; benchmarks/metrics.py defines
the measures. A document that fails counts as empty. CPU seconds are for reading only, of this process and of
the programs that it starts.
With `--documents` each document is shown as well, without OCR, beside the reader below and beside the run that `--save` kept
in OLD.json; those that lost most come last.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from liteparse import LiteParse, ParseError

from benchmarks.by_document import by_document, read_scores, save_scores
from benchmarks.metrics import Scores, scores
from engines.context import Source
from engines.errors import DocumentError
from engines.parameters import ParseParameters
from engines.request import EngineRequest, run
from engines.tools import Tools, find_tools

Reader = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Run:
    """One reader over all documents."""

    scores: dict[str, Scores]
    failed: list[str]
    seconds: float


def main(directory: Path, options: argparse.Namespace) -> None:
    """Measure and print."""
    documents = [path for path in sorted(directory.glob("*.pdf")) if path.with_suffix(".md").exists()]
    if not documents:
        sys.exit(f"no NAME.pdf with its NAME.md in {directory}")
    tools = find_tools()
    print(
        f"{len(documents)} documents of {directory.name}; Tesseract's data {'found' if tools.tessdata else 'missing'}\n"
    )
    print(f"{'':26}{'overall':>9}{'order':>9}{'tables':>9}{'headings':>9}{'failed':>8}{'CPU s':>8}")
    runs = {}
    for name, reader in readers(tools).items():
        runs[name] = measured(reader, documents)
        print_run(name, runs[name])
    print_counts(next(iter(runs.values())))
    print_worst(runs["sheaf with OCR"])
    if options.documents:
        older = read_scores(options.beside) if options.beside else None
        print("\n" + by_document(runs["sheaf without OCR"].scores, runs["liteparse without OCR"].scores, older))
    if options.save:
        save_scores(options.save, runs["sheaf without OCR"].scores)


def readers(tools: Tools) -> dict[str, Reader]:
    """What is compared."""
    return {
        "sheaf without OCR": lambda path: sheaf(path, tools, ocr=False),
        "sheaf with OCR": lambda path: sheaf(path, tools, ocr=True),
        "liteparse without OCR": lambda path: bare(path, tools, ocr=False),
        "liteparse with OCR": lambda path: bare(path, tools, ocr=True),
    }


def sheaf(path: Path, tools: Tools, *, ocr: bool) -> str:
    """The Markdown of this project, with the parameters nobody has touched."""
    work = EngineRequest(
        source=Source(path=path, name=path.name), parameters=ParseParameters(disable_ocr=not ocr), tools=tools
    )
    return run(work).outputs["output.md"].decode()


def bare(path: Path, tools: Tools, *, ocr: bool) -> str:
    """The Markdown of the reader itself, with its own defaults."""
    reader = LiteParse(
        ocr_enabled=ocr and tools.tessdata is not None,
        tessdata_path=tools.tessdata,
        output_format="markdown",
        quiet=True,
    )
    return str(reader.parse(path).text)


def measured(reader: Reader, documents: list[Path]) -> Run:
    """Read all documents and compare each with its truth."""
    found: dict[str, Scores] = {}
    failed: list[str] = []
    seconds = 0.0
    for path in documents:
        started = cpu_seconds()
        try:
            markdown = reader(path)
        except (DocumentError, ParseError) as error:
            failed.append(f"{path.stem}: {error}")
            markdown = ""
        seconds += cpu_seconds() - started
        found[path.stem] = scores(path.with_suffix(".md").read_text(encoding="utf-8"), markdown)
    return Run(found, failed, seconds)


def cpu_seconds() -> float:
    """What this process has used so far, and those that it has started and that have ended."""
    return sum(os.times()[:4])


def print_run(name: str, run: Run) -> None:
    """One line of means over the documents that each measure applies to."""
    every = list(run.scores.values())
    columns = (
        [one.overall for one in every],
        [one.order for one in every],
        [one.tables for one in every if one.tables is not None],
        [one.headings for one in every if one.headings is not None],
    )
    means = "".join(f"{fmean(column) if column else float('nan'):9.4f}" for column in columns)
    print(f"{name:26}{means}{len(run.failed):8}{run.seconds:8.1f}", flush=True)
    for failure in run.failed:
        print(f"    {failure}")


def print_counts(run: Run) -> None:
    """How many documents each measure rests on."""
    every = list(run.scores.values())
    print(
        f"\noverall: mean over documents of the mean of the measures that apply; order (NID): {len(every)} documents; "
        f"tables (TEDS): {sum(one.tables is not None for one in every)}; "
        f"headings (MHS): {sum(one.headings is not None for one in every)}"
    )


def print_worst(run: Run, count: int = 8) -> None:
    """The documents to look at first."""
    print("\nlowest with OCR:")
    for name, one in sorted(run.scores.items(), key=lambda pair: pair[1].overall)[:count]:
        values = (one.overall, one.order, one.tables, one.headings)
        print(f"  {name:22}" + "".join(f"{'-' if value is None else f'{value:.3f}':>9}" for value in values))


def given() -> argparse.Namespace:
    """What the command line says; the directory is that of the corpus, or None, where none is named."""
    corpus = os.environ.get("SHEAF_CORPUS")
    parser = argparse.ArgumentParser(prog="benchmarks.quality")
    parser.add_argument("directory", nargs="?", type=Path, default=Path(corpus, "pdf-bench") if corpus else None)
    parser.add_argument("--documents", action="store_true", help="show each document")
    parser.add_argument("--beside", type=Path, metavar="OLD.json", help="an older run to show them beside")
    parser.add_argument("--save", type=Path, metavar="NEW.json", help="keep this run")
    return parser.parse_args()


if __name__ == "__main__":
    if (options := given()).directory is None:
        print("Quality is not measured: SHEAF_CORPUS names no folder with pdf-bench/NAME.pdf and NAME.md, the truth.")
    else:
        main(options.directory, options)
