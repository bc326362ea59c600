"""What becomes of text that only OCR can see: scans, pictures on pages, and files that are pictures."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageOps
from reportlab.pdfgen.canvas import Canvas
from support import papers

from engines.containers.pdfium import PdfDocument
from engines.context import Context
from engines.document import ItemKind
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from engines.parameters.languages import Language
from engines.render import render
from engines.tools import Tools, find_tools

LETTER = papers.writing("Dear colleague,", "the invoice for October", "was paid last Monday.")
NOTHING = Tools()
ENGLISH = dataclasses.replace(find_tools(), ocr_models=frozenset({"eng"}), rapidocr="")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.pdf"


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def words(path: Path, **parameters: Any) -> str:
    document = papers.read(path, **parameters)
    return " ".join(" ".join(page.text.split()) for page in document.pages)


def refusal(path: Path, **parameters: Any) -> Code:
    with pytest.raises(DocumentError) as caught:
        papers.read(path, **parameters)
    return caught.value.code


# Which pages are read


def test_a_scan_is_read(path: Path) -> None:
    document = papers.read(papers.pdf(path, papers.scan(LETTER)))
    page = document.pages[0]
    assert (page.ocr, page.ocr_engine) == (True, "tesseract")
    assert "the invoice for October" in page.text
    assert "Dear colleague," in render(document, ParseParameters(), {})["output.md"].decode()
    assert all(item.box is not None for item in page.items)


@pytest.mark.parametrize("side", [500, 250, 120])
def test_a_picture_is_read_whatever_share_of_its_page_it_covers(path: Path, side: int) -> None:
    zebra = papers.writing("ZEBRA", size=110, width=600, height=600)
    shown = papers.picture(zebra, 50, 60, side, side)
    page = papers.read(papers.pdf(path, papers.together(papers.chapter("Animals", 4), shown))).pages[0]
    assert "ZEBRA" in page.text
    assert "Animals" in page.text
    [picture] = page.images
    assert [item.url for item in page.items if item.kind is ItemKind.IMAGE] == [picture.name], (
        "read or not, it is shown"
    )


@pytest.mark.parametrize("parameters", [{"disable_ocr": True}, {"disable_image_extraction": True}])
def test_pictures_are_not_read_when_the_job_says_so(path: Path, parameters: dict[str, Any]) -> None:
    shown = papers.picture(papers.writing("ZEBRA", size=110, width=600, height=600), 50, 60, 500, 500)
    papers.pdf(path, papers.together(papers.chapter("Animals", 4), shown))
    text = words(path, **parameters)
    assert "Animals" in text
    assert "ZEBRA" not in text


def test_pages_with_little_text_and_nothing_else_are_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engines.ocr.pages.scan", lambda *_, **__: pytest.fail("OCR was started"))
    papers.pdf(path, papers.lines("Hello"), papers.lines("One line only, as tests like to write"), lambda _: None)
    assert [page.text for page in papers.read(path).pages] == ["Hello", "One line only, as tests like to write", ""]


def test_only_the_pages_that_need_it_are_read(path: Path) -> None:
    papers.pdf(path, papers.chapter("Typed"), papers.scan(LETTER), papers.chapter("Typed again"))
    assert [page.ocr for page in papers.read(path).pages] == [False, True, False]


def test_a_scan_with_a_stamped_number_is_read(path: Path) -> None:
    stamped = papers.together(papers.scan(LETTER), papers.lines("No. 0017", top=770))
    assert "the invoice for October" in words(papers.pdf(path, stamped))


def test_a_picture_inside_of_a_drawing_is_read_like_any_other(path: Path) -> None:
    zebra = papers.writing("ZEBRA", size=110, width=600, height=600)

    def draw(canvas: Canvas) -> None:
        papers.chapter("Animals", 4)(canvas)
        canvas.beginForm("drawing")
        papers.picture(zebra, 0, 0, 250, 250)(canvas)
        canvas.endForm()
        canvas.translate(50, 60)
        canvas.scale(2, 2)
        canvas.doForm("drawing")

    assert "ZEBRA" in words(papers.pdf(path, draw))


def test_a_scan_that_was_read_before_is_not_read_again_not_even_in_tiles(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.ocr.pages.scan", lambda *_, **__: pytest.fail("OCR was started"))
    text = papers.lines(*(f"{papers.FOX}, line {number}" for number in range(4)))
    with closing(PdfDocument(papers.pdf(path, text).read_bytes())) as paper:
        shot = paper.drawn(1, 150)
    half = shot.height // 2
    parts = [
        (shot.crop((0, half, shot.width, 2 * half)), 0.0),
        (shot.crop((0, 0, shot.width, half)), papers.HEIGHT / 2),
    ]
    tiles = [papers.picture(part, 0, y, papers.WIDTH, papers.HEIGHT / 2) for part, y in parts]
    assert "line 3" in words(papers.pdf(path, papers.together(papers.scan(shot), text)))
    assert "line 3" in words(papers.pdf(path, papers.together(*tiles, text)))


def test_little_text_on_painted_paper_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engines.ocr.pages.scan", lambda *_, **__: pytest.fail("OCR was started"))

    def paint(canvas: Canvas) -> None:
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(0, 0, papers.WIDTH, papers.HEIGHT, stroke=0, fill=1)
        canvas.setFillColorRGB(0, 0, 0)

    assert words(papers.pdf(path, papers.together(paint, papers.lines("Hello there")))) == "Hello there"


def test_specks_that_ocr_takes_for_letters_change_nothing(path: Path) -> None:
    """What is recognised of a page with text of its own has to be more than that text, else the page stands as it is laid out."""
    speck = papers.writing("i", size=40, width=900, height=900)
    rows = [papers.lines(f"Fruit {number}", top=90 + 20 * number) for number in range(6)]
    page = papers.read(papers.pdf(path, papers.together(*rows, papers.picture(speck, 50, 60, 500, 500)))).pages[0]
    assert not page.ocr
    assert len(page.images) == 1


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_scan_that_lies_on_its_side_is_read_upright(path: Path, angle: int) -> None:
    turned = LETTER.rotate(angle, expand=True)
    shape = (612, 792) if angle == 180 else (792, 612)
    page = papers.read(
        papers.pdf(path, papers.together(lambda c: c.setPageSize(shape), papers.picture(turned, 0, 0, *shape)))
    ).pages[0]
    assert "the invoice for October was paid" in " ".join(page.text.split())
    assert page.rotation == (360 - angle) % 360
    assert page.height > page.width


def test_margins_hold_for_scans(path: Path) -> None:
    image = papers.writing("HEADLINE", *[""] * 6, "Body of the page")
    text = words(papers.pdf(path, papers.scan(image)), bbox_top=0.2)
    assert "HEADLINE" not in text
    assert "Body of the page" in text


def test_the_work_can_be_stopped_between_two_scanned_pages(path: Path) -> None:
    papers.pdf(path, *[papers.scan(LETTER)] * 3)
    seen: list[int] = []

    def stop(done: int, total: int, page: int | None = None) -> None:
        assert total == 3
        seen.append(done)
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        papers.read(path, context=papers.context(stop))
    assert sorted(set(seen)) == [0, 1]


# What a scan is made of


def test_a_scanned_page_has_headings_paragraphs_and_lists(path: Path) -> None:
    image = papers.writing("REPORT", size=110)
    lines = ["The first line of the text", "goes on in the second line.", "1. apples and pears", "2. figs and dates"]
    image.paste(papers.writing(*lines, size=36, height=1000), (0, 500))
    items = papers.read(papers.pdf(path, papers.scan(image))).pages[0].items
    assert [item.kind for item in items] == [ItemKind.HEADING, ItemKind.TEXT, ItemKind.LIST]
    assert items[0].text == "REPORT"
    assert items[1].text.split() == [
        "The",
        "first",
        "line",
        "of",
        "the",
        "text",
        "goes",
        "on",
        "in",
        "the",
        "second",
        "line.",
    ]
    assert [entry.text for entry in items[2].entries] == ["apples and pears", "figs and dates"]


# Data and languages


def test_without_data_a_scan_completes_with_a_warning(path: Path) -> None:
    papers.pdf(path, papers.scan(LETTER), papers.scan(LETTER), papers.lines("Typed"))
    document = papers.read(path, context=Context(tools=NOTHING))
    assert [warning.code for warning in document.warnings] == [Code.OCR_UNAVAILABLE]
    assert document.degraded
    assert [page.text for page in document.pages] == ["", "", "Typed"]


def test_without_data_a_document_that_is_nothing_but_a_scan_completes_too(path: Path) -> None:
    document = papers.read(papers.pdf(path, papers.scan(LETTER)), save_images=False, context=Context(tools=NOTHING))
    assert (document.degraded, document.pages[0].text) == (True, "")


def test_missing_data_does_not_matter_to_a_document_that_needs_none(path: Path) -> None:
    papers.pdf(path, papers.chapter("Typed"))
    document = papers.read(path, languages=[Language.DE], context=Context(tools=NOTHING))
    assert (document.warnings, document.degraded) == ([], False)


@pytest.mark.parametrize(
    ("tools", "parameters"),
    [
        (NOTHING, {"lang": "ru"}),
        (ENGLISH, {"lang": "ru"}),
        (NOTHING, {"languages": [Language.EN, Language.RU]}),
        (ENGLISH, {"languages": [Language.RU, Language.TH]}),
    ],
)
def test_languages_without_data_are_refused_with_what_they_need(
    path: Path, tools: Tools, parameters: dict[str, Any]
) -> None:
    papers.pdf(path, papers.scan(LETTER))
    with pytest.raises(DocumentError, match=r"OCR_LANGUAGE_UNAVAILABLE.*Russian needs .*tesseract-ocr-rus"):
        papers.read(path, context=Context(tools=tools), **parameters)


def test_one_of_several_languages_without_data_is_told_and_the_others_are_read(path: Path) -> None:
    papers.pdf(path, papers.scan(LETTER), papers.scan(LETTER))
    asked = [Language.EN, Language.RU]
    document = papers.read(path, context=Context(tools=ENGLISH), languages=asked)
    assert [page.text.count("the invoice for October") for page in document.pages] == [1, 1]
    [warning] = document.warnings
    assert warning.code == Code.OCR_LANGUAGE_UNAVAILABLE
    assert "Russian needs tesseract-ocr-rus" in warning.message
    assert document.degraded, "so that it is read again once there is data"


def test_data_without_a_program_read_nothing(path: Path) -> None:
    papers.pdf(path, papers.scan(LETTER))
    document = papers.read(path, context=Context(tools=dataclasses.replace(ENGLISH, tesseract=None)))
    assert [warning.code for warning in document.warnings] == [Code.OCR_UNAVAILABLE]


def test_a_language_without_data_is_no_matter_when_ocr_is_off(path: Path) -> None:
    papers.pdf(path, papers.together(papers.chapter("Typed"), papers.picture(LETTER, 50, 50, 500, 500)))
    assert "Typed" in words(path, lang="ru", disable_ocr=True, context=Context(tools=ENGLISH))


def test_with_ocr_off_a_scan_has_no_data(path: Path) -> None:
    assert refusal(papers.pdf(path, papers.scan(LETTER)), disable_ocr=True) is Code.NO_DATA_FOUND_IN_FILE


def test_a_photograph_without_words_completes_empty(tmp_path: Path) -> None:
    photograph = Image.linear_gradient("L").resize((800, 800)).convert("RGB")
    document = papers.read(saved(tmp_path / "photo.jpg", photograph), save_images=False)
    assert (document.pages[0].text, document.warnings) == ("", [])


# Files that are pictures


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("letter.png", "image/png"),
        ("letter.jpg", "image/jpeg"),
        ("letter.jpeg", "image/jpeg"),
        ("letter.gif", "image/gif"),
        ("letter.bmp", "image/bmp"),
        ("letter.tiff", "image/tiff"),
        ("letter.tif", "image/tiff"),
        ("letter.webp", "image/webp"),
    ],
)
def test_every_kind_of_picture_is_read(tmp_path: Path, name: str, media_type: str) -> None:
    document = papers.read(saved(tmp_path / name, LETTER))
    assert document.media_type == media_type
    assert "the invoice for October" in document.pages[0].text


def test_each_frame_of_a_tiff_is_a_page(tmp_path: Path) -> None:
    frames = [papers.writing(f"This is sheet number {word}") for word in ("one", "two", "three")]
    path = saved(tmp_path / "fax.tiff", frames[0], save_all=True, append_images=frames[1:])
    pages = papers.read(path, target_pages="0,2").pages
    assert [(page.number, page.text.strip().split()[-1]) for page in pages] == [(1, "one"), (3, "three")]


def test_an_animation_is_one_page(tmp_path: Path) -> None:
    frames = [papers.writing("First", size=60), papers.writing("Second", size=60)]
    path = saved(tmp_path / "move.gif", frames[0], save_all=True, append_images=frames[1:])
    assert words(path) == "First"


def test_a_photograph_is_turned_as_the_camera_says(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path / "photo.jpg", LETTER.rotate(90, expand=True), exif=exif)
    page = papers.read(path).pages[0]
    assert "the invoice for October" in page.text
    assert (page.rotation, page.height > page.width) == (0, True)


@pytest.mark.parametrize("mode", ["1", "P", "RGBA", "CMYK", "I;16"])
def test_pictures_of_every_mode_are_read(tmp_path: Path, mode: str) -> None:
    image = LETTER.convert(mode)
    if mode == "RGBA":  # black letters on nothing
        image = Image.new("RGBA", LETTER.size, (0, 0, 0, 0))
        image.putalpha(ImageOps.invert(LETTER))
    if mode == "I;16":
        image = LETTER.convert("I").point(lambda shade: shade * 257).convert("I;16")
    assert "the invoice for October" in words(saved(tmp_path / ("x.tiff" if mode == "CMYK" else "x.png"), image))


def test_a_picture_is_known_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    path = saved(tmp_path / "letter.png", LETTER)
    assert papers.read(path, name="letter.pdf").media_type == "image/png"


@pytest.mark.parametrize("content", [papers.png(LETTER)[:300], b"GIF89a", b"\xff\xd8\xff\xe0" + b"\x00" * 50])
def test_a_damaged_picture_is_refused_with_a_code(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.png"
    path.write_bytes(content)
    assert refusal(path) is Code.FILE_IS_BROKEN


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = saved(tmp_path / "bomb.png", Image.new("1", (15_000, 15_000)))
    assert refusal(path) is Code.DOCUMENT_TOO_LARGE
