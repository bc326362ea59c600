"""What offices put over, beside and into documents: stamps, line numbers, filled in forms, slides that are not for everyone."""

from __future__ import annotations

import pptx
from reportlab.pdfgen.canvas import Canvas

from support import papers, specimens

SAID = (
    "the boat was moored beside the crane at noon (as agreed).",
    "Nobody saw it leave before the storm, and nobody saw",
    "it come back; the quay was empty in the evening.",
    "Counsel: was there a light on board?",
    "There was none. The harbour master wrote it down",
    "in his book, which is exhibit 7 of this court,",
    "and the crew had gone to bed.",
)


def stamped(text: str, *, size: float = 80, angle: float = 45, grey: float = 0.8, y: float = 396) -> papers.Draw:
    """Text across the middle of a page."""

    def draw(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.setFillGray(grey)
        canvas.setFont("Helvetica-Bold", size)
        canvas.translate(306, y)
        canvas.rotate(angle)
        canvas.drawCentredString(0, 0, text)
        canvas.restoreState()

    return draw


def counted(texts: tuple[str, ...], *, first: int = 1, step: int = 1, x: float = 60, size: float = 11) -> papers.Draw:
    """Lines with a number in the margin of every one, or of every fifth and so on; the right edge of the numbers is at `x`."""

    def draw(canvas: Canvas) -> None:
        for index, text in enumerate(texts):
            y = 700 - 24 * index
            canvas.setFont("Helvetica", 11)
            canvas.drawString(90, y, text)
            if (first + index) % step == 0:
                canvas.setFont("Helvetica", size)
                canvas.drawRightString(x, y, str(first + index))

    return draw


def deck() -> bytes:
    """Three slides, the second of them hidden."""
    made = pptx.Presentation()
    for title in ("Opening", "For the board alone", "Closing"):
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = title
    made.slides[1].element.set("show", "0")
    return specimens.saved(made)


def filled_in(canvas: Canvas) -> None:
    """A form with a field of each kind, most of them filled in."""
    form = canvas.acroForm
    canvas.drawString(72, 720, "Membership")
    form.textfield(name="name", tooltip="Full name", value="Ada Berg", x=72, y=680, width=200)
    form.textfield(name="street", value="", x=72, y=640, width=200)
    form.checkbox(name="sails", tooltip="Sails", checked=True, x=72, y=600)
    form.choice(name="port", tooltip="Port", value="Bergen", options=["Bergen", "Malmö"], x=72, y=560, width=100)
    form.listbox(
        name="days",
        tooltip="Days",
        value=["Monday"],
        options=["Monday", "Friday"],
        x=72,
        y=500,
        fieldFlags="multiSelect",
    )
    for value, y in (("rowing", 450), ("motor", 430)):
        form.radio(name="boat", tooltip="Boat", value=value, selected=value == "motor", x=72, y=y)
