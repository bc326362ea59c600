"""`sheaf run`: documents in, results out, in one command that may be interrupted and goes on where it stopped."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from app.cli import consoles
from app.cli.batch import exit_code
from app.cli.classes import print_confusion, read_labels, write_table
from app.cli.configuration import engine_of, fresh, hash_of
from app.cli.connection import learned, server_address
from app.cli.documents import ENDINGS, find_documents, readable
from app.cli.interrupts import Interrupts, leave
from app.cli.jobs import classify_option, job_config, json_option, paths_argument, set_option
from app.cli.ledger import Ledger
from app.cli.outputs import as_json, print_table, summary
from app.cli.progress import STARTING, OnWait, do_nothing, working_on
from app.cli.work import RunWork
from app.client import Client
from settings import Settings

if TYPE_CHECKING:
    from app.stack import Stack


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
@click.option(
    "--labels",
    "labels_file",
    metavar="LABELS.csv",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --classify: the right types (columns file and type), to show which were found.",
)
@click.option(
    "--format",
    "formats",
    type=click.Choice([*ENDINGS]),
    multiple=True,
    help="Write results in this form too: chunks for retrieval, as NAME.chunks.jsonl.",
)
@click.option("--fresh", "is_fresh", is_flag=True, help="Begin anew, whatever was done before.")
@json_option
def run(
    paths: tuple[Path, ...],
    out: Path,
    settings: tuple[str, ...],
    rules: Path | None,
    labels_file: Path | None,
    formats: tuple[str, ...],
    **flags: bool,
) -> None:
    """Process documents and write the results into a folder.

    PATH is a file or a folder with all that is in it, but for hidden files and what no reader knows. The results of NAME
    are NAME.md, NAME.txt, NAME.json and its pictures in NAME.images, each written as soon as NAME is done;
    --format chunks adds NAME.chunks.jsonl, a line of JSON for each chunk.

    The same command again goes on where an earlier one stopped: what is done and has not changed since is not processed
    again, what failed is. --fresh begins anew.

    With --classify the results are NAME.classification.json and classification.csv, a line for each document.

    Uses the server of SHEAF_BASE_URL, else a running `sheaf serve`, else a stack of its own for the length of the job. Ends
    with 0 when all documents are completed or skipped, 1 when some failed, 2 when the job did. Ctrl-C cancels the job and
    ends with 130; a second Ctrl-C does not wait for that.
    """
    if not paths:
        message = "say which files or folders"
        raise click.UsageError(message)
    check_options(rules, labels_file, formats)
    labels = read_labels(labels_file) if labels_file else {}
    documents, left_out = readable(find_documents(paths, leave_out=out))
    config = job_config(settings, rules)  # mistakes come out before anything is started
    make_writable(out)
    console = consoles.progress()
    if left_out:
        console.print(left_out, soft_wrap=True)  # one line, for whoever reads it in a log
    interrupts = Interrupts()
    own = Settings.from_env()
    work_hash = hash_of(config, own, learned(config))
    ledger = Ledger(out, "classify" if rules else "parse", work_hash, engine_of(own), formats)
    work = RunWork(documents, fresh(config) if flags["is_fresh"] else config, out, ledger, console, interrupts)
    with interrupts.heeded():
        try:
            began = time.monotonic()
            if work.take_stock(is_fresh=flags["is_fresh"]):
                with server(console, interrupts) as (client, tend):
                    began = time.monotonic()
                    work.do(client, tend)
        except KeyboardInterrupt:
            console.print(work.so_far())
            leave()  # an upload may still hang
        took = time.monotonic() - began
    outcomes = work.outcomes()
    if rules:
        write_table(out, outcomes, labels)
    if flags["is_json"]:
        click.echo(as_json(work.job, outcomes))
    else:
        print_table(consoles.results(), outcomes, is_classified=rules is not None)
        if labels:
            print_confusion(consoles.results(), outcomes, labels)
        click.echo(summary(outcomes, took, out))
        if work.job and work.job["error_message"]:
            click.echo(f"the job {work.job['status']}: {work.job['error_message']}", err=True)
    sys.exit(exit_code(work.job, (one.status for one in outcomes)))


def check_options(rules: Path | None, labels_file: Path | None, formats: Collection[str]) -> None:
    """Raise click.UsageError for options that do not go together."""
    if labels_file and not rules:
        raise click.UsageError("--labels goes with --classify")
    if formats and rules:
        raise click.UsageError("--format does not go with --classify")


def make_writable(out: Path) -> None:
    """Make the folder for the results. Raises click.BadParameter when nothing can be written there."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.BadParameter(f"cannot make {out}: {error.strerror}", param_hint="--out") from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise click.BadParameter(f"cannot write into {out}", param_hint="--out")


@contextlib.contextmanager
def server(console: Console, interrupts: Interrupts) -> Iterator[tuple[Client, OnWait]]:
    """A client of the server to use, and what to call while waiting."""
    if (address := server_address()) is not None:
        with Client(address.url, address.key) as client:
            yield client, do_nothing
        return
    folder = tempfile.mkdtemp(prefix="sheaf-run-")
    settings = replace(Settings.from_env(), data_dir=folder, host="127.0.0.1", port=0)
    with own_stack(settings, console, interrupts) as stack, Client(stack.base_url, stack.key) as client:

        def tend() -> None:
            for event in stack.keep():
                console.print(event)

        yield client, tend


@contextlib.contextmanager
def own_stack(settings: Settings, console: Console, interrupts: Interrupts) -> Iterator[Stack]:
    """A stack for the length of the block, which leaves nothing behind. Raises what Stack raises."""
    from app.stack import Stack  # noqa: PLC0415 - migrations and all: what finds a server, or a mistake, need not wait for it

    stack = Stack(settings, is_passing=True)
    with working_on(console, STARTING):
        stack.__enter__()
    try:
        yield stack
    finally:
        with interrupts.held_back():
            stack.__exit__(None, None, None)
