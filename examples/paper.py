"""Documents on paper: PDFs with text, one that is only a picture of a page, and a photographed receipt."""

from __future__ import annotations

import io
import random
from functools import partial
from pathlib import Path

import reportlab
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    ListFlowable,
    ListItem,
    PageBreak,
    PageTemplate,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

FONT = str(Path(reportlab.__file__).with_name("fonts") / "Vera.ttf")
COMPANY = "Norrvik Kayaks AB, Hamngatan 4, 571 00 Norrvik"
STYLES = getSampleStyleSheet()
BODY = ParagraphStyle("Text", STYLES["BodyText"], fontSize=10, leading=13.5, spaceAfter=9)
SMALL = ParagraphStyle("Small", BODY, fontSize=8.5, leading=11)
GRID = TableStyle([
    ("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
    ("BACKGROUND", (0, 0), (-1, 0), colors.HexColor("#dde7ee")),
    ("FONTNAME", (0, 0), (-1, 0), "Helvetica-Bold"),
    ("FONTSIZE", (0, 0), (-1, -1), 9),
    ("ALIGN", (1, 1), (-1, -1), "RIGHT"),
])  # fmt: skip


def built(story: list, title: str, template: type = SimpleDocTemplate, **options: object) -> bytes:
    """A PDF of flowing text; `invariant` keeps dates and random ids out of it."""
    target = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 22 * mm)
    document = template(target, pagesize=A4, title=title, author="Norrvik Kayaks", invariant=1, **margins)
    document.build(story, **options) if template is SimpleDocTemplate else template_build(document, story)
    return target.getvalue()


def template_build(document: BaseDocTemplate, story: list) -> None:
    """Build a text in two columns."""
    width = (document.width - 8 * mm) / 2
    frames = [
        Frame(
            document.leftMargin + column * (width + 8 * mm),
            document.bottomMargin,
            width,
            document.height,
            id=str(column),
        )
        for column in (0, 1)
    ]
    document.addPageTemplates(PageTemplate(frames=frames))
    document.build(story)


def invoice() -> bytes:
    lines = [
        ("Item", "Quantity", "Unit price", "Amount"),
        ("Sea kayak Skarv 520, blue", "4", "18 900.00", "75 600.00"),
        ("Paddle, two-piece carbon, 215 cm", "6", "1 450.00", "8 700.00"),
        ("Spray deck, neoprene, size L", "4", "890.00", "3 560.00"),
        ("Delivery by boat to Storholmen pier", "1", "1 200.00", "1 200.00"),
        ("Subtotal", "", "", "89 060.00"),
        ("VAT 25 %", "", "", "22 265.00"),
        ("Total due (SEK)", "", "", "111 325.00"),
    ]
    table = Table(lines, colWidths=[85 * mm, 22 * mm, 28 * mm, 28 * mm])
    table.setStyle(GRID)
    table.setStyle(TableStyle([("FONTNAME", (0, -1), (-1, -1), "Helvetica-Bold")]))
    story = [
        Paragraph("Invoice 2026-0417", STYLES["Title"]),
        Paragraph(COMPANY, BODY),
        Spacer(1, 3 * mm),
        Paragraph("Bill to: Storholmen Sea School, Bryggan 1, 572 91 Storholmen", BODY),
        Spacer(1, 3 * mm),
        Paragraph("Invoice date: 14 April 2026. Due date: 14 May 2026. Your order: SS-88.", BODY),
        Spacer(1, 5 * mm),
        table,
        Spacer(1, 5 * mm),
        Paragraph("Please pay to bankgiro 5050-1055 and quote the invoice number.", BODY),
        Paragraph("Interest on late payment is eight per cent a year. Goods remain ours until they are paid.", SMALL),
    ]
    return built(story, "Invoice 2026-0417")


