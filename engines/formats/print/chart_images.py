"""Pictures of the charts on slides, cut out of the pictures of printed pages."""

from __future__ import annotations

import io

from PIL import Image

from engines.containers import pdf_native
from engines.document import Page
from engines.errors import DocumentError
from engines.formats.pdf.screenshots import DPI


def add(content: bytes, pages: list[Page]) -> None:
    """Give each chart with a place its picture and the name of it (`chart_p0_0.png`, pages counted from 0)."""
    with pdf_native.drawable(content) as path:
        for page in pages:
            placed = [chart for chart in page.charts if chart.box]
            if not placed:
                continue
            try:
                shot = pdf_native.picture(path, page.number, DPI)
            except DocumentError:  # a chart without a picture is one without a name
                continue
            with Image.open(io.BytesIO(shot)) as whole:
                scale = whole.width / page.width
                for number, chart in enumerate(placed):
                    box = chart.box
                    if box is None:
                        continue
                    edges = (box.x, box.y, box.x + box.width, box.y + box.height)
                    target = io.BytesIO()
                    whole.crop(tuple(round(edge * scale) for edge in edges)).save(target, "PNG")  # type: ignore[arg-type] # four of them
                    chart.name, chart.content = f"chart_p{page.number - 1}_{number}.png", target.getvalue()
