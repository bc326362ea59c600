"""What of a page decides whether it is read by OCR, as PDFium and the layout of its text tell it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PIL import Image

from engines.containers.pdfium import Bounds, PdfPage
from engines.layout.blocks import BlockKind
from engines.layout.lines import Line
from engines.layout.page import PageLayout
from engines.ocr.policy import LITTLE_TEXT, PageFacts
from engines.ocr.written import looks_written, part_of, without_text

WHOLE = 0.9
"""Share of the page from which a picture is the page itself: a scan, or what everything is printed on."""

SMALLEST = 0.01
"""The same from which another picture is looked at."""
LOOSE = 0.4
"""Heights of letters by which text that was laid over a scan may miss what it stands for."""
EDGE = 0.12
"""Share of the height of a page within which headers, fax lines and stamps stand."""
TILE = 0.01
"""The same of the smallest parts that a scan may be cut into."""
GRID = 20
"""Points of each side of a page that are looked at to see what pictures cover together."""


def facts_of(sheet: PdfPage, layout: PageLayout, drawn: Callable[[], Image.Image] | None = None) -> PageFacts:
    """The facts of a page that was laid out; `drawn` gives its picture, where it may be looked at for text that is not its own."""
    turned = [block for block in layout.blocks if block.kind is BlockKind.TURNED]
    boxes = [one.bounds for one in sheet.pictures if not one.is_hidden and share_of(one.bounds, sheet)]
    is_scan = bool(boxes) and covered_share(boxes, sheet) >= WHOLE
    shares = [share_of(one, sheet) for one in boxes]
    is_tiled = is_scan and max(shares) < WHOLE
    letters = sum(len(one.text) for one in layout.lines) + sum(len(one.text) for one in turned)
    is_meagre = letters < LITTLE_TEXT
    text = around(sheet.bounds) if is_meagre and letters else None
    is_stamped = is_scan and not turned and all(is_at_edge(one, sheet) for one in layout.lines)
    if drawn and is_scan and letters and not is_stamped and not turned:
        is_stamped = looks_written(without_text(drawn(), sheet, LOOSE))
    return PageFacts(
        letters=letters,
        is_stamped=is_stamped,
        is_unclear=layout.is_unclear,
        is_scan=is_scan,
        picture_share=0.0 if is_tiled else max((one for one in shares if one < WHOLE), default=0.0),
        is_illustrated=drawn is not None and not is_scan and has_written_picture(sheet, boxes, drawn),
        drawn_share=share_of(around(filter(None, [text, sheet.ink])), sheet) if is_meagre else 1.0,
        text_share=share_of(text, sheet) if is_meagre else 1.0,
        has_remarks=sheet.has_remarks,
    )


def has_written_picture(sheet: PdfPage, boxes: Sequence[Bounds], drawn: Callable[[], Image.Image]) -> bool:
    """Whether a picture on a page, none that covers it, looks as if it had text; `drawn` gives the picture of the page."""
    shown = [one for one in boxes if SMALLEST <= share_of(one, sheet) < WHOLE]
    if not shown:
        return False
    shot = without_text(drawn(), sheet)
    return any(looks_written(part_of(shot, one, sheet)) for one in shown)


def is_at_edge(line: Line, sheet: PdfPage) -> bool:
    """Whether a line stands at the top or at the bottom of its page."""
    middle = (line.top + line.bottom) / 2 / sheet.height
    return not EDGE < middle < 1 - EDGE


def covered_share(boxes: Sequence[Bounds], sheet: PdfPage) -> float:
    """How much of a page some rectangles cover together, from 0 to 1, by the points of a grid; 0 when it is no scan."""
    large = [one for one in boxes if share_of(one, sheet) >= TILE]
    if sum(share_of(one, sheet) for one in large) < WHOLE:
        return 0.0
    points = [
        (sheet.width * (column + 0.5) / GRID, sheet.height * (row + 0.5) / GRID)
        for column in range(GRID)
        for row in range(GRID)
    ]
    return sum(any(one[0] <= x <= one[2] and one[1] <= y <= one[3] for one in large) for x, y in points) / GRID**2


def around(boxes: Iterable[Bounds]) -> Bounds | None:
    """The smallest rectangle around all of some; None of none."""
    sides = list(zip(*boxes, strict=True))
    return (min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])) if sides else None


def share_of(bounds: Bounds | None, sheet: PdfPage) -> float:
    """How much of a page a rectangle covers, from 0 to 1; what lies beside the page does not count."""
    if bounds is None:
        return 0.0
    left, top, right, bottom = bounds
    width = min(right, sheet.width) - max(left, 0.0)
    height = min(bottom, sheet.height) - max(top, 0.0)
    return width * height / (sheet.width * sheet.height) if width > 0 and height > 0 else 0.0
