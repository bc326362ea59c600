"""Options that only version 2 of the API has, asked for and read through it (docs/v2-parameters.md)."""

from __future__ import annotations

import io
import json
from typing import Any

import pptx
import pypdf
import pytest
from support import papers, specimens
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


# Presentations


def deck() -> bytes:
    """Three slides, the second of them hidden."""
    made = pptx.Presentation()
    for title in ("Opening", "For the board alone", "Closing"):
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = title
    made.slides[1].element.set("show", "0")
    return specimens.saved(made)


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
