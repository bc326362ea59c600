"""Pictures of the charts on slides, cut out of the pictures of printed pages."""

from __future__ import annotations

import io

from PIL import Image

from engines.containers import pdf_native
from engines.document import Page
from engines.errors import DocumentError
from engines.formats.pdf.screenshots import DPI


def add_chart_images(content: bytes, pages: list[Page]) -> None:
    """Give each chart with a box its PNG and the name of it (`chart_p0_0.png`, pages counted from 0).

    `content` is the document as PDF, whose pages are those of the same numbers; boxes are in points. A page that cannot be drawn
    leaves its charts without.
    """
    with pdf_native.drawable(content) as path:
        for page in pages:
            charts = [chart for chart in page.charts if chart.box]
            if not charts:
                continue
            try:
                shot = pdf_native.picture(path, page.number, DPI)
            except DocumentError:  # a chart without a picture is one without a name
                continue
            with Image.open(io.BytesIO(shot)) as whole:
                scale = whole.width / page.width
                for number, chart in enumerate(charts):
                    box = chart.box
                    if box is None:
                        continue
                    edges = (box.x, box.y, box.x + box.width, box.y + box.height)
                    target = io.BytesIO()
                    whole.crop(tuple(round(edge * scale) for edge in edges)).save(target, "PNG")  # type: ignore[arg-type] # four of them
                    chart.name, chart.content = f"chart_p{page.number - 1}_{number}.png", target.getvalue()
