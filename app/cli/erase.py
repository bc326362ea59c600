"""`sheaf erase`: everything of one project, gone."""

from __future__ import annotations

import sys
import time
from collections import Counter

import click
import sqlalchemy as sa
from rich import box
from rich.table import Table

from app import preflight
from app.cli import consoles
from app.stack import connected
from models import File, ProcessingResult, Project, erasure, read_session
from settings import Settings

SETTLE_SECONDS = 2.0
"""How long work that was just cancelled may take to notice, before its bytes are removed."""


@click.command()
@click.option("--project", "name", metavar="NAME", required=True, help="The project.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(name: str, *, yes: bool) -> None:
    """Remove everything of one project: keys, jobs, results, files, and their bytes.

    Open jobs are cancelled first. There is no way back. It may be interrupted and run again, and the service may be running.
    """
    from tasks.cancellation import cancel_batch  # noqa: PLC0415 - tasks read the settings when they are imported

    settings = Settings.from_env()
    storage = preflight.check_store(settings)
    with connected(settings):
        with read_session() as session:
            project = session.scalars(sa.select(Project).where(Project.name == name)).one_or_none()
        if project is None:
            message = f"no project {name}"
            raise click.ClickException(message)
        size = stored_bytes(project.id)
        if not yes:
            confirm(name, size)
        cancelled = erasure.close_project(
            project.id, lambda session, job_id: cancel_batch(session, job_id, "the project is erased")
        )
        if cancelled:
            time.sleep(SETTLE_SECONDS)
        storage.delete_all(project.id)
        removed: Counter[str] = Counter()
        for table, count in erasure.erase_rows(project.id):
            removed[table] += count
        storage.delete_all(project.id)  # what work that was still stopping wrote meanwhile
        erasure.forget_project(project.id)
    report(name, removed, size, cancelled)


def stored_bytes(project_id: str) -> int:
    """How many bytes of the project the store holds, as far as rows tell; results that share bytes count once."""
    with read_session() as session:
        files = session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(File.size), 0)).where(
                File.project_id == project_id, File.storage_key != ""
            )
        )
        results = sa.select(ProcessingResult.prefix, ProcessingResult.outputs)
        outputs: dict[str, int] = {
            prefix: sum(sizes.values())
            for prefix, sizes in session.execute(
                results.where(ProcessingResult.project_id == project_id, ProcessingResult.prefix != "")
            )
        }
    return int(files or 0) + sum(outputs.values())


def confirm(name: str, size: int) -> None:
    """Ask for the project's name. Raises click.Abort, and click.UsageError where nobody can answer."""
    if not sys.stdin.isatty():
        message = "nobody is there to confirm: pass --yes"
        raise click.UsageError(message)
    question = f"Everything of project {name} ({size / 1e6:.1f} MB) will be removed for ever. Type its name"
    if click.prompt(question, default="", show_default=False) != name:
        raise click.Abort


def report(name: str, removed: Counter[str], size: int, cancelled: int) -> None:
    """Print what was removed."""
    table = Table("Removed", "Rows", box=box.SIMPLE_HEAD)
    for what, count in removed.items():
        table.add_row(what.replace("_", " "), str(count))
    console = consoles.results()
    if removed:
        console.print(table)
    console.print(
        f"Project {name} is erased: {size / 1e6:.1f} MB of files and results, {cancelled} open jobs cancelled."
    )
