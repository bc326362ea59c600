"""`sheaf run`: documents in, results out, in one command."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from app.cli import consoles
from app.cli.batch import exit_code, process, upload
from app.cli.connection import given_address
from app.cli.documents import find_documents
from app.cli.jobs import classify_option, job_config, json_option, paths_argument, set_option
from app.cli.outputs import Outcome, as_json, collect, print_table, summary
from app.cli.progress import STARTING, Tend, do_nothing, working_on
from app.client import Client
from app.stack import Stack
from settings import Settings


@click.command()
@paths_argument
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out"),
    show_default=True,
    help="Folder for the results.",
)
@set_option
@classify_option
@json_option
def run(paths: tuple[Path, ...], out: Path, settings: tuple[str, ...], rules: Path | None, *, is_json: bool) -> None:
    """Process documents and write the results into a folder.

    PATH is a file or a folder with all that is in it, but for hidden files. The results of NAME are NAME.md, NAME.txt,
    NAME.json and its pictures in NAME.images.

    Uses the server of SHEAF_BASE_URL, else a running `sheaf serve`, else a stack of its own for the length of the job. Ends
    with 0 when all documents are completed or skipped, 1 when some failed, 2 when the job did. Ctrl-C cancels the job.
    """
    if not paths:
        message = "say which files or folders"
        raise click.UsageError(message)
    documents = find_documents(paths, leave_out=out)
    config = job_config(settings, rules)  # mistakes come out before anything is started
    make_writable(out)
    console = consoles.progress()
    is_classified = rules is not None
    with server(console) as (client, tend):
        began = time.monotonic()
        directory_id, unsent = upload(client, console, documents, "sheaf run", tend)
        job = process(client, console, directory_id, config, tend)
        sent = [one for one in documents if one.name not in unsent]
        outcomes = collect(client, console, job["id"], sent, out, is_classified=is_classified, tend=tend)
        outcomes += [Outcome.failed(name, reason) for name, reason in sorted(unsent.items())]
        took = time.monotonic() - began
    if is_json:
        click.echo(as_json(job, outcomes))
    else:
        print_table(consoles.results(), outcomes, is_classified=is_classified)
        click.echo(summary(outcomes, took, out))
        if job["error_message"]:
            click.echo(f"the job {job['status']}: {job['error_message']}", err=True)
    sys.exit(exit_code(job, (one.status for one in outcomes)))


def make_writable(out: Path) -> None:
    """Make the folder for the results. Raises click.BadParameter when nothing can be written there."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"cannot make {out}: {error.strerror}", param_hint="--out") from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise click.BadParameter(f"cannot write into {out}", param_hint="--out")


@contextlib.contextmanager
def server(console: Console) -> Iterator[tuple[Client, Tend]]:
    """A client of the server to use, and what to call while waiting."""
    if (found := given_address()) is not None:
        with Client(found.url, found.key) as client:
            yield client, do_nothing
        return
    folder = tempfile.mkdtemp(prefix="sheaf-run-")
    settings = replace(Settings.from_env(), data_dir=folder, host="127.0.0.1", port=0)
    with contextlib.ExitStack() as exits:
        with working_on(console, STARTING):
            stack = exits.enter_context(Stack(settings, is_passing=True))
        client = exits.enter_context(Client(stack.base_url, stack.key))

        def tend() -> None:
            for event in stack.keep():
                console.print(event)

        yield client, tend
