"""Options that only version 2 of the API has, asked for and read through it (docs/v2-parameters.md)."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import docx
import pptx
import pypdf
import pytest
from docx.oxml import parse_xml
from pptx.util import Inches
from reportlab.pdfgen.canvas import Canvas
from support import papers, specimens
from support.engine_runs import written
from support.offices import SAID, counted, deck, filled_in, stamped
from support.running import Tenant, once

V2 = {"tier": "cost_effective", "version": "latest"}


def parsed(tenant: Tenant, name: str, content: bytes, *expand: str, **options: Any) -> dict[str, Any]:
    """The result of a document that was uploaded with these options."""
    configuration = {"configuration": json.dumps({**V2, **options})}
    job = tenant.ask("POST", "/api/v2/parse/upload", data=configuration, files={"file": (name, content)})
    return tenant.until_parsed(job["id"], *expand)


def warnings(result: dict[str, Any]) -> list[str]:
    """The codes of a result's warnings, each with the detail of its sentence."""
    return [f"{note['code']} {note['message'].rpartition('(')[2]}" for note in result["job_metadata"]["warnings"]]


def markdown(result: dict[str, Any]) -> dict[int, str]:
    return {page["page_number"]: page["markdown"] for page in result["markdown"]["pages"]}


# Watermarks


def marked(text: str) -> papers.Draw:
    """A small upright line that only its mark tells from the text around it."""

    def draw(canvas: Canvas) -> None:
        canvas.addLiteral("/Artifact <</Subtype /Watermark /Type /Pagination>> BDC")
        canvas.drawString(200, 40, text)
        canvas.addLiteral("EMC")

    return draw


def contract(tmp_path: Path) -> bytes:
    """Two pages with a watermark each: one known by its looks, one by its mark."""
    pages = [
        papers.together(stamped("DRAFT"), papers.chapter("Terms", 30)),
        papers.together(papers.chapter("Prices", 3), marked("Board copy")),
    ]
    return papers.pdf(tmp_path / "contract.pdf", *pages, pageCompression=0).read_bytes()


def letter(*, is_drawn: bool = False) -> bytes:
    """A Word document whose header draws a watermark: as Word does, or as a drawing that is named so."""
    document = docx.Document()
    document.add_paragraph("Dear reader,")
    header = document.sections[0].header
    header.paragraphs[0].text = "Acme Ltd"
    header._element.append(parse_xml(DRAWN if is_drawn else WORD_ART))
    return specimens.saved(document)


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WORD_ART = f"""<w:p xmlns:w="{WORD}" xmlns:v="urn:schemas-microsoft-com:vml"><w:r><w:pict>
<v:shape id="PowerPlusWaterMarkObject1" type="#_x0000_t136" style="position:absolute;rotation:315">
<v:textpath string="DRAFT"/></v:shape></w:pict></w:r></w:p>"""
DRAWN = f"""<w:p xmlns:w="{WORD}"
 xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
 xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><w:r><w:drawing><wp:anchor>
<wp:docPr id="9" name="PowerPlusWaterMarkObject1"/><wps:wsp><wps:txbx><w:txbxContent><w:p><w:r><w:t>DRAFT</w:t></w:r></w:p>
</w:txbxContent></wps:txbx></wps:wsp></wp:anchor></w:drawing></w:r></w:p>"""
ODT_HEADER = """<style:master-page style:name="Standard"><style:header><text:p>Acme Ltd
<draw:custom-shape draw:name="PowerPlusWaterMarkObject1"><text:p>DRAFT</text:p></draw:custom-shape></text:p>
</style:header></style:master-page>"""


def slides(*, on_layout: bool = False) -> bytes:
    """A slide with a word across it, on itself or on its layout."""
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Opening"
    box = slide.shapes.add_textbox(Inches(1), Inches(2), Inches(7), Inches(2))
    box.text_frame.text, box.rotation = "DRAFT", -35
    if on_layout:
        slide.slide_layout.shapes._spTree.append(box._element)
    return specimens.saved(made)


