"""The group of all commands: each is imported when it is called, and its foreseeable failures are one line, no traceback."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the number of SIGINT."""


class Group(click.Group):
    """A group of commands, listed as they were given, whose foreseeable failures end in `Error: …` and exit code 1.

    `places` names of each command the module of `app.cli` that has it, and the first sentence of its help.
    """

    def __init__(self, *, places: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(**options)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click names it
        """What people need first comes first."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command of this name, imported now; None when there is none."""
        if cmd_name not in self._places:
            return None
        module, _ = self._places[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"app.cli.{module}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the commands, without importing them."""
        width = formatter.width - 6 - max(map(len, self._places))
        with formatter.section("Commands"):
            formatter.write_dl([(name, shorten(sentence, width)) for name, (_, sentence) in self._places.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click's own; it ends quietly when the reader of a pipe has gone
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None
        except database_errors() as error:
            reason = str(error.orig).splitlines()[0]
            message = f"the database says: {reason} (does it run, and did `sheaf serve` or `sheaf migrate`?)"
            raise click.ClickException(message) from error
        except foreseeable() as error:
            raise click.ClickException(str(error)) from error


def shorten(sentence: str, width: int) -> str:
    """A sentence in one line of a list, as click shortens it."""
    return click.Command(None, help=sentence).get_short_help_str(width)


def database_errors() -> Any:
    """What a database's driver raises. Asked for only when something was raised: most commands need no database."""
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - see above

    return DBAPIError


def foreseeable() -> tuple[type[Exception], ...]:
    """Failures whose message says what to do. Asked for only when something was raised, as above."""
    from app.client import ClientError  # noqa: PLC0415 - see above
    from app.datadir import InUseError, UnusableError  # noqa: PLC0415 - see above
    from app.preflight import PartError  # noqa: PLC0415 - see above
    from app.stack import StackError  # noqa: PLC0415 - see above
    from settings import SettingsError  # noqa: PLC0415 - see above

    return (SettingsError, ClientError, InUseError, UnusableError, PartError, StackError, OSError)
