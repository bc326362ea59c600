"""Small documents that ask for enormous results: each ends with a code, or with a bounded result, and no honest one is hurt."""

from __future__ import annotations

import io
import zlib
from dataclasses import replace
from pathlib import Path

import docx
import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from PIL import Image
from support.damage import parts_of
from support.papers import context
from support.rawpdf import FONT, raw_pdf, stream
from support.specimens import archive, opendocument, saved

from engines import parse
from engines.checkpoints import Checkpoints
from engines.context import Context, Limits, Progress, Source, no_progress
from engines.document import Document
from engines.errors import Code, DocumentError
from engines.formats.pdf import drawings
from engines.formats.pdf.drawings import lightened
from engines.formats.print.chromium import harmless
from engines.parameters import ParseParameters
from engines.tools import find_tools


def read(folder: Path, name: str, content: bytes, around: Context | None = None, **parameters: object) -> Document:
    path = folder / "stored"
    path.write_bytes(content)
    return parse(Source(path=path, name=name), ParseParameters(**parameters), around or Context())  # type: ignore[arg-type]


def refusal(folder: Path, name: str, content: bytes, around: Context | None = None) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read(folder, name, content, around)
    return caught.value


# Repetition and merged cells


def test_a_cell_repeated_a_million_times_in_a_text_is_refused(tmp_path: Path) -> None:
    row = '<table:table-row table:number-rows-repeated="9000"><table:table-cell table:number-columns-repeated="9000">'
    table = f"<table:table>{row}<text:p>x</text:p></table:table-cell></table:table-row></table:table>"
    assert refusal(tmp_path, "a.odt", opendocument("text", table)).code is Code.OUTPUT_TOO_LARGE


def test_many_tables_of_wide_cells_are_refused_together_though_each_is_small(tmp_path: Path) -> None:
    tables = 300 * "<table><tr><th>a</th><td colspan=1000>x</td><td colspan=1000>y</td></tr></table>"
    assert refusal(tmp_path, "a.html", tables.encode()).code is Code.OUTPUT_TOO_LARGE


def test_a_footnote_is_told_once_however_often_it_is_referred_to(tmp_path: Path) -> None:
    made = docx.Document()
    made.add_paragraph("Kayak")
    parts = parts_of(saved(made))
    main = parts["word/document.xml"].decode()  # type: ignore[union-attr]
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    page = f'<w:p><w:r><w:t>x</w:t></w:r>{reference * 50}<w:r><w:br w:type="page"/></w:r></w:p>'
    parts["word/document.xml"] = main.replace("</w:p>", f"</w:p>{page * 20}", 1)
    note = f'<w:footnote w:id="2"><w:p><w:r><w:t>{"paddle " * 1000}</w:t></w:r></w:p></w:footnote>'
    parts["word/footnotes.xml"] = f'<w:footnotes xmlns:w="urn:w">{note}</w:footnotes>'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    relations = parts["word/_rels/document.xml.rels"].decode()  # type: ignore[union-attr]
    parts["word/_rels/document.xml.rels"] = relations.replace(
        "</Relationships>", f'<Relationship Id="n1" Type="{kind}" Target="footnotes.xml"/></Relationships>'
    )
    document = read(tmp_path, "a.docx", archive(parts))
    assert len(document.pages) == 20
    assert sum(page.text.count("paddle") for page in document.pages) == 1000


def test_a_chart_over_a_whole_sheet_is_drawn_from_its_first_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Kayak", 5])
    chart = BarChart()
    chart.add_data(Reference(book.active, min_col=2, min_row=1, max_row=3))
    book.active.add_chart(chart, "D4")
    parts = parts_of(saved(book))
    name = "xl/charts/chart1.xml"
    part = parts[name].decode()  # type: ignore[union-attr]
    assert "$B$1:$B$3" in part
    parts[name] = part.replace("$B$1:$B$3", "$A$1:$XFD$1048576")
    document = read(tmp_path, "a.xlsx", archive(parts), extract_charts=True, specialized_chart_parsing_efficient=True)
    assert "Kayak" in document.pages[0].text


def test_a_chart_of_more_places_than_points_is_refused(tmp_path: Path) -> None:
    series = "".join(
        f'<c:ser><c:val><c:numCache><c:pt idx="{one}"><c:v>1</c:v></c:pt></c:numCache></c:val></c:ser>'
        for one in range(1500)
    )
    chart = f'<c:chartSpace xmlns:c="urn:c"><c:chart>{series}</c:chart></c:chartSpace>'
    drawing = '<w:p><w:r><w:drawing><c:chart xmlns:c="urn:c" xmlns:r="urn:r" r:id="c1"/></w:drawing></w:r></w:p>'
    parts = parts_of(saved(docx.Document()))
    main = parts["word/document.xml"].decode()  # type: ignore[union-attr]
    parts["word/document.xml"] = main.replace("<w:body>", f"<w:body>{drawing}", 1)
    relations = parts["word/_rels/document.xml.rels"].decode()  # type: ignore[union-attr]
    parts["word/_rels/document.xml.rels"] = relations.replace(
        "</Relationships>", '<Relationship Id="c1" Type="urn:/chart" Target="chart1.xml"/></Relationships>'
    )
    assert refusal(tmp_path, "a.docx", archive(parts | {"word/chart1.xml": chart})).code is Code.OUTPUT_TOO_LARGE


