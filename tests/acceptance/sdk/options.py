"""Options of a parse job that came with the SDK 2.17 to 2.19, used by the newer official Python SDK.

A program of its own, as scenario.py: the SDK on its path, an API key and base URL in its environment, answers validated strictly.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path
from typing import Any

import llama_cloud
from llama_cloud import LlamaCloud

client = LlamaCloud(_strict_response_validation=True)


def parsed(document: Path, *expand: str, **options: Any) -> Any:
    """The result of a document that is uploaded with these options."""
    return client.parsing.parse(
        tier="agentic", version="latest", upload_file=document, expand=list(expand), polling_interval=0.1, **options
    )


def watermarks(document: Path) -> dict[str, Any]:
    """First and last block of each page by how the watermark is handled, and what the metadata call it."""
    told = {}
    for handling in ("move_to_end", "move_to_start", "remove", None):
        result = parsed(document, "markdown", "metadata", output_options={"watermark_handling": handling})
        blocks = [page.markdown.split("\n\n") for page in result.markdown.pages]
        told[str(handling)] = [[one[0], one[-1]] for one in blocks]
        assert [page.watermark for page in result.metadata.pages] == ["DRAFT"] * len(blocks)
    return told


def lines(document: Path) -> dict[str, str]:
    """What stands in the Markdown of the first page for each printed line number."""
    asked = {"markdown": {"annotate_line_numbers": True}}
    page = parsed(document, "markdown", output_options=asked).markdown.pages[0]
    units = page.markdown.encode("utf-16-le")
    return {
        one.line_number: units[2 * one.start_index : 2 * one.end_index].decode("utf-16-le") for one in page.line_numbers
    }


def slides(document: Path) -> dict[str, Any]:
    """The slides of a presentation with and without the hidden ones, and how many pages their PDF has."""
    told = {}
    for included in (False, True):
        result = parsed(
            document,
            "markdown",
            "output_pdf_content_metadata",
            input_options={"presentation": {"include_hidden_slides": included}},
            output_options={"save_output_pdf": True},
        )
        saved = result.result_content_metadata["outputPDF"]
        with urllib.request.urlopen(saved.presigned_url) as answer:
            content = answer.read()
        assert (len(content), saved.exists) == (saved.size_bytes, True)
        pages = [[page.page_number, page.markdown] for page in result.markdown.pages]
        told[str(included)] = [pages, content.count(b"/Type/Page") - content.count(b"/Type/Pages")]
    return told


def confidence(document: Path) -> list[float]:
    """Mean and smallest confidence of a scanned document, and of how many pages."""
    document_metadata = parsed(document, "metadata").metadata.document
    told = document_metadata.confidence_breakdown
    return [document_metadata.confidence, told.min_page_score, told.scored_pages, told.total_pages]


def forms(document: Path) -> dict[str, Any]:
    """The fields of a form, as the SDK types them, and the page that they stand on."""
    page = parsed(document, "forms", processing_options={"forms": "enrich"}).forms.pages[0]
    fields = {one.label: [one.field, one.value, one.is_empty] for one in page.forms[0].json_}
    return {"fields": fields, "page": [page.page_width, page.page_height, page.detected_form_types]}


def pictures(document: Path) -> list[int]:
    """How many pictures are kept by default, for null, for an empty list, and of the pages."""
    options: list[Any] = [{}, {"images_to_save": None}, {"images_to_save": []}, {"images_to_save": ["screenshot"]}]
    results = [parsed(document, "images_content_metadata", output_options=one) for one in options]
    return [one.images_content_metadata.total_count for one in results]


def unknown_tier(document: Path) -> str:
    """What is said of a tier that this server does not have."""
    try:
        client.parsing.create(tier="agentic_ultra", version="latest", upload_file=document)
    except llama_cloud.UnprocessableEntityError as error:
        return str(error)
    return ""


def options(folder: Path) -> dict[str, Any]:
    """All of them, each on a document of its own."""
    return {
        "watermarks": watermarks(folder / "contract.pdf"),
        "lines": lines(folder / "transcript.pdf"),
        "slides": slides(folder / "deck.pptx"),
        "confidence": confidence(folder / "scan.pdf"),
        "forms": forms(folder / "form.pdf"),
        "pictures": pictures(folder / "transcript.pdf"),
        "unknown_tier": unknown_tier(folder / "transcript.pdf"),
    }


if __name__ == "__main__":
    print(json.dumps(options(Path(sys.argv[2]))))
