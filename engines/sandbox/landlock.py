"""Runs a command that sees no file but its own folder and the system's programs: `python landlock.py FOLDER COMMAND…`.

LibreOffice puts pictures into its result that a document names by their path, and what a document can name must be the
document's own. Linux (5.13 and later) lets a process give up the file system without any privilege (landlock(7)); where it cannot,
the command runs as it would otherwise. A file by itself, without imports of Sheaf, because it is started for each conversion.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Sequence
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System calls, by the same numbers on every machine (asm-generic/unistd.h)."""
VERSION_FLAG = 1
PATH_BENEATH = 1
PR_SET_NO_NEW_PRIVS = 38
READ = 0b1101
"""Execute, read a file, list a folder (linux/landlock.h)."""
OF_FILES = 0b100_0000_0000_0111
"""Execute, write, read, truncate: the rights that a rule for a single file may name."""
RIGHTS = (0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1)
"""All rights about files that each version of the interface knows; later ones add none that matter here."""
SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/proc", "/sys/devices/system/cpu",
    "/var/cache/fontconfig", "/var/lib/libreoffice", "/var/spool/libreoffice",
    *(f"/etc/{name}" for name in (
        "alternatives", "chromium", "chromium.d", "crypto-policies", "fonts", "ld.so.cache", "libreoffice", "locale.alias",
        "localtime", "nsswitch.conf", "pki", "ssl",
    )),
)  # fmt: skip
"""What programs read to run at all."""
DEVICES = "/dev"
SHARED = "/tmp"  # noqa: S108 - no file of ours: LibreOffice's processes meet at a socket there, wherever TMPDIR is
MEET = (1 << 5) | (1 << 9)
"""Make a socket and remove it."""


def version_of(libc: ctypes.CDLL) -> int:
    """Which version of the interface the system has; below 1 where it has none, or it is switched off."""
    return int(libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG))


def is_offered() -> bool:
    """Whether this system can confine a command so."""
    return sys.platform == "linux" and version_of(ctypes.CDLL(None, use_errno=True)) >= 1


def confine_to(folder: str, program: str) -> bool:
    """Give up every file but these; False where the system has no means for it."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = version_of(libc)
    if version < 1:
        return False
    everything = RIGHTS[min(version, len(RIGHTS) - 1)]
    handled = ctypes.c_uint64(everything)
    ruleset = libc.syscall(CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(8), 0)
    if ruleset < 0:
        return False
    for place in (*SYSTEM, *home_of(program)):
        allow(libc, ruleset, place, READ & everything)
    for place in (folder, DEVICES):
        allow(libc, ruleset, place, everything)
    allow(libc, ruleset, SHARED, MEET)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.syscall(RESTRICT_SELF, ruleset, 0) == 0)


def home_of(program: str) -> tuple[str, ...]:
    """Where a program that lies outside of the system's places has what belongs to it."""
    folder = Path(program).resolve().parent
    return (str(folder.parent if folder.name == "program" else folder), str(Path(program).parent))


def allow(libc: ctypes.CDLL, ruleset: int, place: str, rights: int) -> None:
    """Open a place with everything below it; one that this system lacks needs no rule."""
    try:
        opened = os.open(place, os.O_PATH)
    except OSError:
        return
    rule = struct.pack("=Qi", rights if Path(place).is_dir() else rights & OF_FILES, opened)
    libc.syscall(ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
    os.close(opened)


def main(folder: str, program: str, command: Sequence[str]) -> None:
    """Become the command, confined."""
    if sys.platform == "linux":
        confine_to(folder, program)
    os.execvp(command[0], list(command))  # noqa: S606 - the caller's own words


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