STAMPED = {
    "word.docx": (letter(), "Dear reader,"),
    "drawn.docx": (letter(is_drawn=True), "Dear reader,"),
    "open.fodt": (
        specimens.opendocument("text", "<text:p>Dear reader,</text:p>", styles=ODT_HEADER, is_flat=True),
        "Dear reader,",
    ),
    "slide.pptx": (slides(), "# Opening"),
    "layout.pptx": (slides(on_layout=True), "# Opening"),
}
"""Documents with a watermark that says DRAFT, and what else they say."""


@once
@pytest.mark.effect("watermark_handling")
def test_the_watermark_of_a_pdf_goes_where_it_is_asked_to(tenant: Tenant, tmp_path: Path) -> None:
    content = contract(tmp_path)
    plain = papers.pdf(tmp_path / "plain.pdf", papers.chapter("Terms", 30), papers.chapter("Prices", 3)).read_bytes()
    expand = ("markdown", "text", "metadata", "items")
    expected = markdown(parsed(tenant, "a.pdf", plain, *expand))
    assert len(expected) == 2
    names = {1: "DRAFT", 2: "Board copy"}
    for handling in (None, "move_to_end", "move_to_start", "remove"):
        result = parsed(tenant, "a.pdf", content, *expand, output_options={"watermark_handling": handling})
        found = markdown(result)
        items = {page["page_number"]: [one["md"] for one in page["items"]] for page in result["items"]["pages"]}
        for number, name in names.items():
            text = result["text"]["pages"][number - 1]["text"]
            if handling == "remove":
                assert found[number] == expected[number]
                assert name not in text
                assert name not in items[number]
            elif handling == "move_to_start":
                assert found[number] == f"{name}\n\n{expected[number]}"
                assert text.startswith(f"{name}\n")
                assert items[number][0] == name
            else:
                assert found[number] == f"{expected[number]}\n\n{name}"
                assert text.endswith(f"\n{name}")
                assert items[number][-1] == name
            assert text.count(name) == (handling != "remove")
        assert [page["watermark"] for page in result["metadata"]["pages"]] == ["DRAFT", "Board copy"]


@once
@pytest.mark.effect("watermark_handling")
@pytest.mark.parametrize("name", STAMPED)
def test_the_watermark_of_an_office_document_goes_where_it_is_asked_to(tenant: Tenant, name: str) -> None:
    content, rest = STAMPED[name]
    expected = {None: f"{rest}\n\nDRAFT", "move_to_start": f"DRAFT\n\n{rest}", "remove": rest}
    for handling, text in expected.items():
        result = parsed(tenant, name, content, "markdown", "metadata", output_options={"watermark_handling": handling})
        assert markdown(result) == {1: text}
        assert [page["watermark"] for page in result["metadata"]["pages"]] == ["DRAFT"]
        assert "DRAFT" not in (result["markdown"]["pages"][0]["header"] or "")


@once
@pytest.mark.effect("watermark_handling")
def test_the_tier_fast_leaves_watermarks_where_they_are_and_says_so(tenant: Tenant, tmp_path: Path) -> None:
    asked = {"output_options": {"watermark_handling": "remove"}, "tier": "fast"}
    result = parsed(tenant, "a.pdf", contract(tmp_path), "text", "metadata", "job_metadata", **asked)
    assert "DRAFT" in result["text"]["pages"][0]["text"]
    assert [page["watermark"] for page in result["metadata"]["pages"]] == [None, None]
    assert warnings(result) == ["PARAMETER_NOT_APPLICABLE watermark_handling: not in text alone)"]
    sheet = parsed(tenant, "a.xlsx", specimens.workbook(), "job_metadata", output_options=asked["output_options"])
    assert warnings(sheet) == ["PARAMETER_NOT_APPLICABLE watermark_handling: spreadsheets)"]
    assert warnings(parsed(tenant, "a.xlsx", specimens.workbook(), "job_metadata")) == []


