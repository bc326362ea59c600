"""Boxes, blocks and the arrangement of text (docs/parameters.md: Text and layout, Bounding boxes)."""

from __future__ import annotations

import io
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.corpus import of_corpus
from support.engine_runs import NOTE, drawn, table, work, written
from support.running import Tenant, once

from engines.parameters import SaveableImage

SENTENCE = "number {} of a column of text that goes on for several lines"


@pytest.fixture
def two_columns(tmp_path: Path) -> Path:
    """A heading above two columns of paragraphs."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawString(72, 740, "In columns")
        canvas.setFont("Helvetica", 8)
        for line in range(20):
            canvas.drawString(60, 680 - 11 * line, f"left {SENTENCE.format(line)}")
            canvas.drawString(330, 680 - 11 * line, f"right {SENTENCE.format(line)}")

    return papers.pdf(tmp_path / "columns.pdf", draw)


@pytest.fixture
def paragraph(tmp_path: Path) -> Path:
    """A paragraph of three lines."""
    return papers.pdf(
        tmp_path / "three.pdf", papers.lines("The first line of three,", "the second one of them,", "and the last.")
    )


def items(path: Path, **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = written(path, **parameters)[2][0]["items"]
    return found


@pytest.mark.effect("do_not_unroll_columns")
def test_columns_are_read_one_after_the_other_unless_they_shall_stay(two_columns: Path) -> None:
    text = written(two_columns)[0]
    assert text.index("left number 19") < text.index("right number 0")
    text = written(two_columns, do_not_unroll_columns=True)[0]
    line = next(line for line in text.splitlines() if "left number 3" in line)
    assert "right number 3" in line
    assert "left number 4" not in line


def test_a_page_without_columns_keeps_the_arrangement_of_its_lines(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "table.pdf", papers.together(papers.chapter("Plain", 4), table))
    assert written(path)[0] == written(path, do_not_unroll_columns=True)[0]
    assert any("Fruit" in line and "Number" in line for line in written(path)[0].splitlines())


@pytest.mark.effect("preserve_layout_alignment_across_pages")
def test_all_pages_can_be_laid_out_on_one_grid(tmp_path: Path) -> None:
    def form(label: str) -> papers.Draw:
        def draw(canvas: Canvas) -> None:
            canvas.drawString(72, 700, label)
            canvas.drawString(300, 700, "Meier")

        return draw

    path = papers.pdf(tmp_path / "form.pdf", form("Name"), form("The surname of the applicant here"))

    def offsets(**parameters: Any) -> list[int]:
        return [page["text"].splitlines()[0].index("Meier") for page in written(path, **parameters)[2]]

    first, second = offsets()
    assert first != second
    first, second = offsets(preserve_layout_alignment_across_pages=True)
    assert first == second


@pytest.mark.effect("extract_layout")
def test_the_layout_tells_blocks_with_places_and_pictures(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "page.pdf", papers.together(papers.chapter("Title", 4), table, drawn("ZEBRA")))
    assert written(path)[2][0]["layout"] == []
    outcome = work(path, extract_layout=True)
    [page] = written(path, extract_layout=True)[2]
    blocks = {block["label"]: block for block in page["layout"]}
    assert set(blocks) == {"title", "text", "table", "figure"}
    figure = blocks["figure"]["bbox"]
    expected = {"x": 72 / 612, "y": (792 - 351) / 792, "w": 160 / 612, "h": 51 / 792}
    assert all(abs(figure[side] - expected[side]) < 0.02 for side in expected)
    assert blocks["title"]["image"] == "page_1_title_1.jpg"
    assert all(0 < block["confidence"] <= 1 and block["isLikelyNoise"] is False for block in page["layout"])
    with Image.open(io.BytesIO(outcome.outputs["images/page_1_figure_1.jpg"])) as image:
        assert abs(image.width / image.height - 160 / 51) < 0.15
    assert "images/page_1_title_1.jpg" not in work(path).outputs


@pytest.mark.effect("images_to_save", "extract_layout")
def test_pictures_of_blocks_are_kept_when_they_are_among_those_to_save(paragraph: Path) -> None:
    kept = work(paragraph, images_to_save=[SaveableImage.LAYOUT]).outputs
    assert [name for name in kept if name.startswith("images/")] == ["images/page_1_text_1.jpg"]
    without = work(paragraph, extract_layout=True, images_to_save=[]).outputs
    assert [name for name in without if name.startswith("images/")] == []
    assert written(paragraph, extract_layout=True, images_to_save=[])[2][0]["layout"][0]["label"] == "text"


@pytest.mark.effect("extract_layout")
def test_the_layout_of_a_scan(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "scan.pdf", papers.scan(papers.writing("Scanned words", "", "", "and others")))
    blocks = written(path, extract_layout=True)[2][0]["layout"]
    assert blocks
    assert all(0 <= block["bbox"][side] <= 1 for block in blocks for side in "xywh")


@pytest.mark.effect("ignore_document_elements_for_layout_detection")
def test_the_layout_can_be_found_from_the_picture_alone(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        papers.lines("words that everybody sees")(canvas)
        canvas.drawString(72, 300, "words below a sheet of paper")
        canvas.setFillColorRGB(1, 1, 1)
        canvas.rect(60, 280, 400, 50, stroke=0, fill=1)

    path = papers.pdf(tmp_path / "covered.pdf", draw)
    both = written(path, extract_layout=True)[2][0]["layout"]
    [seen] = written(path, extract_layout=True, ignore_document_elements_for_layout_detection=True)[2][0]["layout"]
    assert len(both) == 2
    assert abs(seen["bbox"]["y"] - 80 / 792) < 0.02
    assert (seen["label"], seen["image"]) == ("text", "page_1_text_1.jpg")


@pytest.mark.effect("precise_bounding_box")
def test_boxes_can_be_drawn_around_the_ink(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "ink.pdf", papers.lines("xxxx xxxx xxxx xxxx", size=40))
    [loose] = items(path)
    [tight] = items(path, precise_bounding_box=True)
    height = 0.523 * 40
    """Of the letter x in Helvetica."""
    assert loose["bBox"]["h"] > height + 8
    assert abs(tight["bBox"]["h"] - height) <= 1.5
    assert abs(tight["bBox"]["y"] - (90 - height)) <= 1.5


@pytest.mark.effect("line_level_bounding_box")
def test_each_line_of_an_item_is_told(paragraph: Path) -> None:
    [plain] = items(paragraph)
    assert "lines" not in plain
    [item] = items(paragraph, line_level_bounding_box=True)
    assert [line["value"] for line in item["lines"]] == [
        "The first line of three,",
        "the second one of them,",
        "and the last.",
    ]
    assert [item["value"][line["startIndex"] : line["endIndex"]] for line in item["lines"]] == [
        line["value"] for line in item["lines"]
    ]
    tops = [line["bBox"]["y"] for line in item["lines"]]
    assert tops == sorted(set(tops))


@pytest.mark.effect("layout_aware")
def test_a_paragraph_that_goes_on_in_another_column_has_two_boxes(two_columns: Path, paragraph: Path) -> None:
    [plain] = items(paragraph)
    assert "layoutAwareBbox" not in plain
    [item] = items(paragraph, layout_aware=True)
    [part] = item["layoutAwareBbox"]
    assert (part["startIndex"], part["endIndex"], part["label"]) == (0, len(item["md"]), "text")
    found = items(two_columns, layout_aware=True)
    parts = [part for item in found if item["type"] == "text" for part in item["layoutAwareBbox"]]
    assert len(parts) == 2
    left, right = parts
    assert left["x"] + left["w"] <= right["x"]
    for item in found:
        spans = [(part["startIndex"], part["endIndex"]) for part in item["layoutAwareBbox"]]
        assert (spans[0][0], spans[-1][1]) == (0, len(item["md"]))
        assert all(end == start for (_, end), (start, _) in pairwise(spans))


@pytest.mark.effect("extract_layout", "line_level_bounding_box", "precise_bounding_box")
@once
def test_layout_through_the_api(tenant: Tenant, tmp_path: Path) -> None:
    content = papers.pdf(
        tmp_path / "a.pdf", papers.together(papers.chapter("Title", 3), papers.lines(NOTE, top=400))
    ).read_bytes()
    parameters = {"extract_layout": True, "line_level_bounding_box": True, "precise_bounding_box": True}
    work_id = tenant.run([("a.pdf", content)], parameters)["a.pdf"]["job_id"]
    [page] = tenant.ask("GET", f"/api/v1/parsing/job/{work_id}/result/json")["pages"]
    assert [block["label"] for block in page["layout"]] == ["title", "text", "text"]
    assert page["items"][2]["lines"][0]["value"] == NOTE
    image = tenant.client.get(f"/api/v1/parsing/job/{work_id}/result/image/page_1_title_1.jpg")
    assert image.content[:3] == b"\xff\xd8\xff"


@pytest.mark.effect("do_not_unroll_columns")
def test_the_grid_of_a_page_holds_the_same_words_as_its_columns() -> None:
    for name in ("01030000000040", "01030000000046", "01030000000127"):
        path = of_corpus("pdf-bench", f"{name}.pdf")
        grid, columns = (written(path, disable_ocr=True, do_not_unroll_columns=asked)[0] for asked in (True, False))
        assert Counter(grid.split()) == Counter(columns.split()), name
