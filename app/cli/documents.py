"""The documents below the paths of a command, and the names they go by."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path

import click

ENDINGS = {"chunks": ".chunks.jsonl"}
"""By the formats that `sheaf run` writes where it is asked to: what it adds to the name of a document."""
RESULTS = (".md", ".txt", ".json", *ENDINGS.values())
PICTURES = ".images"
"""What `sheaf run` adds to the name of a document."""


JUNK = re.compile(r"thumbs\.db|ehthumbs\.db|desktop\.ini|icon\r|\.ds_store|~\$.*|\._.*", re.IGNORECASE | re.DOTALL)
"""What systems and office programs leave among documents, under names that look like a document's or not."""
NAMED = 5
"""So many of the files that are left out are named."""


@dataclass(frozen=True, slots=True)
class Local:
    """A document on this machine and its name: a relative path with forward slashes, unique within one command."""

    path: Path
    name: str


def find_documents(paths: Sequence[Path], leave_out: Path | None = None) -> list[Local]:
    """All files below `paths`, sorted by name; hidden ones and whatever is below `leave_out` do not count.

    Where results lie beside the documents (`leave_out` is one of `paths`), earlier results do not count. Names are
    relative to the one folder given, else to the folder that all paths have in common. Raises click.UsageError when there
    is none.
    """
    absolute = [straight(path) for path in paths]
    is_folder = len(absolute) == 1 and absolute[0].is_dir()
    base = absolute[0] if is_folder else Path(os.path.commonpath([path.parent for path in absolute]))
    files = {file for path in absolute for file in files_below(path)}
    if leave_out is not None and straight(leave_out) not in absolute:
        files = {file for file in files if not file.is_relative_to(straight(leave_out))}
    elif leave_out is not None:
        files = {file for file in files if not is_result(file, files)}
    if not files:
        message = f"no documents below {', '.join(map(str, paths))}"
        raise click.UsageError(message)
    taken: set[str] = set()
    return [Local(file, untaken(sendable(file.relative_to(base).as_posix()), taken)) for file in sorted(files)]


def readable(documents: Sequence[Local]) -> tuple[list[Local], str]:
    """Those that some reader knows, and a line about the others, or "". Raises click.UsageError when none is left."""
    unknown = {one.name for one in documents if not is_known(one)}
    if not unknown:
        return list(documents), ""
    names = ", ".join(sorted(unknown)[:NAMED]) + (f" and {len(unknown) - NAMED} more" if len(unknown) > NAMED else "")
    line = f"skipped {len(unknown)} file{'' if len(unknown) == 1 else 's'} no reader knows: {names}"
    if len(unknown) == len(documents):
        message = f"no documents: {line}"
        raise click.UsageError(message)
    return [one for one in documents if one.name not in unknown], line


def is_known(document: Local) -> bool:
    """Whether a reader knows files such as this one."""
    from engines.context import Source  # noqa: PLC0415 - half a second that other commands need not wait for
    from engines.formats.registry import is_readable  # noqa: PLC0415 - as above

    if JUNK.fullmatch(document.path.name):
        return False
    try:
        return is_readable(Source(path=document.path, name=document.name))
    except OSError:
        return True  # sending it will tell why it cannot be read


def untaken(name: str, taken: set[str]) -> str:
    """The name, with a number where two files' names look alike once they are sendable; `taken` learns it."""
    number, free = 1, name
    stem, extension = os.path.splitext(name)  # noqa: PTH122 - a name, not a path of this machine
    while free in taken:
        number += 1
        free = f"{stem} ({number}){extension}"
    taken.add(free)
    return free


def straight(path: Path) -> Path:
    """The path without `..` or links on the way to it, so that names made from it cannot lead out of a folder."""
    return path.resolve() if path.is_dir() else path.parent.resolve() / path.name


def sendable(name: str) -> str:
    """A file's name as text that can be sent and shown: bytes that are no UTF-8 and control characters are spelled out."""
    readable = os.fsencode(name).decode(errors="backslashreplace")
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in readable)


def is_result(file: Path, files: AbstractSet[Path]) -> bool:
    """Whether its name is that of a result of another of these files: `NAME.md` beside `NAME`, or in `NAME.images`."""
    names = (file.name.removesuffix(ending) for ending in RESULTS if file.name.endswith(ending))
    is_beside = any(name and file.with_name(name) in files for name in names)
    return is_beside or (file.parent.suffix == PICTURES and file.parent.with_suffix("") in files)


def files_below(path: Path) -> Iterator[Path]:
    """The file itself, or the files of a folder and of its folders; not those behind links to folders.

    What cannot be looked into, a closed folder or a link to nothing, is among them: reading it will tell why.
    """
    if not path.is_dir():
        yield path
        return
    closed: list[OSError] = []
    for folder, folders, names in os.walk(path, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            file = Path(folder, name)
            if not name.startswith(".") and (file.is_file() or not file.exists()):
                yield file
    yield from (Path(error.filename) for error in closed)