def test_an_archive_hundreds_of_times_smaller_than_its_content_is_refused(tmp_path: Path) -> None:
    paragraphs = "<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 500_000
    body = f'<w:document xmlns:w="urn:w"><w:body>{paragraphs}</w:body></w:document>'
    content = archive({"[Content_Types].xml": "<Types/>", "word/document.xml": body})
    assert refusal(tmp_path, "a.docx", content).code is Code.DOCUMENT_TOO_LARGE


def test_more_paragraphs_than_a_document_of_its_size_can_hold_are_refused(tmp_path: Path) -> None:
    paragraphs = "<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 60_000
    body = f'<w:document xmlns:w="urn:w"><w:body>{paragraphs}</w:body></w:document>'
    content = archive({"[Content_Types].xml": "<Types/>", "word/document.xml": body})
    assert refusal(tmp_path, "a.docx", content).code is Code.OUTPUT_TOO_LARGE


def test_a_large_sheet_of_small_numbers_is_read_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("A")
    for row in range(5_000):
        sheet.append([row, 0, 1])
    assert len(read(tmp_path, "a.xlsx", saved(book)).pages[0].items[1].rows) == 5_000


# Pictures of many frames


def fax(frames: int) -> bytes:
    target = io.BytesIO()
    pages = [Image.effect_noise((60, 40 + number), 90) for number in range(frames)]
    pages[0].save(target, "TIFF", save_all=True, append_images=pages[1:])
    return target.getvalue()


def in_ranges(progress: Progress = no_progress) -> Context:
    """Reads three pages at a time, and no words of pictures."""
    return Context(limits=Limits(pages_per_range=3), progress=progress)


def test_a_picture_of_many_frames_is_read_range_by_range(tmp_path: Path) -> None:
    reports: list[tuple[int, int]] = []

    def progress(done: int, total: int, _page: int | None = None) -> None:
        reports.append((done, total))

    document = read(tmp_path, "a.tiff", fax(7), in_ranges(progress))
    assert [page.number for page in document.pages] == list(range(1, 8))
    assert document.total_pages == 7
    assert [one for one in reports if one[0] in (3, 6)][-1] == (6, 7)
    assert reports == sorted(reports)


def test_what_was_read_of_it_is_not_read_again(tmp_path: Path) -> None:
    kept: dict[str, bytes] = {}

    def stop(done: int, _total: int, _page: int | None = None) -> None:
        if done > 6:
            raise KeyboardInterrupt

    around = replace(in_ranges(stop), checkpoints=Checkpoints(None, kept.__setitem__))
    with pytest.raises(KeyboardInterrupt):
        read(tmp_path, "a.tiff", fax(7), around)
    assert {"range-0", "range-3"} <= set(kept)
    folder = tmp_path / "kept"
    folder.mkdir()
    for name, content in kept.items():
        (folder / name).write_bytes(content)
    resumed = replace(in_ranges(), checkpoints=Checkpoints(str(folder)))
    again = read(tmp_path, "a.tiff", fax(7), resumed)
    assert again.pages == read(tmp_path, "a.tiff", fax(7), in_ranges()).pages


def test_ranges_give_the_pages_that_one_reading_gives(tmp_path: Path) -> None:
    whole = read(tmp_path, "a.tiff", fax(7))
    assert read(tmp_path, "a.tiff", fax(7), in_ranges()).pages == whole.pages
    some = read(tmp_path, "a.tiff", fax(7), in_ranges(), target_pages="1,3-5")
    assert some.pages == read(tmp_path, "a.tiff", fax(7), target_pages="1,3-5").pages


