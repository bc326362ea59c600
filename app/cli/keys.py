"""API keys: each opens one project, and is stored as a hash only."""

from __future__ import annotations

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
from settings import Settings


@click.group()
def keys() -> None:
    """Make, list and revoke API keys."""


@contextmanager
def database() -> Iterator[orm.Session]:
    """A transaction on the configured database."""
    with connected(Settings.from_env()), Session.begin() as session:
        yield session


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
def create(project: str, key: str | None, key_file: TextIO | None) -> None:
    """Make a key and print it, this once."""
    if key is not None and key_file is not None:
        message = "give --key or --key-file, not both"
        raise click.UsageError(message)
    if key_file is not None:
        key = key_file.readline().strip()
    if key is not None and not key.strip():
        message = "a key cannot be empty"
        raise click.BadParameter(message, param_hint="--key" if key_file is None else "--key-file")
    with database() as session:
        if key and session.scalar(sa.select(sa.exists().where(ApiKey.hash == ApiKey.hash_of(key)))):
            message = "this key exists already, or did and was revoked"
            raise click.ClickException(message)
        new_key = ApiKey.issue(session, Project.named(session, project), key)
    click.echo(new_key)


@keys.command("list")
def list_keys() -> None:
    """List the keys, by their first characters."""
    query = sa.select(ApiKey, Project.name).join(Project).order_by(ApiKey.created_at)
    table = Table("ID", "Project", "Key", "Created", "Revoked", box=box.SIMPLE_HEAD)
    with database() as session:
        for key, project in session.execute(query):
            revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
            table.add_row(key.id, project, f"{key.hint}…", f"{key.created_at:%Y-%m-%d %H:%M}", revoked)
    consoles.results().print(table)


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
