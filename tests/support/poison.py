"""Works that go wrong in every way a document can make them, for the tests of the sandbox; the source's name says how."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from engines.checkpoints import SaveCheckpoint
from engines.context import Progress
from engines.errors import Code, DocumentError
from engines.request import EngineRequest, EngineResult

METADATA: Any = {"engine_version": "1"}
"""What of a result's metadata the parent looks at."""


def run(work: EngineRequest, progress: Progress, keep: SaveCheckpoint) -> EngineResult:
    """Do what the name of the source says."""
    verb, _, argument = work.source.name.partition(" ")
    if verb == "checkpoints":
        return outcome(checkpoints(keep, argument))
    return outcome(VERBS[verb](work, progress, argument) or "")


def checkpoints(keep: SaveCheckpoint, argument: str) -> str:
    """Leaves a checkpoint of so many MB under each of the names."""
    size, *names = argument.split(" ")
    for name in names:
        keep(name, b"x" * (int(size) << 20))
    return "x" * (int(size) << 20)


def outcome(text: str, name: str = "output.txt") -> EngineResult:
    return EngineResult(
        outputs={name: text.encode()},
        pages=1,
        warnings=[],
        failed_pages=[],
        degraded=False,
        classification=None,
        job_metadata=METADATA,
        partial=False,
    )


def echo(work: EngineRequest, progress: Progress, argument: str) -> str:
    return argument


def facts(work: EngineRequest, progress: Progress, argument: str) -> str:
    parameters = work.parameters
    return json.dumps(
        {
            "pid": os.getpid(),
            "environment": dict(os.environ),
            "webhook_url": parameters.webhook_url,
            "lang": parameters.lang,
            "source": work.source.path.read_text() if work.source.path.exists() else None,
            "input": sys.stdin.read(),
        }
    )


def pages(work: EngineRequest, progress: Progress, argument: str) -> str:
    for done in range(int(argument)):
        progress(done + 1, int(argument))
        time.sleep(0.1)
    return "read"


def segfault(work: EngineRequest, progress: Progress, argument: str) -> str:
    print("about to read page 3", file=sys.stderr, flush=True)
    return str(ctypes.string_at(0))


def abort(work: EngineRequest, progress: Progress, argument: str) -> str:
    os.abort()


def leave(work: EngineRequest, progress: Progress, argument: str) -> str:
    os._exit(int(argument))


def spin(work: EngineRequest, progress: Progress, argument: str) -> str:
    while True:
        pass


def spin_in_c(work: EngineRequest, progress: Progress, argument: str) -> str:
    """Backtracks for ages inside one C call that never gives up the GIL."""
    return str(re.match(r"(a+)+$", "a" * 60 + "b"))


def sleep(work: EngineRequest, progress: Progress, argument: str) -> str:
    time.sleep(float(argument))
    return "slept"


def child_process(work: EngineRequest, progress: Progress, argument: str) -> str:
    """Starts a program, in the group or in a session of its own, says where, and hangs."""
    program = subprocess.Popen(["sleep", "600"], start_new_session=argument.startswith("apart"))
    Path(argument.split()[1]).write_text(str(program.pid))
    return sleep(work, progress, "600")


def grow(work: EngineRequest, progress: Progress, argument: str) -> str:
    held = []
    while True:
        held.append(os.urandom(1 << 20) * 16)
        time.sleep(0.02)


def die_on_page(work: EngineRequest, progress: Progress, argument: str) -> str:
    """Says which page it reads, and then takes all the memory there is."""
    progress(0, 20, int(argument))
    return grow(work, progress, "")


def die_after_page(work: EngineRequest, progress: Progress, argument: str) -> str:
    """Says which page it reads and that it is done, and then dies."""
    progress(0, 20, int(argument))
    progress(1, 20)
    return abort(work, progress, "")


def out_of_memory(work: EngineRequest, progress: Progress, argument: str) -> str:
    raise MemoryError


