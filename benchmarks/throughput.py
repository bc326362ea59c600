"""How much the whole service costs beside the bare engine: `python -m benchmarks.throughput [--documents 500] [--pairs 5]`.

Service: a job of one-page PDFs, each with its own bytes, through the real stack (API, Celery workers, broker, database,
store), from the create request to the end of the job. Bare: the same engine with the same options in a plain loop, writing
the same files, on the same number of processes. The two take turns, and the median of the pairs' ratios counts.
Uploading is not part of either. SHEAF_DATABASE_URL and SHEAF_BROKER_URL choose other parts than the embedded ones.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx

from app.stack import Stack
from benchmarks.documents import born_digital
from engines.context import Source, Tools
from engines.parameters import ParseParameters
from engines.tools import find_tools
from engines.work import Work, process
from settings import Settings


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        settings = replace(Settings.from_env(), data_dir=f"{folder}/data", port=0)
        originals = born_digital()
        processes = settings.effective_workers()
        print(
            f"{arguments.documents} documents made of {len(originals)}, {processes} processes, {arguments.pairs} pairs"
        )
        with Stack(settings, is_passing=True) as stack:
            client = httpx.Client(base_url=stack.base_url, headers={"Authorization": f"Bearer {stack.key}"}, timeout=60)
            service(client, originals, 4 * processes)  # every process has loaded its engine
            ratios = []
            for number in range(arguments.pairs):
                there = service(client, originals, arguments.documents)
                bare = plain_loop(originals, arguments.documents, processes, Path(folder, f"bare{number}"))
                ratios.append(there / bare)
                print(f"service {there:7.1f} documents/s   bare {bare:7.1f}   ratio {there / bare:.3f}")
    print(f"median ratio {statistics.median(ratios):.3f}   lowest {min(ratios):.3f}   highest {max(ratios):.3f}")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=500, help="documents in one job")
    parser.add_argument("--pairs", type=int, default=5, help="how often both are measured")
    return parser.parse_args()


def copies(originals: Sequence[bytes], count: int) -> list[bytes]:
    """`count` documents, each with bytes of its own: a comment after the end, which PDF readers pass over."""
    return [originals[n % len(originals)] + f"\n% {uuid.uuid4()}\n".encode() for n in range(count)]


def service(client: httpx.Client, originals: Sequence[bytes], count: int) -> float:
    """Documents per second of one job, by the clock of whoever waits for it."""
    directory = client.post("/api/v1/beta/directories", json={"name": "benchmark"}).raise_for_status().json()["id"]
    for number, content in enumerate(copies(originals, count)):
        file = {"upload_file": (f"{number:05}.pdf", content)}
        client.post(f"/api/v1/beta/directories/{directory}/files/upload", files=file).raise_for_status()
    started = time.perf_counter()
    body = {"job_config": {}, "directory_id": directory}
    job = client.post("/api/v1/beta/batch-processing", json=body).raise_for_status().json()
    while job["status"] not in {"completed", "failed", "cancelled"}:
        time.sleep(0.02)
        job = client.get(f"/api/v1/beta/batch-processing/{job['id']}").raise_for_status().json()["job"]
    seconds = time.perf_counter() - started
    if job["processed_items"] != count:
        message = f"{job['processed_items']} of {count} documents were processed"
        raise SystemExit(message)
    print(f"  cache hits: {cache_hits(client, job['id'], count)}")
    return count / seconds


def cache_hits(client: httpx.Client, job_id: str, count: int) -> int:
    """How many items of a job were answered from the cache, by a sample of fifty."""
    items = client.get(f"/api/v1/beta/batch-processing/{job_id}/items", params={"limit": min(count, 50)}).json()[
        "items"
    ]
    hits = 0
    for item in items:
        answer = client.get(f"/api/v1/beta/batch-processing/items/{item['item_id']}/processing-results").json()
        hits += sum(one["output_metadata"]["cache_hit"] for one in answer["processing_results"])
    return hits


def plain_loop(originals: Sequence[bytes], count: int, processes: int, folder: Path) -> float:
    """Documents per second of the engine alone, all processes together."""
    folder.mkdir()
    paths = []
    for number, content in enumerate(copies(originals, count)):
        path = folder / f"{number:05}.pdf"
        path.write_bytes(content)
        paths.append(path)
    context = multiprocessing.get_context("spawn")
    done: Queue[None] = context.Queue()
    go = context.Event()
    workers = [context.Process(target=loop, args=(paths[n::processes], go, done)) for n in range(processes)]
    for worker in workers:
        worker.start()
    for _ in workers:
        done.get()
    started = time.perf_counter()
    go.set()
    for _ in workers:
        done.get()
    seconds = time.perf_counter() - started
    for worker in workers:
        worker.join()
    return count / seconds


def loop(paths: Sequence[Path], go: Event, done: Queue[None]) -> None:
    """One process of the plain loop: it says when it has loaded its engine, and when it is done."""
    tools = find_tools()
    one(paths[0], tools=tools)
    done.put(None)
    go.wait()
    for path in paths:
        folder = path.with_suffix("")
        for name, content in one(path, tools=tools).items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    done.put(None)


def one(path: Path, *, tools: Tools) -> dict[str, bytes]:
    """One document through the engine with the service's defaults."""
    work = Work(source=Source(path=path, name=path.name), parameters=ParseParameters(), tools=tools)
    return process(work).outputs


if __name__ == "__main__":
    main()
