"""What native libraries print on standard error, as lines of the log that name the document they printed it about.

Tesseract, Leptonica, PDFium and others know no logger. In a process that works on documents their standard error is a pipe that is
emptied between two documents. A pipe that is full takes no more and blocks nobody: a document that makes them print for ever
floods neither disk nor log.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys

from engines.sandbox.checks import tell_noise

ROOM = 1 << 18
"""Bytes that may be printed about one document."""

_pipe: list[int] = []


def divert() -> None:
    """Catch what is printed on standard error from now on; Python's own `sys.stderr`, and with it the log, stays where it is."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
    readable, writable = os.pipe()
    with contextlib.suppress(AttributeError, OSError):  # Linux knows it, and may have a lower limit
        fcntl.fcntl(writable, fcntl.F_SETPIPE_SZ, ROOM)
    for end in (readable, writable):
        os.set_blocking(end, False)
    os.dup2(writable, 2)
    os.close(writable)
    _pipe[:] = [readable]


def tell() -> None:
    """Log what was printed since the last time."""
    if _pipe:
        with contextlib.suppress(BlockingIOError):
            tell_noise(os.read(_pipe[0], ROOM))
