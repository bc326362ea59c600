"""`sheaf run`: documents in, results out, in one command."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click

from app.cli import consoles
from app.cli.batch import Tend, do_nothing, exit_code, process, upload
from app.cli.connection import given_address
from app.cli.documents import find_documents
from app.cli.jobs import classify_option, job_config, json_option, paths_argument, set_option
from app.cli.outputs import as_json, collect, print_table
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
    """Process files and folders, and write Markdown, text and JSON beside each other into a folder.

    Uses the server of SHEAF_BASE_URL, else a running `sheaf serve`, else a stack of its own for the length of the job. Ends
    with 0 when all documents are completed or skipped, 1 when some failed, 2 when the job did. Ctrl-C cancels the job.
    """
    if not paths:
        message = "say which files or folders"
        raise click.UsageError(message)
    documents = find_documents(paths, leave_out=out)
    config = job_config(settings, rules)  # mistakes come out before anything is started
    console = consoles.progress()
    with server(console.print) as (client, tend):
        directory_id = upload(client, console, documents, "sheaf run", tend)
        job = process(client, console, directory_id, config, tend)
        job_id = job["id"]
        outcomes = collect(client, job_id, documents, out, is_classified=rules is not None)
    if is_json:
        click.echo(as_json(job, outcomes))
    else:
        print_table(consoles.results(), outcomes, is_classified=rules is not None)
        if job["error_message"]:
            click.echo(f"the job {job['status']}: {job['error_message']}", err=True)
    sys.exit(exit_code(job, (one.status for one in outcomes)))


@contextlib.contextmanager
def server(say: Callable[[str], None]) -> Iterator[tuple[Client, Tend]]:
    """A client of the server to use, and what to call while waiting."""
    if (found := given_address()) is not None:
        with Client(found.url, found.key) as client:
            yield client, do_nothing
        return
    folder = tempfile.mkdtemp(prefix="sheaf-run-")
    settings = replace(Settings.from_env(), data_dir=folder, host="127.0.0.1", port=0)
    with Stack(settings, is_passing=True) as stack, Client(stack.base_url, stack.key) as client:

        def tend() -> None:
            for event in stack.keep():
                say(event)

        yield client, tend