@pytest.mark.effect("watermark_handling")
@pytest.mark.parametrize(
    ("draw", "watermark"),
    [
        (stamped("CONFIDENTIAL", angle=-50), "CONFIDENTIAL"),
        (stamped("SAMPLE", angle=0, size=90, y=600), "SAMPLE"),
        (papers.together(*(stamped("copy", size=14, y=y) for y in (200, 400, 600))), "copy"),
        (papers.together(stamped("TOP", y=500), stamped("SECRET", y=300)), "TOP SECRET"),
        (stamped("URGENT", grey=0.0), "URGENT"),
        (stamped("urgent", size=14), None),  # a note at a slant
        (stamped("Chapter", angle=0, size=40, y=740), None),  # light, with nothing printed over it
        (stamped("BIG", angle=0, size=90, grey=0.0, y=600), None),  # not light
        (stamped("arXiv:2611.01234", angle=90, size=20), None),  # in the margin
    ],
)
def test_a_watermark_is_known_by_its_looks(tmp_path: Path, draw: papers.Draw, watermark: str | None) -> None:
    path = papers.pdf(tmp_path / "a.pdf", papers.together(papers.chapter("Terms", 30), draw))
    _, text, [page] = written(path)
    assert page.get("watermark") == watermark
    if watermark is not None:
        assert text.endswith(f"\n\n{watermark}")
        assert all(f"line {number} of Terms" in text for number in range(30)), "it takes no line with it"


@pytest.mark.effect("watermark_handling")
def test_a_page_that_says_nothing_but_its_watermark_is_not_empty(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "a.pdf", stamped("DRAFT"))
    assert written(path)[1] == "DRAFT"


# Line numbers


def lines_of(result: dict[str, Any]) -> list[dict[str, str]]:
    """What each line number of a result stands for, page by page."""
    return [
        {
            one["line_number"]: units(page["markdown"])[2 * one["start_index"] : 2 * one["end_index"]].decode(
                "utf-16-le"
            )
            for one in page["line_numbers"]
        }
        for page in result["markdown"]["pages"]
    ]


def units(text: str) -> bytes:
    return text.encode("utf-16-le")


@once
@pytest.mark.effect("annotate_line_numbers")
def test_printed_line_numbers_leave_the_text_and_say_where_their_lines_are(tenant: Tenant, tmp_path: Path) -> None:
    pages = [counted(SAID), counted(SAID[:2], first=8), papers.chapter("Annex")]
    content = papers.pdf(tmp_path / "transcript.pdf", *pages).read_bytes()
    asked = {"output_options": {"markdown": {"annotate_line_numbers": True}}}
    result = parsed(tenant, "a.pdf", content, "markdown", "text", **asked)
    first, second, annex = lines_of(result)
    assert first == {str(number): text for number, text in enumerate(SAID, 1)}
    assert second == {"8": SAID[0], "9": SAID[1]}, "a short page goes by the others"
    assert annex == {}
    said = markdown(result)[1]
    assert " ".join(said.split()) == " ".join(SAID)
    assert " ".join(result["text"]["pages"][0]["text"].split()) == " ".join(SAID)

    plain = parsed(tenant, "a.pdf", content, "markdown")
    assert all("line_numbers" not in page for page in plain["markdown"]["pages"])
    assert "1 " in markdown(plain)[1]
    assert markdown(plain)[3] == markdown(result)[3]


