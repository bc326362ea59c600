"""Pictures and charts that a language model looks at (docs/models.md)."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from support import papers
from support.llm import Answer, Endpoint
from support.running import Tenant
from support.thinking import parsed

TABLE = "| Year | Plums |\n| --- | --- |\n| 2024 | 7 |\n| 2025 | 9 |"
BETTER = TABLE.replace("| 9 |", "| 8 |")


@pytest.fixture
def chart(tmp_path: Path) -> bytes:
    """A PDF whose first page has a picture of bars, and whose second one has none."""
    image = Image.new("RGB", (400, 300), "white")
    for number, height in enumerate((120, 200, 260)):
        ImageDraw.Draw(image).rectangle((60 + 110 * number, 300 - height, 130 + 110 * number, 299), fill="navy")
    draw = papers.together(papers.lines("Plums by year:"), papers.picture(image, 72, 300, 400, 300))
    return papers.pdf(tmp_path / "chart.pdf", draw, papers.lines("No picture here.")).read_bytes()


@pytest.mark.effect("specialized_image_parsing")
def test_pictures_are_described_one_by_one(mind: Endpoint, thinker: Tenant, chart: bytes) -> None:
    mind.think = lambda _asked: "Three navy bars,\neach higher than the last."
    found = parsed(thinker, chart, {"specialized_image_parsing": True})
    assert [(asked.body["model"], len(asked.pictures)) for asked in mind.asked] == [("vision", 1)]
    assert "> [image]\n> Three navy bars,\n> each higher than the last." in found["md"][0]
    assert found["md"][1] == "No picture here."
    mind.asked.clear()
    parsed(thinker, chart, {"inline_images_in_markdown": True})
    assert mind.asked == []


@pytest.mark.effect(
    "specialized_chart_parsing_efficient", "specialized_chart_parsing_plus", "specialized_chart_parsing_agentic"
)
@pytest.mark.parametrize(("name", "questions"), [("efficient", 1), ("plus", 1), ("agentic", 2)])
def test_charts_are_told_as_tables(mind: Endpoint, thinker: Tenant, chart: bytes, name: str, questions: int) -> None:
    mind.think = lambda asked: BETTER if "9" in asked.user else TABLE
    found = parsed(thinker, chart, {f"specialized_chart_parsing_{name}": True})
    assert len(mind.asked) == questions
    [table] = [item for item in found["pages"][0]["items"] if item["type"] == "table"]
    assert table["rows"] == [["Year", "Plums"], ["2024", "7"], ["2025", "8" if questions > 1 else "9"]]
    assert "2025" in found["md"][0]
    assert found["job_metadata"]["warnings"] == []


@pytest.mark.effect("specialized_chart_parsing_efficient")
@pytest.mark.parametrize(
    ("answer", "warnings"), [(Answer("no chart"), []), (Answer(refusal="No."), [("CHART_NEEDS_LLM", 1)])]
)
def test_a_picture_that_is_no_chart_stays_one_and_a_silent_model_is_told(
    mind: Endpoint, thinker: Tenant, chart: bytes, answer: Answer, warnings: list[tuple[str, int]]
) -> None:
    mind.think = lambda _asked: answer
    found = parsed(thinker, chart, {"specialized_chart_parsing_efficient": True})
    assert not [item for item in found["pages"][0]["items"] if item["type"] == "table"]
    assert [(one["code"], one["page"]) for one in found["job_metadata"]["warnings"]] == warnings
