"""Where commands print: results on standard output, progress on standard error. Nothing in a text is markup."""

from __future__ import annotations

import os
import sys
from typing import IO

from rich.console import Console

PLAIN_WIDTH = 180
"""Columns of a table that no terminal bounds."""


def results() -> Console:
    """Standard output."""
    return make(sys.stdout)


def progress() -> Console:
    """Standard error."""
    return make(sys.stderr)


def make(file: IO[str]) -> Console:
    """A console on an open file."""
    width = None if file.isatty() or os.environ.get("COLUMNS") else PLAIN_WIDTH
    return Console(file=file, markup=False, highlight=False, emoji=False, width=width)
