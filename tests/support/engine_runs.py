"""Runs of the engine on a file with parameters, and small things to draw for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle

from engines.context import Source
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from engines.request import EngineRequest, EngineResult, run
from engines.tools import Tools, find_tools
from support import papers

NOTE = "a word of the text layer"


def table(canvas: Canvas) -> None:
    """A ruled table."""
    made = Table([["Fruit", "Number"], ["Apple", "1"], ["Pear", "22"]])
    made.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)]))
    made.wrapOn(canvas, 400, 400)
    made.drawOn(canvas, 72, 550)


def drawn(word: str) -> papers.Draw:
    """A word that is only a small picture."""
    image = Image.new("L", (500, 160), 255)
    ImageDraw.Draw(image).text((40, 30), word, fill=0, font=ImageFont.load_default(size=80))
    return papers.picture(image, 72, 300, 160, 51)


def work(path: Path, tools: Tools | None = None, **parameters: Any) -> EngineResult:
    """The whole of the engine's work on a file."""
    source = Source(path=path, name=path.name)
    return run(EngineRequest(source=source, parameters=ParseParameters(**parameters), tools=tools or find_tools()))


def written(path: Path, **parameters: Any) -> tuple[str, str, list[dict[str, Any]]]:
    """Text, Markdown and pages of a result."""
    outputs = work(path, **parameters).outputs
    return outputs["output.txt"].decode(), outputs["output.md"].decode(), json.loads(outputs["output.json"])["pages"]


def failure(path: Path, tools: Tools | None = None, **parameters: Any) -> Code:
    with pytest.raises(DocumentError) as caught:
        work(path, tools, **parameters)
    return caught.value.code
