"""Faults of the object store: full, and answering with errors."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from support.servers import Server, free_port

from chaos.fault import Act, Fault
from chaos.stage import Stage
from storage import open_storage

DISK = "256m"
AWAY_SECONDS = 10.0
BUCKET = "chaos"
BALLAST = "ballast"


@contextlib.contextmanager
def mounted(folder: str) -> Iterator[None]:
    """A small file system there. Raises CalledProcessError when this process may not mount one."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "chaos", folder]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextlib.contextmanager
def small_disk(stage: Stage) -> Iterator[Mapping[str, str]]:
    """The store on a small file system of its own."""
    folder = stage.subfolder("disk")
    with mounted(folder), stage.stored_at(open_storage(f"file://{folder}/store")):
        yield {"SHEAF_STORAGE_URL": f"file://{folder}/store"}


class DiskFull(Fault):
    """The file system of the store is full for ten seconds."""

    name = "disk-full"
    variant = staticmethod(small_disk)
    is_outage = True

    def obstacle(self) -> str:
        try:
            with tempfile.TemporaryDirectory(prefix="sheaf-chaos-") as folder, mounted(folder):
                return ""
        except (subprocess.CalledProcessError, FileNotFoundError):
            return "needs root, to mount a small file system; runs in CI"

    def inject(self, act: Act) -> None:
        ballast = Path(act.stage.subfolder("disk"), BALLAST)
        try:
            fill(ballast)
            act.pause(AWAY_SECONDS)
        finally:
            ballast.unlink()


def fill(ballast: Path) -> None:
    """Write until there is no more room."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"\0" * size):
                    pass


@contextlib.contextmanager
def bucket(stage: Stage) -> Iterator[Mapping[str, str]]:
    """The store in an S3 that can be told to fail."""
    endpoint, url = f"http://127.0.0.1:{free_port()}", f"s3://{BUCKET}/kept"
    credentials = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "loopback")
    folder = stage.subfolder("objects")
    command = [sys.executable, "-m", "chaos.objects", endpoint.rpartition(":")[2], f"{folder}/{BALLAST}"]
    environment = {"PYTHONPATH": str(Path(__file__).parents[1])}
    with contextlib.ExitStack() as held:
        patch = held.enter_context(pytest.MonkeyPatch.context())
        for name, value in credentials.items():
            patch.setenv(name, value)
        # Python leaves SIGINT ignored where a shell started all of this in the background.
        server = Server(endpoint, command, folder, lambda: make_bucket(endpoint), environment, ending=signal.SIGTERM)
        held.enter_context(server)
        storage = open_storage(url, endpoint=endpoint, region="us-east-1")
        held.enter_context(stage.stored_at(storage))
        yield credentials | {
            "SHEAF_STORAGE_URL": url,
            "SHEAF_S3_ENDPOINT": endpoint,
            "SHEAF_S3_REGION": "us-east-1",
        }


def make_bucket(endpoint: str) -> None:
    request = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")
    urllib.request.urlopen(request).close()


class StorageErrors(Fault):
    """The object store (S3) answers every request with 500 for ten seconds."""

    name = "storage-500"
    variant = staticmethod(bucket)
    most = 1000
    is_outage = True

    def inject(self, act: Act) -> None:
        flag = Path(act.stage.subfolder("objects"), BALLAST)
        flag.touch()
        try:
            act.pause(AWAY_SECONDS)
        finally:
            flag.unlink()