def burn(work: EngineRequest, progress: Progress, argument: str) -> str:
    """Takes so many seconds of processor time, and is done."""
    end = time.process_time() + float(argument)
    while time.process_time() < end:
        pass
    return "burnt"


def burn_in_programs(work: EngineRequest, progress: Progress, argument: str) -> str:
    """The same in programs of a fifth of a second each."""
    code = "import time\nwhile time.process_time() < 0.2: pass"
    for _ in range(round(float(argument) / 0.2)):
        subprocess.run([sys.executable, "-S", "-c", code], check=True)
    return "burnt"


def grow_at_once(work: EngineRequest, progress: Progress, argument: str) -> str:
    return str(len(b"x" * (64 << 30)))


def grow_in_program(work: EngineRequest, progress: Progress, argument: str) -> str:
    subprocess.run([sys.executable, "-c", "import time; held = b'x' * (400 << 20); time.sleep(600)"], check=True)
    return ""


def fail(work: EngineRequest, progress: Progress, argument: str) -> str:
    raise DocumentError(Code.PDF_IS_PROTECTED, argument)


def crash(work: EngineRequest, progress: Progress, argument: str) -> str:
    raise ValueError(argument)


def fill_disk(work: EngineRequest, progress: Progress, argument: str) -> str:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), argument)


def noise(work: EngineRequest, progress: Progress, argument: str) -> str:
    for _ in range(2000):
        print("x" * 100)
        os.write(2, b"\xff\x00" * 50)
    return "quiet"


def connect(work: EngineRequest, progress: Progress, argument: str) -> str:
    host, _, port = argument.rpartition(" ")
    try:
        socket.create_connection((host, int(port)), timeout=3).close()
    except OSError as error:
        return f"refused: {error}"
    return "connected"


def large(work: EngineRequest, progress: Progress, argument: str) -> str:
    return "x" * (int(argument) << 20)


def forge(work: EngineRequest, progress: Progress, argument: str) -> str:
    """Writes to the parent as a child taken over would: to every pipe it has."""
    raw = {
        "garbage": b"\x00\x00\x00\x03" + bytes(8) + b"???",
        "huge": b"\xff" * 12,
        "list": framed([]),
        "outcome": framed({"outcome": {"pages": "many"}}),
        "code": framed({"error": {"code": ["x"]}}),
        "progress": framed({"progress": ["a", None]}),
        "classification": framed({"outcome": vars_of(classification={"type": 1, "confidence": 7, "reasoning": ""})}),
        "version": framed({"outcome": vars_of(job_metadata={"engine_version": 7})}),
    }[argument]
    os.write(int(sys.argv[2]), raw)
    return sleep(work, progress, "600")


def vars_of(**changed: object) -> dict[str, object]:
    fields = {"pages": 1, "warnings": [], "failed_pages": [], "degraded": False, "partial": False}
    return fields | {"classification": None, "job_metadata": METADATA} | changed


def framed(header: object) -> bytes:
    text = json.dumps(header).encode()
    return struct.pack(">IQ", len(text), 0) + text


def kill_myself(work: EngineRequest, progress: Progress, argument: str) -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return ""


VERBS = {
    "echo": echo,
    "facts": facts,
    "pages": pages,
    "segfault": segfault,
    "abort": abort,
    "leave": leave,
    "spin": spin,
    "spin-in-c": spin_in_c,
    "sleep": sleep,
    "program": child_process,
    "die-on-page": die_on_page,
    "die-after-page": die_after_page,
    "out-of-memory": out_of_memory,
    "burn": burn,
    "burn-in-programs": burn_in_programs,
    "grow": grow,
    "grow-at-once": grow_at_once,
    "grow-in-program": grow_in_program,
    "fail": fail,
    "crash": crash,
    "fill-disk": fill_disk,
    "noise": noise,
    "connect": connect,
    "large": large,
    "forge": forge,
    "kill-myself": kill_myself,
}


def named(work: EngineRequest, progress: Progress, _keep: SaveCheckpoint) -> EngineResult:
    """An output whose name is the source's."""
    return outcome("text", work.source.name)