def article() -> bytes:
    parts = [
        ("Why hulls are tested in a tank", [
            ("A kayak is felt before it is measured. Paddlers speak of a boat that runs, or one that sticks to the water, and "
            "they are usually right. Yet a feeling cannot be compared from one summer to the next, and so the yard began in "
            "2019 to pull every new hull through a tank of forty metres."),
            ("The method is old. The hull hangs from a carriage, the carriage runs on rails at a steady speed, and a gauge "
            "between the two notes the force. What is new is that the whole apparatus costs less than one mould."),
        ]),
        ("What was measured", [
            ("Three hulls were compared: the Skarv 520, the shorter Tern 470, and a plywood boat from 1974 that hangs in our "
            "office. Each was loaded to 95 kilograms and pulled at two, three and four metres per second, ten times each."),
            ("At two metres per second the three cannot be told apart. At four, the Skarv needs 38 newtons, the Tern 47, and "
            "the old plywood boat, to the joy of its builder, only 41."),
        ]),
        ("What it means", [
            ("Length matters most at high speed, where a hull makes the wave it then has to climb. A day trip is paddled at a "
            "little under two metres per second. Most people would therefore lose nothing with the shorter boat, and gain "
            "one that fits on the roof of a small car."),
            "The tank is open to schools and clubs on Thursdays. Bring a boat, a towel, and an opinion to be tested.",
        ]),
    ]  # fmt: skip
    story = [Paragraph("Forty metres of still water", STYLES["Heading1"])]
    story.append(Paragraph("From the spring newsletter of Norrvik Kayaks", SMALL))
    for heading, paragraphs in parts:
        story.append(Paragraph(heading, STYLES["Heading2"]))
        story += [Paragraph(text, BODY) for text in paragraphs]
    # a second helping of text, so that both columns fill
    story.append(Paragraph("How to read the numbers", STYLES["Heading2"]))
    story += [
        Paragraph(text, BODY)
        for text in (
            (
                "A newton is about the weight of a small apple. To hold four metres per second in the Skarv is to lift 38 "
                "apples with every metre travelled, which nobody does for long."
            ),
            (
                "The gauge is good to half a newton. Differences smaller than that are noise, and so are most differences "
                "that are argued about on the pier."
            ),
            "All readings, with the temperature of the water and the date, lie in the file that goes with this letter.",
        )
    ]
    return built(story, "Forty metres of still water", BaseDocTemplate)


def form() -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=1)
    canvas.setTitle("Rental agreement form")
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(60, 780, "Kayak rental form")
    canvas.setFont("Helvetica", 10)
    canvas.drawString(60, 762, "Please fill in all fields and leave this form at the counter.")
    fields = [
        ("Renter (club or company)", "Storholmen Sea School"),
        ("Phone", "0380-555 014"),
        ("First day", "2026-06-12"),
        ("Last day", "2026-06-14"),
        ("Number of kayaks", "6"),
        ("Model", "Tern 470"),
        ("Deposit (SEK)", "3000"),
    ]
    for row, (label, value) in enumerate(fields):
        y = 725 - row * 34
        canvas.drawString(60, y, f"{label}:")
        canvas.acroForm.textfield(
            name=f"field{row}", tooltip=label, value=value, x=220, y=y - 6, width=280, height=20, fontSize=10,
            borderWidth=0.5, forceBorder=True,
        )  # fmt: skip
    y = 725 - len(fields) * 34
    for row, (label, is_checked) in enumerate((("Life vests included", True), ("Delivery to the pier", False))):
        canvas.acroForm.checkbox(name=f"box{row}", x=60, y=y - row * 26, size=14, checked=is_checked, tooltip=label)
        canvas.drawString(82, y + 3 - row * 26, label)
    canvas.drawString(60, y - 80, "Rented boats come back clean, dry and before six in the evening.")
    canvas.save()
    return target.getvalue()


def page_number(title: str, canvas: Canvas, document: SimpleDocTemplate) -> None:
    """Draw the running footer of a report."""
    canvas.saveState()
    canvas.setFont("Helvetica", 8)
    canvas.drawString(22 * mm, 12 * mm, title)
    canvas.drawRightString(A4[0] - 22 * mm, 12 * mm, f"Page {document.page}")
    canvas.restoreState()


