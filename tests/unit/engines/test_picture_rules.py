"""Rules and shades in the picture of a page: those of a table are seen, strokes of letters, photographs and patterns are not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from support import papers

from engines.document import ItemKind
from engines.ocr.rules import lines_of, rules_in, without_rules
from engines.ocr.shades import shades_in

WIDTH, HEIGHT = 595.0, 842.0
SIZE = (1240, 1754)
SCALE = SIZE[0] / WIDTH
BOATS = [("Boat", "Berth", "Fee"), ("Tern", "North quay", "120"), ("Skarv", "South quay", "140"), ("Alk", "Slip", "95")]


def sheet() -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", SIZE, 255)
    return image, ImageDraw.Draw(image)


def table(rule: int, shades: tuple[int, ...] = (255,)) -> Image.Image:
    """A table of four rows with rules of so many pixels, none where there are 0, its rows on these shades in turn."""
    image, draw = sheet()
    font = ImageFont.truetype(papers.VERA, 30)
    for number, row in enumerate(BOATS):
        for column, text in enumerate(row):
            box = (120 + 320 * column, 300 + 64 * number, 440 + 320 * column, 364 + 64 * number)
            draw.rectangle(box, fill=shades[number % len(shades)])
            draw.text((box[0] + 30, box[1] + 14), text, fill=0, font=font)
    for row in range(5 if rule else 0):
        draw.line((120, 300 + 64 * row, 1080, 300 + 64 * row), fill=0, width=rule)
    for column in range(4 if rule else 0):
        draw.line((120 + 320 * column, 300, 120 + 320 * column, 556), fill=0, width=rule)
    return image


def text(size: int = 26) -> Image.Image:
    """A page of text with an underlined word and a capital as high as a heading's."""
    image, draw = sheet()
    font = ImageFont.truetype(papers.VERA, size)
    for number in range(20):
        draw.text((120, 100 + 1.3 * size * number), "Harbours of the north HHTTEELL — fees = dues", fill=0, font=font)
    return image


def photograph() -> Image.Image:
    """Blots of all shades."""
    chance = random.Random(7)
    image = Image.new("L", (62, 88))
    image.putdata([chance.randrange(40, 220) for _ in range(62 * 88)])
    return image.resize(SIZE, Image.Resampling.BICUBIC)


@pytest.mark.parametrize("rule", [1, 2, 4, 9, 14])
def test_rules_of_a_table_are_seen_thin_and_thick(rule: int) -> None:
    found = rules_in(table(rule), WIDTH, HEIGHT)
    across = sorted(one[1] for one in found if one[2] - one[0] > 400)
    down = sorted(one[0] for one in found if one[3] - one[1] > 100)
    assert [round(at) for at in across] == pytest.approx([(300 + 64 * row) / SCALE for row in range(5)], abs=5)
    assert [round(at) for at in down] == pytest.approx([(120 + 320 * column) / SCALE for column in range(4)], abs=5)
    assert all(min(x[2] - x[0], x[3] - x[1]) <= 1 for x in (one.bounds for one in lines_of(found)))


def test_rules_that_lean_by_half_a_degree_are_seen() -> None:
    found = rules_in(table(2).rotate(0.5, Image.Resampling.BICUBIC, fillcolor=255), WIDTH, HEIGHT)
    assert sum(one[2] - one[0] > 400 for one in found) == 5


@pytest.mark.parametrize("picture", [text(), text(60), photograph()], ids=["text", "headings", "photograph"])
def test_strokes_and_photographs_are_no_rules(picture: Image.Image) -> None:
    assert [one for one in rules_in(picture, WIDTH, HEIGHT) if max(one[2] - one[0], one[3] - one[1]) > 60] == []
    assert shades_in(picture, WIDTH, HEIGHT) == []


def test_a_picture_full_of_lines_has_no_rules() -> None:
    image, draw = sheet()
    for y in range(0, SIZE[1], 6):
        for x in range(0, SIZE[0], 80):
            draw.line((x, y, x + 50, y), fill=0)
    assert rules_in(image, WIDTH, HEIGHT) == []


def test_what_is_spared_is_the_rules_and_not_the_words() -> None:
    picture = table(9)
    clean = without_rules(picture, rules_in(picture, WIDTH, HEIGHT), WIDTH, HEIGHT)
    assert clean.crop((100, 290, 1100, 299)).getextrema() == (255, 255)
    words = (145, 320, 430, 350)
    assert clean.crop(words).tobytes() == picture.crop(words).tobytes()


@pytest.mark.parametrize("shade", [60, 150, 236])
def test_rows_on_a_shade_are_seen_whole_though_words_stand_on_them(shade: int) -> None:
    found = shades_in(table(0, (shade, 255)), WIDTH, HEIGHT)
    tops = [round(one.bounds[1] * SCALE) for one in found]
    assert tops == pytest.approx([300, 428], abs=5)
    assert all(one.bounds[2] - one.bounds[0] == pytest.approx(960 / SCALE, abs=3) for one in found)


@pytest.mark.parametrize(
    ("rule", "shades"), [(2, (255,)), (14, (255,)), (0, (225, 255))], ids=["thin", "thick", "striped"]
)
def test_a_table_of_a_scan_is_read_as_one(tmp_path: Path, rule: int, shades: tuple[int, ...]) -> None:
    path = tmp_path / "scan.pdf"
    table(rule, shades).save(path, resolution=150)
    tables = [item for item in papers.read(path).pages[0].items if item.kind is ItemKind.TABLE]
    assert [[[cell.text for cell in row] for row in one.rows] for one in tables] == [[list(row) for row in BOATS]]
