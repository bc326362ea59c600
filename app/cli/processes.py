"""The processes of Sheaf: the whole stack at once, or each one alone as Procfile and compose run it."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import threading
from dataclasses import replace
from pathlib import Path
from types import FrameType

import click
import sqlalchemy as sa

from app import commands, preflight
from app.cli import consoles
from app.cli.progress import STARTING, working_on
from app.stack import Stack
from models import migration
from settings import Settings, SettingsError
from tasks.queues import QUEUES

FLOWER_PORT = 5555

DIFFERENT, UNKNOWN = 1, 2
"""How `sheaf migrate --check` ends when the schema does not fit, and when that cannot be told."""

PATIENCE_SECONDS = 0.5
"""How often `serve` looks after its processes."""


class Stopping:
    """Counts the requests to stop: the first drains, a second one ends at once."""

    def __init__(self) -> None:
        self._requests = 0
        self._event = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._request)

    def _request(self, _number: int, _frame: FrameType | None) -> None:
        self._requests += 1
        self._event.set()

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until asked to stop; answers whether it was."""
        return self._event.wait(seconds)

    def is_urgent(self) -> bool:
        """Whether it was asked twice."""
        return self._requests > 1


@click.command()
@click.option("--host", metavar="HOST", help="Address to listen on.  [default: SHEAF_HOST or 127.0.0.1]")
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.  [default: SHEAF_PORT or 8000]",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1),
    help="Documents worked on at once.  [default: SHEAF_WORKERS or one a processor]",
)
@click.option(
    "--flower",
    "with_flower",
    is_flag=True,
    help="Start Flower too, on port 5555 of --host; FLOWER_BASIC_AUTH=name:password protects it.",
)
def serve(host: str | None, port: int | None, workers: int | None, *, with_flower: bool) -> None:
    """Run the whole service in the foreground until Ctrl-C.

    What no URL is given for is embedded: Valkey (SHEAF_BROKER_URL), SQLite (SHEAF_DATABASE_URL) and a directory for files
    (SHEAF_STORAGE_URL). Ctrl-C lets the workers finish what they hold; a second one ends everything at once.
    """
    settings = Settings.from_env()
    settings = replace(
        settings,
        host=host or settings.host,
        port=settings.port if port is None else port,
        workers=workers or settings.workers,
    )
    if with_flower and not is_loopback(settings.host) and not os.environ.get("FLOWER_BASIC_AUTH"):
        message = f"on {settings.host} others reach Flower, which shows every task: set FLOWER_BASIC_AUTH=name:password"
        raise click.UsageError(message)
    with contextlib.ExitStack() as exits:
        with working_on(consoles.progress(), STARTING):
            stack = exits.enter_context(Stack(settings, flower_port=FLOWER_PORT if with_flower else None))
        stopping = Stopping()  # before, there is nothing to drain: Ctrl-C ends the start at once
        announce(stack, settings, with_flower=with_flower)
        while not stopping.wait(PATIENCE_SECONDS):
            for event in stack.keep():
                click.echo(event, err=True)
        click.echo("Stopping: the workers finish what they hold; Ctrl-C again ends at once.", err=True)
        stack.drain(is_impatient=stopping.is_urgent)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def announce(stack: Stack, settings: Settings, *, with_flower: bool) -> None:
    """Tell where the service answers, and the key when it is new."""
    click.echo(f"Sheaf answers on {stack.base_url} (API reference: {stack.base_url}/docs)")
    if stack.is_new_key:
        click.echo(f"API key of the project `default`: {stack.key}")
    click.echo(f"Data: {settings.data_dir} · logs: {stack.logs}")
    if with_flower:
        click.echo(f"Flower: http://{settings.host}:{FLOWER_PORT}")


def with_broker() -> Settings:
    """The settings of a process that others have to reach.

    Raises click.UsageError without a broker to meet at.
    """
    settings = Settings.from_env()
    if not settings.broker_url:
        message = "single processes meet at a broker: set SHEAF_BROKER_URL, or run all of them by `sheaf serve`"
        raise click.UsageError(message)
    return settings


def with_parts() -> Settings:
    """The settings of a process that also needs the database and the store. Raises click.UsageError, preflight.PartError."""
    settings = with_broker()
    preflight.check_database(settings)
    preflight.check_store(settings)
    return settings


def become(command: list[str], settings: Settings) -> None:
    """Replace this process by another program, so that signals reach it directly."""
    os.environ.update(settings.places())
    os.chdir(commands.FOLDER)
    os.execv(command[0], command)  # noqa: S606 - our own command line, without a shell


