"""What a parse costs beside the native reader alone: `python -m benchmarks.engine [--rounds 5]`.

Both read the same born-digital PDFs of one page, without OCR, in this process and in turns: ours is all that a worker does for a
document between claim and record (parse, passes, render), the reader's is one call for its Markdown. CPU time counts. Documents
with pictures stand apart: by default we take their pictures out, and the reader is asked for them too.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from liteparse import LiteParse

from benchmarks.documents import born_digital
from engines.context import Source
from engines.parameters import ParseParameters
from engines.request import EngineRequest, run
from engines.tools import Tools, find_tools


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What a parse costs beside the native reader alone.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each reads all documents (5)")
    rounds: int = parser.parse_args().rounds
    tools = find_tools()
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        plain, illustrated = stored(Path(folder))
        compare("text alone", plain, tools, rounds, extract_images=False)
        compare("with pictures", illustrated, tools, rounds, extract_images=True)


def stored(folder: Path) -> tuple[list[Path], list[Path]]:
    """The documents as files: those without pictures, and those with some."""
    reader = LiteParse(ocr_enabled=False, extract_images=True, quiet=True)
    found: tuple[list[Path], list[Path]] = ([], [])
    for number, content in enumerate(born_digital()):
        path = folder / f"{number}.pdf"
        path.write_bytes(content)
        found[bool(reader.parse(str(path)).images)].append(path)
    return found


def compare(name: str, documents: Sequence[Path], tools: Tools, rounds: int, *, extract_images: bool) -> None:
    """Read the documents in turns, and print what each round cost."""
    bare = LiteParse(
        ocr_enabled=False, output_format="markdown", extract_images=extract_images, quiet=True, num_workers=1
    )

    def ours(path: Path) -> None:
        run(
            EngineRequest(
                source=Source(path=path, name=path.name), parameters=ParseParameters(disable_ocr=True), tools=tools
            )
        )

    def reader(path: Path) -> None:
        bare.parse(str(path))

    for one in (ours, reader):
        seconds_of(one, documents)  # libraries are loaded and readers made
    print(f"{name}: {len(documents)} born-digital PDFs of one page, {rounds} rounds in turns")
    ratios = []
    for _ in range(rounds):
        mine, its = seconds_of(ours, documents), seconds_of(reader, documents)
        ratios.append(mine / its)
        print(
            f"  worker {len(documents) / mine:6.0f} pages per CPU second   reader {len(documents) / its:6.0f}"
            f"   ratio of CPU {mine / its:.3f}"
        )
    print(f"  median ratio {statistics.median(ratios):.3f}   lowest {min(ratios):.3f}   highest {max(ratios):.3f}")


def seconds_of(read: Callable[[Path], None], documents: Sequence[Path]) -> float:
    """CPU seconds of reading all documents."""
    began = time.process_time()
    for path in documents:
        read(path)
    return time.process_time() - began


if __name__ == "__main__":
    main()
