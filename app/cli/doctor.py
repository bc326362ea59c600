"""`sheaf doctor`: what of this machine can be used, what is missing, and what brings it."""

from __future__ import annotations

import dataclasses
import json

import click
from rich import box
from rich.table import Table

from app.cli import consoles
from app.diagnosis import State, findings
from settings import Settings

MARKS = {State.GOOD: "ok", State.LACKS: "lacks", State.FAILS: "FAILS"}


@click.command()
@click.option("--json", "is_json", is_flag=True, help="Print JSON for programs.")
def doctor(*, is_json: bool) -> None:
    """Tell what of this machine Sheaf can use, and what to install for the rest.

    Nothing is started or changed. It ends with 0 when Sheaf can run here, though something that only some documents need may be
    missing, and with 1 when it cannot: the database, the broker, the store or the disk says no.
    """
    found = list(findings(Settings.from_env()))
    is_fit = all(one.state is not State.FAILS for one in found)
    if is_json:
        click.echo(json.dumps({"is_fit": is_fit, "parts": [dataclasses.asdict(one) for one in found]}, indent=2))
    else:
        table = Table("Part", "", "Found", "What to do", box=box.SIMPLE_HEAD)
        for one in found:
            table.add_row(one.part, MARKS[one.state], one.found, one.advice)
        consoles.results().print(table)
    raise SystemExit(0 if is_fit else 1)
