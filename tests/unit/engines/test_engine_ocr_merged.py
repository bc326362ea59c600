"""Pages that have text of their own and text that only OCR can see: each kind is kept where it stands."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas
from support import papers

from engines.document import Item, ItemKind, Page
from engines.parameters import ParseParameters
from engines.render import render

LETTER = papers.writing(
    "Delivery note for the harbour", "Four kayaks were handed over", "to the school in April.", size=40
)
STAMP = (
    "Registry of the port, received on the third of May by post, filed under the number 4471/B by A. Lindqvist.",
    "This page was stamped electronically and is valid without a signature of the registry or of anybody else.",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.pdf"


def chart() -> Image.Image:
    """Labels beside bars, as large as no heading of the page is."""
    image = Image.new("RGB", (1200, 700), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(papers.VERA, 52)
    for number, (label, share) in enumerate([("House", "14%"), ("Garden", "23%"), ("Orchard", "38%")]):
        top = 60 + 200 * number
        draw.text((60, top), label, fill="black", font=font)
        draw.rectangle((420, top, 520 + 120 * number, top + 60), fill="steelblue")
        draw.text((1000, top), share, fill="black", font=font)
    return image


def article(canvas: Canvas) -> None:
    """A chapter with a link in its text and a chart below."""
    papers.chapter("Animals of the coast", 8)(canvas)
    canvas.linkURL("https://example.org/fox", (72, papers.HEIGHT - 115, 200, papers.HEIGHT - 98))
    papers.picture(chart(), 60, 120, 480, 280)(canvas)


def columns(left: tuple[str, ...], right: tuple[str, ...]) -> Image.Image:
    """A scan of two columns."""
    image = Image.new("L", (1240, 1754), 255)
    font = ImageFont.truetype(papers.VERA, 26)
    for x, column in ((120, left), (680, right)):
        for number, text in enumerate(column):
            ImageDraw.Draw(image).text((x, 200 + 38 * number), text, fill=0, font=font)
    return image


def ruled(rows: list[tuple[str, ...]]) -> Image.Image:
    """A scan of a table."""
    image = Image.new("L", (1240, 1754), 255)
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(papers.VERA, 30)
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            box = (120 + 320 * column, 300 + 64 * number)
            draw.rectangle((*box, box[0] + 320, box[1] + 64), outline=0, width=2)
            draw.text((box[0] + 30, box[1] + 14), text, fill=0, font=font)
    return image


def said(items: list[Item]) -> list[tuple[ItemKind, str]]:
    return [(one.kind, one.text) for one in items]


def markdown(path: Path) -> str:
    return render(papers.read(path), ParseParameters(), {})["output.md"].decode()


def page_of(path: Path, **parameters: object) -> Page:
    return papers.read(path, **parameters).pages[0]


def test_text_beside_a_picture_is_the_same_with_ocr_and_without(path: Path) -> None:
    papers.pdf(path, article)
    page, plain = page_of(path), page_of(path, disable_ocr=True)
    own = said(plain.items)
    assert page.ocr
    assert [one for one in said(page.items) if one in own] == own
    assert page.links == plain.links != []


def test_labels_of_a_chart_stand_below_it_row_by_row_and_are_no_headings(path: Path) -> None:
    page = page_of(papers.pdf(path, article))
    at = [one.kind for one in page.items].index(ItemKind.IMAGE)
    assert said(page.items[at + 1 :]) == [
        (ItemKind.TEXT, "House 14%"),
        (ItemKind.TEXT, "Garden 23%"),
        (ItemKind.TEXT, "Orchard 38%"),
    ]
    assert all(one.box for one in page.items)
    assert "Orchard" in page.text


def test_letters_of_the_page_itself_are_certain(path: Path) -> None:
    page = page_of(papers.pdf(path, article))
    assert page.confidence is not None
    assert 0.98 < page.confidence < 1


def test_text_that_ocr_doubts_is_left_out_beside_good_text(path: Path) -> None:
    noise = Image.effect_noise((700, 500), 120).resize((1400, 1000))
    page = page_of(
        papers.pdf(path, papers.together(papers.chapter("Animals", 8), papers.picture(noise, 60, 60, 480, 400)))
    )
    assert not page.ocr


@pytest.mark.parametrize(("top", "lines"), [(30, STAMP[:1]), (770, STAMP), (770, ("No. 17",))])
def test_a_scan_is_read_beside_a_stamp_of_any_length_at_its_edge(path: Path, top: int, lines: tuple[str, ...]) -> None:
    stamp = papers.lines(*lines, top=top, size=7)
    text = " ".join(markdown(papers.pdf(path, papers.together(papers.scan(LETTER), stamp))).split())
    body = "Delivery note for the harbour Four kayaks were handed over to the school in April."
    assert body in text.replace("# ", "").replace("#", "")
    assert " ".join(lines) in text
    assert (text.index(lines[0]) < text.index("Delivery")) is (top < 100)


def test_two_columns_of_a_scan_are_read_one_after_the_other(path: Path) -> None:
    left = (
        "The harbour office moved to the",
        "north quay in March. Visitors",
        "find it beside the old crane, in",
        "the building with the green door.",
    )
    right = (
        "Berths for guests are on the",
        "south side. They have water and",
        "electricity, and cost twenty",
        "crowns a metre in summer.",
    )
    text = " ".join(markdown(papers.pdf(path, papers.scan(columns(left, right)))).split())
    assert text == " ".join([*left, *right])


def test_a_table_of_a_scan_has_all_its_rows(path: Path) -> None:
    rows = [("Boat", "Length", "Fee"), ("Tern", "4.70", "120"), ("Heron", "5.20", "140"), ("Eider", "6.10", "175")]
    items = page_of(papers.pdf(path, papers.scan(ruled(rows)))).items
    assert [one.kind for one in items] == [ItemKind.TABLE]
    assert [tuple(cell.text for cell in row) for row in items[0].rows] == rows


@pytest.mark.parametrize("angle", [-5, 3])
def test_a_scan_that_lies_askew_is_read_line_by_line_and_its_boxes_stay_on_their_text(path: Path, angle: int) -> None:
    lines = [f"{papers.FOX} {number}" for number in ("once", "twice", "again", "at last")]
    sheet = papers.writing(*lines, size=34)
    page = page_of(papers.pdf(path, papers.scan(sheet.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255))))
    straight = page_of(papers.pdf(path, papers.scan(sheet)))
    assert " ".join(one.text for one in page.items) == " ".join(lines)
    last, same = page.items[-1].box, straight.items[-1].box
    assert last
    assert same
    lift = math.tan(math.radians(angle)) * (papers.WIDTH / 2 - same.middle[0])
    assert last.middle[1] == pytest.approx(same.middle[1] + lift, abs=8)


def test_a_scan_with_a_long_stamp_in_its_middle_is_read_beside_it(path: Path) -> None:
    text = " ".join(
        markdown(papers.pdf(path, papers.together(papers.scan(LETTER), papers.lines(*STAMP, top=420, size=7)))).split()
    )
    assert "Four kayaks were handed over" in text
    assert " ".join(STAMP) in text


def test_a_small_picture_is_read_where_it_looks_written_and_tells_its_words(path: Path) -> None:
    label = Image.new("L", (500, 160), 255)
    ImageDraw.Draw(label).text((60, 40), "Tern 4471", fill=0, font=ImageFont.truetype(papers.VERA, 70))
    page = page_of(
        papers.pdf(path, papers.together(papers.chapter("Boats", 8), papers.picture(label, 60, 80, 150, 48)))
    )
    assert "Tern 4471" in [one.text for one in page.items]
    words = page.images[0].ocr
    assert [one.text for one in words] == ["Tern", "4471"]
    assert all(one.box and 0 <= one.box.x < 500 and 0 <= one.box.y < 160 for one in words)
    assert min(one.box.height for one in words if one.box) > 30
