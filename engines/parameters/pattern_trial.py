"""Compiles regular expressions of users once where that may take everything and nobody minds: in a process that is killed for it.

The process is this file, run as a script: it knows the `regex` library and nothing of Sheaf, is ready in some 30 ms, and is started
only for expressions that this process has not judged before.
"""

from __future__ import annotations

import contextlib
import functools
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

if (
    __name__ == "__main__"
):  # isolated from whatever the folder and the environment offer, it is told where the library lies
    sys.path.append(sys.argv[1])

import regex

CPU_SECONDS = 2
"""Processor time for all expressions of a job together; the largest single one takes .04 s."""
MEMORY_MB = 256
"""Data of the process with all of them; it begins with some 8 MB, and the largest single expression takes 30 MB."""
WALL_SECONDS = 60
"""When the process is given up although it has not used its processor time: the machine is in trouble then."""
TOO_MUCH = frozenset({0, -signal.SIGXCPU, -signal.SIGSEGV})
"""How the process ends by an expression: it tells of the end of its memory itself; processor time and stack end it by a signal."""

Written = tuple[str, int]
"""An expression and the flags that it is compiled with."""


class UntriedError(OSError):
    """Nobody could find out whether expressions can be used: this machine has no process for it, or ended it."""


@functools.lru_cache(maxsize=1024)
def verdict(expressions: tuple[Written, ...]) -> tuple[int, str] | None:
    """Position of the first of some expressions that cannot be used and why, else None; the same for ever, hence kept.

    Raises UntriedError, which may be over in a moment, and is not kept.
    """
    if not expressions:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter and this file
            [sys.executable, "-I", __file__, str(Path(regex.__file__).parents[1])],
            input=json.dumps(expressions).encode(),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UntriedError(f"no process could judge a regular expression: {error}") from error
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    for position, report in enumerate(reports):
        if report is not None:
            return position, str(report)
    if done.returncode not in TOO_MUCH:
        raise UntriedError(f"the process that judges a regular expression ended with {done.returncode}")
    if len(reports) < len(expressions):
        return len(reports), f"compiling it takes more than {CPU_SECONDS} s or {MEMORY_MB} MB"
    return None


def main() -> None:
    """Read expressions from the standard input, and answer with a line of JSON for each: null, or what is wrong with it."""
    expressions: Sequence[Written] = json.load(sys.stdin)
    limit_trial()
    with contextlib.suppress(MemoryError):  # the report that is missing tells of it
        for report in reports_on(expressions):
            sys.stdout.write(json.dumps(report) + "\n")
            sys.stdout.flush()


def reports_on(expressions: Sequence[Written]) -> Iterator[str | None]:
    """What is wrong with each expression; None where nothing is. Raises MemoryError."""
    for text, flags in expressions:
        try:
            regex.compile(text, flags)
        except (regex.error, OverflowError, RecursionError, ValueError) as error:
            yield str(error)
        else:
            yield None


def limit_trial() -> None:
    """Let the kernel end this process when it takes too much; a soft limit on processor time ends it without a core dump."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_MB << 20, MEMORY_MB << 20))


if __name__ == "__main__":
    main()
