"""Multimodal classification sees what FAST does not: the words in pictures, and how pages are made."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import docx
import pytest
from PIL import Image, ImageDraw, ImageFont

from engines.classify import Rule
from engines.classify.pages import file_marks, page_marks
from engines.context import Source
from engines.document import Box, Cell, Document, ImageKind, Item, ItemKind, Page, Picture
from engines.request import EngineRequest, EngineResult, run
from engines.tools import find_tools
from schemas.job_config import load, parse_parameters_of

ENGLISH = dataclasses.replace(find_tools(), ocr_models=frozenset({"eng"}), rapidocr="")
RULES = (
    Rule("letter", "A letter with a salutation and a closing"),
    Rule("receipt", "Proof of a purchase paid in a shop"),
)
WIRE = [{"type": rule.type, "description": rule.description} for rule in RULES]
SLIP = "CORNER MARKET\nMilk 1L 1.29\nBread 2.49\nTOTAL 3.78\nCASH 5.00\nCHANGE 1.22\nTHANK YOU\nCOME AGAIN"


@pytest.fixture
def letter_with_a_slip(tmp_path: Path) -> Source:
    """A line of text, and a receipt as a picture."""
    picture = Image.new("RGB", (520, 700), "white")
    font = ImageFont.load_default(size=34)
    ImageDraw.Draw(picture).multiline_text((20, 20), SLIP, font=font, fill="black", spacing=18)
    picture.save(tmp_path / "slip.png")
    document = docx.Document()
    document.add_paragraph("Find the copy below.")
    document.add_picture(str(tmp_path / "slip.png"))
    document.save(str(tmp_path / "bytes"))
    return Source(path=tmp_path / "bytes", name="scan.docx")


def classified(source: Source, mode: str) -> EngineResult:
    parameters = parse_parameters_of(load({"rules": WIRE, "mode": mode}))
    is_multimodal = mode == "MULTIMODAL"
    return run(
        EngineRequest(source=source, parameters=parameters, rules=RULES, multimodal=is_multimodal, tools=ENGLISH)
    )


def test_words_in_pictures_are_judged_by_multimodal_jobs_only(letter_with_a_slip: Source) -> None:
    fast, multimodal = (classified(letter_with_a_slip, mode) for mode in ("FAST", "MULTIMODAL"))
    assert fast.classification is not None
    assert multimodal.classification is not None
    assert (fast.classification["type"], multimodal.classification["type"]) == (None, "receipt")
    assert b"MARKET" in multimodal.outputs["output.txt"]
    assert b"MARKET" not in fast.outputs["output.txt"]


def test_a_narrow_strip_a_table_and_pictures_are_seen() -> None:
    picture = Picture(name="a.png", kind=ImageKind.EMBEDDED, box=Box(0, 0, 1, 1), width=1, height=1, content=b"")
    strip = Page(number=1, width=200, height=600, ocr=True, images=[picture, picture])
    strip.items = [Item(kind=ItemKind.TABLE, rows=[[Cell("1")]])] * 3
    marks = page_marks(Document(pages=[strip], media_type="application/pdf", total_pages=1))
    assert marks.keys() >= {"#narrow", "#tiny", "#scan", "#pictures", "#tables"}
    assert marks["#pictures"] == marks["#scan"] == 1.0


def test_slides_are_wide_and_a_plain_page_shows_nothing() -> None:
    wide = Document(pages=[Page(number=1, width=960, height=540)], media_type="", total_pages=1)
    plain = Document(pages=[Page(number=1)], media_type="text/plain", total_pages=1)
    assert "#landscape" in page_marks(wide)
    assert page_marks(plain) == file_marks(plain) == {}


def test_a_job_that_looks_at_pictures_has_them_read_and_another_has_not() -> None:
    asked = [parse_parameters_of(load({"rules": WIRE, "mode": mode})) for mode in ("FAST", "MULTIMODAL")]
    assert [bool(one.specialized_image_parsing) for one in asked] == [False, True]
