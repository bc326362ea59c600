"""How much the whole service costs beside the bare engine: `python -m benchmarks.throughput [--documents 500] [--pairs 5]`.

Service: a job of one-page PDFs, each with its own bytes, through the real stack (API, Celery workers, broker, database,
store), from the create request to the end of the job. Bare: the same engine with the same options in a plain loop, writing
the same files, on the same number of processes. The two take turns, and the median of the pairs' ratios counts.
Uploading is not part of either. SHEAF_DATABASE_URL and SHEAF_BROKER_URL choose other parts than the embedded ones.
"""

from __future__ import annotations

import argparse
import datetime as dt
import multiprocessing
import os
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
from engines.context import Source
from engines.parameters import ParseParameters
from engines.request import EngineRequest, run
from engines.sandbox.procfs import descendants
from engines.tools import Tools, find_tools
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
            count = arguments.documents
            service(client, upload(client, originals, 4 * processes))  # every process has loaded its engine
            ratios, costs = [], []
            for number in range(arguments.pairs):
                directory = upload(client, originals, count)
                before = stack_cpu(stack)
                there, job = service(client, directory)
                cost = 1000 * (stack_cpu(stack) - before) / count
                hits = cache_hits(client, job)
                bare, bare_cost = plain_loop(originals, count, processes, Path(folder, f"bare{number}"))
                ratios.append(there / bare)
                costs.append(bare_cost / cost)
                print(
                    f"service {there:6.1f} documents/s at {cost:5.2f} ms CPU each   "
                    f"bare {bare:6.1f} at {bare_cost:5.2f} ms   ratio {ratios[-1]:.3f}, of CPU {costs[-1]:.3f}   "
                    f"cache hits {hits}"
                )
    print(f"median ratio {statistics.median(ratios):.3f}   lowest {min(ratios):.3f}   highest {max(ratios):.3f}")
    print(f"median ratio of CPU time, bare to service: {statistics.median(costs):.3f}")


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=500, help="documents in one job")
    parser.add_argument("--pairs", type=int, default=5, help="how often both are measured")
    return parser.parse_args()


def copies(originals: Sequence[bytes], count: int) -> list[bytes]:
    """`count` documents, each with bytes of its own: a comment after the end, which PDF readers pass over."""
    return [originals[n % len(originals)] + f"\n% {uuid.uuid4()}\n".encode() for n in range(count)]


def upload(client: httpx.Client, originals: Sequence[bytes], count: int) -> str:
    """The id of a new directory with so many documents."""
    directory: str = client.post("/api/v1/beta/directories", json={"name": "benchmark"}).raise_for_status().json()["id"]
    for number, content in enumerate(copies(originals, count)):
        file = {"upload_file": (f"{number:05}.pdf", content)}
        client.post(f"/api/v1/beta/directories/{directory}/files/upload", files=file).raise_for_status()
    return directory


def service(client: httpx.Client, directory: str) -> tuple[float, str]:
    """Documents per second of one job and its id, by the times that the service itself notes: asking more often would cost it."""
    body = {"job_config": {}, "directory_id": directory}
    job = client.post("/api/v1/beta/batch-processing", json=body).raise_for_status().json()
    while job["status"] not in {"completed", "failed", "cancelled"}:
        time.sleep(0.2)
        job = client.get(f"/api/v1/beta/batch-processing/{job['id']}").raise_for_status().json()["job"]
    created, completed = (dt.datetime.fromisoformat(job[name]) for name in ("created_at", "completed_at"))
    if job["processed_items"] != job["total_items"]:
        message = f"{job['processed_items']} of {job['total_items']} documents were processed"
        raise SystemExit(message)
    return int(job["total_items"]) / (completed - created).total_seconds(), str(job["id"])


def cache_hits(client: httpx.Client, job_id: str) -> int:
    """How many items of a job were answered from the cache, by what their results say; the first thousand are looked at."""
    items = client.get(f"/api/v1/beta/batch-processing/{job_id}/items", params={"limit": 1000}).json()["items"]
    hits = 0
    for item in items:
        answer = client.get(f"/api/v1/beta/batch-processing/items/{item['item_id']}/processing-results").json()
        hits += sum(one["output_metadata"]["cache_hit"] for one in answer["processing_results"])
    return hits


def stack_cpu(stack: Stack) -> float:
    """CPU seconds that the stack's processes have used so far; Linux only."""
    running = [child.process.pid for child in stack.children if child.process]
    return sum(cpu_of(one) for leader in running for one in descendants(leader))


def cpu_of(process: int) -> float:
    """CPU seconds of one process; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def plain_loop(originals: Sequence[bytes], count: int, processes: int, folder: Path) -> tuple[float, float]:
    """Documents per second, and CPU milliseconds for each, of the engine alone, all processes together."""
    folder.mkdir()
    paths = []
    for number, content in enumerate(copies(originals, count)):
        path = folder / f"{number:05}.pdf"
        path.write_bytes(content)
        paths.append(path)
    context = multiprocessing.get_context("spawn")
    done: Queue[float] = context.Queue()
    go = context.Event()
    workers = [context.Process(target=loop, args=(paths[n::processes], go, done)) for n in range(processes)]
    for worker in workers:
        worker.start()
    for _ in workers:
        done.get()
    started = time.perf_counter()
    go.set()
    cpu = sum(done.get() for _ in workers)
    seconds = time.perf_counter() - started
    for worker in workers:
        worker.join()
    return count / seconds, 1000 * cpu / count


def loop(paths: Sequence[Path], go: Event, done: Queue[float]) -> None:
    """One process of the plain loop: it says when it has loaded its engine, and in the end how much CPU time it took."""
    tools = find_tools()
    one(paths[0], tools=tools)
    done.put(0.0)
    go.wait()
    started = time.process_time()
    for path in paths:
        folder = path.with_suffix("")
        for name, content in one(path, tools=tools).items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    done.put(time.process_time() - started)


def one(path: Path, *, tools: Tools) -> dict[str, bytes]:
    """One document through the engine with the service's defaults."""
    work = EngineRequest(source=Source(path=path, name=path.name), parameters=ParseParameters(), tools=tools)
    return run(work).outputs


if __name__ == "__main__":
    main()