def report() -> bytes:
    sales = Table([
        ("Quarter", "Kayaks", "Paddles", "Revenue (kSEK)"),
        ("Q1", "31", "44", "702"),
        ("Q2", "118", "160", "2 544"),
        ("Q3", "96", "131", "2 079"),
        ("Q4", "22", "37", "498"),
        ("Year", "267", "372", "5 823"),
    ], colWidths=[35 * mm] * 4)  # fmt: skip
    sales.setStyle(GRID)
    causes = ["scratches in transport (9)", "leaking hatches (6)", "wrong colour (2)"]
    story = [
        Paragraph("Annual report 2025", STYLES["Title"]),
        Paragraph("Approved by the board on 12 March 2026", BODY),
        Spacer(1, 4 * mm),
        Paragraph("1 Summary", STYLES["Heading1"]),
        Paragraph(
            "Norrvik Kayaks sold 267 kayaks in 2025, 23 more than the year before, and closed with a result of 412 thousand "
            "kronor. The yard employed eleven people, two of them apprentices. A wet June cost an estimated twenty boats; "
            "a dry September brought most of them back.", BODY,
        ),
        Paragraph("2 Sales", STYLES["Heading1"]),
        Paragraph("Table 1 shows what was sold in each quarter. Four of ten kayaks went abroad, most to Norway.", BODY),
        sales,
        Spacer(1, 3 * mm),
        Paragraph("Table 1: Units sold and revenue, 2025", SMALL),
        PageBreak(),
        Paragraph("3 Production", STYLES["Heading1"]),
        Paragraph("3.1 The new mould", STYLES["Heading2"]),
        Paragraph(
            "The mould of the Skarv 520 was replaced in February. A hull now takes nineteen hours of work instead of "
            "twenty-four, chiefly because less has to be sanded.", BODY,
        ),
        Paragraph("3.2 Complaints", STYLES["Heading2"]),
        Paragraph("Seventeen boats came back under guarantee. The causes were:", BODY),
        ListFlowable([ListItem(Paragraph(text, BODY)) for text in causes], bulletType="bullet"),
        Paragraph("4 Energy", STYLES["Heading1"]),
        Paragraph("Heating took 61 MWh, a tenth less than in 2024, since the oven runs at night only.", BODY),
        PageBreak(),
        Paragraph("5 Outlook", STYLES["Heading1"]),
        Paragraph(
            "For 2026 the board expects 280 kayaks and a revenue of six million kronor. The workshop will be insulated, "
            "and a third apprentice begins in August.", BODY,
        ),
    ]  # fmt: skip
    footer = partial(page_number, "Norrvik Kayaks, annual report 2025")
    return built(story, "Annual report 2025", onFirstPage=footer, onLaterPages=footer)


def sheet(lines: list[tuple[str, int]], width: int, height: int, left: int) -> Image.Image:
    """Text on white paper, as pixels; the font comes with reportlab."""
    image = Image.new("L", (width, height), 252)
    draw = ImageDraw.Draw(image)
    y = left
    for text, size in lines:
        draw.text((left, y), text, font=ImageFont.truetype(FONT, size), fill=25)
        y += round(size * 1.55)
    return image


def exhausted(image: Image.Image, angle: float, seed: int, specks: int) -> Image.Image:
    """The picture as a cheap scanner gives it: a little turned, a little soft, with specks."""
    image = image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=246).filter(ImageFilter.GaussianBlur(0.6))
    chance = random.Random(seed)
    draw = ImageDraw.Draw(image)
    for _ in range(specks):
        x, y = chance.randrange(image.width), chance.randrange(image.height)
        draw.point((x, y), fill=chance.randrange(90, 200))
    return image


def scan() -> bytes:
    """One page, 150 dots an inch, turned by 0.7 degrees: there is no text in it but what OCR reads."""
    lines = [
        ("Delivery note 2026-112", 34), ("", 20), ("Norrvik Kayaks AB", 24), ("Hamngatan 4, 571 00 Norrvik", 24), ("", 20),
        ("Delivered to: Storholmen Sea School", 24), ("Date: 21 April 2026", 24), ("", 20),
        ("Four sea kayaks Skarv 520, colour blue", 24), ("Six carbon paddles, 215 centimetres", 24),
        ("Four spray decks, size large", 24), ("", 20), ("Two boats show scratches under the bow.", 24),
        ("They were accepted with a note and will be", 24), ("polished by the yard before the first of May.", 24), ("", 20),
        ("Received in good order at the pier.", 24),
    ]  # fmt: skip
    page = exhausted(sheet(lines, 1240, 1754, 140), 0.7, 11, 900)
    target, jpeg = io.BytesIO(), io.BytesIO()
    page.save(jpeg, "JPEG", quality=45, optimize=True)
    canvas = Canvas(target, pagesize=A4, invariant=1)
    canvas.setTitle("Scanned delivery note")
    canvas.drawImage(ImageReader(io.BytesIO(jpeg.getvalue())), 0, 0, *A4)
    canvas.save()
    return target.getvalue()


def receipt() -> bytes:
    lines = [
        ("Norrvik Kayaks", 34), ("Pier shop", 26), ("2026-07-03  14:22", 24), ("", 16),
        ("Dry bag, large         249.00", 24), ("Sun cream             119.00", 24), ("Chart of the islands  180.00", 24),
        ("Coffee x 2             64.00", 24), ("", 16), ("TOTAL SEK             612.00", 28), ("VAT included           97.12", 24),
        ("", 16), ("Card ****1881", 24), ("Thank you, paddle on!", 24),
    ]  # fmt: skip
    target = io.BytesIO()
    image = exhausted(sheet(lines, 640, 720, 50), -0.4, 5, 250).quantize(16)
    image.save(target, "PNG", optimize=True)
    return target.getvalue()