@click.command()
@click.option("--host", metavar="HOST", help="Address to listen on.  [default: SHEAF_HOST or 127.0.0.1]")
@click.option(
    "--port", metavar="PORT", type=click.IntRange(1, 65535), help="Port to listen on.  [default: SHEAF_PORT or 8000]"
)
def api(host: str | None, port: int | None) -> None:
    """Run the HTTP API alone (gunicorn)."""
    settings = with_parts()
    host = host or settings.host
    become(commands.api(settings, f"{f'[{host}]' if ':' in host else host}:{port or settings.port}"), settings)


@click.command()
@click.option(
    "--queues", metavar="LIST", default=",".join(QUEUES), show_default=True, help="What to work on, with commas."
)
@click.option(
    "--concurrency",
    metavar="N",
    type=click.IntRange(1),
    help="Messages worked on at once.  [default: SHEAF_WORKERS or one a processor]",
)
@click.option(
    "--pool",
    type=click.Choice(["prefork", "threads", "solo"]),
    default="prefork",
    show_default=True,
    help="Work in processes, in threads, or in the worker's own process.",
)
@click.option(
    "--name", metavar="NAME", default="worker", show_default=True, help="Tells this worker from others on its machine."
)
@click.option("--events", is_flag=True, help="Report every task for Flower, from the first one on.")
def worker(queues: str, concurrency: int | None, pool: str, name: str, *, events: bool) -> None:
    """Run a worker alone (Celery).

    The queues parse and classify are where the time goes; they need the prefork pool. control and webhooks mostly wait.
    """
    chosen = tuple(queue.strip() for queue in queues.split(","))
    if unknown := set(chosen) - set(QUEUES):
        message = f"no such queue: {', '.join(sorted(unknown))} (there are {', '.join(QUEUES)})"
        raise click.BadParameter(message, param_hint="--queues")
    if pool == "threads" and set(chosen) & set(commands.DOCUMENT_QUEUES):
        message = "documents are processed by processes that can be ended: parse and classify need --pool prefork"
        raise click.BadParameter(message, param_hint="--pool")
    settings = with_parts()
    count = concurrency or settings.effective_workers()
    become(commands.worker(name, chosen, concurrency=count, pool=pool, events=events), settings)


@click.command()
def beat() -> None:
    """Run the clock alone (Celery beat).

    One is enough; two do no harm.
    """
    settings = with_broker()
    become(commands.beat(), settings)


@click.command()
@click.option("--address", metavar="HOST", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(1, 65535),
    default=FLOWER_PORT,
    show_default=True,
    help="Port to listen on.",
)
def flower(address: str, port: int) -> None:
    """Run Flower, which shows workers and tasks.

    FLOWER_BASIC_AUTH=name:password protects it.
    """
    settings = with_broker()
    if not os.environ.get("FLOWER_BASIC_AUTH"):
        os.environ.pop("FLOWER_BASIC_AUTH", None)  # Flower takes an empty one for a mistake; compose sets it so
    become(commands.flower(address, port), settings)


@click.command()
@click.option(
    "--check", "is_check", is_flag=True, help="Change nothing; only tell whether the schema is this version's."
)
def migrate(*, is_check: bool) -> None:
    """Bring the database's schema to this version.

    Safe to run again, and by several machines at once. With --check it ends with 0 when the schema fits, 1 when it is another
    version's, and 2 when that cannot be told.
    """
    if is_check:
        raise SystemExit(check_schema())
    settings = Settings.from_env()
    preflight.check_database(settings)
    if not settings.database_url:
        Path(settings.data_dir).mkdir(mode=0o700, parents=True, exist_ok=True)
    # Without the variable, a database that others share may have another key than this machine.
    key = settings.secret() if settings.secret_key or not settings.database_url else ""
    migration.upgrade(settings.effective_database_url(), key)
    click.echo("The database fits this version of Sheaf.")


def check_schema() -> int:
    """Tell how the schema compares to this version's; the exit code."""
    try:
        settings = Settings.from_env()
        preflight.check_database(settings)
        difference = migration.difference(settings.effective_database_url())
    except (SettingsError, preflight.PartError) as error:
        click.echo(f"Error: {error}", err=True)
        return UNKNOWN
    except sa.exc.DBAPIError as error:
        click.echo(f"Error: the database says: {str(error.orig).splitlines()[0]}", err=True)
        return UNKNOWN
    click.echo(difference or "The database fits this version of Sheaf.", err=bool(difference))
    return DIFFERENT if difference else 0
