"""A killable child process that reads one document at a time: what a hostile one can take down without anybody else noticing.

The child has no credentials and, where the platform allows, no network; it is watched for time, progress, memory and
cancellation, and its whole process group is killed when one of them says so. Only messages of `protocol` come back from it,
and each is checked, since the document may have taken the child over. A child is kept for the next documents, because starting
one costs some hundred milliseconds; who shares it across tenants can set `documents=1`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

from engines.checkpoints import SaveCheckpoint, keep_nothing
from engines.context import Progress, no_progress
from engines.errors import Code, DocumentError
from engines.request import EngineRequest, EngineResult
from engines.sandbox.checks import (
    checked_checkpoint,
    checked_error,
    checked_name,
    checked_outcome,
    checked_progress,
    nonsense,
    tell_noise,
)
from engines.sandbox.crash import ChildCrashError
from engines.sandbox.given import environment, without_secrets
from engines.sandbox.model_pipe import answer_of, checked_questions
from engines.sandbox.monitor import MEGABYTE, Bounds, Watch
from engines.sandbox.procfs import kill_group, memory
from engines.sandbox.protocol import FrameError, Frames, Message, ModelHead, RepliesHead, send

logger = logging.getLogger(__name__)

TICK = 0.05
"""Seconds between two looks at the child's memory."""
TAIL = 2000
"""Characters kept of what the child printed, for the log when it dies."""
STARVED = ("MemoryError", "bad_alloc", "memory allocation of", "out of memory", "Cannot allocate memory")
"""What Python, C++, Rust and C print last when an allocation was refused."""
FATAL = {Code.WORKER_LOST, Code.TIMEOUT, Code.OUT_OF_MEMORY}
"""How a document takes its process down; another document error leaves the process fit for more."""


