"""Tesseract, by its command: a process for each picture, so that it can be stopped at once and takes nothing down with it."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from engines.errors import Code, DocumentError, shortage
from engines.ocr.engine import Patience, PictureWord

BEAT_SECONDS = 0.25
"""How often a running process looks whether it is still wanted."""
LOWEST_DPI = 70
"""Of what Tesseract believes; below, it guesses."""
WORD = "5"
"""Its number for rows of its table that are words."""
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
"""Variables by which programs and libraries are found."""


@dataclass(frozen=True, slots=True)
class Tesseract:
    """The command on this machine, with the data it reads with."""

    program: str
    tessdata: str
    """Directory of `*.traineddata`."""
    models: str
    """Names of data there, joined as Tesseract wants them: `deu+eng`."""

    @property
    def name(self) -> str:
        """What it is called in results and settings."""
        return "tesseract"

    def read(self, picture: Image.Image, dpi: float, patience: Patience) -> list[PictureWord]:
        """The words in a picture. Raises as OcrEngine does."""
        places = ["--tessdata-dir", self.tessdata, "-l", self.models, "--dpi", str(max(LOWEST_DPI, round(dpi)))]
        output = finished(
            [self.program, "stdin", "stdout", *places, "-c", "tessedit_create_tsv=1"], greymap(picture), patience
        )
        return list(words_of_table(output.decode("utf-8", "replace")))


def greymap(picture: Image.Image) -> bytes:
    """A picture as PGM: no time goes into packing it."""
    grey = picture.convert("L")
    return b"P5 %d %d 255\n" % grey.size + grey.tobytes()


def finished(command: list[str], given: bytes, patience: Patience) -> bytes:
    """What a command prints that is given these bytes. Raises as OcrEngine does."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # its threads cost more than they bring when every processor has a worker
    environment = kept | {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8"}
    with tempfile.TemporaryFile() as picture:  # a pipe could not be filled and listened to with a limit of time
        picture.write(given)
        picture.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell; a program of this machine and words of ours
                command, env=environment, stdin=picture, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            if shortage(error):
                raise
            raise DocumentError(Code.OCR_FAILED, "tesseract cannot be started") from error
    output = awaited(process, patience)
    if process.returncode:
        raise DocumentError(Code.OCR_FAILED, f"tesseract ended with {process.returncode}")
    return output


def awaited(process: subprocess.Popen[bytes], patience: Patience) -> bytes:
    """What a process prints until it ends; it is killed when nobody waits for it any more."""
    deadline = time.monotonic() + patience.seconds
    try:
        while True:
            try:
                return process.communicate(timeout=BEAT_SECONDS)[0]
            except subprocess.TimeoutExpired:
                patience.beat()
            if time.monotonic() > deadline:
                raise DocumentError(Code.OCR_FAILED, f"a picture took longer than {patience.seconds:g} s")
    finally:
        process.kill()  # nothing to one that has ended
        process.communicate()


def words_of_table(table: str) -> Iterator[PictureWord]:
    """The words of Tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence, text."""
    lines: dict[tuple[str, ...], int] = {}
    blocks: dict[str, int] = {}
    for row in table.splitlines():
        cells = row.split("\t")
        if len(cells) != 12 or cells[0] != WORD or not cells[11].strip():
            continue
        text = cells[11].strip()
        left, top, width, height, confidence = map(float, cells[6:11])
        yield PictureWord(
            text,
            left,
            top,
            width,
            height,
            max(0.0, confidence) / 100,
            blocks.setdefault(cells[2], len(blocks)),
            lines.setdefault(tuple(cells[2:5]), len(lines)),
            stretch=text,
        )
