"""Word documents, slides and OpenDocument: structure, pages, pictures and damage."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import pptx
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from PIL import Image
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from support.compound import compound
from support.places import DOCUMENTS, OLD_DOCUMENTS
from support.specimens import archive, opendocument, saved, word

from engines import parse
from engines.context import Context, Limits, Source
from engines.document import Document, Item, ItemKind
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from engines.tools import Tools, find_tools

TOOLS = find_tools()


def read(folder: Path, name: str, content: bytes, tools: Tools = TOOLS, **parameters: Any) -> Document:
    path = folder / "content"
    path.write_bytes(content)
    return parse(Source(path=path, name=name), ParseParameters(**parameters), Context(tools=tools))


def example(name: str, **parameters: Any) -> Document:
    return parse(Source(path=DOCUMENTS / name, name=name), ParseParameters(**parameters), Context(tools=TOOLS))


def failure(folder: Path, name: str, content: bytes, **parameters: Any) -> Code:
    with pytest.raises(DocumentError) as caught:
        read(folder, name, content, **parameters)
    return caught.value.code


def of_kind(document: Document, kind: ItemKind) -> list[Item]:
    return [item for page in document.pages for item in page.items if item.kind is kind]


def outline(document: Document) -> list[tuple[int, str]]:
    return [(item.level, item.text) for item in of_kind(document, ItemKind.HEADING)]


def entries(item: Item) -> list[tuple[int, str, str]]:
    return [(entry.level, entry.marker, entry.text) for entry in item.entries]


def spans(item: Item) -> list[list[tuple[str, int, int]]]:
    return [[(cell.text, cell.column_span, cell.row_span) for cell in row] for row in item.rows]


def png(size: int = 40) -> io.BytesIO:
    target = io.BytesIO()
    Image.new("RGB", (size, size // 2), "red").save(target, "PNG")
    target.seek(0)
    return target


# Word


def test_a_word_document_has_its_headings_lists_tables_and_bold_words() -> None:
    document = example("contract.docx")
    assert outline(document)[:3] == [(1, "Supply contract"), (1, "1 Subject"), (1, "2 Obligations")]
    bullets, numbers = of_kind(document, ItemKind.LIST)
    assert [level for level, _, _ in entries(bullets)] == [1, 1, 2, 2, 2, 1]
    assert [mark for _, mark, _ in entries(numbers)] == ["1.", "2.", "3."]
    (table,) = of_kind(document, ItemKind.TABLE)
    assert spans(table)[3] == [("Total price (SEK)", 2, 1), ("162 600", 2, 1)]
    last = document.pages[-1].items[-1]
    assert "**three months' notice**" in str(last.markdown)
    assert "Model              Quantity" in document.pages[0].text


def test_a_page_begins_at_a_page_break_and_nowhere_else() -> None:
    assert [page.number for page in example("contract.docx").pages] == [1]
    second = example("minutes.docx", target_pages="1")
    assert [page.number for page in second.pages] == [2]
    assert second.total_pages == 2
    assert outline(second) == [(1, "Next meeting")]


def test_a_page_begins_where_the_last_program_drew_its_end(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("First page.")
    run = made.add_paragraph().add_run()
    run._r.append(OxmlElement("w:lastRenderedPageBreak"))
    run.add_text("Second page.")
    made.add_paragraph("Also there.").add_run().add_break(WD_BREAK.PAGE)
    made.add_paragraph("Third page.")
    texts = [page.text for page in read(tmp_path, "a.docx", saved(made)).pages]
    assert texts == ["First page.", "Second page.\n\nAlso there.", "Third page."]


def test_a_selection_beyond_the_end_finds_nothing(tmp_path: Path) -> None:
    assert failure(tmp_path, "a.docx", word(), target_pages="7") is Code.NO_DATA_FOUND_IN_FILE


def test_cells_merged_downwards_span_rows(tmp_path: Path) -> None:
    made = docx.Document()
    table = made.add_table(3, 2)
    for row in range(3):
        for column in range(2):
            table.cell(row, column).text = f"{row}{column}"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "both"
    (found,) = of_kind(read(tmp_path, "a.docx", saved(made)), ItemKind.TABLE)
    assert spans(found) == [
        [("00", 1, 1), ("01", 1, 1)], [("both", 1, 2), ("11", 1, 1)], [("21", 1, 1)],
    ]  # fmt: skip


def test_a_table_of_one_cell_is_only_a_frame(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_table(1, 1).cell(0, 0).text = "Boxed words"
    document = read(tmp_path, "a.docx", saved(made))
    assert [(item.kind, item.text) for item in document.pages[0].items] == [(ItemKind.TEXT, "Boxed words")]


def test_deleted_and_hidden_text_is_not_read_and_inserted_text_is(tmp_path: Path) -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("Seen ")
    paragraph.add_run("hidden ").font.hidden = True
    for tag, text in (("w:ins", "inserted"), ("w:del", "deleted")):
        change, run, words = (OxmlElement(one) for one in (tag, "w:r", "w:t" if tag == "w:ins" else "w:delText"))
        words.text = text
        run.append(words)
        change.append(run)
        paragraph._p.append(change)
    assert read(tmp_path, "a.docx", saved(made)).pages[0].text == "Seen inserted"


def test_links_are_listed_and_marked(tmp_path: Path) -> None:
    made = docx.Document()
    paragraph = made.add_paragraph("See ")
    link, run, words = (OxmlElement(one) for one in ("w:hyperlink", "w:r", "w:t"))
    link.set(qn("r:id"), made.part.relate_to("https://norrvik.example/", "http://x/hyperlink", is_external=True))
    words.text = "our page"
    run.append(words)
    link.append(run)
    paragraph._p.append(link)
    page = read(tmp_path, "a.docx", saved(made)).pages[0]
    assert page.items[0].markdown == "See [our page](https://norrvik.example/)"
    assert [(one.url, one.text) for one in page.links] == [("https://norrvik.example/", "our page")]


def test_running_titles_stand_beside_the_page_and_not_in_it(tmp_path: Path) -> None:
    made = docx.Document()
    made.sections[0].header.paragraphs[0].text = "Norrvik Kayaks"
    made.sections[0].footer.paragraphs[0].text = "Confidential"
    made.add_paragraph("Body")
    page = read(tmp_path, "a.docx", saved(made)).pages[0]
    assert (page.header, page.footer, page.text) == ("Norrvik Kayaks", "Confidential", "Body")
    assert (page.width, page.height) == (612, 792)


def test_pictures_are_kept_with_their_description_unless_nobody_wants_them(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("A picture:")
    shape = made.add_picture(png())
    shape._inline.docPr.set("descr", "A red square")
    page = read(tmp_path, "a.docx", saved(made)).pages[0]
    assert [(one.name, one.width, one.height) for one in page.images] == [("img_p0_1.png", 40, 20)]
    assert Image.open(io.BytesIO(page.images[0].content)).size == (40, 20)
    assert (page.items[-1].kind, page.items[-1].text, page.items[-1].url) == (
        ItemKind.IMAGE, "A red square", "img_p0_1.png",
    )  # fmt: skip
    for switch in ({"save_images": False}, {"disable_image_extraction": True}, {"images_to_save": []}):
        assert read(tmp_path, "a.docx", saved(made), **switch).pages[0].images == []


def test_an_equation_becomes_latex(tmp_path: Path) -> None:
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    formula = (
        f'<m:oMath xmlns:m="{math}"><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:sSup><m:e><m:r><m:t>b</m:t></m:r>'
        "</m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:den></m:f></m:oMath>"
    )
    made = docx.Document()
    made.add_paragraph("Ratio: ")._p.append(docx.oxml.parse_xml(formula))
    assert read(tmp_path, "a.docx", saved(made)).pages[0].items[0].markdown == r"Ratio: $\frac{a}{b^{2}}$"


def test_page_pictures_come_from_libreoffice_and_their_absence_is_a_warning(tmp_path: Path) -> None:
    document = read(tmp_path, "a.docx", word(), take_screenshot=True)
    assert [one.name for one in document.pages[0].images] == ["page_1.jpg"]
    without = read(tmp_path, "a.docx", word(), Tools(), take_screenshot=True)
    assert [one.code for one in without.warnings] == [Code.SCREENSHOT_UNAVAILABLE]
    assert without.degraded
    assert without.pages[0].text


# Slides


def test_slides_have_titles_bullets_tables_and_speaker_notes() -> None:
    first, second, third = example("slides.pptx").pages
    assert first.speaker_notes == "Welcome everybody and mention the coffee."
    assert (first.width, first.height) == (720, 540)
    assert [(entry.level, entry.text) for entry in second.items[1].entries] == [
        (1, "Sell 280 kayaks"), (2, "one third of them abroad"), (1, "Answer every mail within a day"),
        (1, "Insulate the workshop"),
    ]  # fmt: skip
    assert [item.kind for item in third.items] == [ItemKind.HEADING, ItemKind.TABLE, ItemKind.TEXT]
    assert third.items[1].box is not None
    assert third.items[1].box.x == 72
    assert "coffee" not in first.text


def test_shapes_are_read_by_place_and_not_by_age_also_inside_groups(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])

    def box(shapes: Any, text: str, x: float, y: float) -> None:
        shapes.add_textbox(Inches(x), Inches(y), Inches(2), Inches(1)).text_frame.text = text

    box(slide.shapes, "bottom", 1, 5)
    box(slide.shapes, "right", 5, 1)
    group = slide.shapes.add_group_shape()
    box(group.shapes, "left", 1, 1)
    box(slide.shapes, "outside", 40, 1)
    content = saved(deck)
    assert read(tmp_path, "a.pptx", content).pages[0].text.split() == ["left", "right", "bottom"]
    assert "outside" in read(tmp_path, "a.pptx", content, presentation_out_of_bounds_content=True).pages[0].text


def test_a_chart_is_the_table_it_was_drawn_from(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("Kayaks", (31, 118))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(5), Inches(3), data)
    (table,) = of_kind(read(tmp_path, "a.pptx", saved(deck)), ItemKind.TABLE)
    assert [[cell.text for cell in row] for row in table.rows] == [["", "Kayaks"], ["Q1", "31"], ["Q2", "118"]]
    assert of_kind(read(tmp_path, "a.pptx", saved(deck), presentation_skip_embedded_data=True), ItemKind.TABLE) == []


def test_merged_cells_of_a_slide_span(tmp_path: Path) -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(4), Inches(1)).table
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(0, 0).text, table.cell(1, 0).text = "wide", "narrow"
    (found,) = of_kind(read(tmp_path, "a.pptx", saved(deck)), ItemKind.TABLE)
    assert spans(found) == [[("wide", 2, 1)], [("narrow", 1, 1), ("", 1, 1)]]


# OpenDocument


def test_an_open_text_has_numbered_lists_spans_notes_and_pages(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
        '<style:style style:name="N" style:family="paragraph"><style:paragraph-properties fo:break-before="page"/>'
        '</style:style><text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="a" '
        'style:num-suffix=")"/></text:list-style>'
    )
    content = (
        '<text:p>Plain <text:span text:style-name="B">bold</text:span><text:note><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>A note.</text:p></text:note-body></text:note></text:p>"
        '<text:list text:style-name="L"><text:list-item><text:p>one</text:p></text:list-item><text:list-item><text:p>two'
        "</text:p></text:list-item></text:list><table:table><table:table-row><table:table-cell "
        'table:number-columns-spanned="2"><text:p>wide</text:p></table:table-cell><table:covered-table-cell/>'
        '</table:table-row></table:table><text:p text:style-name="N">Second page</text:p>'
    )
    first, second = read(tmp_path, "a.odt", opendocument("text", content, styles=styles)).pages
    assert first.items[0].markdown == "Plain **bold**[^1]"
    assert entries(first.items[1]) == [(1, "a)", "one"), (1, "b)", "two")]
    assert spans(first.items[2]) == [[("wide", 2, 1)]]
    assert first.items[3].text == "[^1]: A note."
    assert second.text == "Second page"


def test_hidden_sheets_and_endless_empty_rows_of_an_open_spreadsheet_are_left_out(tmp_path: Path) -> None:
    styles = (
        '<style:style style:name="H" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    content = (
        '<table:table table:name="Seen"><table:table-row><table:table-cell table:number-columns-repeated="2"><text:p>x'
        '</text:p></table:table-cell></table:table-row><table:table-row table:number-rows-repeated="1048575">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
        '<table:table table:name="Secret" table:style-name="H"><table:table-row><table:table-cell><text:p>y</text:p>'
        "</table:table-cell></table:table-row></table:table>"
    )
    made = opendocument("spreadsheet", content, styles=styles)
    document = read(tmp_path, "a.ods", made)
    assert [page.section_name for page in document.pages] == ["Seen"]
    assert [[cell.text for cell in row] for row in document.pages[0].items[1].rows] == [["x", "x"]]
    assert len(read(tmp_path, "a.ods", made, spreadsheet_include_hidden_sheets=True).pages) == 2


# Damage


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.odt", "a.epub"])
def test_half_a_file_is_broken(name: str, tmp_path: Path) -> None:
    whole = word()
    assert failure(tmp_path, name, whole[: len(whole) // 2]) is Code.FILE_IS_BROKEN


def test_an_archive_that_is_no_document_is_broken(tmp_path: Path) -> None:
    assert failure(tmp_path, "a.docx", archive({"readme.txt": "hello"})) is Code.FILE_IS_BROKEN


@pytest.mark.parametrize("name", ["a.docx", "a.doc", "a.xlsx"])
def test_an_encrypted_office_file_needs_its_password(name: str, tmp_path: Path) -> None:
    content = compound({"EncryptedPackage": b"x" * 5000, "EncryptionInfo": b"y" * 100})
    assert failure(tmp_path, name, content) is Code.FILE_IS_PROTECTED


def test_an_encrypted_open_document_needs_its_password(tmp_path: Path) -> None:
    content = archive({
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": b"\x01\x02",
        "META-INF/manifest.xml": "<manifest:manifest><manifest:encryption-data/></manifest:manifest>",
    })  # fmt: skip
    assert failure(tmp_path, "a.odt", content) is Code.FILE_IS_PROTECTED


@pytest.mark.parametrize("name", ["a.docx", "a.odt"])
def test_a_document_without_content_has_no_data(name: str, tmp_path: Path) -> None:
    content = saved(docx.Document()) if name == "a.docx" else opendocument("text", "")
    assert failure(tmp_path, name, content) is Code.NO_DATA_FOUND_IN_FILE


def test_a_document_that_unpacks_to_gigabytes_is_too_large(tmp_path: Path) -> None:
    target = io.BytesIO(word())
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as made, made.open("word/media/x.bin", "w") as part:
        for _ in range(70):
            part.write(bytes(1 << 20))
    assert failure(tmp_path, "a.docx", target.getvalue()) is Code.DOCUMENT_TOO_LARGE


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "kayak kayak "><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM '
        '"file:///etc/passwd">]><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        "<w:p><w:r><w:t>Seen</w:t><w:t>&b;&f;</w:t></w:r></w:p></w:body></w:document>"
    )
    assert (
        read(tmp_path, "a.docx", archive({"word/document.xml": bomb, "[Content_Types].xml": "<Types/>"})).pages[0].text
        == "Seen"
    )


def test_a_span_of_millions_counts_as_none(tmp_path: Path) -> None:
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="99999999"/></w:tcPr><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc>'
    body = f"<w:tbl><w:tr>{cell}{cell}</w:tr></w:tbl>"
    content = f'<w:document xmlns:w="http://x/wordprocessingml"><w:body>{body}</w:body></w:document>'
    document = read(tmp_path, "a.docx", archive({"word/document.xml": content, "[Content_Types].xml": "<Types/>"}))
    assert spans(document.pages[0].items[0]) == [[("x", 1, 1), ("x", 1, 1)]]


def test_a_conversion_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.doc"
    path.write_bytes((OLD_DOCUMENTS / "old.doc").read_bytes())
    context = Context(tools=TOOLS, limits=Limits(conversion_seconds=0.01))
    with pytest.raises(DocumentError) as caught:
        parse(Source(path=path, name="a.doc"), ParseParameters(), context)
    assert caught.value.code is Code.TIMEOUT


def test_a_conversion_that_nobody_wants_any_more_is_ended(tmp_path: Path) -> None:
    class Cancelled(Exception):  # noqa: N818 - not an error
        pass

    def cancel(_done: int, _total: int) -> None:
        raise Cancelled

    path = tmp_path / "a.doc"
    path.write_bytes((OLD_DOCUMENTS / "old.doc").read_bytes())
    with pytest.raises(Cancelled):
        parse(Source(path=path, name="a.doc"), ParseParameters(), Context(tools=TOOLS, progress=cancel))
