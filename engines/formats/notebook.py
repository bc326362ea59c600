"""Notebooks of Jupyter (nbformat 3 and 4): text, code, and what it gave."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any

import orjson

from engines.build.assemble import document_of, one_page
from engines.build.images import ImageStore
from engines.build.markdown import MarkdownReader
from engines.build.page_builder import PageBuilder
from engines.containers.encoding import decode
from engines.context import Context, Source
from engines.document import Document, Picture
from engines.errors import Code, DocumentError
from engines.formats.html import inline_pictures, view_of
from engines.formats.html.walker import Walker
from engines.formats.text import read_bytes
from engines.parameters import ParseParameters

MEDIA_TYPE = "application/x-ipynb+json"
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
"""What colours the output of a program in a terminal."""
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
MOST_CELLS = 50_000


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a notebook.

    Raises DocumentError: FILE_IS_BROKEN, NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    one_page(parameters, context)
    try:
        notebook = orjson.loads(decode(read_bytes(source)))
    except ValueError as error:
        raise DocumentError(Code.FILE_IS_BROKEN, str(error)[:200]) from error
    if not isinstance(notebook, dict):
        raise DocumentError(Code.FILE_IS_BROKEN, "no notebook")
    image_store = ImageStore(parameters)
    reader = NotebookReader(language_of(notebook), parameters, image_store)
    for number, cell in enumerate(cells_of(notebook), 1):
        with image_store.losses.part(f"cell {number}", 1):
            reader.cell(cell)
    return document_of([reader.builder.page(1)], MEDIA_TYPE, 1, losses=image_store.losses)


def cells_of(notebook: dict[str, Any]) -> list[Any]:
    """The cells of a notebook; format 3 has them in sheets."""
    sheets = notebook.get("worksheets") or [notebook]
    return [cell for sheet in sheets for cell in sheet.get("cells") or []][:MOST_CELLS]


def language_of(notebook: dict[str, Any]) -> str:
    """The language of its code; empty when it is not told."""
    metadata = notebook.get("metadata") or {}
    info = metadata.get("language_info") or metadata.get("kernelspec") or {}
    return (
        str(info.get("name") or info.get("language") or "")
        if "language_info" in metadata
        else str(info.get("language") or "")
    )


def joined(text: Any) -> str:
    """A text, which may be in lines."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text or "")


class NotebookReader:
    """Reads the cells of one notebook."""

    def __init__(self, language: str, parameters: ParseParameters, image_store: ImageStore) -> None:
        self.language = language
        self.parameters = parameters
        self.image_store = image_store
        self.builder = PageBuilder()

    def cell(self, cell: dict[str, Any]) -> None:
        """Read a cell. Raises DocumentError: OUTPUT_TOO_LARGE."""
        kind, text = cell.get("cell_type"), joined(cell.get("source") or cell.get("input"))
        self.builder.end_list()
        if kind == "markdown":
            MarkdownReader(self.builder, self._attached(cell)).read(text)
        elif kind == "heading":
            MarkdownReader(self.builder, self._attached(cell)).read(f"{'#' * int(cell.get('level') or 1)} {text}")
        elif kind == "code":
            self.builder.code(text, str(cell.get("language") or self.language))
            self._outputs(cell.get("outputs") or [])
        else:
            self.builder.code(text)

    def _attached(self, cell: dict[str, Any]) -> Any:
        """Find pictures that a cell carries for its own text."""
        inside = inline_pictures(self.image_store)
        attachments = cell.get("attachments") or {}

        def find(address: str, alt: str) -> Picture | None:
            held = attachments.get(address.removeprefix("attachment:"))
            content = picture_in(held) if isinstance(held, dict) else None
            return self.image_store.picture(content, 1) if content else inside(address, alt)

        return find

    def _outputs(self, outputs: Iterable[dict[str, Any]]) -> None:
        """Read what a cell gave."""
        for one in outputs:
            kind = one.get("output_type")
            if kind == "stream":
                self.builder.code(COLOURS.sub("", joined(one.get("text"))))
            elif kind in ("error", "pyerr"):
                self.builder.code(f"{one.get('ename')}: {one.get('evalue')}")
            else:
                self._data(one.get("data") or flat(one))

    def _data(self, data: dict[str, Any]) -> None:
        """Read the richest form of a value."""
        content = picture_in(data)
        if content:
            picture = self.image_store.picture(content, 1)
            alt = joined(data.get("text/plain"))
            if picture is not None:
                self.builder.image("" if alt.startswith("<") else alt, picture=picture)
                return
        if "text/html" in data:
            Walker(self.builder, view_of(self.parameters), inline_pictures(self.image_store)).walk(
                joined(data["text/html"])
            )
        elif "text/markdown" in data or "text/latex" in data:
            MarkdownReader(self.builder, inline_pictures(self.image_store)).read(
                joined(data.get("text/markdown") or data.get("text/latex"))
            )
        elif "text/plain" in data:
            self.builder.code(COLOURS.sub("", joined(data["text/plain"])))


def picture_in(data: dict[str, Any]) -> bytes | None:
    """The bytes of a picture among the forms of a value; None when it has none."""
    encoded = next((joined(data[kind]) for kind in PICTURES if kind in data), "")
    try:
        return base64.b64decode(encoded) if encoded else None
    except binascii.Error:
        return b"-"  # no picture, as the store of images will find


def flat(output: dict[str, Any]) -> dict[str, Any]:
    """The forms of a value by their media types, as format 3 has them by other names."""
    names = {"text": "text/plain", "html": "text/html", "png": "image/png", "jpeg": "image/jpeg", "latex": "text/latex"}
    return {kind: output[name] for name, kind in names.items() if name in output}
