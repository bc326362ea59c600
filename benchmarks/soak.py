"""Whether memory stays flat over a long job: `python -m benchmarks.soak [--items 20000]`.

Small documents with bytes of their own go through the whole service in one job; the memory of its API, workers and broker is
read when a quarter, half, three quarters and all of them are done. Proportional set sizes are added up, so that pages which
processes share count once; Linux only.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.service import DIRECTORIES, ENDS, Service, running
from engines.processes import descendants

PARTS = ("api", "documents", "control", "beat", "valkey")
SHARES = (25, 50, 75, 100)
GROWTH = 1.10
"""How much more than at 25 % may be held at 100 %."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=20_000, help="documents in the job")
    arguments = parser.parse_args()
    with running() as service:
        names = [one for one in PARTS if any(child.name == one for child in service.stack.children)]
        directory = filled(service, arguments.items)
        started = time.monotonic()
        job = service.batch(directory, job_config={"parameters": {"do_not_cache": True}})
        seen: dict[int, dict[str, float]] = {}
        status = service.status(job)
        while status["status"] not in ENDS:
            time.sleep(0.5)
            status = service.status(job)
            share = 100 * status["processed_items"] / arguments.items
            for mark in SHARES:
                if share >= mark and mark not in seen:
                    seen[mark] = {name: megabytes(service.process(name)) for name in names}
                    print(f"{mark:>4} %  " + "   ".join(f"{name} {size:6.1f} MB" for name, size in seen[mark].items()))
        took = time.monotonic() - started
    print(f"{status['processed_items']} of {arguments.items} items in {took:.0f} s")
    grown = {name: seen[SHARES[-1]][name] / seen[SHARES[0]][name] for name in names}
    print("100 % against 25 %:  " + "   ".join(f"{name} {ratio:.3f}" for name, ratio in grown.items()))
    sys.exit(status["processed_items"] != arguments.items or max(grown.values()) > GROWTH)


def filled(service: Service, count: int) -> str:
    """The id of a directory with so many small documents, sent by several at a time."""
    made = service.directory([])

    def send(number: int) -> None:
        content = f"# Note {number}\n\nThe {number}. of many notes, with a list:\n\n- one\n- two\n".encode()
        file = {"upload_file": (f"note-{number:05}.md", content)}
        service.client.post(f"{DIRECTORIES}/{made}/files/upload", files=file).raise_for_status()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(count)))
    return made


def megabytes(process: int) -> float:
    """Proportional set size of a process and its descendants, in MB."""
    total = 0
    for one in descendants(process):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue  # ended meanwhile
        total += int(text.partition("\nPss:")[2].split()[0])
    return total / 1024


if __name__ == "__main__":
    main()
