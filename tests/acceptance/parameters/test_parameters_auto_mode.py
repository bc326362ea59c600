"""Auto mode: pages that a trigger fits are read again, with better or other parameters (docs/parameters.md: Auto mode)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from support import papers
from support.engine_runs import drawn, table, work, written
from support.running import Tenant, once

from engines.auto_mode.triggers import BLOCKS, entries_in
from engines.errors import Code
from engines.parameters import ParseParameters, ParsingMode
from engines.parameters.conditions import Conditions
from engines.parameters.validation import complaints_about
from engines.passes.labels import LABELS

AGENT, DEFAULT = ParsingMode.PARSE_PAGE_WITH_AGENT, ParsingMode.PARSE_PAGE_WITH_LLM


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """Four pages: text, a table, a picture, a total."""
    return papers.pdf(
        tmp_path / "report-7.pdf",
        papers.chapter("Words only"),
        papers.together(papers.lines("A table."), table),
        papers.together(papers.chapter("A picture", 4), drawn("ZEBRA")),
        papers.lines("The total cost is 4,200.50 in all."),
    )


def triggered(path: Path, **parameters: Any) -> list[int]:
    """Numbers of the pages that auto mode has read again."""
    pages = written(path, auto_mode=True, **parameters)[2]
    return [page["page"] for page in pages if page["triggeredAutoMode"]]


def by_entry(path: Path, *entries: dict[str, Any]) -> list[int]:
    return triggered(path, auto_mode_configuration_json=json.dumps(entries))


@pytest.mark.effect("auto_mode", "auto_mode_trigger_on_table_in_page")
def test_a_page_with_a_table_is_read_as_by_an_agent(paper: Path) -> None:
    assert triggered(paper) == []
    asked = {"auto_mode": True, "auto_mode_trigger_on_table_in_page": True}
    outcome = work(paper, **asked)
    pages = json.loads(outcome.outputs["output.json"])["pages"]
    assert [page["parsingMode"] for page in pages] == [DEFAULT, AGENT, DEFAULT, DEFAULT]
    assert outcome.job_metadata["job_auto_mode_triggered_pages"] == [2]


@pytest.mark.effect("auto_mode_trigger_on_image_in_page")
def test_a_page_with_a_picture_is_read_as_by_an_agent(paper: Path) -> None:
    assert triggered(paper) == []
    pages = written(paper, auto_mode=True, auto_mode_trigger_on_image_in_page=True)[2]
    assert [page["page"] for page in pages if page["triggeredAutoMode"]] == [3]
    assert [page["parsingMode"] for page in pages] == [DEFAULT, DEFAULT, AGENT, DEFAULT]


@pytest.mark.effect("auto_mode_trigger_on_text_in_page")
def test_a_page_with_a_text_is_read_again(paper: Path) -> None:
    assert triggered(paper, auto_mode_trigger_on_text_in_page="total") == [4]
    assert triggered(paper, auto_mode_trigger_on_text_in_page="Total") == []


@pytest.mark.effect("auto_mode_trigger_on_regexp_in_page")
def test_a_page_that_an_expression_matches_is_read_again(paper: Path) -> None:
    assert triggered(paper, auto_mode_trigger_on_regexp_in_page="/((TOTAL cost)|(tax))/gi") == [4]
    assert triggered(paper, auto_mode_trigger_on_regexp_in_page="tax") == []


@pytest.mark.effect("auto_mode_trigger_on_regexp_in_page")
def test_an_expression_without_end_holds_nobody(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "a.pdf", papers.lines("a" * 60 + "!"))
    began = time.process_time()
    assert triggered(path, auto_mode_trigger_on_regexp_in_page="(a|aa)+$") == []
    assert time.process_time() - began < 20, "the search alone would take years"


@pytest.mark.effect("auto_mode_trigger_on_table_in_page", "auto_mode_configuration_json")
def test_a_trigger_alone_changes_nothing_and_says_so(paper: Path) -> None:
    outcome = work(paper, auto_mode_trigger_on_table_in_page=True)
    assert outcome.job_metadata["job_auto_mode_triggered_pages"] == []
    [note] = [one for one in outcome.warnings if one["code"] == Code.PARAMETER_NOT_APPLICABLE]
    assert "needs auto_mode" in note["message"]


@pytest.mark.effect("auto_mode_configuration_json")
def test_the_first_entry_that_fits_a_page_decides_what_changes_there(paper: Path) -> None:
    entries = [
        {"table_in_page": True, "parsing_conf": {"output_tables_as_HTML": True}},
        {"page_contains_at_least_n_words": "100", "parsing_conf": {"page_prefix": ">>> "}},
    ]
    _, markdown, pages = written(paper, auto_mode=True, auto_mode_configuration_json=json.dumps(entries))
    assert [page["triggeredAutoMode"] for page in pages] == [True, True, False, False]
    assert "<table>" in pages[1]["md"]
    assert ">>>" not in pages[1]["md"]
    assert markdown.count("<table>") == 1


CONDITIONS: list[tuple[dict[str, Any], list[int]]] = [
    ({"text_in_page": "total"}, [4]),
    ({"table_in_page": True}, [2]),
    ({"table_in_page": False}, []),
    ({"image_in_page": True}, [3]),
    ({"regexp_in_page": "WORDS", "regexp_in_page_mode": "i"}, [1]),
    ({"filename_regexp": r"report-\d\.pdf"}, [1, 2, 3, 4]),
    ({"filename_match_glob": "*.docx"}, []),
    ({"filename_match_glob_list": ["*.docx", "report-*"], "table_in_page": True}, [2]),
    ({"full_page_image_in_page": True}, []),
    ({"page_md_error": True}, []),
    ({"page_longer_than_n_chars": "500"}, [1]),
    ({"page_shorter_than_n_chars": 40}, [4]),
    ({"page_contains_at_least_n_words": 100}, [1]),
    ({"page_contains_at_most_n_lines": 2, "text_in_page": "total"}, [4]),
    ({"page_contains_at_least_n_tables": 0}, [2]),
    ({"page_contains_at_least_n_images": "0"}, [3]),
    ({"page_contains_at_least_n_percent_numbers": "20"}, [2]),
    ({"page_contains_at_least_n_links": 0}, []),
    ({"text_in_page": "total", "table_in_page": True}, []),
    ({"text_in_page": "total", "table_in_page": True, "trigger_mode": "or"}, [2, 4]),
    ({"layout_element_in_page": "table"}, [2]),
    ({"layout_element_in_page": "Tables", "layout_element_in_page_confidence_threshold": "0.99"}, []),
    ({"layout_element_in_page": "section-header", "layout_element_in_page_confidence_threshold": 0.5}, [1, 3]),
    ({"page_contains_at_least_n_layout_elements": "1"}, [1, 2, 3]),
    ({"page_contains_at_most_n_layout_elements": 2}, [4]),
    ({"page_contains_at_least_n_charts": 0}, []),
    ({"page_contains_at_most_n_charts": 1, "table_in_page": True}, [2]),
    ({}, []),
]


@pytest.mark.effect("auto_mode_configuration_json")
@pytest.mark.parametrize(("entry", "pages"), CONDITIONS, ids=lambda value: json.dumps(value)[:60])
def test_conditions(paper: Path, entry: dict[str, Any], pages: list[int]) -> None:
    assert by_entry(paper, entry) == pages


@pytest.mark.effect("auto_mode_configuration_json")
@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ({"colour_in_page": "red"}, "colour_in_page is no trigger"),
        ({"page_contains_at_least_n_colours": 1}, "is no trigger"),
        ({"page_longer_than_n_chars": "many"}, "is a number"),
        ({"table_in_page": "perhaps"}, "true or false"),
        ({"text_in_page": 3}, "is a text"),
        ({"layout_element_in_page": "unicorn"}, "caption, figure, footer"),
        ({"layout_element_in_page": "table", "layout_element_in_page_confidence_threshold": "high"}, "is a number"),
        ({"page_contains_at_longer_n_words": 1}, "is no trigger"),
        ({"parsing_conf": {"outputBucket": "b"}}, "no parameter of a page"),
        ({"parsing_conf": {"spreadsheet_include_hidden_sheets": True}}, "no parameter of a page"),
        ({"regexp_in_page": "("}, "entry 1"),
        ({"trigger_mode": "xor"}, "`and` or `or`"),
        ({"parsing_conf": []}, "no object"),
        ({"parsing_conf": {"colour": 1}}, "no parameter of a page"),
        ({"parsing_conf": {"target_pages": "1"}}, "no parameter of a page"),
        ({"parsing_conf": {"lang": 3}}, "lang is a string"),
        ({"parsing_conf": {"parse_mode": "guess"}}, "parse_page_with_llm"),
        ({"parsing_conf": {"lang": "xx"}}, "Input should be one of"),
        ({"parsing_conf": {"user_prompt": "Shout"}}, "needs a language model"),
        ({"parsing_conf": {"ignore": {"everything": True}}}, "ignore_diagonal_text"),
    ],
)
def test_what_no_entry_can_mean_is_refused_beforehand(entry: dict[str, Any], complaint: str) -> None:
    parameters = ParseParameters(auto_mode=True, auto_mode_configuration_json=json.dumps([entry]))
    [found] = complaints_about(parameters, Conditions())
    assert found.path == ("auto_mode_configuration_json",)
    assert complaint in found.message


DOCUMENTED = """
    filename_match_glob=* filename_match_glob_list=["*"] filename_regexp="x" filename_regexp_mode="i"
    full_page_image_in_page=true full_page_image_in_page_threshold="0.8" image_in_page=true
    layout_element_in_page="table" layout_element_in_page_confidence_threshold="0.8"
    page_longer_than_n_chars="1" page_shorter_than_n_chars="1" page_md_error=true
    regexp_in_page="x" regexp_in_page_mode="i" table_in_page=true text_in_page="x" trigger_mode="or"
