"""The inside of a sandbox: `python -m engines.sandbox.child MODULE:FUNCTION ANSWERS LIFELINE`, started by engines.sandbox only.

It reads requests from its standard input (pickled: the child trusts its parent, never the other way round) and answers with
messages of `protocol`: `{"ready": …}` once, then for each request `{"progress": [done, total, page]}` and `{"checkpoint": name}`
with its bytes as it goes, `{"ask": …}` when it has questions for a model, one `{"file": name}` with the bytes of each output, and
`{"outcome": …}` or `{"error": …}` at the end.
"""

from __future__ import annotations

import dataclasses
import importlib
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from engines.checkpoints import SaveCheckpoint
from engines.context import Progress
from engines.errors import Code, DocumentError, shortage
from engines.request import EngineRequest, EngineResult
from engines.sandbox.confinement import end_with_parent, isolate_network, limit_files, limit_memory
from engines.sandbox.model_pipe import PipedModel
from engines.sandbox.protocol import receive, send

Run = Callable[[EngineRequest, Progress, SaveCheckpoint], EngineResult]
"""What the target is: engines.request.run, or what a test puts in its place."""
LARGEST_FILE = 4 * 1024**3
"""Bytes of the largest file that the child or a program it starts may write."""


def main(target: str, answers: int, lifeline: int) -> None:
    """Confine this process, then carry out requests until the parent closes the pipe.

    `target` is `module:function`; `answers` and `lifeline` are descriptors of pipes, to the parent and held open by it.
    """
    for descriptor in (answers, lifeline):
        os.set_inheritable(descriptor, False)
    requests = private_input()
    end_with_parent(lifeline)
    limit_files(LARGEST_FILE)
    isolated = isolate_network()
    module, _, name = target.partition(":")
    run: Run = getattr(importlib.import_module(module), name)
    send(answers, {"ready": {"network_isolated": isolated}})
    while message := receive(requests):
        head, pickled = message
        limit_memory(head["memory_mb"])
        answer(run, pickled, answers, model_of(head, requests, answers))


def model_of(head: Mapping[str, Any], requests: int, answers: int) -> PipedModel | None:
    """The model that the request of this head may ask, by way of the parent."""
    known = head.get("model")
    return PipedModel(requests, answers, sees=known["sees"]) if known else None


def private_input() -> int:
    """The descriptor that standard input is moved to, which programs started here do not see; they are left an empty one."""
    requests = os.dup(0)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device, by its descriptor
        os.dup2(nothing.fileno(), 0)
    return requests


def answer(run: Run, pickled: bytes, answers: int, model: PipedModel | None = None) -> None:
    """Carry out one request, given as it was pickled, and send what came of it to the descriptor `answers`."""

    def progress(done: int, total: int, page: int | None = None) -> None:
        send(answers, {"progress": [done, total, page]})

    def keep(name: str, content: bytes) -> None:
        send(answers, {"checkpoint": name}, content)

    try:
        request = pickle.loads(pickled)  # noqa: S301 - written by the parent that started this process
        result = run(dataclasses.replace(request, model=model) if model else request, progress, keep)
    except DocumentError as error:
        send(answers, {"error": {"code": error.code, "detail": error.detail}})
    except MemoryError:
        send(answers, {"error": {"code": Code.OUT_OF_MEMORY, "detail": ""}})
    except Exception as error:  # noqa: BLE001 - whatever it was, the parent is told, and decides
        kind = type(error).__name__  # its text may name paths of this machine, and the detail is shown to users
        code, detail = (Code.RESOURCES_EXHAUSTED, lack) if (lack := shortage(error)) else (Code.INTERNAL_ERROR, kind)
        send(answers, {"error": {"code": code, "detail": detail, "traceback": traceback.format_exc()}})
    else:
        for name, content in result.outputs.items():
            send(answers, {"file": name}, content)
        names = {one.name for one in dataclasses.fields(result)} - {
            "outputs",
            "usage",
        }  # the parent counts what is used
        rest = {name: getattr(result, name) for name in names}
        send(answers, {"outcome": rest})


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
