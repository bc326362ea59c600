"""What documents made to do harm cost: `python -m benchmarks.hostile FOLDER… [--seconds N]`.

Each file is read once, in a killable process of its own, within the limits of a server that nobody has configured. Printed for
each: seconds of processor time and the most memory of that process and of all that it started, bytes of all outputs, and its end.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engines.context import Limits, Source
from engines.errors import DocumentError
from engines.parameters import ParseParameters
from engines.request import EngineRequest
from engines.sandbox import Sandbox
from engines.sandbox.crash import ChildCrashError
from engines.sandbox.monitor import MEGABYTE, Bounds
from engines.sandbox.procfs import group_cpu, group_memory
from engines.tools import Tools, find_tools
from settings import Settings

TICK = 0.02


@dataclass(slots=True)
class Cost:
    """What reading a file took."""

    seconds: float = 0.0
    """Of processor time."""
    peak: int = 0
    """Bytes of memory."""
    before: float = 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What documents made to do harm cost.")
    parser.add_argument("folders", nargs="+", type=Path, help="folders of such documents")
    parser.add_argument("--seconds", type=float, help="longest time for one (that of a server's defaults)")
    options = parser.parse_args()
    settings = Settings()
    bounds = Bounds(
        seconds=options.seconds or settings.item_timeout_seconds,
        memory_mb=settings.item_memory_mb,
        cpu_seconds=settings.item_cpu_seconds,
        progress_seconds=settings.item_progress_seconds,
    )
    tools = find_tools()
    print("| file | bytes | CPU s | MB | bytes out | how it ended |\n|---|--:|--:|--:|--:|---|", flush=True)
    for path in sorted(path for folder in options.folders for path in folder.iterdir() if path.is_file()):
        print(row(path, bounds, tools, Limits(max_pages=settings.max_pages)), flush=True)


def row(path: Path, bounds: Bounds, tools: Tools, limits: Limits) -> str:
    """A line of the table."""
    with Sandbox() as sandbox:
        warm(sandbox, bounds)
        work = EngineRequest(
            source=Source(path=path, name=path.name), parameters=ParseParameters(), tools=tools, limits=limits
        )
        written = 0
        with measured(sandbox.pid or 0) as cost:
            try:
                outcome = sandbox.run(work, bounds)
            except ChildCrashError as error:
                ending = f"killed: {error.code}"
            except DocumentError as error:
                ending = error.code.value
            else:
                written = sum(map(len, outcome.outputs.values()))
                codes = Counter(note["code"] for note in outcome.warnings)
                ending = ", ".join(["completed", *(code if n == 1 else f"{code} ×{n}" for code, n in codes.items())])
    size = path.stat().st_size
    return f"| {path.name} | {size:,} | {cost.seconds:.1f} | {cost.peak // MEGABYTE} | {written:,} | {ending} |"


def warm(sandbox: Sandbox, bounds: Bounds) -> None:
    """Let the process load what it needs, so that this is not charged to a document."""
    sandbox.run(
        EngineRequest(source=Source(path=Path(__file__), name="warm.txt"), parameters=ParseParameters()), bounds
    )


@contextmanager
def measured(leader: int) -> Iterator[Cost]:
    """Watch a process and all that descends from it."""
    cost = Cost(before=group_cpu(leader))
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            cost.peak = max(cost.peak, group_memory(leader))
            cost.seconds = max(cost.seconds, group_cpu(leader) - cost.before)
            time.sleep(TICK)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield cost
    finally:
        cost.seconds = max(cost.seconds, group_cpu(leader) - cost.before)
        is_over.set()
        watcher.join()


if __name__ == "__main__":
    main()
