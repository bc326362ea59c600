"""The inside of a sandbox: `python -m engines.sandbox.child MODULE:FUNCTION ANSWERS LIFELINE`, started by engines.sandbox only.

It reads works from its standard input (pickled: the child trusts its parent, never the other way round) and answers with
messages of `protocol`: `{"ready": …}` once, then for each work `{"progress": [done, total, page]}` and `{"checkpoint": name}`
with its bytes as it goes, one `{"file": name}` with the bytes of each output, and `{"outcome": …}` or `{"error": …}` at the end.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import pickle
import sys
import traceback
from collections.abc import Callable
from typing import Any

from engines.errors import Code, DocumentError, shortage
from engines.sandbox.confinement import end_with_parent, isolate_network, limit_files, limit_memory
from engines.sandbox.protocol import receive, send

LARGEST_FILE = 4 * 1024**3
"""Bytes of the largest file that the child or a program it starts may write."""


def main(target: str, answers: int, lifeline: int) -> None:
    """Confine this process, then work until the parent closes the pipe."""
    for descriptor in (answers, lifeline):
        os.set_inheritable(descriptor, False)
    requests = private_input()
    end_with_parent(lifeline)
    limit_files(LARGEST_FILE)
    isolated = isolate_network()
    module, _, name = target.partition(":")
    process = getattr(importlib.import_module(module), name)
    send(answers, {"ready": {"network_isolated": isolated}})
    while message := receive(requests):
        limit_memory(message[0]["memory_mb"])
        answer(process, message[1], answers)


def private_input() -> int:
    """Move standard input to a descriptor that programs started here do not see, and leave them an empty one."""
    requests = os.dup(0)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device, by its descriptor
        os.dup2(nothing.fileno(), 0)
    return requests


def answer(process: Callable[..., Any], request: bytes, answers: int) -> None:
    """Do one work and send what came of it."""

    def progress(done: int, total: int, page: int | None = None) -> None:
        send(answers, {"progress": [done, total, page]})

    def keep(name: str, content: bytes) -> None:
        send(answers, {"checkpoint": name}, content)

    try:
        work = pickle.loads(request)  # noqa: S301 - written by the parent that started this process
        outcome = process(work, progress, keep)
    except DocumentError as error:
        send(answers, {"error": {"code": error.code, "detail": error.detail}})
    except MemoryError:
        send(answers, {"error": {"code": Code.OUT_OF_MEMORY, "detail": ""}})
    except Exception as error:  # noqa: BLE001 - whatever it was, the parent is told, and decides
        kind = type(error).__name__  # its text may name paths of this machine, and the detail is shown to users
        code, detail = (Code.RESOURCES_EXHAUSTED, lack) if (lack := shortage(error)) else (Code.INTERNAL_ERROR, kind)
        send(answers, {"error": {"code": code, "detail": detail, "traceback": traceback.format_exc()}})
    else:
        for name, content in outcome.outputs.items():
            send(answers, {"file": name}, content)
        rest = {f.name: getattr(outcome, f.name) for f in dataclasses.fields(outcome) if f.name != "outputs"}
        send(answers, {"outcome": rest})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
