"""What programs do with `llama-parse`, `llama-cloud-services` and the reader of LlamaIndex, which most have not left yet.

A program of its own, run with the packages on its path and an API key and base URL in its environment, as they document them.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import llama_cloud_services
import openpyxl
from llama_cloud.types import ClassifierRule
from llama_cloud_services.beta.classifier.client import LlamaClassify
from llama_index.core import SimpleDirectoryReader
from llama_index.readers import llama_parse as reader_package
from llama_parse import LlamaParse

FOLDER = Path(sys.argv[2])
REPORT = str(FOLDER / "report.pdf")
BOOK = str(FOLDER / "figures.xlsx")
FILES = [REPORT, str(FOLDER / "letter.docx"), str(FOLDER / "page.html")]
MARKS = ["Annual report", "Dear Sir or Madam", "Opening hours"]


def parser(**options: Any) -> LlamaParse:
    """A client that asks again and again quietly."""
    return LlamaParse(check_interval=1, num_workers=4, verbose=False, show_progress=False, **options)


def text_of(documents: list[Any]) -> str:
    """The text of all documents."""
    return "\n".join(one.text for one in documents)


def load() -> None:
    """Documents as LlamaIndex reads them, of one file and of several, as text and as Markdown, page by page and not."""
    assert "# Annual report" in text_of(parser(result_type="markdown").load_data(REPORT))
    pages = parser(result_type="text", split_by_page=True).load_data(REPORT)
    assert [mark in page.text for mark, page in zip(["Annual report", "Outlook"], pages, strict=True)] == [True, True]
    content = Path(REPORT).read_bytes()
    assert MARKS[0] in text_of(parser().load_data(content, extra_info={"file_name": "report.pdf"}))
    several = parser(result_type="markdown", split_by_page=False).load_data(FILES)
    assert all(mark in one.text for mark, one in zip(MARKS, several, strict=True))
    again = asyncio.run(parser(result_type="markdown").aload_data(FILES))
    assert all(mark in text_of(again) for mark in MARKS)
    parts = parser(result_type="text", partition_pages=1, split_by_page=False).load_data(REPORT)
    assert all(mark in text_of(parts) for mark in ("Annual report", "Outlook"))


def results() -> None:
    """JSON results with their pictures and sheets."""
    reader = parser()
    [found] = reader.get_json_result(REPORT)
    assert [page["page"] for page in found["pages"]] == [1, 2]
    with tempfile.TemporaryDirectory() as folder:
        [picture] = [one for one in reader.get_images([found], folder) if "page_" not in one["name"]]
        assert Path(picture["path"]).stat().st_size > 0
        [book] = reader.get_xlsx(reader.get_json_result(BOOK), folder)
        assert "Potatoes" in {
            cell.value for sheet in openpyxl.load_workbook(book["path"]) for row in sheet for cell in row
        }
    assert len(reader.get_json_result(FILES)) == len(FILES)


def objects() -> None:
    """Results as objects, which validate what they were given."""
    reader = parser(auto_mode=True, auto_mode_trigger_on_image_in_page=True, take_screenshot=True)
    found = reader.parse(REPORT)
    assert (found.job_metadata.job_pages, found.job_metadata.job_auto_mode_triggered_pages) == (2, 1)
    assert [page.triggeredAutoMode for page in found.pages] == [False, True]
    assert MARKS[0] in text_of(found.get_text_documents())
    assert MARKS[0] in text_of(found.get_markdown_documents(split_by_page=True))
    assert MARKS[0] in found.get_markdown()
    assert MARKS[0] in found.get_text()
    assert found.get_json()["pages"][0]["page"] == 1
    assert len(found.get_image_documents()) == len(found.get_image_names())
    several = asyncio.run(parser().aparse([*FILES, BOOK]))
    assert all(
        mark in text_of(one.get_markdown_documents()) for mark, one in zip([*MARKS, "Potatoes"], several, strict=True)
    )
    assert parser().get_result(found.job_id).pages == found.pages
    everything = parser(extract_charts=True, extract_layout=True, take_screenshot=True).parse(REPORT)
    assert len(everything.pages) == len(found.pages)
    failed = parser(ignore_errors=True).parse(str(FOLDER / "broken.pdf"))
    assert (failed.status, failed.error_code) == ("ERROR", "PDF_IS_BROKEN")


def classify() -> None:
    """Types of files, uploaded as this package does it."""
    rules = [
        ClassifierRule(type="invoice", description="An invoice with an amount due, to be paid by a date"),
        ClassifierRule(type="letter", description="A personal letter that begins with Dear Sir or Madam"),
    ]
    client = LlamaClassify.from_api_key(os.environ["LLAMA_CLOUD_API_KEY"], base_url=os.environ["LLAMA_CLOUD_BASE_URL"])
    found = client.classify(rules, [str(FOLDER / "invoice.txt"), str(FOLDER / "letter.docx")])
    assert {one.file.name: one.result.type for one in found.items} == {
        "invoice.txt": "invoice",
        "letter.docx": "letter",
    }


def names() -> None:
    """One class has three names; folders are read by LlamaIndex with it as the reader of some of their files."""
    assert llama_cloud_services.LlamaParse is reader_package.LlamaParse is LlamaParse
    reader = parser(result_type="markdown")
    folder = SimpleDirectoryReader(input_files=FILES, file_extractor=dict.fromkeys((".pdf", ".docx", ".html"), reader))
    found = folder.load_data()
    assert all(mark in text_of(found) for mark in [*MARKS, "Outlook"])
    assert {one.metadata["file_name"] for one in found} == {Path(one).name for one in FILES}


CHAPTERS = {one.__name__: one for one in (load, results, objects, classify, names)}

if __name__ == "__main__":
    CHAPTERS[sys.argv[1]]()
    print(json.dumps({}))
