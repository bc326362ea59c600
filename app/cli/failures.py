"""Foreseeable failures of a command: one line for people instead of a traceback."""

from __future__ import annotations

from typing import Any

import click
import sqlalchemy as sa

from app.client import ClientError
from app.datadir import InUseError, UnusableError
from app.parts import PartError
from app.stack import StackError
from settings import SettingsError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the number of SIGINT."""

FORESEEABLE = (SettingsError, ClientError, InUseError, UnusableError, PartError, StackError, OSError)


class Group(click.Group):
    """A group of commands, listed as they were added, whose foreseeable failures end in `Error: …` and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click names it
        """What people need first comes first."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe has gone
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None
        except sa.exc.DBAPIError as error:
            reason = str(error.orig).splitlines()[0]
            message = f"the database says: {reason} (does it run, and did `sheaf serve` or `sheaf migrate`?)"
            raise click.ClickException(message) from error
        except FORESEEABLE as error:
            raise click.ClickException(str(error)) from error
