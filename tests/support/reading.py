"""Documents read as a user has them read: bytes under a name, and the Markdown of what comes out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engines import parse
from engines.context import Context, Source
from engines.document import Document, Item
from engines.parameters import ParseParameters
from engines.render import render
from engines.tools import Tools, find_tools

TOOLS = find_tools()


def read(folder: Path, name: str, content: str | bytes, tools: Tools = TOOLS, **parameters: Any) -> Document:
    """A file of this name and content, as the engine reads it."""
    path = folder / "content"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return parse(Source(path=path, name=name), ParseParameters(**parameters), Context(tools=tools))


def markdown(document: Document, **parameters: Any) -> str:
    """Its Markdown, without the blanks around it."""
    return render(document, ParseParameters(**parameters), {})["output.md"].decode().strip()


def written(folder: Path, name: str, content: str | bytes, **parameters: Any) -> str:
    """The Markdown of a file of this name and content."""
    return markdown(read(folder, name, content, **parameters), **parameters)


def cells(item: Item) -> list[list[str]]:
    """The texts of a table."""
    return [[cell.text for cell in row] for row in item.rows]
