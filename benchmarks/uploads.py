"""What it costs to bring documents in: `python -m benchmarks.uploads [--files 1000] [--rounds 3] [--at-once 8] [--run 1000]`.

Small files, each with bytes of its own, go through the real stack over HTTP, several requests at a time: one multipart
request a file, as the official SDKs send them, and tar archives, as `sheaf run` sends them. For each way it prints CPU
milliseconds a file of the server's API processes, and files a second; the client shares the machine, so that only the first
figure is the server's alone. In the end a whole `sheaf run` of small text files, start and stop of its own stack included.
SHEAF_DATABASE_URL and SHEAF_BROKER_URL choose other parts than the embedded ones.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx

from app.cli.uploading import GROUP_FILES
from app.stack import Stack
from benchmarks.throughput import cpu_of
from engines.sandbox.procfs import descendants
from settings import Settings

SIZE = 4096
"""Bytes of one file: small ones show what a request costs."""

Way = Callable[[httpx.Client, str, Sequence[bytes], int], None]
"""Sends contents into a directory, so many requests at a time."""


def main() -> None:
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="sheaf-bench-") as folder:
        settings = replace(Settings.from_env(), data_dir=f"{folder}/data", port=0)
        if arguments.rounds:
            with Stack(settings, is_passing=True) as stack:
                for name, way in WAYS.items():
                    measure(stack, name, way, arguments)
        if arguments.run:
            whole_run(Path(folder), arguments.run)


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000, help="files of one round")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is measured; 0 for none")
    parser.add_argument("--at-once", type=int, default=8, help="requests at a time")
    parser.add_argument("--run", type=int, default=1000, help="files of the whole `sheaf run`; 0 for none")
    return parser.parse_args()


def measure(stack: Stack, name: str, way: Way, arguments: argparse.Namespace) -> None:
    """Print the medians of one way's rounds."""
    costs, rates = [], []
    headers = {"Authorization": f"Bearer {stack.key}"}
    limits = httpx.Limits(max_connections=arguments.at_once)
    with httpx.Client(base_url=stack.base_url, headers=headers, timeout=60, limits=limits) as client:
        for number in range(arguments.rounds + 1):
            answer = client.post("/api/v1/beta/directories", json={"name": "benchmark"}).raise_for_status()
            count = arguments.files if number else 4 * arguments.at_once  # the first round only warms up
            contents = documents(count)
            before, began = api_cpu(stack), time.perf_counter()
            way(client, answer.json()["id"], contents, arguments.at_once)
            seconds, cpu = time.perf_counter() - began, api_cpu(stack) - before
            if number:
                costs.append(1000 * cpu / count)
                rates.append(count / seconds)
    print(
        f"{name:24} {statistics.median(costs):6.2f} ms CPU a file ({min(costs):.2f} to {max(costs):.2f})   "
        f"{statistics.median(rates):6.0f} files/s"
    )


def documents(count: int) -> list[bytes]:
    """Texts of SIZE bytes, no two alike."""
    return [f"{uuid.uuid4()} ".encode() * (SIZE // 37) for _ in range(count)]


def into_directory(client: httpx.Client, directory: str, contents: Sequence[bytes], at_once: int) -> None:
    """As the SDKs' `directories.files.upload` does."""

    def send(number: int) -> None:
        form = {"display_name": f"{number:05}.txt", "unique_id": f"{number:05}.txt"}
        file = {"upload_file": (f"{number:05}.txt", contents[number])}
        client.post(f"/api/v1/beta/directories/{directory}/files/upload", data=form, files=file).raise_for_status()

    side_by_side(send, len(contents), at_once)


def as_files(client: httpx.Client, _directory: str, contents: Sequence[bytes], at_once: int) -> None:
    """As the SDKs' `files.create` does."""

    def send(number: int) -> None:
        file = {"file": (f"{number:05}.txt", contents[number])}
        client.post("/api/v1/beta/files", data={"purpose": "parse"}, files=file).raise_for_status()

    side_by_side(send, len(contents), at_once)


def in_archives(client: httpx.Client, directory: str, contents: Sequence[bytes], at_once: int) -> None:
    """As `sheaf run` does, so many files in each tar archive."""
    numbers = range(0, len(contents), GROUP_FILES)

    def send(group: int) -> None:
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w") as archive:
            for number in range(numbers[group], min(numbers[group] + GROUP_FILES, len(contents))):
                header = tarfile.TarInfo(f"{number:05}.txt")
                header.size = len(contents[number])
                archive.addfile(header, io.BytesIO(contents[number]))
        path, kind = f"/api/v1/beta/directories/{directory}/files/bulk-upload", {"Content-Type": "application/x-tar"}
        answer = client.post(path, content=target.getvalue(), headers=kind).raise_for_status()
        if any(row["status"] != "added" for row in answer.json()["results"]):
            raise SystemExit(answer.text)

    side_by_side(send, len(numbers), at_once)


WAYS: dict[str, Way] = {
    "into a directory": into_directory,
    "as plain files": as_files,
    "in archives": in_archives,
}


def side_by_side(send: Callable[[int], None], count: int, at_once: int) -> None:
    """Call `send` with each number below `count`, so many at a time."""
    with ThreadPoolExecutor(at_once) as pool:
        for _ in pool.map(send, range(count)):
            pass


def api_cpu(stack: Stack) -> float:
    """CPU seconds that the stack's API processes have used so far; Linux only."""
    leaders = [child.process.pid for child in stack.children if child.name == "api" and child.process]
    return sum(cpu_of(one) for leader in leaders for one in descendants(leader))


def whole_run(folder: Path, count: int) -> None:
    """Print how long `sheaf run` takes over so many small text files, with the stack that it starts and ends."""
    source = folder / "documents"
    source.mkdir()
    for number, content in enumerate(documents(count)):
        (source / f"{number:05}.txt").write_bytes(content)
    program = [sys.executable, "-c", "from app.cli import main; main()"]
    command = [*program, "run", str(source), "--out", str(folder / "out"), "--json"]
    environment = os.environ | {"SHEAF_DATA_DIR": str(folder / "none")}
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    seconds = time.perf_counter() - began
    print(
        f"sheaf run of {count} files {seconds:6.1f} s   {count / seconds:4.0f} files/s   ended with {done.returncode}"
    )


if __name__ == "__main__":
    main()
