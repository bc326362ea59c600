"""Auto mode: pages that a trigger fits are read again, with better or other parameters (spec: parameters.md, group 15)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import papers
import pytest
from running import Tenant
from test_parameters_modes import drawn, table, work, written

from engines.errors import Code
from engines.parameters import ParseParameters, ParsingMode
from engines.triggers import entries_in
from engines.validation import Conditions, complaints_about

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
    assert "ZEBRA" not in written(paper, auto_mode=True)[1]
    assert "ZEBRA" in written(paper, auto_mode=True, auto_mode_trigger_on_image_in_page=True)[1]
    assert triggered(paper, auto_mode_trigger_on_image_in_page=True) == [3]


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
        ({"regexp_in_page": "("}, "entry 1"),
        ({"trigger_mode": "xor"}, "`and` or `or`"),
        ({"parsing_conf": []}, "no object"),
        ({"parsing_conf": {"colour": 1}}, "no parameter of a page"),
        ({"parsing_conf": {"target_pages": "1"}}, "no parameter of a page"),
        ({"parsing_conf": {"lang": 3}}, "lang is a string"),
        ({"parsing_conf": {"parse_mode": "guess"}}, "parse_page_with_llm"),
        ({"parsing_conf": {"lang": "xx"}}, "Input should be one of"),
        ({"parsing_conf": {"user_prompt": "Shout"}}, "SHEAF_LLM_BASE_URL"),
        ({"parsing_conf": {"ignore": {"everything": True}}}, "ignore_diagonal_text"),
    ],
)
def test_what_no_entry_can_mean_is_refused_beforehand(entry: dict[str, Any], complaint: str) -> None:
    parameters = ParseParameters(auto_mode=True, auto_mode_configuration_json=json.dumps([entry]))
    [found] = complaints_about(parameters, Conditions())
    assert found.path == ("auto_mode_configuration_json",)
    assert complaint in found.message


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
def test_auto_mode_through_the_api(tenant: Tenant, paper: Path) -> None:
    entries = [{"table_in_page": True, "parsing_conf": {"output_tables_as_HTML": True}}]
    parameters = {"auto_mode": True, "auto_mode_configuration_json": json.dumps(entries)}
    items = tenant.run([(paper.name, paper.read_bytes())], parameters)
    found = tenant.parsed(items[paper.name]["job_id"], "markdown", "metadata")
    assert [page["triggered_auto_mode"] for page in found["metadata"]["pages"]] == [False, True, False, False]
    assert "<table>" in found["markdown"]["pages"][1]["markdown"]
