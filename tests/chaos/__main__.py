"""The command: `python -m chaos`."""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from chaos.fault import Fault
from chaos.faults import FAULTS
from chaos.runs import Row, run
from chaos.stage import KINDS, Stage
from chaos.table import print_faults, print_row, print_summary

ITEMS = 2000


def main() -> int:
    """Run the faults asked for; 1 when a promise was broken."""
    arguments = read_arguments()
    if arguments.list:
        print_faults(FAULTS)
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # everything is taken down as for Ctrl-C
    print(f"seed {arguments.seed}: --seed {arguments.seed} repeats this run's choices", flush=True)
    began = time.monotonic()
    rows: list[Row] = []
    try:
        for kind in arguments.kind:
            for row in performed(kind, arguments):
                rows.append(row)
                print_row(row)
    except KeyboardInterrupt:
        print("interrupted; everything is taken down", file=sys.stderr)
        return 130
    finally:
        seconds = time.monotonic() - began
        if rows:
            print_summary(rows, seconds)
        if arguments.json:
            report = {"seed": arguments.seed, "seconds": seconds, "rows": [row.as_json() for row in rows]}
            Path(arguments.json).write_text(json.dumps(report, indent=1) + "\n")
    return int(any(row.missed for row in rows))


def performed(kind: str, arguments: argparse.Namespace) -> Iterator[Row]:
    """The row of each fault on a kind, as it comes. After one that could not be staged, the rest has a stage of its own."""
    rest = chosen_faults(arguments.fault, kind)
    while rest:
        with Stage(kind, arguments.items) as stage:
            while rest:
                fault = rest.pop(0)
                try:
                    yield run(stage, fault, arguments.items, arguments.seed)
                except Exception as error:  # noqa: BLE001 - it must not hide what the other faults show
                    traceback.print_exc()
                    yield Row(fault.name, kind, broken=[f"the suite itself failed: {error!r}"])
                    break


def chosen_faults(names: Sequence[str], kind: str) -> list[Fault]:
    """The faults of these names that this kind has, those of one variant of the stack together."""
    possible = [fault for fault in FAULTS if kind in fault.kinds and (not names or fault.name in names)]
    variants = list(dict.fromkeys(fault.variant for fault in possible))
    return sorted(possible, key=lambda fault: variants.index(fault.variant))


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m chaos", description="What is lost when things break.")
    names = [fault.name for fault in FAULTS]
    parser.add_argument("--fault", nargs="+", metavar="NAME", choices=names, default=[], help="only these; see --list")
    parser.add_argument("--kind", nargs="+", choices=KINDS, default=KINDS, help="only these databases and brokers")
    parser.add_argument("--items", type=int, default=ITEMS, help=f"documents of each job ({ITEMS})")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000), help="repeats a run's random choices")
    parser.add_argument("--json", metavar="FILE", help="write what was measured there")
    parser.add_argument("--list", action="store_true", help="say what the faults are, and end")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
