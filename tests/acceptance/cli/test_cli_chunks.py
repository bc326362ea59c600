"""`sheaf run --format chunks`: a file of chunks beside the other results."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from support import papers
from support.runs import run
from support.served import Served

from app.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "documents"
    place.mkdir()
    sections = "".join(f"<h2>Part {number}</h2><p>Words of part {number}.</p>" for number in range(3))
    (place / "page.html").write_text(f"<h1>{tmp_path.name}</h1>{sections}")
    papers.pdf(place / "paper.pdf", papers.lines(f"A paper of {tmp_path.name}."), papers.lines("It goes on."))
    return place


def test_a_line_for_each_chunk_is_what_the_server_answers(served: Served, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run(served, folder, "--format", "chunks", out=out)
    assert str(out / "page.html.chunks.jsonl") in done["documents"]["page.html"]["outputs"]
    lines = [json.loads(line) for line in (out / "page.html.chunks.jsonl").read_text().splitlines()]
    assert [one["headings"][1:] for one in lines] == [["Part 0"], ["Part 1"], ["Part 2"]]
    [paper] = [json.loads(line) for line in (out / "paper.pdf.chunks.jsonl").read_text().splitlines()]
    assert (paper["pages"], {box["page"] for box in paper["boxes"]}) == ([1, 2], {1, 2})
    headers = {"Authorization": f"Bearer {served.key}"}
    with httpx.Client(base_url=served.url, headers=headers) as client:
        items = client.get(f"/api/v1/beta/batch-processing/{done['job']['id']}/items").json()["items"]
        [job_id] = [item["job_id"] for item in items if item["item_name"] == "page.html"]
        assert client.get(f"/api/v1/parsing/job/{job_id}/result/chunks").json()["chunks"] == lines


def test_chunks_are_added_to_results_that_are_there_without_processing_again(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run(served, folder, out=out)
    assert not list(out.glob("[!.]*.jsonl"))
    again = run(served, folder, "--format", "chunks", out=out)
    assert again["engine_runs"] == 0
    assert {path.name for path in out.glob("[!.]*.jsonl")} == {"page.html.chunks.jsonl", "paper.pdf.chunks.jsonl"}
    third = run(served, folder, "--format", "chunks", out=out)
    assert all(one["is_earlier"] for one in third["documents"].values())


def test_a_result_without_markdown_is_a_warning(served: Served, folder: Path, tmp_path: Path) -> None:
    done = run(served, folder / "paper.pdf", "--format", "chunks", "--set", "fast_mode=true", out=tmp_path / "out")
    [one] = done["documents"].values()
    assert one["status"] == "completed"
    assert any("no chunks" in line and "fast_mode" in line for line in one["warnings"])


def test_files_of_chunks_beside_the_documents_are_no_documents(served: Served, folder: Path) -> None:
    run(served, folder, "--format", "chunks", out=folder)
    again = run(served, folder, "--format", "chunks", out=folder)
    assert {*again["documents"]} == {"page.html", "paper.pdf"}


def test_chunks_of_what_is_classified_are_a_mistake(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("letter: is signed\n")
    done = CliRunner().invoke(
        main, ["run", str(folder), "--format", "chunks", "--classify", str(tmp_path / "rules.yaml")]
    )
    assert done.exit_code == 2
    assert "--format does not go with --classify" in done.output
