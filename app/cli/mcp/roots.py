"""What may be read of this machine: documents in the folders that the operator has named, wherever a path leads."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

from mcp.server.mcpserver.exceptions import ToolError

from app.cli.documents import Local, find_documents, readable, sendable


class Roots:
    """The folders that may be read. A path is followed to its end, links and `..` too, before it is judged."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [folder.resolve() for folder in folders]

    def __str__(self) -> str:
        """The folders, with commas."""
        return ", ".join(map(str, self._folders))

    def document(self, path: str) -> Local:
        """The file at a path, which may be relative to any of the folders. Raises ToolError."""
        found = self._inside(path)
        if not is_file(found):
            raise ToolError(f"there is no file {path}; folders go to submit_folder")
        return Local(found, sendable(found.name))

    def documents(self, path: str) -> tuple[list[Local], str]:
        """The documents below a folder, and a line about what is left out, or "". Raises ToolError, click.UsageError."""
        folder = self._inside(path)
        if not folder.is_dir():
            raise ToolError(f"there is no folder {path}")
        found = find_documents([folder])
        inside = [Local(one.path.resolve(), one.name) for one in found if self._holds(one.path.resolve())]
        outside = f"left out {len(found) - len(inside)} that lead out of the folders that may be read"
        if not inside:
            raise ToolError(f"no documents below {path}: {outside}")
        known, unknown = readable(inside)
        return known, "; ".join(line for line in (outside if len(inside) < len(found) else "", unknown) if line)

    def _inside(self, path: str) -> Path:
        if "\0" in path:
            raise ToolError("a path has no character 0")
        candidates = [(folder / Path(path).expanduser()).resolve() for folder in self._folders]
        inside = [one for one in candidates if self._holds(one)]
        there = [one for one in inside if one.exists()]
        if not there and len(inside) < len(candidates):
            raise ToolError(f"{path} is not in the folders that may be read: {self} (`sheaf mcp --root` names them)")
        return (there or inside)[0]

    def _holds(self, path: Path) -> bool:
        """Whether a path without links lies in one of the folders, and not in or below what is hidden there."""
        return any(
            path.is_relative_to(folder) and not any(part.startswith(".") for part in path.relative_to(folder).parts)
            for folder in self._folders
        )


def is_file(path: Path) -> bool:
    """Whether it is an ordinary file: a pipe or a device would never end."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False
