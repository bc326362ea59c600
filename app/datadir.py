"""The data directory of a stack: one owner at a time, and where its clients on this machine find it."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO


class InUseError(Exception):
    """Another `sheaf serve` owns this data directory; the message names it."""


class UnusableError(Exception):
    """The data directory cannot be made or written; the message says why."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running stack answers, and a key for it ("" when none is kept on this machine)."""

    url: str
    key: str


class DataDir:
    """Paths in a data directory, its lock, and the address of the stack that runs on it."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser().absolute()
        self._lock: IO[str] | None = None

    @property
    def logs(self) -> Path:
        """Where each process of the stack writes its log."""
        return self.path / "logs"

    @property
    def key_file(self) -> Path:
        """Holds the API key that commands on this machine use; readable by its owner only."""
        return self.path / "local.key"

    @property
    def _address_file(self) -> Path:
        return self.path / "serve.json"

    def claim(self) -> int:
        """Make the directory and lock it for as long as this process lives; answers the lock's file descriptor.

        Raises InUseError, UnusableError.
        """
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
            lock = (self.path / "serve.lock").open("a+")
        except OSError as error:
            message = f"the data directory {self.path} cannot be used: {error.strerror}; SHEAF_DATA_DIR names another"
            raise UnusableError(message) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            message = f"{self.path} is in use by another `sheaf serve` (pid {lock.read().strip() or 'unknown'})"
            raise InUseError(message) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        self._lock = lock
        return lock.fileno()

    def publish(self, url: str) -> None:
        """Let commands on this machine find the stack."""
        write_private(self._address_file, json.dumps(asdict(Address(url, self.read_key()))))

    def release(self) -> None:
        """Give the directory up; without effect when it was never claimed."""
        if self._lock is not None:
            self._address_file.unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def read_key(self) -> str:
        """The key kept here, or ""."""
        return self.key_file.read_text().strip() if self.key_file.exists() else ""

    def keep_key(self, key: str) -> None:
        """Keep a key for commands on this machine."""
        write_private(self.key_file, f"{key}\n")

    def running(self) -> Address | None:
        """The stack that runs on this directory, or None."""
        try:
            address = json.loads(self._address_file.read_text())
            with (self.path / "serve.lock").open() as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return Address(**address)
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            pass  # that of another user is not for this one
        return None  # an address without a locking owner is that of a stack that was killed


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
