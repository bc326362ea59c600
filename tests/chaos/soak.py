"""Many small documents, and memory that stays flat: `python -m chaos.soak`, or `make soak`.

Prints the MB that the worker, the API and the broker hold when a quarter, a half, three quarters and all of the items have ended.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict, deque
from pathlib import Path

from rich.table import Table
from support.running import BATCHES

from chaos.fault import PARAMETERS
from chaos.stage import KINDS, POSTGRESQL, SQLITE, Stage
from chaos.table import console
from engines.sandbox.procfs import descendants
from models.states import OPEN_ITEM

ITEMS = 20_000
MARKS = (0.25, 0.5, 0.75, 1.0)
ALLOWED = 1.10
"""What may be held at the last mark, as a share of what was held at the first."""
SAMPLES = 20
"""The median of so many samples counts: a document in work is no leak."""
PAUSE = 0.5


def main() -> int:
    """Soak each kind; 1 when memory grew, or an item did not complete."""
    parser = argparse.ArgumentParser(prog="python -m chaos.soak", description="Many small documents, and flat memory.")
    parser.add_argument("--items", type=int, default=ITEMS, help=f"documents of the job ({ITEMS})")
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=[SQLITE, POSTGRESQL], help="databases and brokers")
    arguments = parser.parse_args()
    table = Table("kind", "process", *(f"MB at {mark:.0%}" for mark in MARKS), "growth", "verdict")
    is_flat = True
    for kind in arguments.kind:
        began = time.monotonic()
        with Stage(kind, arguments.items) as stage:
            held = soak(stage)
        for name, megabytes in held.items():
            growth = megabytes[-1] / megabytes[0]
            is_flat &= growth <= ALLOWED
            verdict = "flat" if growth <= ALLOWED else "GROWS"
            table.add_row(kind, name, *(f"{one:.1f}" for one in megabytes), f"{growth - 1:+.1%}", verdict)
        console.print(f"{kind}: {arguments.items} items in {(time.monotonic() - began) / 60:.1f} minutes")
    console.print(table)
    return int(not is_flat)


def soak(stage: Stage) -> dict[str, list[float]]:
    """MB held at each mark, by process. Raises AssertionError when an item did not complete."""
    total = len(stage.items)
    job = stage.stack.batch(None, PARAMETERS, item_ids=stage.items)
    samples: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=SAMPLES))
    held: dict[str, list[float]] = defaultdict(list)
    for mark in MARKS:
        while (is_open := stage.is_open(job)) and total - stage.count_items(job, *OPEN_ITEM) < mark * total:
            look_in(stage, job)
            for name, pid in processes(stage).items():
                samples[name].append(sum(memory(one) for one in descendants(pid)) / 1024)
            time.sleep(PAUSE)
        for name, recent in samples.items():
            held[name].append(statistics.median(recent))
        console.print(f"{stage.kind}: {mark:.0%} of {total} items" + ("" if is_open else ", and the job has ended"))
    stage.await_end(job)
    answer = stage.stack.ask("GET", f"{BATCHES}/{job}")["job"]
    assert answer["processed_items"] == total, answer
    return held


def look_in(stage: Stage, job: str) -> None:
    """What somebody who watches the job asks of the API."""
    stage.stack.ask("GET", f"{BATCHES}/{job}")
    stage.stack.ask("GET", f"{BATCHES}/{job}/items", params={"limit": 100})


def processes(stage: Stage) -> dict[str, int]:
    """Process ids by what they are called: the stack's, and the broker where it is a server of the suite's own."""
    found = {child.name: stage.stack.pid_of(child.name) for child in stage.stack.stack.children}
    if stage.broker and stage.broker.process:
        found[stage.kind.rpartition("+")[2]] = stage.broker.process.pid
    return found


def memory(pid: int) -> int:
    """KB of a process, of what it shares with others its part; 0 when it is gone."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)


if __name__ == "__main__":
    sys.exit(main())
