"""Documents that misbehave on demand, for processes that are started with this folder on PYTHONPATH.

Nothing of Sheaf knows of them: the engine's entry is replaced as soon as it is imported. A document that begins with
`POISON word` is handled by the function of that name, every other one by the real engine.
"""

from __future__ import annotations

import ctypes
import importlib.abc
import importlib.machinery
import os
import pathlib
import re
import signal
import sys
import time


def crash(_work, _progress):
    ctypes.string_at(0)


def hang(_work, _progress):
    time.sleep(3600)


def spin(_work, _progress):
    while True:
        pass


def grip(_work, _progress):
    """Hold the interpreter: no other thread of the process runs meanwhile."""
    re.match(r"(a+)+$", "a" * 64 + "b")


def gorge(_work, _progress):
    held = []
    while True:
        held.append(bytearray(32 << 20))
        time.sleep(0.01)


def dawdle(_work, progress):
    for page in range(1200):
        progress(page, 1200)
        time.sleep(0.1)


def linger(_work, progress):
    """Never end, and come to the end of a page all the time."""
    while True:
        progress(1, 2)
        time.sleep(0.05)


def wait(work, progress):
    """Until the file exists whose path follows on the line."""
    path = pathlib.Path(work.source.path.read_text().split("\n")[0].removeprefix("POISON wait "))
    while not path.exists():
        progress(0, 1)
        time.sleep(0.02)


def mutter(_work, _progress):
    """Print as libraries written in C do, then fail."""
    os.write(2, b"leptonica: this is no picture\n")
    raise ZeroDivisionError


def burst(_work, _progress):
    raise ZeroDivisionError


def dying(is_deadly):
    """Die when the reader is asked for pages, given as the first and the last, that are deadly; returns how to undo that."""
    from engines.containers.pdfium import PdfDocument  # noqa: PLC0415 - what imports this module is being imported

    page = PdfDocument.page

    def reading(self, number):
        if is_deadly(number, number):
            os.kill(os.getpid(), signal.SIGKILL)
        return page(self, number)

    PdfDocument.page = reading
    return lambda: setattr(PdfDocument, "page", page)


def stumble(work, _progress):
    """Die after each of the first two ranges of pages that is read, and whenever one of them is read again."""
    done = len(list(pathlib.Path(work.checkpoints).iterdir())) if work.checkpoints else 0
    return dying(lambda first, _last: not 100 * done < first <= 100 * (done + 1))


def fall(work, _progress):
    """Die of the page whose number follows."""
    page = int(work.source.path.open("rb").read(32).split()[2])
    return dying(lambda first, last: first <= page <= last)


def fuss(work, _progress):
    """Die of a parameter, not of the document."""
    if work.parameters.page_prefix:
        os.kill(os.getpid(), signal.SIGKILL)


POISONS = {
    b"fuss": fuss,
    b"stumble": stumble,
    b"fall": fall,
    b"crash": crash,
    b"hang": hang,
    b"spin": spin,
    b"grip": grip,
    b"gorge": gorge,
    b"dawdle": dawdle,
    b"linger": linger,
    b"burst": burst,
    b"wait": wait,
    b"mutter": mutter,
}


PACE = float(os.environ.get("CHAOS_PACE", "0"))
"""Seconds that each document takes on top, so that a job of few documents is long enough for a fault."""


class Poisoned(importlib.abc.Loader):
    """Loads engines.request, then puts the poisons in front of it."""

    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        real = module.run

        def run(work, progress=module.no_progress, *keep):
            time.sleep(PACE)
            words = work.source.path.open("rb").read(32).split()
            recover = POISONS[words[1]](work, progress) if words[:1] == [b"POISON"] else None
            try:
                return real(work, progress, *keep)
            finally:
                if recover:
                    recover()

        module.run = run


class Finder(importlib.abc.MetaPathFinder):
    """Finds engines.request as usual, and wraps its loader."""

    def find_spec(self, name, path, target=None):
        if name != "engines.request":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        spec.loader = Poisoned(spec.loader)
        return spec


sys.meta_path.insert(0, Finder())