class Sandbox:
    """One child at a time, started when needed; not to be shared by threads.

    `target` is the function that carries out a request, as `module:function`, with the signature of engines.request.run. The
    child is replaced after `documents` requests, when it is older than `recycle_seconds`, or once it holds more than
    `recycle_mb`. All outputs of one request together may have `output_mb`, and so may all its checkpoints. These count 2**20 bytes.
    """

    def __init__(
        self,
        *,
        target: str = "engines.request:run",
        documents: int = 200,
        recycle_mb: int = 1024,
        recycle_seconds: float = 3600,
        output_mb: int = 2048,
    ) -> None:
        self.target = target
        self.documents = documents
        self.recycle_mb = recycle_mb
        self.recycle_seconds = recycle_seconds
        self.output_mb = output_mb
        self.network_isolated: bool | None = None
        """Whether the child has no network; None until the first has started."""
        self._child: SandboxChild | None = None
        self._done = 0

    def run(
        self,
        request: EngineRequest,
        bounds: Bounds,
        *,
        stopped: Callable[[], bool] = lambda: False,
        progress: Progress = no_progress,
        keep: SaveCheckpoint = keep_nothing,
    ) -> EngineResult:
        """Carry out a request in the child within its bounds; `keep` is given the checkpoints that the child leaves on its way.

        Raises DocumentError: the child's own; CANCELLED (`stopped()` said so); RESOURCES_EXHAUSTED; INTERNAL_ERROR (it failed
        in a way nobody foresaw, or answered nonsense); TIMEOUT (while a model was waited for); and ChildCrashError: TIMEOUT,
        OUT_OF_MEMORY, WORKER_LOST (the child died).
        Raises as `request.model` does when the child asks it, and as `keep` does.
        """
        watch = Watch(bounds, stopped)
        answer: EngineResult | DocumentError | None = None
        try:
            answer = self._answer(request, watch, progress, keep)
            if isinstance(answer, DocumentError):
                raise answer
        except DocumentError as error:
            is_slow_model = watch.waits and error.code is Code.TIMEOUT
            if error.code not in FATAL or not watch.has_begun or is_slow_model:
                raise
            raise ChildCrashError(error.code, error.detail, watch.crash(error, self._last_words())) from error
        finally:
            if answer is not None:
                tell_noise(self._last_words().encode())  # what a dead one printed is told with its crash
            self._retire(keep=is_healthy(answer))
        return answer

    def close(self) -> None:
        """End the child."""
        if self._child:
            self._child.kill()
        self._child = None
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Process id of the child; None while there is none."""
        return self._child.pid if self._child else None

    def _last_words(self) -> str:
        return self._child.last_words() if self._child else ""

    def _answer(
        self, request: EngineRequest, watch: Watch, progress: Progress, keep: SaveCheckpoint
    ) -> EngineResult | DocumentError:
        child = self._ready_child(watch)
        watch.begin(child.pid)
        child.submit(request, watch.bounds.memory_mb, self.output_mb * MEGABYTE)
        outputs: dict[str, bytes] = {}
        kept = 0
        for head, body in child.messages(watch):
            if "progress" in head:
                done, total, page = checked_progress(head["progress"])
                watch.moved(page)
                progress(done, total, page)
            elif "checkpoint" in head:
                name = checked_checkpoint(head["checkpoint"])
                child.allow(len(body))  # outputs have their bytes for themselves
                kept += len(body)
                if kept <= self.output_mb * MEGABYTE:
                    keep(name, body)
            elif "ask" in head:
                child.allow(len(body))
                child.reply(answer_of(checked_questions(head["ask"], body), request.model, watch, child.pid))
            elif "file" in head:
                outputs[checked_name(head["file"])] = body
            elif "error" in head:
                return checked_error(head["error"])
            else:
                return checked_outcome(head.get("outcome"), outputs)
        raise child.loss(watch)

    def _ready_child(self, watch: Watch) -> SandboxChild:
        """The child at hand if it still lives, else a new one that has said it is ready."""
        if self._child and self._child.alive() and not self._is_old():
            return self._child
        self.close()
        self._child = SandboxChild(self.target)
        for head, _ in self._child.messages(watch):
            ready = head.get("ready")
            self.network_isolated = bool(isinstance(ready, dict) and ready.get("network_isolated"))
            return self._child
        raise self._child.loss(watch)

    def _retire(self, *, keep: bool) -> None:
        """Keep the child for the next request unless it failed this one, is used up or has grown."""
        self._done += 1
        grown = self._child is not None and memory(self._child.pid) > self.recycle_mb * MEGABYTE
        if not keep or grown or self._is_old() or self._done >= self.documents:
            self.close()

    def _is_old(self) -> bool:
        return self._child is not None and time.monotonic() - self._child.started > self.recycle_seconds


def is_healthy(answer: EngineResult | DocumentError | None) -> bool:
    """Whether a child that answered so can be given another document; None is no answer."""
    if isinstance(answer, DocumentError):
        return answer.code not in {Code.OUT_OF_MEMORY, Code.RESOURCES_EXHAUSTED, Code.INTERNAL_ERROR}
    return answer is not None


class SandboxChild:
    """The process, its pipes and its directory."""

    def __init__(self, target: str) -> None:
        self.scratch = tempfile.mkdtemp(prefix="sheaf-child-")
        Path(self.scratch).chmod(0o711)  # programs that the child runs as nobody must reach their own folders in it
        self._frames = Frames(0)
        self._tail = b""
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self._noise, noise = os.pipe()
        lifeline, self._lifeline = os.pipe()
        self._readable = [self._answers, self._noise]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
                [sys.executable, "-P", "-m", "engines.sandbox.child", target, str(answers), str(lifeline)],
                stdin=requests,
                stdout=noise,
                stderr=noise,
                pass_fds=(answers, lifeline),
                start_new_session=True,
                cwd=self.scratch,
                env=environment(self.scratch),
            )
        except OSError:
            self._clean()
            raise
        finally:
            for theirs in (requests, answers, noise, lifeline):
                os.close(theirs)
        self.pid = self._process.pid
        self.started = time.monotonic()

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def submit(self, request: EngineRequest, memory_mb: int, output_bytes: int) -> None:
        """Hand over a request; its outputs may have `output_bytes`. A child that is gone shows when its messages are read."""
        self._frames.limit = output_bytes
        self._tail = b""
        try:
            model: ModelHead | None = {"sees": request.model.sees} if request.model else None
            send(self._requests, {"memory_mb": memory_mb, "model": model}, pickle.dumps(without_secrets(request)))
        except BrokenPipeError:
            logger.info("the sandboxed process ended before it was given the document")

    def reply(self, replies: RepliesHead) -> None:
        """Hand over what a model has answered."""
        with contextlib.suppress(BrokenPipeError):  # as above
            send(self._requests, replies)

    def allow(self, more_bytes: int) -> None:
        """Let it send more than it was told."""
        self._frames.limit += more_bytes

    def messages(self, watch: Watch) -> Iterator[Message]:
        """What the child sends, until it dies. Raises DocumentError when the watch says so or a message is none."""
        is_open = True
        while is_open:
            watch.check(self.pid)
            is_open = self._read()
            try:
                while message := self._frames.pop():
                    yield message
            except FrameError as error:
                raise nonsense(str(error)) from error

    def _read(self) -> bool:
        """Wait a moment for something to read; False when the child has closed its answers."""
        ready, _, _ = select.select(self._readable, [], [], TICK)
        if self._noise in ready:
            self._read_noise()
        if self._answers not in ready:
            return True
        data = os.read(self._answers, 1 << 20)
        self._frames.feed(data)
        return bool(data)

    def _read_noise(self) -> None:
        """Keep the end of what the child prints."""
        data = os.read(self._noise, 65536)
        self._tail = (self._tail + data)[-TAIL:]
        if not data:
            self._readable.remove(self._noise)

    def loss(self, watch: Watch) -> DocumentError:
        """Why the child is dead."""
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return DocumentError(Code.WORKER_LOST, "it closed its pipe")
        tail = self.last_words()
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        logger.warning("the sandboxed process died: %s\n%s", how, tail)
        if watch.was_nearly_full() or any(sign in tail for sign in STARVED):
            return DocumentError(Code.OUT_OF_MEMORY, how)
        return DocumentError(Code.WORKER_LOST, how)  # the tail is for operators: it may name paths of this machine

    def last_words(self) -> str:
        """The end of what it printed."""
        while self._noise in self._readable and select.select([self._noise], [], [], 0)[0]:
            self._read_noise()
        return self._tail.decode(errors="replace").replace("\0", "").strip()

    def kill(self) -> None:
        """End the process group and remove what it left."""
        kill_group(self.pid)
        self._process.wait()
        self._clean()

    def _clean(self) -> None:
        for ours in (self._requests, self._answers, self._noise, self._lifeline):
            os.close(ours)
        shutil.rmtree(self.scratch, ignore_errors=True)