def test_a_frame_that_cannot_be_decoded_is_an_empty_page(tmp_path: Path) -> None:
    target = io.BytesIO()
    pages = [Image.effect_noise((60, 60), 90) for _ in range(3)]
    pages[0].save(target, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    content = bytearray(target.getvalue())
    with Image.open(io.BytesIO(bytes(content))) as image:
        image.seek(1)
        offset, size = image.tag_v2[273][0], image.tag_v2[279][0]
    content[offset : offset + size] = b"\xff" * size
    document = read(tmp_path, "a.tiff", bytes(content))
    assert len(document.pages) == 3
    assert [(note.code, note.page) for note in document.warnings if note.code != Code.OCR_UNAVAILABLE] == [
        (Code.IMAGE_UNREADABLE, 2)
    ]


# What Chromium is given


@pytest.mark.parametrize(
    "markup",
    [
        "<svg><style>&lt;/style&gt;&lt;meta http-equiv=refresh content=0;url=x&gt;</style></svg>",
        "<noscript><p title='</noscript><meta http-equiv=refresh content=0;url=x>'></noscript>",
        "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;meta HTTP-EQUIV=refresh&gt;'>",
        "<meta http-equiv=refresh content=0;url=x>",
    ],
)
def test_no_page_leads_on_however_its_rest_is_read_once_more(markup: str) -> None:
    assert "http-equiv" not in harmless(markup).lower()


def test_words_about_such_a_page_read_the_same() -> None:
    assert "http&#45;equiv=refresh" in harmless("<p>Write <code>&lt;meta http-equiv=refresh&gt;</code></p>")


def test_a_drawing_that_takes_more_memory_than_allowed_is_ended(tmp_path: Path) -> None:
    uses = "".join(f'<g id="a{one}">{10 * f"""<use href="#a{one - 1}"/>"""}</g>' for one in range(1, 9))
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg"><defs><g id="a0"><text>x</text></g>{uses}</defs><use href="#a8"/></svg>'
    tools = find_tools()
    assert tools.chromium
    around = replace(context(conversion_memory_mb=300), tools=tools)
    error = refusal(tmp_path, "a.svg", drawing.encode(), around)
    assert (error.code, error.detail) == (Code.CONVERSION_FAILED, "it takes more than 300 MB of memory")


# What a PDF draws


def paper(content: bytes, *forms: bytes, packed: bool = True, pages: int = 1) -> bytes:
    """A PDF whose pages show this content; in each form, the next one is called X."""

    def placed(data: bytes, entries: bytes = b"") -> bytes:
        return stream(zlib.compress(data), entries + b"/Filter /FlateDecode ") if packed else stream(data, entries)

    inside = b"/Resources << /Font << /F 4 0 R >> /XObject << /X %d 0 R >> >>"
    kids = b" ".join(b"%d 0 R" % (5 + len(forms) + number) for number in range(pages))
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] " + inside
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 3 0 R " + inside % 5 + b" >>"
    return raw_pdf([
        b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [%b] /Count %d >>" % (kids, pages), placed(content), FONT,
        *(placed(form, entries % (6 + number)) for number, form in enumerate(forms)), *[page] * pages,
    ])  # fmt: skip


WORDS = b"BT /F 12 Tf 50 700 Td (A kayak of five metres) Tj ET "


@pytest.mark.parametrize("packed", [True, False])
def test_a_page_of_more_lines_than_can_be_read_keeps_its_text_and_says_so(packed: bool, tmp_path: Path) -> None:
    lines = b"".join(b"%d %d m %d 800 l S " % (one % 600, one % 799, one % 599) for one in range(60_000))
    document = read(tmp_path, "a.pdf", paper(lines + WORDS, packed=packed), disable_ocr=True)
    assert "A kayak of five metres" in document.pages[0].text
    assert [(note.code, note.page) for note in document.warnings] == [(Code.DRAWING_LEFT_OUT, 1)]


def test_a_page_of_nothing_but_such_lines_says_why_nothing_was_found(tmp_path: Path) -> None:
    lines = b"".join(b"%d 0 m %d 800 l S " % (one % 600, one % 599) for one in range(60_000))
    assert refusal(tmp_path, "a.pdf", paper(lines)).code is Code.DOCUMENT_TOO_LARGE


def test_content_right_behind_the_header_where_cairo_writes_it_is_looked_at_as_well() -> None:
    lines = b"".join(b"%d 0 m %d 800 l S " % (one % 600, one % 599) for one in range(60_000))
    changed, notes = lightened(b"%PDF-1.5\n4 0 obj\n" + stream(lines) + b"\nendobj\n")
    assert b" l " not in changed
    assert [note.code for note in notes] == [Code.DRAWING_LEFT_OUT]


def test_a_page_of_many_lines_is_read_as_it_is(tmp_path: Path) -> None:
    content = paper(b"".join(b"%d 0 m %d 800 l S " % (one % 600, one % 600) for one in range(3_000)) + WORDS)
    assert lightened(content) == (content, [])


def test_forms_in_forms_beyond_all_counting_are_not_drawn(tmp_path: Path) -> None:
    twenty = b" /X Do" * 20
    content = paper(WORDS + b" /X Do", *[twenty] * 6, b"0 0 m 9 9 l S")
    document = read(tmp_path, "a.pdf", content, disable_ocr=True)
    assert "A kayak of five metres" in document.pages[0].text
    assert [note.code for note in document.warnings] == [Code.DRAWING_LEFT_OUT]


def test_many_forms_beside_each_other_are_drawn(tmp_path: Path) -> None:
    content = paper(WORDS + b" /X Do" * 30, b"0 0 m /X Do /X Do", b"9 9 m /X Do /X Do", b"0 0 m 9 9 l S")
    assert lightened(content) == (content, [])


def test_a_page_that_unpacks_to_more_than_any_page_has_is_read_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawings, "MOST_CONTENT", 1 << 20)
    monkeypatch.setattr(drawings, "KEPT_CONTENT", 1 << 18)
    document = read(tmp_path, "a.pdf", paper(WORDS + b"0 0 9 9 re f " * 200_000), disable_ocr=True)
    assert "A kayak of five metres" in document.pages[0].text
    assert [note.code for note in document.warnings] == [Code.DRAWING_LEFT_OUT]
