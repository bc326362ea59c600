"""Modes, tiers and presets: each with its own pipeline, also without a language model (docs/parameters.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.engine_runs import NOTE, drawn, table, work, written
from support.running import Tenant, once

from engines.errors import Code
from engines.parameters import ParseParameters, ParsingMode, SaveableImage
from engines.parameters.conditions import Conditions
from engines.parameters.effective import effective_parameters
from engines.parameters.modes import resolved
from engines.parameters.validation import complaints_about
from engines.tools import Tools, find_tools

Mode = ParsingMode


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """Two pages: a heading, text and a drawn word; a table."""
    return papers.pdf(
        tmp_path / "paper.pdf",
        papers.together(papers.chapter("The title", 3), papers.lines(NOTE, top=250), drawn("ZEBRA")),
        papers.together(papers.lines("Before the table."), table),
    )


def modes_of(pages: list[dict[str, Any]]) -> set[str]:
    return {page["parsingMode"] for page in pages}


@pytest.mark.effect("parse_mode")
@pytest.mark.parametrize("mode", Mode)
def test_each_mode_says_which_it_is(paper: Path, mode: Mode) -> None:
    assert modes_of(written(paper, parse_mode=mode)[2]) == {mode}


@pytest.mark.effect("parse_mode")
def test_without_a_model_there_is_text_and_no_markdown(paper: Path) -> None:
    text, markdown, pages = written(paper)
    assert NOTE in text
    assert "# The title" in markdown
    text, markdown, pages = written(paper, parse_mode=Mode.PARSE_PAGE_WITHOUT_LLM)
    assert NOTE in text
    assert markdown == ""
    assert [page["items"] for page in pages] == [[], []]


@pytest.mark.effect("parse_mode")
def test_a_mode_that_looks_knows_no_text_layer(tmp_path: Path) -> None:
    def lie(canvas: Canvas) -> None:
        papers.lines("visible")(canvas)
        canvas.setFillColorRGB(1, 1, 1)
        papers.lines("whitewashed", top=200)(canvas)

    path = papers.pdf(tmp_path / "lie.pdf", lie)
    text, markdown, _ = written(path)
    assert "whitewashed" in text
    text, markdown, [page] = written(path, parse_mode=Mode.PARSE_PAGE_WITH_LVM)
    assert (text, "visible" in markdown, "whitewashed" in markdown) == ("", True, False)
    assert (page["width"], page["height"]) == (612, 792)


@pytest.mark.effect("parse_mode")
def test_a_mode_that_looks_prints_what_has_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<h1>Looked at</h1><p>from outside</p>")
    text, markdown, _ = written(path, parse_mode=Mode.PARSE_PAGE_WITH_LVM)
    assert (text, "Looked at" in markdown) == ("", True)
    blind = work(path, tools=Tools(tessdata=find_tools().tessdata), parse_mode=Mode.PARSE_PAGE_WITH_LVM)
    assert "from outside" in blind.outputs["output.md"].decode()
    assert Code.CHROMIUM_UNAVAILABLE in {note["code"] for note in blind.warnings}
    assert blind.degraded


@pytest.mark.effect("parse_mode", "premium_mode")
def test_an_agent_reads_what_is_drawn_besides_what_is_written(paper: Path) -> None:
    alone: dict[str, Any] = {"disable_image_extraction": True}  # pictures by themselves are read in every mode
    assert "ZEBRA" not in written(paper, **alone)[1]
    text, markdown, _ = written(paper, parse_mode=Mode.PARSE_PAGE_WITH_AGENT, **alone)
    assert "ZEBRA" in text
    assert {"ZEBRA", "# The title", NOTE} <= {part for part in ("ZEBRA", "# The title", NOTE) if part in markdown}
    _, premium, pages = written(paper, premium_mode=True, **alone)
    assert (premium, modes_of(pages)) == (markdown, {Mode.PARSE_PAGE_WITH_AGENT})


@pytest.mark.effect("continuous_mode")
def test_continuous_mode_is_the_whole_document_at_once(paper: Path) -> None:
    assert modes_of(written(paper, continuous_mode=True)[2]) == {Mode.PARSE_DOCUMENT_WITH_LLM}
    whole = resolved(ParseParameters(continuous_mode=True))
    assert whole.merge_tables_across_pages_in_markdown
    assert whole.adaptive_long_table


@pytest.mark.effect("fast_mode")
def test_fast_mode_gives_text_without_pictures_or_what_is_in_them(paper: Path) -> None:
    scan = papers.pdf(
        paper.with_name("both.pdf"), papers.lines(NOTE), papers.scan(papers.writing("Scanned words")), drawn("ZEBRA")
    )
    text, markdown, pages = written(scan)
    assert "Scanned words" in text
    assert markdown
    assert pages[2]["images"]
    text, markdown, pages = written(scan, fast_mode=True)
    assert (NOTE in text, "Scanned words" in text, markdown) == (True, False, "")
    assert [page["images"] for page in pages] == [[], [], []]


@pytest.mark.effect("disable_reconstruction")
def test_without_reconstruction_there_are_paragraphs_only(paper: Path) -> None:
    _, markdown, pages = written(paper)
    assert ("# The title" in markdown, "|" in markdown) == (True, True)
    _, markdown, pages = written(paper, disable_reconstruction=True)
    assert ("#" in markdown, "|" in markdown, "The title" in markdown, "Pear" in markdown) == (False, False, True, True)
    assert {item["type"] for page in pages for item in page["items"]} == {"text"}


@pytest.mark.effect("tier", "version")
def test_a_tier_stands_for_a_mode_and_what_goes_with_it(paper: Path) -> None:
    outcome = work(paper, tier="cost_effective", version="latest")
    assert (outcome.job_metadata["tier"], outcome.job_metadata["version"]) == ("cost_effective", "2026-09-28")
    [refused] = complaints_about(ParseParameters(tier="fast", version="1999-01-01"), Conditions())
    assert "INVALID_TIER_VERSION_COMBINATION" in refused.message
    careful = dict.fromkeys(("high_res_ocr", "adaptive_long_table", "outlined_table_extraction"), True)
    careful["output_tables_as_HTML"] = True
    by_tier = {
        "fast": (Mode.PARSE_PAGE_WITHOUT_LLM, dict.fromkeys(careful, False)),
        "cost_effective": (Mode.PARSE_PAGE_WITH_LLM, careful),
        "agentic": (Mode.PARSE_PAGE_WITH_AGENT, careful),
        "agentic_plus": (Mode.PARSE_PAGE_WITH_AGENT, careful | {"specialized_chart_parsing_agentic": True}),
    }
    for tier, (mode, turned_on) in by_tier.items():
        effective = effective_parameters(ParseParameters(tier=tier, version="latest"))
        assert effective["parse_mode"] == mode
        assert {name: effective[name] for name in turned_on} == turned_on
    assert "<table>" in written(paper, tier="cost_effective", version="latest")[1]
    said = effective_parameters(ParseParameters(tier="agentic", version="latest", output_tables_as_html=False))
    assert said["output_tables_as_HTML"] is False, "what the caller says of a table holds"


@pytest.mark.effect("preset")
def test_a_preset_wins_over_what_else_was_said(paper: Path) -> None:
    _, markdown, pages = written(paper, output_tables_as_html=False, parse_mode=Mode.PARSE_PAGE_WITH_LLM)
    assert "<table>" not in markdown
    _, markdown, pages = written(
        paper, preset="invoice-latest", output_tables_as_html=False, parse_mode=Mode.PARSE_PAGE_WITH_LLM
    )
    assert ("<table>" in markdown, modes_of(pages)) == (True, {Mode.PARSE_PAGE_WITH_AGENT})
    assert resolved(ParseParameters(preset="scientific")).layout_aware
    assert resolved(ParseParameters(preset="technicalDocumentation-v-1")).preserve_very_small_text


@pytest.mark.effect("preset")
def test_the_preset_for_forms_tells_what_was_filled_in(tmp_path: Path) -> None:
    def form(canvas: Canvas) -> None:
        papers.lines("Application for membership")(canvas)
        canvas.acroForm.textfield(name="a", tooltip="Surname", value="Meier", x=100, y=600, width=200, height=20)
        canvas.acroForm.checkbox(name="b", tooltip="Member", checked=True, x=100, y=550)
        canvas.acroForm.checkbox(name="c", tooltip="Student", checked=False, x=100, y=500)
        for value, at in (("summer", 450), ("winter", 420)):
            canvas.acroForm.radio(name="d", tooltip="Season", value=value, selected=value == "summer", x=100, y=at)

    path = papers.pdf(tmp_path / "form.pdf", form)
    assert "Surname" not in written(path)[1]
    [page] = written(path, preset="forms")[2]
    [rows] = [item["rows"] for item in page["items"] if item["type"] == "table"]
    assert rows == [
        ["Field", "Value"],
        ["Surname", "Meier"],
        ["Member", "yes"],
        ["Student", "no"],
        ["Season", "summer"],
    ]


@pytest.mark.effect("internal_is_screenshot_job")
def test_a_screenshot_job_reads_nothing(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "scan.pdf", papers.scan(papers.writing("Scanned words")), papers.lines(NOTE))
    text, markdown, pages = written(path, internal_is_screenshot_job=True)
    assert (text, markdown) == ("", "")
    assert [[one["type"] for one in page["images"]] for page in pages] == [["full_page_screenshot"]] * 2
    assert [(page["width"], page["height"]) for page in pages] == [(612, 792)] * 2
    outcome = work(path, internal_is_screenshot_job=True)
    assert {"images/page_1.jpg", "images/page_2.jpg"} <= outcome.outputs.keys()
    assert "Scanned words" in written(path)[0]


@pytest.mark.effect("internal_is_screenshot_job")
def test_pictures_are_taken_of_printed_documents_too(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<h1>A page</h1>")
    outcome = work(path, internal_is_screenshot_job=True)
    assert (outcome.pages, "images/page_1.jpg" in outcome.outputs) == (1, True)


@pytest.mark.effect("enable_cost_optimizer")
def test_the_cost_optimizer_reads_simple_pages_by_the_cheaper_tier(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "mixed.pdf", papers.chapter("One"), table, papers.chapter("Three"))
    agentic = {"tier": "agentic", "version": "latest"}
    pages = written(path, **agentic)[2]
    assert modes_of(pages) == {Mode.PARSE_PAGE_WITH_AGENT}
    assert [page.get("costOptimized") for page in pages] == [None] * 3
    pages = written(path, enable_cost_optimizer=True, **agentic)[2]
    assert [page["costOptimized"] for page in pages] == [True, False, True]
    simple, agent = Mode.PARSE_PAGE_WITH_LLM, Mode.PARSE_PAGE_WITH_AGENT
    assert [page["parsingMode"] for page in pages] == [simple, agent, simple]


def test_sheets_have_a_pipeline_of_their_own_in_every_mode(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["Fruit", "Number"])
    book.active.append(["Apple", 1])
    book.save(tmp_path / "book.xlsx")
    assert "Apple" in written(tmp_path / "book.xlsx", parse_mode=Mode.PARSE_PAGE_WITHOUT_LLM)[1]


def test_resolving_twice_changes_nothing() -> None:
    asked = [
        ParseParameters(),
        *(ParseParameters(parse_mode=mode) for mode in Mode),
        *(
            ParseParameters(tier=tier, version="latest")
            for tier in ("fast", "cost_effective", "agentic", "agentic_plus")
        ),
        *(ParseParameters(**{name: True}) for name in ("fast_mode", "premium_mode", "continuous_mode")),
        ParseParameters(preset="scientific", tier="fast", version="latest", images_to_save=[SaveableImage.LAYOUT]),
    ]
    assert [resolved(resolved(one)) for one in asked] == [resolved(one) for one in asked]


def test_the_precedence_of_what_decides_the_mode() -> None:
    said = {
        "continuous_mode": True,
        "fast_mode": True,
        "premium_mode": True,
        "parse_mode": Mode.PARSE_DOCUMENT_WITH_AGENT,
    }
    said |= {"tier": "fast", "version": "latest"}
    order = [
        ("tier", Mode.PARSE_PAGE_WITHOUT_LLM),
        ("parse_mode", Mode.PARSE_DOCUMENT_WITH_AGENT),
        ("premium_mode", Mode.PARSE_PAGE_WITH_AGENT),
        ("fast_mode", Mode.PARSE_PAGE_WITHOUT_LLM),
        ("continuous_mode", Mode.PARSE_DOCUMENT_WITH_LLM),
    ]
    for name, mode in order:
        assert resolved(ParseParameters(**said)).parse_mode is mode, name
        del said[name]
    assert (
        resolved(ParseParameters(preset="forms", tier="fast", version="latest")).parse_mode
        is Mode.PARSE_PAGE_WITH_AGENT
    )


@pytest.mark.effect("parse_mode", "tier")
@once
def test_the_result_says_what_was_really_applied(tenant: Tenant, tmp_path: Path) -> None:
    content = papers.pdf(tmp_path / "a.pdf", papers.chapter("One")).read_bytes()
    items = tenant.run([("a.pdf", content)], {"tier": "cost_effective", "version": "latest"})
    metadata = tenant.parsed(items["a.pdf"]["job_id"], "job_metadata")["job_metadata"]
    assert metadata["effective_parameters"]["parse_mode"] == Mode.PARSE_PAGE_WITH_LLM
    assert metadata["effective_parameters"]["outlined_table_extraction"] is True
    assert "PARAMETER_HAS_NO_EFFECT" not in {note["code"] for note in metadata["warnings"]}
