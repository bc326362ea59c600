"""Writes documents down: Markdown, text, JSON in the shape of the API, the pictures, and tables as a workbook."""

from __future__ import annotations

from collections.abc import Mapping

import orjson

from engines.document import Document
from engines.parameters import ParseParameters
from engines.render.framing import Frame
from engines.render.pages import page_result
from engines.render.workbook import workbook

__all__ = ["render", "workbook"]


def render(document: Document, parameters: ParseParameters, job_metadata: Mapping[str, object]) -> dict[str, bytes]:
    """The files of a result by name: `output.md`, `output.txt`, `output.json`, and `images/<name>` for each picture.

    `output.md` and `output.txt` are the pages' `md` and `text` joined by the separator of the job.
    """
    frame = Frame.of(parameters)
    pages = [page_result(page, document, parameters, frame) for page in document.pages]
    pictures = {
        f"images/{picture.name}": picture.content
        for page in document.pages
        for picture in page.images
        if picture.content
    }
    return {
        "output.md": frame.joined(pages, "md").encode(),
        "output.txt": frame.joined(pages, "text").encode(),
        "output.json": orjson.dumps({"pages": pages, "job_metadata": job_metadata}),
        **({"output.pdf": document.pdf} if document.pdf else {}),
        **({"structured.json": orjson.dumps(document.structured)} if document.structured is not None else {}),
        **pictures,
        **{f"images/{block.image}": block.content for page in document.pages for block in page.layout if block.image},
        **{f"images/{chart.name}": chart.content for page in document.pages for chart in page.charts if chart.content},
    }