@pytest.mark.effect("annotate_line_numbers")
@pytest.mark.parametrize(
    ("draw", "numbers"),
    [
        (counted((*SAID, *SAID, *SAID, *SAID), step=5), ["5", "10", "15", "20", "25"]),
        (counted(SAID, first=4711, size=6), [str(number) for number in range(4711, 4718)]),
        (counted(SAID, x=560), [str(number) for number in range(1, 8)]),
        (papers.together(counted(SAID), papers.lines("Case 12, page 3", top=40)), [str(n) for n in range(1, 8)]),
        (papers.together(counted(SAID), papers.lines("7", top=740)), [str(n) for n in range(1, 8)]),
        (papers.together(counted(SAID), papers.lines(*20 * ["More words"], top=300)), []),  # as in a table
        (counted(SAID[:4]), []),  # too few to tell
        (counted(SAID, x=250), []),  # amid the text
        (papers.lines(*(f"{n} boats" for n in (3, 8, 1, 2, 9, 4, 7))), []),
        (papers.lines(*map(str, range(1, 12))), []),  # they count nothing
    ],
)
def test_line_numbers_are_a_column_in_a_margin_that_counts_the_text(
    tmp_path: Path, draw: papers.Draw, numbers: list[str]
) -> None:
    [page] = written(papers.pdf(tmp_path / "a.pdf", draw), annotate_line_numbers=True)[2]
    assert [one["lineNumber"] for one in page["lineNumbers"]] == numbers


@pytest.mark.effect("annotate_line_numbers")
def test_what_else_stands_in_the_margin_keeps_the_numbers_in_the_text(tmp_path: Path) -> None:
    path = papers.pdf(
        tmp_path / "a.pdf", papers.together(counted(2 * SAID), lambda one: one.drawString(20, 600, "Seal"))
    )
    _, text, [page] = written(path, annotate_line_numbers=True)
    assert "Seal" in text
    assert len(page["lineNumbers"]) == 2 * len(SAID)


@once
@pytest.mark.effect("annotate_line_numbers")
def test_line_numbers_are_read_from_scans_and_not_from_what_prints_none(tenant: Tenant, tmp_path: Path) -> None:
    asked = {"output_options": {"markdown": {"annotate_line_numbers": True}}}
    texts = [f"{number}      {text}" for number, text in enumerate(SAID, 61)]
    content = papers.pdf(tmp_path / "scan.pdf", papers.scan(papers.writing(*texts, size=34))).read_bytes()
    [page] = lines_of(parsed(tenant, "scan.pdf", content, "markdown", **asked))
    assert page == {str(number): text for number, text in enumerate(SAID, 61)}
    result = parsed(tenant, "a.docx", specimens.word(), "job_metadata", **asked)
    assert warnings(result) == ["PARAMETER_NOT_APPLICABLE annotate_line_numbers: text documents)"]


# Presentations


def open_deck(*, is_flat: bool = False) -> bytes:
    """The same as an OpenDocument presentation."""
    pages = "".join(
        f'<draw:page draw:name="{title}" draw:style-name="{style}"><draw:frame presentation:class="title">'
        f"<draw:text-box><text:p>{title}</text:p></draw:text-box></draw:frame></draw:page>"
        for title, style in (("Opening", "shown"), ("For the board alone", "hidden"), ("Closing", "shown"))
    )
    styles = "".join(
        f'<style:style style:name="{name}" style:family="drawing-page">'
        f'<style:drawing-page-properties presentation:visibility="{visibility}"/></style:style>'
        for name, visibility in (("shown", "visible"), ("hidden", "hidden"))
    )
    return specimens.opendocument("presentation", pages, styles=styles, is_flat=is_flat)


DECKS = {"deck.pptx": deck(), "deck.odp": open_deck(), "deck.fodp": open_deck(is_flat=True)}


@once
@pytest.mark.effect("presentation_include_hidden_slides")
@pytest.mark.parametrize("name", DECKS)
def test_hidden_slides_are_read_when_asked_for_and_not_counted_otherwise(tenant: Tenant, name: str) -> None:
    asked = {"presentation": {"include_hidden_slides": True}}
    shown = markdown(parsed(tenant, name, DECKS[name], "markdown"))
    every = markdown(parsed(tenant, name, DECKS[name], "markdown", input_options=asked))
    assert shown == {1: "# Opening", 2: "# Closing"}
    assert every == {1: "# Opening", 2: "# For the board alone", 3: "# Closing"}
    second = {"page_ranges": {"target_pages": "2"}}
    assert markdown(parsed(tenant, name, DECKS[name], "markdown", **second)) == {2: "# Closing"}
    assert markdown(parsed(tenant, name, DECKS[name], "markdown", input_options=asked, **second)) == {
        2: "# For the board alone"
    }


