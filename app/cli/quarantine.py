"""Files that took down whatever read them: what is known of each, and letting them run again."""

from __future__ import annotations

import json

import click
import sqlalchemy as sa
from rich import box
from rich.table import Table

from app.cli import consoles
from app.cli.keys import database
from models import Project, QuarantinedFile
from models.base import now
from models.quarantine import blames_file


@click.group()
def quarantine() -> None:
    """List, show and release quarantined files.

    A file that took down its process in all SHEAF_MAX_ATTEMPTS attempts is remembered by its content: an identical one of
    the same project fails at once with the same parameters, until it is released or the engine has another version. It
    fails so with any parameters once it has died under the defaults, or under parameters that have nothing in common.
    """


@quarantine.command("list")
@click.option("--project", metavar="NAME", help="Only this project's.")
@click.option("--all", "with_released", is_flag=True, help="Released ones too.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON for programs.")
def list_quarantined(project: str | None, *, with_released: bool, is_json: bool) -> None:
    """List what is quarantined, the newest first."""
    query = sa.select(QuarantinedFile, Project.name).join(Project, Project.id == QuarantinedFile.project_id)
    if project is not None:
        query = query.where(Project.name == project)
    if not with_released:
        query = query.where(QuarantinedFile.released_at.is_(None))
    with database() as session:
        rows = session.execute(query.order_by(QuarantinedFile.created_at.desc()))
        entries = [(entry, facts_of(session, entry, name)) for entry, name in rows]
    if is_json:
        click.echo(json.dumps([{**facts, "deaths": entry.crashes} for entry, facts in entries], indent=2))
        return
    if not entries:
        click.echo("Nothing is quarantined.")
        return
    table = Table("ID", "Project", "File", "Error", "Page", "With", "Since", box=box.SIMPLE_HEAD)
    for entry, facts in entries:
        since = f"{entry.created_at:%Y-%m-%d %H:%M}" + (", released" if entry.released_at else "")
        table.add_row(entry.id, facts["project"], entry.name, entry.error_code, crash_page(entry), facts["with"], since)
    consoles.results().print(table)


@quarantine.command()
@click.argument("entry_id", metavar="ID")
def show(entry_id: str) -> None:
    """Show what is known of a quarantined file and of each process that it took down."""
    with database() as session:
        entry = find_quarantined(session, entry_id)
        facts = facts_of(session, entry, session.get_one(Project, entry.project_id).name)
    for name, value in facts.items():
        if value is not None:
            click.echo(f"{name.replace('_', ' '):<15} {value}")
    for number, crash in enumerate(entry.crashes, 1):
        place = f", on page {crash['page']}" if crash.get("page") else ""
        click.echo(f"\ndeath {number}: {crash['code']}, {crash['how']}{place}, at {crash['at']}")
        click.echo(
            f"  after {crash['seconds']:g} s ({crash['cpu_seconds']:g} s of processor time), "
            f"memory peak {crash['memory_mb']} MB"
        )
        for line in (crash.get("stderr") or "").splitlines():
            click.echo(f"  | {line}")


@quarantine.command()
@click.argument("entry_ids", metavar="ID…", nargs=-1, required=True)
def release(entry_ids: tuple[str, ...]) -> None:
    """Let files run again; those that fail again are quarantined anew."""
    with database() as session:
        for entry in [find_quarantined(session, one) for one in entry_ids]:
            was = entry.released_at is not None
            entry.released_at = entry.released_at or now()
            session.flush()
            click.echo(f"{entry.id} ({entry.name}) " + ("had been released before." if was else "is released."))
            for other in entry.companions(session):
                click.echo(f"{other.id} is the same file, and still held with {with_what(session, other)}.")


def find_quarantined(session: sa.orm.Session, entry_id: str) -> QuarantinedFile:
    """The entry of this id. Raises click.ClickException."""
    entry = session.get(QuarantinedFile, entry_id)
    if entry is None:
        message = f"no quarantined file {entry_id}; `sheaf quarantine list --all` lists them"
        raise click.ClickException(message)
    return entry


def facts_of(session: sa.orm.Session, entry: QuarantinedFile, project: str) -> dict[str, str | None]:
    """What is known of an entry, but for its crashes; None where it is not. Times are ISO 8601, in UTC."""
    return {
        "id": entry.id,
        "project": project,
        "file": entry.name,
        "sha256": entry.sha256,
        "error": entry.error_message,
        "with": with_what(session, entry),
        "job": entry.job_id,
        "parse_job": entry.work_id,
        "engine": entry.engine_version,
        "since": entry.created_at.isoformat(timespec="seconds"),
        "released": entry.released_at.isoformat(timespec="seconds") if entry.released_at else None,
    }


def with_what(session: sa.orm.Session, entry: QuarantinedFile) -> str:
    """What the file may not be read with: any parameters, or the very ones of its job, of which those are named that were set."""
    entries = [entry] if entry.released_at else entry.companions(session)
    return "any parameters" if blames_file(entries) else ", ".join(sorted(entry.parameters))


def crash_page(entry: QuarantinedFile) -> str:
    """The page on which the last process died, where it is known."""
    page = entry.crashes[-1].get("page") if entry.crashes else None
    return str(page) if page else ""
