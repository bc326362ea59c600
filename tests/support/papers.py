"""Documents drawn by the tests that read them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from reportlab import rl_settings
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

import engines
from engines.context import Context, Limits, Source, no_progress
from engines.document import Document
from engines.parameters import ParseParameters
from engines.tools import find_tools

Draw = Callable[[Canvas], None]
WIDTH, HEIGHT = letter

VERA = str(Path(rl_settings.__file__).with_name("fonts") / "Vera.ttf")
FOX = "The quick brown fox jumps over the lazy dog"


def pdf(path: Path, *pages: Draw, **options: Any) -> Path:
    """A PDF with a page for each drawing; the origin of drawings is the lower left corner."""
    canvas = Canvas(str(path), pagesize=letter, **options)
    for draw in pages:
        canvas.setFont("Helvetica", 11)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def lines(*texts: str, top: float = 90, size: float = 11) -> Draw:
    """Lines of text below each other, the first `top` points from the upper edge."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        for number, text in enumerate(texts):
            canvas.drawString(72, HEIGHT - top - 1.3 * size * number, text)

    return draw


def together(*drawings: Draw) -> Draw:
    """Several drawings on one page."""

    def draw(canvas: Canvas) -> None:
        for one in drawings:
            one(canvas)

    return draw


def chapter(title: str, body: int = 12) -> Draw:
    """A heading above some lines of text."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawString(72, HEIGHT - 72, title)
        lines(*(f"{FOX}, and so on for line {number} of {title}." for number in range(body)), top=110)(canvas)

    return draw


def writing(*texts: str, size: int = 44, width: int = 1240, height: int = 1754) -> Image.Image:
    """A page scanned at 150 dots an inch, with these lines on it."""
    image = Image.new("L", (width, height), 255)
    is_ascii = all(text.isascii() for text in texts)  # the default font has no other letters
    font = ImageFont.load_default(size=size) if is_ascii else ImageFont.truetype(VERA, size)
    for number, text in enumerate(texts):
        ImageDraw.Draw(image).text((120, 150 + number * size * 3 // 2), text, fill=0, font=font)
    return image


def picture(image: Image.Image, x: float, y: float, width: float, height: float) -> Draw:
    """A picture on a page; `x` and `y` are those of its lower left corner."""
    return lambda canvas: canvas.drawImage(ImageReader(image), x, y, width, height)


def scan(image: Image.Image) -> Draw:
    """A picture that is the page."""
    return picture(image, 0, 0, WIDTH, HEIGHT)


def png(image: Image.Image) -> bytes:
    """A picture as PNG."""
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def read(path: Path, *, name: str = "", context: Context | None = None, **parameters: Any) -> Document:
    """Parse a file with these parameters and the tools of this machine."""
    source = Source(path=path, name=name or path.name)
    return engines.parse(source, ParseParameters(**parameters), context or Context(tools=find_tools()))


def context(progress: Callable[[int, int], None] = no_progress, **limits: Any) -> Context:
    """The tools of this machine with other limits."""
    return Context(tools=find_tools(), limits=Limits(**limits), progress=progress)


def stale(path: Path, stored: str) -> Path:
    """A workbook whose formulas have this text stored as their value, whatever they come to."""
    target = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b"<v></v>", b"<v />").replace(b"<v />", f"<v>{stored}</v>".encode()))
    path.write_bytes(target.getvalue())
    return path