@once
@pytest.mark.effect("presentation_include_hidden_slides")
def test_hidden_slides_are_printed_when_they_are_read(tenant: Tenant) -> None:
    saved: dict[str, Any] = {"save_output_pdf": True, "images_to_save": ["screenshot"]}
    expand = ("output_pdf_content_metadata", "images_content_metadata", "text")
    for is_hidden_read, pages in ((False, 2), (True, 3)):
        asked = {"presentation": {"include_hidden_slides": is_hidden_read}}
        result = parsed(tenant, "deck.pptx", deck(), *expand, input_options=asked, output_options=saved)
        assert len(result["text"]["pages"]) == pages
        assert len(saved_pdf(tenant, result).pages) == pages
        pictures = [one["filename"] for one in result["images_content_metadata"]["images"]]
        assert pictures == [f"page_{number}.jpg" for number in range(1, pages + 1)]


@once
@pytest.mark.effect("presentation_include_hidden_slides")
def test_slides_are_hidden_in_presentations_only(tenant: Tenant) -> None:
    asked = {"presentation": {"include_hidden_slides": True}}
    result = parsed(tenant, "a.docx", specimens.word(), "job_metadata", input_options=asked)
    assert warnings(result) == ["PARAMETER_NOT_APPLICABLE presentation_include_hidden_slides: text documents)"]


# The document as a PDF


def saved_pdf(tenant: Tenant, result: dict[str, Any]) -> pypdf.PdfReader:
    """The PDF of a result, downloaded as the SDK does."""
    told = result["result_content_metadata"]["outputPDF"]
    assert told["exists"]
    content = tenant.client.get(told["presigned_url"]).content
    assert len(content) == told["size_bytes"]
    return pypdf.PdfReader(io.BytesIO(content))


@once
@pytest.mark.effect("output_pdf_of_document")
def test_a_copy_of_the_document_is_saved_as_pdf_where_it_has_pages(tenant: Tenant) -> None:
    expand = ("output_pdf_content_metadata", "job_metadata")
    saved = {"output_options": {"save_output_pdf": True}}
    for name, content in (("a.docx", specimens.word()), ("a.pdf", specimens.pdf()), ("a.png", scanned())):
        result = parsed(tenant, name, content, *expand, **saved)
        assert len(saved_pdf(tenant, result).pages) == 1
        assert warnings(result) == []
        plain = parsed(tenant, name, content, *expand)["result_content_metadata"]["outputPDF"]
        assert plain == {"size_bytes": 0, "exists": False, "presigned_url": None}
    for name, content, kind in (("a.xlsx", specimens.workbook(), "spreadsheets"), ("a.txt", b"Words", "plain text")):
        result = parsed(tenant, name, content, *expand, **saved)
        assert result["result_content_metadata"]["outputPDF"]["exists"] is False
        assert warnings(result) == [f"PARAMETER_NOT_APPLICABLE output_pdf_of_document: {kind})"]


def scanned() -> bytes:
    return papers.png(papers.writing("A page that was scanned"))


# Forms


