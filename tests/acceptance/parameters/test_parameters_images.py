"""Pictures of and inside documents (docs/parameters.md: Images and screenshots)."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import docx
import pytest
from docx.shared import Inches
from PIL import Image
from support import papers
from support.engine_runs import NOTE, drawn, work, written
from support.running import Tenant, once

from engines.parameters import SaveableImage


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A page of text with a small picture of a word."""
    return papers.pdf(tmp_path / "paper.pdf", papers.together(papers.chapter("Title", 5), drawn("ZEBRA")))


@pytest.fixture
def illustrated(tmp_path: Path) -> Path:
    """A Word document with a described picture."""
    document = docx.Document()
    document.add_paragraph("Before.")
    document.add_picture(io.BytesIO(papers.png(papers.writing("ZEBRA", width=600, height=400))), width=Inches(3))
    document.inline_shapes[0]._inline.docPr.set("descr", "An animal")
    target = io.BytesIO()
    document.save(target)
    (tmp_path / "picture.docx").write_bytes(target.getvalue())
    return tmp_path / "picture.docx"


def names(path: Path, **parameters: object) -> tuple[list[str], list[str]]:
    """Names of the pictures in the page's JSON, and of the files that are kept."""
    outputs = work(path, **parameters).outputs
    [page] = written(path, **parameters)[2]
    return [one["name"] for one in page["images"]], [name for name in outputs if name.startswith("images/")]


@pytest.mark.effect("save_images")
def test_pictures_are_kept_unless_they_shall_not(paper: Path) -> None:
    [name], [file] = names(paper)
    assert file == f"images/{name}"
    with Image.open(io.BytesIO(work(paper).outputs[file])) as image:
        assert image.size[0] > 100
    assert names(paper, save_images=False) == ([], [])


@pytest.mark.effect("take_screenshot")
def test_a_screenshot_shows_the_page(paper: Path) -> None:
    _, files = names(paper, take_screenshot=True)
    assert "images/page_1.jpg" in files
    with Image.open(io.BytesIO(work(paper, take_screenshot=True).outputs["images/page_1.jpg"])) as image:
        assert abs(image.width / image.height - 612 / 792) < 0.01
    [page] = written(paper, take_screenshot=True)[2]
    assert [one["type"] for one in page["images"] if one["name"] == "page_1.jpg"] == ["full_page_screenshot"]
    assert "images/page_1.jpg" not in names(paper)[1]


@pytest.mark.effect("images_to_save")
def test_the_kinds_of_pictures_to_keep_can_be_named(paper: Path) -> None:
    assert names(paper, images_to_save=[SaveableImage.SCREENSHOT]) == (["page_1.jpg"], ["images/page_1.jpg"])
    assert names(paper, images_to_save=[], take_screenshot=True) == ([], [])
    assert len(names(paper, images_to_save=[SaveableImage.EMBEDDED])[0]) == 1


@pytest.mark.effect("disable_image_extraction")
def test_pictures_can_be_left_alone(tmp_path: Path) -> None:
    scan = papers.picture(papers.writing("Scanned words", height=700), 72, 100, 460, 260)
    path = papers.pdf(tmp_path / "both.pdf", papers.together(papers.lines(NOTE), scan))
    text, _, [page] = written(path)
    assert ("Scanned words" in text, NOTE in text, len(page["images"])) == (True, True, 1)
    text, _, [page] = written(path, disable_image_extraction=True)
    assert ("Scanned words" in text, NOTE in text, page["images"]) == (False, True, [])


@pytest.mark.effect("inline_images_in_markdown")
def test_pictures_can_stand_in_the_markdown_themselves(paper: Path, illustrated: Path) -> None:
    for path in (paper, illustrated):
        assert "](data:" not in written(path)[1]
        outcome = work(path, inline_images_in_markdown=True)
        markdown = outcome.outputs["output.md"].decode()
        [(kind, data)] = re.findall(r"!\[[^\]]*\]\(data:image/(\w+);base64,([^)]+)\)", markdown)
        [file] = [name for name in outcome.outputs if name.startswith("images/")]
        assert base64.b64decode(data) == outcome.outputs[file], kind
        inline = work(path, inline_images_in_markdown=True, save_images=False)
        assert "](data:" in inline.outputs["output.md"].decode()
        assert not [name for name in inline.outputs if name.startswith("images/")], "shown, but not kept"


@pytest.mark.effect("specialized_image_parsing")
def test_pictures_are_described_by_what_is_known_of_them(illustrated: Path) -> None:
    assert "> " not in written(illustrated)[1]
    _, markdown, [page] = written(illustrated, specialized_image_parsing=True)
    assert "> [image]\n> An animal\n> ZEBRA" in markdown
    [word] = page["images"][0]["ocr"]
    assert (word["text"], float(word["confidence"]) > 0.5) == ("ZEBRA", True)
    assert (abs(word["x"] - 120) < 12, abs(word["y"] - 160) < 20) == (True, True), "in pixels of the picture"
    assert "> An animal\n" not in written(illustrated, specialized_image_parsing=True, disable_ocr=True)[1]


@pytest.mark.effect("save_images", "take_screenshot")
@once
def test_pictures_through_the_api(tenant: Tenant, paper: Path) -> None:
    items = tenant.run([(paper.name, paper.read_bytes())], {"take_screenshot": True, "save_images": False})
    work_id = items[paper.name]["job_id"]
    path = f"/api/v1/parsing/job/{work_id}/result/image"
    assert tenant.client.get(f"{path}/page_1.jpg").content[:3] == b"\xff\xd8\xff"
    assert tenant.client.get(f"{path}/img_p0_1.png").status_code == 404
