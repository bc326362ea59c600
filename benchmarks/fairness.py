"""What one project waits for beside another's work: `python -m benchmarks.fairness [--workers 2] [--documents 5000] [--rounds 3]`.

Ten small texts of one project are timed alone, then beside all that another project can send: thousands of small PDFs, the same
as `critical` in pages of a thousand, and, with SHEAF_CORPUS, its hostile files. What is asked of the service: at most twice the
time alone and a second. Wall time, since waiting is what is measured.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.documents import EXAMPLES, corpus
from benchmarks.service import BATCHES, Service, running

LONGEST = 300.0
"""Seconds after which a round counts as never."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2, help="documents worked on at once (2)")
    parser.add_argument("--documents", type=int, default=5000, help="how many the other project sends (5000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often ten texts are sent beside each (3)")
    options = parser.parse_args()
    with running(SHEAF_WORKERS=str(options.workers)) as service:
        timed(service)  # what is loaded once
        alone = statistics.median(timed(service) for _ in range(options.rounds))
        print(f"{'alone':<32} {alone:6.2f} s   allowed beside others: {2 * alone + 1:.2f} s")
        for name, documents, fields in loads(options.documents):
            with service.of_another_project() as neighbour:
                job = neighbour.batch(neighbour.directory(documents), **fields)
                while not neighbour.status(job)["processed_items"]:
                    time.sleep(0.1)
                found = [timed(service) for _ in range(options.rounds)]
                status = neighbour.status(job)
                neighbour.client.post(f"{BATCHES}/{job}/cancel").raise_for_status()
            shown = " ".join(f"{one:6.2f}" for one in found)
            print(f"{name:<32} {shown} s   {status['processed_items']} of {status['total_items']} done meanwhile")


def timed(service: Service) -> float:
    """Seconds from the request for ten small texts to the end of their job."""
    directory = service.directory((f"{number}.txt", f"A note, {uuid.uuid4()}.\n".encode()) for number in range(10))
    began = time.monotonic()
    job = service.batch(directory)
    while service.status(job)["status"] != "completed":
        if time.monotonic() - began > LONGEST:
            return float("inf")
        time.sleep(0.02)
    return time.monotonic() - began


def loads(count: int) -> Iterator[tuple[str, Iterator[tuple[str, bytes]], dict[str, Any]]]:
    """What the other project sends: a name for it, the documents, and what else the request says."""
    yield f"beside {count} small PDFs", copies(count), {}
    yield f"beside {count}, critical, 1000 a page", copies(count), {"priority": "critical", "page_size": 1000}
    program = corpus("hostile") / "bombs.py"
    if program.exists():
        with tempfile.TemporaryDirectory(prefix="sheaf-bombs-") as folder:
            subprocess.run([sys.executable, program, folder], check=True, stdout=subprocess.DEVNULL)
            files = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
            yield f"beside {len(files)} hostile files", ((one.name, one.read_bytes()) for one in files), {}


def copies(count: int) -> Iterator[tuple[str, bytes]]:
    """Small PDFs with bytes of their own each."""
    content = Path(EXAMPLES, "invoice.pdf").read_bytes()
    for number in range(count):
        yield f"{number}.pdf", content + f"\n% {uuid.uuid4()}\n".encode()


if __name__ == "__main__":
    main()
