"""RapidOCR, in a process of its own, which stays for the next pictures: it takes seconds to start and up to 1 GB while it reads."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from engines.errors import Code, DocumentError
from engines.ocr.engine import Patience, PictureWord

BEAT_SECONDS = 0.25
"""How often a wait looks whether it is still wanted."""
CHUNK = 1 << 16
MOST_ANSWER = 64 << 20
"""Bytes of an answer."""
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TMPDIR")


@dataclass(frozen=True, slots=True)
class RapidOcr:
    """The package in this environment, with the models that lie in it."""

    @property
    def name(self) -> str:
        """What it is called in results and settings."""
        return "rapidocr"

    def read(self, picture: Image.Image, _dpi: float, patience: Patience) -> list[PictureWord]:
        """The words in a picture. Raises as OcrEngine does."""
        with tempfile.NamedTemporaryFile(suffix=".ppm") as file:
            picture.convert("RGB").save(file, "PPM")
            file.flush()
            answer = READERS.answer(file.name, patience)
        if "error" in answer:
            raise DocumentError(Code.OCR_FAILED, f"rapidocr: {answer['error']}")
        return [PictureWord(**word, block=0) for word in answer["words"]]


class Reader:
    """A process that reads."""

    def __init__(self) -> None:
        modules = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self.pid = os.getpid()
        """Of whoever started it: a fork of that has another one."""
        self.has_answered = False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "engines.ocr.rapidocr_child"],
            env=kept | {"PYTHONPATH": modules, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def answer(self, path: str, patience: Patience) -> dict[str, Any] | None:
        """What it says of a picture; None when it has ended. Raises as OcrEngine does, and must be closed then."""
        process = self._process
        if process.stdin is None or process.stdout is None:
            return None
        try:
            process.stdin.write(f"{path}\n".encode())
            process.stdin.flush()
        except OSError:
            return None
        deadline = time.monotonic() + patience.seconds
        line = bytearray()
        while not line.endswith(b"\n"):
            if select.select([process.stdout], [], [], BEAT_SECONDS)[0]:
                chunk = os.read(process.stdout.fileno(), CHUNK)
                line += chunk
                if not chunk or len(line) > MOST_ANSWER:
                    return None
            else:
                patience.beat()
            if time.monotonic() > deadline:
                raise DocumentError(Code.OCR_FAILED, f"a picture took longer than {patience.seconds:g} s")
        self.has_answered = True
        found: dict[str, Any] = json.loads(line)
        return found

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


class Readers:
    """The reader of this process, kept from picture to picture."""

    def __init__(self) -> None:
        self._kept: Reader | None = None
        self._lock = threading.Lock()

    def answer(self, path: str, patience: Patience) -> dict[str, Any]:
        """What a reader says of a picture: the one kept, and if that has gone meanwhile, a new one. Raises as OcrEngine does."""
        with self._lock:
            reader = self._kept if self._kept and self._kept.pid == os.getpid() else None
            self._kept = None
            for one in (reader, None) if reader else (None,):
                reader = one or Reader()
                answer = None
                try:
                    answer = reader.answer(path, patience)
                finally:
                    if answer is None:
                        reader.close()
                if answer is not None:
                    self._kept = reader
                    return answer
        raise DocumentError(Code.OCR_FAILED, "rapidocr has died of a picture")

    def close(self) -> None:
        """End the reader that is kept; a later picture starts another one."""
        with self._lock:
            if self._kept and self._kept.pid == os.getpid():
                self._kept.close()
            self._kept = None


READERS = Readers()
atexit.register(READERS.close)
