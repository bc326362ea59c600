"""What is printed: a line for each fault as it comes, and the table in the end."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from chaos.fault import Fault
from chaos.runs import Row

COLUMNS = (
    ("fault", "left"),
    ("kind", "left"),
    ("items", "right"),
    ("lost", "right"),
    ("duplicates", "right"),
    ("finalizations", "right"),
    ("repeated runs", "right"),
    ("recovery s", "right"),
    ("stranded s", "right"),
    ("verdict", "left"),
)
NOTE = """\
recovery: from the fault until items end at 80 % of the old rate again
stranded: from the fault until the last item that was in work then has ended
Where something was away for a while, both count from its return, and what stands in brackets from when it went away."""
PAPER = 170
"""Columns of what is not printed on a terminal."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else PAPER)


def print_row(row: Row) -> None:
    """A line as soon as a fault is judged."""
    if row.obstacle:
        console.print(f"{row.kind} {row.fault}: {row.obstacle}", markup=False)
        return
    times = f"recovery {shown(row.recovery, row.recovery_from_begin)} s, stranded {shown(row.stranded, row.stranded_from_begin)} s"
    counts = f"{row.items} items, {row.lost} lost, {row.duplicates} duplicates, {row.repeated} repeated"
    console.print(
        f"{row.kind} {row.fault}: {counts}; {times}; {row.rate_before:.0f} items/s before; "
        f"{row.seconds:.0f} s: {'; '.join([row.verdict, *row.notes])}" + (f" (logs: {row.logs})" if row.logs else ""),
        style="bold red" if row.missed else None,
        markup=False,
        soft_wrap=True,
    )


def print_summary(rows: Sequence[Row], seconds: float) -> None:
    """The table."""
    table = Table()
    for name, side in COLUMNS:
        table.add_column(name, justify=side)  # type: ignore[arg-type] # one of its literals
    for row in rows:
        table.add_row(*cells(row), style="red" if row.missed else None)
    console.print(table, NOTE, sep="\n")
    missed = sum(bool(row.missed) for row in rows)
    console.print(f"{len(rows)} runs, {missed} with a broken promise, in {seconds / 60:.1f} minutes")


def cells(row: Row) -> Iterable[str]:
    """The cells of a row; none but the verdict when the fault could not happen here."""
    if row.obstacle:
        return (row.fault, row.kind, *[""] * (len(COLUMNS) - 3), row.obstacle)
    counts = (row.items, row.lost, row.duplicates, row.finalizations, row.repeated)
    times = (shown(row.recovery, row.recovery_from_begin), shown(row.stranded, row.stranded_from_begin))
    return (row.fault, row.kind, *map(str, counts), *times, row.verdict)


def shown(seconds: float | None, from_begin: float | None) -> str:
    """A time, and in brackets what it is from an outage's begin."""
    if seconds is None:
        return "–"
    is_other = from_begin is not None and abs(from_begin - seconds) >= 0.05
    return f"{seconds:.1f} ({from_begin:.1f})" if is_other else f"{seconds:.1f}"


def print_faults(faults: Sequence[Fault]) -> None:
    """What the faults are."""
    table = Table("fault", "what happens", "kinds")
    for fault in faults:
        table.add_row(fault.name, fault.sentence, ", ".join(fault.kinds))
    console.print(table)