@once
@pytest.mark.effect("extract_forms")
def test_the_fields_of_a_form_are_told_as_a_tree_and_as_lines(tenant: Tenant, tmp_path: Path) -> None:
    content = papers.pdf(tmp_path / "form.pdf", filled_in, papers.chapter("Rules")).read_bytes()
    asked = {"processing_options": {"forms": "enrich"}}
    result = parsed(tenant, "form.pdf", content, "forms", "markdown", **asked)
    first, second = result["forms"]["pages"]
    assert {key: first[key] for key in first if key != "forms"} == {
        "page_number": 1,
        "success": True,
        "detected_form_types": ["other"],
        "page_width": 612,
        "page_height": 792,
    }
    assert (second["forms"], second["detected_form_types"]) == ([], None)
    [form] = first["forms"]
    assert form["list"]["md"].split("\n") == [
        "- Full name: Ada Berg",
        "- street:",
        "- Sails: yes",
        "- Port: Bergen",
        "- Days: Monday",
        "- Boat: motor",
    ]
    kinds = {one["label"]: (one["field"], one.get("value"), one.get("isEmpty")) for one in form["json"]}
    assert kinds == {
        "Full name": ("text", "Ada Berg", None),
        "street": ("text", None, True),
        "Sails": ("checkbox", True, None),
        "Port": ("single_select", None, None),
        "Days": ("multi_select", None, None),
        "Boat": ("single_select", None, None),
    }
    days = next(one for one in form["json"] if one["label"] == "Days")
    assert [(one["label"], one["value"]) for one in days["valueItems"]] == [("Monday", True), ("Friday", False)]
    assert form["json"][0]["bbox"][0]["x"] == pytest.approx(72, abs=2)

    plain = parsed(tenant, "form.pdf", content, "forms", "markdown", processing_options={"forms": "default"})
    assert plain["forms"] is None
    assert markdown(plain) == markdown(result)
    letter = parsed(tenant, "a.docx", specimens.word(), "job_metadata", **asked)
    assert warnings(letter) == ["PARAMETER_NOT_APPLICABLE extract_forms: text documents)"]


# Confidence


@once
def test_the_metadata_say_how_sure_ocr_is_of_pages_and_document(tenant: Tenant, tmp_path: Path) -> None:
    scan = papers.scan(papers.writing("A page that was scanned", "with some more words on it"))
    content = papers.pdf(tmp_path / "a.pdf", papers.chapter("Written"), scan, scan).read_bytes()
    known = parsed(tenant, "a.pdf", content, "metadata")["metadata"]
    written_page, *scanned_pages = [page["confidence"] for page in known["pages"]]
    assert written_page is None
    assert all(0.5 < one <= 1 for one in scanned_pages)
    assert known["document"] == {
        "confidence": pytest.approx(sum(scanned_pages) / 2, abs=1e-4),
        "confidence_breakdown": {"min_page_score": min(scanned_pages), "scored_pages": 2, "total_pages": 3},
    }
    assert parsed(tenant, "b.pdf", specimens.pdf(), "metadata")["metadata"]["document"] is None


# Pictures


@once
@pytest.mark.effect("images_to_save")
def test_null_is_the_default_of_pictures_and_an_empty_list_is_none(tenant: Tenant) -> None:
    expand = "images_content_metadata"
    name = tenant.ask(
        "POST",
        "/api/v1/beta/configurations",
        json={
            "name": "with pictures",
            "parameters": {**V2, "product_type": "parse_v2", "output_options": {"images_to_save": ["screenshot"]}},
        },
    )["id"]
    content = specimens.pdf()

    def count(**options: Any) -> int:
        return int(parsed(tenant, "a.pdf", content, expand, **options)[expand]["total_count"])

    assert (
        count() == count(output_options={"images_to_save": None}) == count(output_options={"images_to_save": []}) == 0
    )
    assert count(output_options={"images_to_save": ["screenshot"]}) == 1
    assert count(configuration_id=name, output_options={"images_to_save": None}) == 1, "it says nothing"
    assert count(configuration_id=name, output_options={"images_to_save": []}) == 0


# Tiers


@once
def test_an_unknown_tier_is_refused_by_name(tenant: Tenant) -> None:
    configuration = {"configuration": json.dumps({**V2, "tier": "agentic_ultra"})}
    files = {"file": ("a.pdf", specimens.pdf())}
    answer = tenant.ask("POST", "/api/v2/parse/upload", expect=422, data=configuration, files=files)
    [error] = answer["detail"]
    assert error["loc"] == ["body", "tier"]
    assert error["msg"] == "Input should be one of fast, cost_effective, agentic, agentic_plus"
