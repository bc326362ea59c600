"""Batches on a server: submit, watch, items, cancel. A client of the HTTP API and nothing else."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Column, Table

from app.cli import consoles
from app.cli.batch import exit_code, follow
from app.cli.configuration import classify_config, parse_config
from app.cli.connection import connect
from app.cli.documents import find_documents, readable
from app.cli.outputs import print_messages
from app.cli.uploading import upload
from app.client import Client

STATUSES = ("pending", "processing", "completed", "failed", "skipped", "cancelled")

set_option = click.option(
    "--set", "settings", metavar="NAME=VALUE", multiple=True, help="A parse parameter (docs/parameters.md); repeatable."
)
classify_option = click.option(
    "--classify",
    "rules",
    metavar="RULES.yaml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Classify instead of parsing, by a file of `type: description` lines.",
)
json_option = click.option("--json", "is_json", is_flag=True, help="Print JSON for programs.")
paths_argument = click.argument("paths", metavar="PATH…", nargs=-1, type=click.Path(exists=True, path_type=Path))


def job_config(settings: tuple[str, ...], rules: Path | None) -> dict[str, Any]:
    """The configuration that the options ask for. Raises click.BadParameter."""
    return classify_config(rules, settings) if rules else parse_config(settings)


@click.command()
@paths_argument
@click.option("--directory", metavar="ID", help="The directory, instead of PATH.")
@set_option
@classify_option
@click.option("--watch", "is_watched", is_flag=True, help="Follow the job until it is over.")
def submit(
    paths: tuple[Path, ...], directory: str | None, settings: tuple[str, ...], rules: Path | None, *, is_watched: bool
) -> None:
    """Start a job and print its ID.

    It is over files and folders, which are sent, or over a directory that is on the server already.

    Ends with 1 when documents could not be sent; with --watch, as `sheaf watch` does.
    """
    if bool(paths) == bool(directory):
        message = "give either paths or --directory"
        raise click.UsageError(message)
    config = job_config(settings, rules)  # mistakes come out before anything is sent
    documents, left_out = readable(find_documents(paths)) if paths else ([], "")
    if left_out:
        click.echo(left_out, err=True)
    with connect() as client:
        unsent: dict[str, str] = {}
        if not directory:
            directory, unsent = upload(client, consoles.progress(), documents, "sheaf submit")
        for name, reason in unsent.items():
            click.echo(f"{name} {reason}", err=True)
        job_id = client.create_batch(directory, config)
        click.echo(job_id)
        code = watched(client, job_id) if is_watched else 0
    sys.exit(code or bool(unsent))


@click.command()
@click.argument("job_id", metavar="JOB")
def watch(job_id: str) -> None:
    """Follow a job until it is over.

    Ends with 0 when all went well, 1 when documents failed, 2 when the job did.
    """
    with connect() as client:
        sys.exit(watched(client, job_id))


def watched(client: Client, job_id: str) -> int:
    """Follow a job; answers the exit code."""
    job = follow(client, consoles.progress(), job_id)
    processed, failed, skipped = job["processed_items"], job["failed_items"], job["skipped_items"]
    counts = f"{processed} processed, {failed} failed, {skipped} skipped of {job['total_items']}"
    click.echo(f"{job_id} {job['status']}: {counts}")
    for reason in (job["error_message"], job.get("cancel_reason")):
        if reason:
            click.echo(reason, err=True)
    return exit_code(job, ["failed"] if job["failed_items"] else [])


@click.command()
@click.argument("job_id", metavar="JOB")
@click.option("--status", type=click.Choice(STATUSES), help="Only these.")
@json_option
def items(job_id: str, status: str | None, *, is_json: bool) -> None:
    """List the items of a job.

    With their names, statuses, the parse or classify jobs behind them, whose ids open their results, and what went wrong.
    """
    with connect() as client:
        rows = list(client.items(job_id, status))
    if is_json:
        click.echo(json.dumps(rows, indent=2))
        return
    table = Table(Column("Name", overflow="fold"), "Status", Column("Job", no_wrap=True), box=box.SIMPLE_HEAD)
    for item in rows:
        table.add_row(item["item_name"], item["status"], item["job_id"] or "")
    console = consoles.results()
    console.print(table)
    reasons = ((item, item["error_message"] or item["skip_reason"]) for item in rows)
    print_messages(console, [(item["status"], reason, item["item_name"]) for item, reason in reasons if reason])


@click.command()
@click.argument("job_id", metavar="JOB")
@click.option("--reason", help="Kept with the job.")
def cancel(job_id: str, reason: str | None) -> None:
    """Cancel a job; what is finished stays finished."""
    with connect() as client:
        answer = client.cancel(job_id, reason)
    click.echo(f"{answer['job_id']} {answer['status']}: {answer['message']}")


@click.command()
@click.argument("job_id", metavar="JOB")
@click.option(
    "--code", "codes", metavar="CODE", multiple=True, help="Only items that failed with this error code; repeatable."
)
@click.option("--cancelled", "with_cancelled", is_flag=True, help="The items that were cancelled too.")
@set_option
@click.option("--watch", "is_watched", is_flag=True, help="Follow the new job until it is over.")
def retry(
    job_id: str, codes: tuple[str, ...], settings: tuple[str, ...], *, with_cancelled: bool, is_watched: bool
) -> None:
    """Try the failed items of a job again and print the new job's ID.

    With --cancelled, those that were cancelled too. With --set, with other parameters than before. With --watch, ends as
    `sheaf watch` does.
    """
    parameters = dict(parse_config(settings)["parameters"])
    with connect() as client:
        new_id = client.retry(job_id, codes, parameters, with_cancelled=with_cancelled)
        click.echo(new_id)
        code = watched(client, new_id) if is_watched else 0
    sys.exit(code)