"""
COUNTED = "charts images layout_elements lines links numbers percent_numbers tables words"


def test_every_documented_trigger_is_one() -> None:
    simple = dict(one.split("=", 1) for one in DOCUMENTED.split())
    entry: dict[str, Any] = {name: json.loads(value) if value != "*" else value for name, value in simple.items()}
    entry |= {f"page_contains_at_{which}_n_{what}": "1" for which in ("least", "most") for what in COUNTED.split()}
    [read] = entries_in(json.dumps([entry]))
    settings = ("trigger_mode", "filename_regexp_mode", "regexp_in_page_mode")
    assert len(read.conditions) == len(entry) - len(settings) - len(("two", "thresholds"))


def test_the_labels_that_triggers_know_are_those_of_the_layout(tmp_path: Path) -> None:
    assert set(BLOCKS.values()) >= {label for label, _ in LABELS.values()}
    path = papers.pdf(tmp_path / "a.pdf", papers.together(papers.lines("ACME", top=20), papers.chapter("One", 6)))
    [page] = written(path, extract_layout=True)[2]
    assert {block["label"] for block in page["layout"]} <= set(BLOCKS.values())


def test_charts_are_counted_where_the_document_has_them(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["a", 1])
    second = book.create_sheet("Charted")
    second.append(["b", 2])
    chart = BarChart()
    chart.add_data(Reference(second, min_col=2, min_row=1, max_row=1))
    second.add_chart(chart, "D2")
    book.save(tmp_path / "book.xlsx")
    assert by_entry(tmp_path / "book.xlsx", {"page_contains_at_least_n_charts": "0"}) == [2]


@pytest.mark.effect("auto_mode_configuration_json", "page_prefix", "page_suffix")
def test_what_stands_around_a_page_may_change_with_it(paper: Path) -> None:
    entry = {"table_in_page": True, "parsing_conf": {"page_prefix": ">>> ", "page_suffix": " {pageNumber}<<<"}}
    asked = {"auto_mode": True, "auto_mode_configuration_json": json.dumps([entry]), "page_prefix": "--"}
    text, markdown, pages = written(paper, **asked)
    assert [page["md"].split()[0][:3] for page in pages] == ["--#", ">>>", "--#", "--T"]
    assert pages[1]["text"].startswith(">>> ")
    assert pages[1]["md"].endswith(" 2<<<")
    assert markdown == "\n\n---\n\n".join(page["md"] for page in pages)
    assert text == "\n\n---\n\n".join(page["text"] for page in pages)


@pytest.mark.effect("auto_mode_configuration_json", "hide_headers", "page_footer_prefix")
def test_a_page_keeps_its_running_titles_when_it_is_read_again_alone(tmp_path: Path) -> None:
    def page(number: int) -> papers.Draw:
        footer = papers.lines(f"Page {number}", top=760, size=9)
        return papers.together(papers.lines("ACME Corporation", top=30), papers.chapter(f"Chapter {number}", 5), footer)

    path = papers.pdf(tmp_path / "report.pdf", *map(page, range(1, 5)))
    entry = {"text_in_page": "Chapter 3", "parsing_conf": {"hide_headers": True, "page_footer_prefix": "[foot] "}}
    pages = written(path, auto_mode=True, auto_mode_configuration_json=json.dumps([entry]))[2]
    assert ["ACME" in page["md"] for page in pages] == [True, True, False, True]
    assert ["[foot] Page" in page["md"] for page in pages] == [False, False, True, False]


def test_both_forms_of_a_configuration_are_understood() -> None:
    nested = {
        "crop_box": {"top": 0.1},
        "ignore": {"ignore_text_in_image": True},
        "spatial_text": {"preserve_very_small_text": True},
        "specialized_chart_parsing": "efficient",
        "language": "de",
    }
    [entry] = entries_in(json.dumps([{"table_in_page": True, "parsing_conf": nested}]))
    assert entry.changes == {
        "bbox_top": 0.1,
        "disable_ocr": True,
        "preserve_very_small_text": True,
        "specialized_chart_parsing_efficient": True,
        "lang": "de",
    }


@pytest.mark.effect("auto_mode", "auto_mode_configuration_json")
@once
def test_auto_mode_through_the_api(tenant: Tenant, paper: Path) -> None:
    entries = [{"table_in_page": True, "parsing_conf": {"output_tables_as_HTML": True}}]
    parameters = {"auto_mode": True, "auto_mode_configuration_json": json.dumps(entries)}
    items = tenant.run([(paper.name, paper.read_bytes())], parameters)
    found = tenant.parsed(items[paper.name]["job_id"], "markdown", "metadata")
    assert [page["triggered_auto_mode"] for page in found["metadata"]["pages"]] == [False, True, False, False]
    assert "<table>" in found["markdown"]["pages"][1]["markdown"]
