"""API keys: each opens one project, and is stored as a hash only."""

from __future__ import annotations

import datetime as dt
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import click
import sqlalchemy as sa
from rich import box
from rich.table import Table
from sqlalchemy import orm

from app.cli import consoles
from app.stack import connected
from models import ApiKey, Project, Session
from models.base import now
from models.projects import Scope
from settings import Settings

FROM_NOW = re.compile(r"(\d{1,5})([mhd])")
UNITS = {"m": dt.timedelta(minutes=1), "h": dt.timedelta(hours=1), "d": dt.timedelta(days=1)}


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@contextmanager
def database() -> Iterator[orm.Session]:
    """A transaction on the configured database."""
    with connected(Settings.from_env()), Session.begin() as session:
        yield session


def moment_of(_context: click.Context, _option: click.Parameter, text: str | None) -> dt.datetime | None:
    """A moment: given as a date in UTC, or by how far from now it is. Raises click.BadParameter."""
    if text is None:
        return None
    if found := FROM_NOW.fullmatch(text):
        return now() + int(found[1]) * UNITS[found[2]]
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        message = "neither a date such as 2027-01-31 nor a time from now such as 12h or 90d"
        raise click.BadParameter(message) from None
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC)


@keys.command()
@click.option(
    "--project", metavar="NAME", required=True, help="Project that the key opens; made when there is none of this name."
)
@click.option(
    "--key", metavar="KEY", help="The key itself, instead of a random one; lists of processes show it while this runs."
)
@click.option(
    "--key-file",
    metavar="FILE",
    type=click.File(),
    help="Read the key from the first line of a file, `-` for standard input.",
)
@click.option(
    "--scope",
    type=click.Choice(["read", "write", "admin"]),
    default="write",
    show_default=True,
    help="What it may do: look, change as well, or both in every project.",
)
@click.option("--name", default="", metavar="NAME", help="What to call it in `sheaf keys list`.")
@click.option(
    "--expires", metavar="WHEN", callback=moment_of, help="A date such as 2027-01-31, or a time from now: 12h, 90d."
)
def create(
    project: str,
    key: str | None,
    key_file: TextIO | None,
    scope: str,
    name: str,
    expires: dt.datetime | None,
) -> None:
    """Make a key and print it, this once."""
    if key is not None and key_file is not None:
        message = "give --key or --key-file, not both"
        raise click.UsageError(message)
    if key_file is not None:
        key = key_file.readline().strip()
    if expires is not None and expires <= now():
        message = "it is over already, and the key would open nothing: give a date such as 2027-01-31, in UTC"
        raise click.BadParameter(message, param_hint="--expires")
    if key is not None and not key.strip():
        message = "a key cannot be empty"
        raise click.BadParameter(message, param_hint="--key" if key_file is None else "--key-file")
    with database() as session:
        if key and session.scalar(sa.select(sa.exists().where(ApiKey.hash == ApiKey.hash_of(key)))):
            message = "this key exists already, or did and was revoked"
            raise click.ClickException(message)
        columns = {"scope": Scope(scope), "name": name, "expires_at": expires}
        new_key = ApiKey.issue(session, Project.named(session, project), key, **columns)
    click.echo(new_key)


def end_of(key: ApiKey) -> str:
    """Until when a key opens its project; empty for one without an end."""
    if key.revoked_at:
        return f"revoked {key.revoked_at:%Y-%m-%d}"
    return f"until {key.expires_at:%Y-%m-%d %H:%M}" if key.expires_at else ""


@keys.command("list")
def list_keys() -> None:
    """List the keys, by their first characters; times are in UTC."""
    query = sa.select(ApiKey, Project.name).join(Project).order_by(ApiKey.created_at)
    table = Table("ID", "Project", "Key", "Used, valid", box=box.SIMPLE_HEAD)
    with database() as session:
        for key, project in session.execute(query):
            named = f"{project}\n{key.name}" if key.name else project
            used = f"used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
            table.add_row(
                key.id, named, f"{key.hint}…\n{key.scope.value}", "\n".join(filter(None, [used, end_of(key)]))
            )
    consoles.results().print(table)


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option(
    "--overlap",
    metavar="TIME",
    default="24h",
    show_default=True,
    callback=moment_of,
    help="How long the old key still opens: 30m, 12h, 7d.",
)
def rotate(key_id: str, overlap: dt.datetime) -> None:
    """Make a key that may do the same, and let the old one expire."""
    with database() as session:
        old = session.scalars(sa.select(ApiKey).where(ApiKey.id == key_id, ApiKey.is_valid())).one_or_none()
        if old is None:
            message = f"no valid key {key_id}: see `sheaf keys list`"
            raise click.ClickException(message)
        project = session.get_one(Project, old.project_id)
        new_key = ApiKey.issue(session, project, name=old.name, scope=old.scope, expires_at=old.expires_at)
        old.expires_at = min(overlap, old.expires_at or overlap)
    click.echo(new_key)


@keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Revoke a key.

    ID is that of `sheaf keys list`, or the key itself; `-` reads either from standard input, which no list of processes shows.
    """
    key_id = sys.stdin.readline().strip() if key_id == "-" else key_id
    with database() as session:
        api_key = session.get(ApiKey, key_id) or ApiKey.find_key(session, key_id)
        if api_key is None:
            message = f"no key {key_id}"
            raise click.ClickException(message)
        api_key.revoked_at = api_key.revoked_at or now()
    click.echo("Revoked; servers refuse it within a few seconds.")
