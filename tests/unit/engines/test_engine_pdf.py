"""What becomes of a PDF whose text can be copied."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from reportlab.lib import colors
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table, TableStyle
from support import papers

from engines.containers import pdf_native
from engines.context import Source
from engines.document import Document, ImageKind, ItemKind
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters, SaveableImage
from engines.render import render


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paper.pdf"


def markdown(document: Document, **parameters: Any) -> str:
    return render(document, ParseParameters(**parameters), {})["output.md"].decode()


def refusal(path: Path, **parameters: Any) -> Code:
    with pytest.raises(DocumentError) as caught:
        papers.read(path, **parameters)
    return caught.value.code


def grid(canvas: Canvas) -> None:
    table = Table([["Fruit", "Number", "Price"], ["Apple", "1", "2.50"], ["Pear", "22", "3.50"], ["Fig", "3", "12.00"]])
    table.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)]))
    table.wrapOn(canvas, 400, 400)
    table.drawOn(canvas, 72, 500)


def tilted(text: str, angle: float, x: float = 300, y: float = 300) -> papers.Draw:
    def draw(canvas: Canvas) -> None:
        canvas.saveState()
        canvas.translate(x, y)
        canvas.rotate(angle)
        canvas.drawString(0, 0, text)
        canvas.restoreState()

    return draw


def square(shade: int) -> Image.Image:
    return Image.new("RGB", (60, 60), (shade, 30, 200))


# Structure


def test_a_heading_and_its_text_are_items_with_boxes_in_points_from_the_top_left(path: Path) -> None:
    page = papers.read(papers.pdf(path, papers.chapter("Introduction"))).pages[0]
    heading, text = page.items
    assert (page.number, page.width, page.height) == (1, 612, 792)
    assert (heading.kind, heading.level, heading.text) == (ItemKind.HEADING, 1, "Introduction")
    assert heading.box is not None
    assert heading.box.x == pytest.approx(72, abs=2)
    assert heading.box.y == pytest.approx(54, abs=6)
    assert text.kind is ItemKind.TEXT
    assert text.text.startswith(papers.FOX)
    assert papers.FOX in page.text


def test_a_ruled_table_keeps_its_rows_and_the_boxes_of_its_cells(path: Path) -> None:
    (table,) = papers.read(papers.pdf(path, grid)).pages[0].items
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Fruit", "Number", "Price"],
        ["Apple", "1", "2.50"],
        ["Pear", "22", "3.50"],
        ["Fig", "3", "12.00"],
    ]
    assert all(cell.box and table.box and table.box.x <= cell.box.x for row in table.rows for cell in row)


def test_marked_lines_become_one_list(path: Path) -> None:
    marked = papers.lines("We need these things:", "• apples", "• pears", "• figs")
    listed = [item for item in papers.read(papers.pdf(path, marked)).pages[0].items if item.kind is ItemKind.LIST]
    assert [[entry.text for entry in one.entries] for one in listed] == [["apples", "pears", "figs"]]


def test_stars_and_underscores_of_the_document_stay_text(path: Path) -> None:
    document = papers.read(papers.pdf(path, papers.lines("2 * 3 * 4 and snake_case_name here")))
    assert document.pages[0].items[0].text == "2 * 3 * 4 and snake_case_name here"
    assert "2 \\* 3 \\* 4" in markdown(document)


# Nothing is lost


def test_a_line_that_is_the_same_on_every_page_stays(path: Path) -> None:
    document = papers.read(papers.pdf(path, *[papers.lines("Same line on every page")] * 5))
    assert [page.text for page in document.pages] == ["Same line on every page"] * 5
    assert markdown(document).count("Same line on every page") == 5


@pytest.mark.parametrize("angle", [45, 90])
def test_text_at_an_angle_is_in_text_and_markdown(path: Path, angle: int) -> None:
    document = papers.read(papers.pdf(path, papers.together(papers.chapter("Title"), tilted("CONFIDENTIAL", angle))))
    assert "CONFIDENTIAL" in document.pages[0].text
    assert "CONFIDENTIAL" in markdown(document)


def test_diagonal_text_is_left_out_on_demand_but_not_text_at_a_right_angle(path: Path) -> None:
    drawing = papers.together(papers.chapter("Title"), tilted("DRAFT", 45), tilted("UPWARDS", 90, x=560))
    text = papers.read(papers.pdf(path, drawing), skip_diagonal_text=True).pages[0].text
    assert "DRAFT" not in text
    assert "UPWARDS" in text


def test_tiny_text_can_stay(path: Path) -> None:
    drawing = papers.together(papers.chapter("Title"), papers.lines("MINUTE words", size=1, top=400))
    document = papers.read(papers.pdf(path, drawing), preserve_very_small_text=True)
    assert "MINUTE words" in document.pages[0].text
    assert "MINUTE words" in markdown(document)


@pytest.mark.parametrize(("angle", "origin"), [(90, (600, 10)), (270, (10, 780))])
def test_a_page_written_sideways_is_turned_upright(path: Path, angle: int, origin: tuple[int, int]) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(*origin)
        canvas.rotate(angle)
        canvas.translate(0, -200)
        papers.chapter("Sideways")(canvas)

    page = papers.read(papers.pdf(path, draw)).pages[0]
    assert (page.items[0].kind, page.items[0].text) == (ItemKind.HEADING, "Sideways")
    assert (page.width, page.height) == (792, 612)
    assert page.rotation == (360 - angle) % 360


# Pages


def test_pages_are_chosen_from_0_and_numbered_from_1(path: Path) -> None:
    papers.pdf(path, *(papers.lines(f"This is sheet {letter}") for letter in "abcde"))
    document = papers.read(path, target_pages="1,3-4")
    assert [(page.number, page.text) for page in document.pages] == [
        (2, "This is sheet b"),
        (4, "This is sheet d"),
        (5, "This is sheet e"),
    ]
    assert document.total_pages == 5
    assert [page.number for page in papers.read(path, target_pages="2-4", max_pages=2).pages] == [3, 4]
    assert refusal(path, target_pages="9") is Code.NO_DATA_FOUND_IN_FILE


def test_more_pages_than_the_server_allows_are_refused(path: Path) -> None:
    papers.pdf(path, *[papers.lines("One line")] * 4)
    allowed = papers.context(max_pages=3)
    assert len(papers.read(path, max_pages=3, context=allowed).pages) == 3
    with pytest.raises(DocumentError, match="TOO_MANY_PAGES"):
        papers.read(path, context=allowed)


def test_reading_in_ranges_gives_the_same_as_reading_at_once(path: Path) -> None:
    papers.pdf(path, *(papers.chapter(f"Chapter {number}") for number in range(7)))
    whole = papers.read(path)
    assert papers.read(path, context=papers.context(pages_per_range=2)) == whole
    assert [page.number for page in whole.pages] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("parameters", [{}, {"fast_mode": True}])
@pytest.mark.parametrize("pages_per_range", [2, 100])
def test_progress_is_reported_page_by_page_and_may_stop_the_work(
    path: Path, pages_per_range: int, parameters: dict[str, Any]
) -> None:
    papers.pdf(path, *(papers.chapter(f"Chapter {number}") for number in range(6)))
    seen: list[tuple[int, int]] = []

    def stop_at_four(done: int, total: int) -> None:
        seen.append((done, total))
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        papers.read(path, context=papers.context(stop_at_four, pages_per_range=pages_per_range), **parameters)
    assert seen == [(1, 6), (2, 6), (3, 6), (4, 6)]


def test_a_page_of_text_takes_no_call_of_the_reader_that_looks_for_pictures(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    read = pdf_native.read
    monkeypatch.setattr(
        pdf_native, "read", lambda content, pages, **options: calls.append(pages) or read(content, pages, **options)
    )
    pictured = papers.together(papers.chapter("Pictured"), papers.picture(square(200), 100, 100, 80, 80))
    papers.read(papers.pdf(path, papers.chapter("Quick"), pictured), disable_ocr=True)
    assert calls == []


def test_a_page_that_the_reader_of_pictures_cannot_read_keeps_its_own_text(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_native, "read", lambda *_arguments, **_options: SimpleNamespace(pages=[], images=[]))
    asked = {"outlined_table_extraction": True, "aggressive_table_extraction": True, "remove_hidden_text": True}
    [page] = papers.read(papers.pdf(path, papers.lines("still here")), disable_ocr=True, **asked).pages
    assert (page.text, page.error) == ("still here", None)


# Links


def test_links_are_listed_and_written_out_on_demand(path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        papers.chapter("Links")(canvas)
        canvas.drawString(72, 300, "Read the manual today")
        canvas.linkURL("https://example.com/manual", (72, 296, 190, 312))

    document = papers.read(papers.pdf(path, draw))
    assert [(link.url, link.text) for link in document.pages[0].links] == [
        ("https://example.com/manual", "Read the manual today")
    ]
    assert "example.com" not in markdown(document)
    assert "](https://example.com/manual)" in markdown(papers.read(path, annotate_links=True))


# Pictures


def with_pictures(path: Path) -> Path:
    first, second = (papers.picture(square(shade), 72, 300, 90, 90) for shade in (10, 200))
    again = papers.picture(square(10), 300, 300, 90, 90)
    return papers.pdf(
        path, papers.together(papers.chapter("One", 3), first, again), papers.together(papers.chapter("Two", 3), second)
    )


def test_embedded_pictures_are_kept_under_the_names_of_the_api(path: Path) -> None:
    document = papers.read(with_pictures(path))
    names = [[picture.name for picture in page.images] for page in document.pages]
    assert [set(one) for one in names] == [{"img_p0_1.png"}, {"img_p1_1.png"}]
    one = document.pages[1].images[0]
    assert one.kind is ImageKind.EMBEDDED
    assert one.box is not None
    assert (one.box.x, one.box.y, one.width) == (pytest.approx(72), pytest.approx(402), 60)
    with Image.open(io.BytesIO(one.content)) as image:
        assert image.convert("RGB").getpixel((5, 5)) == (200, 30, 200)
    assert "![](img_p1_1.png)" in markdown(document)


@pytest.mark.parametrize(
    "parameters", [{"save_images": False}, {"images_to_save": []}, {"disable_image_extraction": True}]
)
def test_pictures_that_are_not_wanted_leave_no_trace(path: Path, parameters: dict[str, Any]) -> None:
    document = papers.read(with_pictures(path), **parameters)
    assert [page.images for page in document.pages] == [[], []]
    assert "![" not in markdown(document)


def test_screenshots_are_jpeg_pictures_of_the_pages(path: Path) -> None:
    papers.pdf(path, papers.chapter("One"), papers.chapter("Two"))
    for parameters in ({"take_screenshot": True}, {"images_to_save": [SaveableImage.SCREENSHOT]}):
        pages = papers.read(path, **parameters).pages
        assert [page.images[0].name for page in pages] == ["page_1.jpg", "page_2.jpg"]
        shot = pages[0].images[0]
        with Image.open(io.BytesIO(shot.content)) as image:
            assert (image.format, image.size) == ("JPEG", (shot.width, shot.height))
            assert image.width / image.height == pytest.approx(612 / 792, abs=0.01)
            assert image.convert("L").getextrema()[0] < 100


# Margins


@pytest.mark.parametrize("parameters", [{"bbox_top": 0.1}, {"bounding_box": "0.1,0,0,0"}])
def test_what_lies_in_a_margin_is_not_read(path: Path, parameters: dict[str, Any]) -> None:
    papers.pdf(path, papers.together(papers.lines("HEADLINE", top=40), papers.lines("Body text", top=300)))
    document = papers.read(path, **parameters)
    assert "HEADLINE" not in document.pages[0].text + markdown(document)
    assert "Body text" in document.pages[0].text
    assert document.pages[0].height == 792


def test_each_side_has_its_margin(path: Path) -> None:
    drawings = [papers.lines("BOTTOM", top=770), papers.lines("Middle", top=400)]
    papers.pdf(path, papers.together(*drawings, lambda canvas: canvas.drawString(560, 400, "RIGHT")))
    text = papers.read(path, bbox_bottom=0.1, bbox_right=0.1).pages[0].text
    assert text.split() == ["Middle"]
    assert "Middle" not in papers.read(path, bbox_left=0.3).pages[0].text


def test_pictures_and_screenshots_are_cut_to_the_margins(path: Path) -> None:
    shown = papers.picture(square(10), 72, 600, 60, 60)
    papers.pdf(path, papers.together(shown, papers.lines("Body", top=500)))
    images = papers.read(path, bbox_top=0.5, take_screenshot=True).pages[0].images
    assert [image.kind for image in images] == [ImageKind.SCREENSHOT]
    assert images[0].box is not None
    assert (images[0].box.y, images[0].box.height) == (396, 396)
    assert images[0].width / images[0].height == pytest.approx(612 / 396, abs=0.01)


# What cannot be read


def test_a_protected_pdf_is_refused_as_such(path: Path) -> None:
    papers.pdf(path, papers.lines("Secret"), encrypt=StandardEncryption("password"))
    assert refusal(path) is Code.PDF_IS_PROTECTED


def test_an_encrypted_pdf_that_opens_without_a_password_is_read(path: Path) -> None:
    papers.pdf(path, papers.lines("No secret"), encrypt=StandardEncryption("", ownerPassword="owner", canPrint=0))
    assert papers.read(path).pages[0].text == "No secret"


@pytest.mark.parametrize("content", [b"hello", b"%PDF-1.4\n", b"%PDF-1.4\n" + bytes(range(256)) * 20, b"\x00" * 500])
def test_what_only_calls_itself_a_pdf_is_broken(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refusal(path) is Code.PDF_IS_BROKEN


def test_a_pdf_cut_short_is_read_or_refused_with_a_code(path: Path) -> None:
    whole = papers.pdf(path, *(papers.chapter(f"Chapter {number}") for number in range(3))).read_bytes()
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        try:
            assert papers.read(path).pages
        except DocumentError as error:
            assert error.code in {Code.PDF_IS_BROKEN, Code.NO_DATA_FOUND_IN_FILE}  # noqa: PT017 - either way is right


def test_an_empty_file_has_no_data(path: Path) -> None:
    path.touch()
    assert refusal(path) is Code.NO_DATA_FOUND_IN_FILE


def test_blank_pages_have_no_data(path: Path) -> None:
    papers.pdf(path, lambda _: None, lambda _: None)
    assert refusal(path) is Code.NO_DATA_FOUND_IN_FILE


def test_a_blank_page_among_others_is_a_page(path: Path) -> None:
    papers.pdf(path, papers.lines("Before"), lambda _: None, papers.lines("After"))
    assert [page.text for page in papers.read(path).pages] == ["Before", "", "After"]


def test_a_file_that_is_gone_is_not_found(path: Path) -> None:
    assert refusal(path) is Code.FILE_NOT_FOUND


# Kinds of files


def test_a_pdf_is_known_by_its_content_whatever_its_name(path: Path) -> None:
    papers.pdf(path, papers.lines("I am a PDF"))
    for name in ("paper", "paper.bin", "paper.docx", "paper.PDF"):
        document = papers.read(path, name=name)
        assert (document.media_type, document.pages[0].text) == ("application/pdf", "I am a PDF")


def test_a_pdf_with_other_bytes_before_its_header_is_read(path: Path) -> None:
    papers.pdf(path, papers.lines("I am a PDF"))
    path.write_bytes(b"From a mailer\r\n" + path.read_bytes())
    assert papers.read(path).pages[0].text == "I am a PDF"


def test_an_unknown_kind_of_file_is_unsupported(tmp_path: Path) -> None:
    path = tmp_path / "thing.xyz"
    path.write_bytes(b"\x01\x02\x03 nothing known")
    assert refusal(path) is Code.UNSUPPORTED_FILE_TYPE


def test_two_readings_of_the_same_source_are_alike(path: Path) -> None:
    papers.pdf(path, papers.chapter("Again"))
    source = Source(path=path, name="again.pdf")
    assert papers.read(path) == papers.read(source.path)
