"""Text in pictures inside of documents that are no PDFs."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from pathlib import Path

import docx
import pptx
import pytest
from docx.shared import Inches
from PIL import Image, ImageFilter
from support.engine_runs import failure, work, written
from support.specimens import archive, opendocument, picture, saved

from engines.errors import Code
from engines.ocr.written import looks_written

SIGN = picture("PNG")
"""It says Blue kayak."""
LETTER = "The boats in the yard were painted by the crew of the harbour master in the week after the storm. " * 2


def word() -> bytes:
    made = docx.Document()
    made.add_paragraph(LETTER)
    made.add_picture(io.BytesIO(SIGN), width=Inches(4))
    return saved(made)


def slides(count: int = 1) -> bytes:
    made = pptx.Presentation()
    for _ in range(count):
        made.slides.add_slide(made.slide_layouts[6]).shapes.add_picture(io.BytesIO(SIGN), 0, 0)
    return saved(made)


def text() -> bytes:
    data = f"<office:binary-data>{base64.b64encode(SIGN).decode()}</office:binary-data>"
    return opendocument(
        "text", f"<text:p><draw:frame><draw:image>{data}</draw:image></draw:frame></text:p>", is_flat=True
    )


def book() -> bytes:
    return archive({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="b/p.opf"/></rootfiles></container>',
        "b/p.opf": '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>',
        "b/a.xhtml": '<html><body><img src="sign.png"/></body></html>',
        "b/sign.png": SIGN,
    })  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"), [("a.docx", word), ("a.pptx", slides), ("a.fodt", text), ("a.epub", book)]
)
def test_a_picture_says_its_words_below_it(tmp_path: Path, name: str, content: Callable[[], bytes]) -> None:
    path = tmp_path / name
    path.write_bytes(content())
    plain, markdown, [page] = written(path)
    assert "Blue kayak" in plain
    assert markdown.index("img_p0_1.png") < markdown.index("Blue kayak")
    assert page["confidence"] > 0.6
    assert "kayak" not in written(path, disable_ocr=True)[0]


def test_a_picture_on_every_slide_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "deck.pptx"
    path.write_bytes(slides(3))
    assert written(path)[1].count("Blue kayak") == 1


def test_a_picture_that_ends_too_early_costs_itself_alone_and_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    made = docx.Document()
    made.add_paragraph(LETTER)
    made.add_picture(io.BytesIO(SIGN))
    part = next(one for one in made.part.package.iter_parts() if one.partname.endswith(".png"))
    part._blob = SIGN[: len(SIGN) // 2]
    path.write_bytes(saved(made))
    result = work(path)
    assert [note["code"] for note in result.warnings] == [Code.IMAGE_UNREADABLE]
    assert LETTER.strip() in result.outputs["output.txt"].decode()
    assert failure(path, strict_mode_image_extraction=True) is Code.IMAGE_UNREADABLE


def test_photographs_and_plain_colours_are_not_looked_through_for_words() -> None:
    photograph = Image.effect_noise((800, 600), 90).filter(ImageFilter.GaussianBlur(6))
    with Image.open(io.BytesIO(SIGN)) as sign:
        assert looks_written(sign)
    assert not looks_written(photograph)
    assert not looks_written(Image.new("RGB", (400, 400), "navy"))
