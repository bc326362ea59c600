"""`sheaf run`: documents in, results out, in one command."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from urllib.parse import unquote

import pptx
import pytest
from click.testing import CliRunner
from PIL import Image
from support.served import Served, environment, sheaf

from app.cli import main

PAGE = "<html><body><h1>{}</h1><p>Ordinary words about it.</p></body></html>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Documents in folders, and files that are none."""
    place = tmp_path / "documents"
    (place / "deeper" / "still").mkdir(parents=True)
    (place / ".hidden").mkdir()
    (place / "one.html").write_text(PAGE.format("One"))
    (place / "deeper" / "two [draft].html").write_text(PAGE.format("Two"))
    (place / "deeper" / "still" / "numbers.csv").write_text("name,count\nfive,5\n")
    (place / ".hidden" / "ignored.html").write_text(PAGE.format("Hidden"))
    (place / ".ignored.html").write_text(PAGE.format("Hidden"))
    return place


def files_in(place: Path) -> set[str]:
    """What lies there, but for what `sheaf run` remembers."""
    files = {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
    return files - {".sheaf-run.jsonl"}


def test_results_lie_as_the_documents_do(served: Served, folder: Path, tmp_path: Path) -> None:
    done = sheaf("run", folder, "--out", tmp_path / "out", env=environment(served.data_dir))
    assert done.returncode == 0, done.stderr
    names = ("one.html", "deeper/two [draft].html", "deeper/still/numbers.csv")
    assert files_in(tmp_path / "out") == {f"{name}.{form}" for name in names for form in ("md", "txt", "json")}
    assert "# One" in (tmp_path / "out" / "one.html.md").read_text()
    assert "Ordinary words" in (tmp_path / "out" / "deeper" / "two [draft].html.txt").read_text()
    result = json.loads((tmp_path / "out" / "one.html.json").read_text())
    assert result["pages"][0]["page"] == 1
    for name in names:
        assert name in done.stdout
    assert done.stdout.count("completed") == 3
    assert re.search(r"^3 documents, 3 pages in \d+\.\d s; results in .*out$", done.stdout, re.MULTILINE)
    for step in ("Uploading", "Processing"):
        assert f"{step}: 3/3" in done.stderr


def test_pictures_lie_where_the_markdown_looks_for_them(served: Served, tmp_path: Path) -> None:
    picture = Image.effect_noise((240, 240), 90).convert("RGB")
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[6])
    with io.BytesIO() as content:
        picture.save(content, "PNG")
        slide.shapes.add_picture(content, 0, 0)
    presentation.save(str(tmp_path / "two words.pptx"))
    done = sheaf("run", tmp_path / "two words.pptx", "--out", tmp_path / "out", env=served.client_environment)
    assert done.returncode == 0, done.stderr
    (link,) = re.findall(r"!\[[^]]*\]\(([^)]+)\)", (tmp_path / "out" / "two words.pptx.md").read_text())
    assert (tmp_path / "out" / unquote(link)).stat().st_size > 0


def test_one_failed_document_is_named_with_its_reason_and_fails_the_run(
    served: Served, folder: Path, tmp_path: Path
) -> None:
    (folder / "torn.pdf").write_bytes(b"%PDF-1.7\nnothing of a PDF follows")
    done = sheaf("run", folder, "--out", tmp_path / "out", env=environment(served.data_dir))
    assert done.returncode == 1
    assert "failed torn.pdf: PDF_IS_BROKEN: " in done.stdout
    assert done.stdout.count("completed") == 3
    assert not any(name.startswith("torn.pdf") for name in files_in(tmp_path / "out"))


def test_what_many_documents_failed_of_is_said_once(served: Served, tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"torn{number}.pdf").write_bytes(b"%PDF-1.7\nnothing of a PDF follows" + bytes([number]))
    done = sheaf("run", tmp_path, "--out", tmp_path / "out", env=served.client_environment)
    assert done.returncode == 1
    assert "failed torn0.pdf, torn1.pdf, torn2.pdf and 2 more: PDF_IS_BROKEN: " in done.stdout
    assert done.stdout.count("PDF_IS_BROKEN") == 1
    assert "5 documents, 5 failed in " in done.stdout


def test_a_document_that_cannot_be_read_does_not_stop_the_others(served: Served, folder: Path, tmp_path: Path) -> None:
    (folder / "gone.pdf").symlink_to(tmp_path / "nowhere")
    done = sheaf("run", folder, "--out", tmp_path / "out", env=served.client_environment)
    assert done.returncode == 1
    assert "failed gone.pdf: cannot be read: No such file or directory" in done.stdout
    assert done.stdout.count("completed") == 3


def test_results_that_cannot_be_written_do_not_stop_the_others(served: Served, folder: Path, tmp_path: Path) -> None:
    name = "x" * 248 + ".html"
    (folder / name).write_text(PAGE.format("Long"))
    done = sheaf("run", folder, "--out", tmp_path / "out", "--json", env=served.client_environment)
    assert done.returncode == 1
    documents = {one["file"]: one for one in json.loads(done.stdout)["documents"]}
    assert documents[name]["status"] == "failed"
    assert documents[name]["error"] == "its results cannot be written: File name too long"
    assert sum(one["status"] == "completed" for one in documents.values()) == 3


def test_submit_tells_what_it_could_not_send(served: Served, folder: Path, tmp_path: Path) -> None:
    (folder / "gone.pdf").symlink_to(tmp_path / "nowhere")
    done = sheaf("submit", folder, "--watch", env=served.client_environment)
    assert done.returncode == 1
    assert "gone.pdf cannot be read: No such file or directory" in done.stderr
    assert "3 processed, 0 failed, 0 skipped of 3" in done.stdout


def test_no_path_leads_results_out_of_their_folder(served: Served, folder: Path, tmp_path: Path) -> None:
    paths = ("one.html", "../other")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "page.html").write_text(PAGE.format("Other"))
    done = sheaf("run", *paths, "--out", tmp_path / "out", env=served.client_environment, cwd=folder)
    assert done.returncode == 0, done.stderr
    markdown = {name for name in files_in(tmp_path / "out") if name.endswith(".md")}
    assert markdown == {"documents/one.html.md", "other/page.html.md"}


def test_results_may_lie_beside_the_documents(served: Served, folder: Path) -> None:
    for _ in range(2):
        done = sheaf("run", folder, "--out", folder, "--json", env=served.client_environment)
        assert len(json.loads(done.stdout)["documents"]) == 3
    assert (folder / "deeper" / "two [draft].html.md").exists()


def test_json_is_for_programs(served: Served, folder: Path, tmp_path: Path) -> None:
    done = sheaf("run", folder / "one.html", "--json", env=served.client_environment, cwd=tmp_path)
    answer = json.loads(done.stdout)
    assert answer["job"]["status"] == "completed"
    (document,) = answer["documents"]
    assert (document["file"], document["status"], document["pages"]) == ("one.html", "completed", 1)
    assert [Path(output).name for output in document["outputs"]] == ["one.html.md", "one.html.txt", "one.html.json"]
    assert files_in(tmp_path / "out") == set(map(os.path.basename, document["outputs"]))


def test_earlier_results_are_no_documents(served: Served, folder: Path) -> None:
    for _ in range(2):
        done = sheaf("run", ".", "--json", env=served.client_environment, cwd=folder)
        assert len(json.loads(done.stdout)["documents"]) == 3


def test_parameters_reach_the_engine(served: Served, folder: Path, tmp_path: Path) -> None:
    setting = "page_prefix=[page {pageNumber}] "
    done = sheaf("run", folder / "one.html", "--set", setting, env=served.client_environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "one.html.md").read_text().startswith("[page 1]")


def test_documents_are_classified_by_the_rules_of_a_file(served: Served, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "invoice: a bill with an amount due, a total, tax and payment terms\n"
        "recipe: instructions for cooking with ingredients, flour, sugar, butter and an oven\n"
    )
    (tmp_path / "cake.html").write_text(
        "<p>Ingredients: flour, sugar, butter. Cooking instructions: heat the oven.</p>"
    )
    options: list[str | Path] = ["--classify", tmp_path / "rules.yaml", "--set", "max_pages=1", "--json"]
    done = sheaf("run", tmp_path / "cake.html", *options, env=served.client_environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (document,) = json.loads(done.stdout)["documents"]
    assert document["type"] == "recipe"
    assert 0 < document["confidence"] <= 1
    assert (
        (tmp_path / "out" / "classification.csv").read_text().splitlines()[1].startswith("cake.html,completed,recipe,")
    )
    kept = json.loads((tmp_path / "out" / "cake.html.classification.json").read_text())
    assert kept["type"] == "recipe"
    assert kept["reasoning"]


def test_what_the_server_refuses_is_one_line(served: Served, folder: Path, tmp_path: Path) -> None:
    refused = sheaf("run", folder, "--set", "job_timeout_in_seconds=1", env=served.client_environment, cwd=tmp_path)
    assert refused.returncode == 1
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("Error: ")]
    assert "job_timeout_in_seconds" in line
    assert "(422)" in line


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["empty"], "no documents below"),
        (["absent"], "does not exist"),
        ([], "say which files or folders"),
        (["page.html", "--out", "page.html/out"], "cannot make page.html/out: Not a directory"),
        (["page.html", "--set", "target_page=1"], "did you mean target_pages"),
        (["page.html", "--set", "lang=xx"], "lang: Input should be one of "),
        (
            ["page.html", "--set", "page_error_tolerance=4"],
            "page_error_tolerance: Input should be a number from 0 to 1",
        ),
        (["page.html", "--set", "target_pages=none"], "target_pages: Input should be page numbers"),
        (["page.html", "--set", "disable_ocr=perhaps"], "disable_ocr takes a boolean"),
        (["page.html", "--set", "disable_ocr"], "name=value"),
        (["page.html", "--classify", "page.html"], "holds no rules"),
        (["page.html", "--classify", "rules.yaml", "--set", "disable_ocr=yes"], "does not apply to --classify"),
    ],
)
def test_mistakes_are_told_before_anything_starts(
    arguments: list[str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "page.html").write_text(PAGE.format("Page"))
    (tmp_path / "rules.yaml").write_text("invoice: a bill with an amount due\n")
    monkeypatch.chdir(tmp_path)
    variables = environment(tmp_path / "data", SHEAF_BASE_URL="http://127.0.0.1:9", SHEAF_API_KEY="none", COLUMNS="200")
    refused = CliRunner(env=variables).invoke(main, ["run", *arguments])
    assert refused.exit_code == 2
    assert reason in refused.stderr


def test_a_stack_of_its_own_is_not_started_for_what_needs_a_model_that_it_would_not_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "page.html").write_text(PAGE.format("Page"))
    monkeypatch.chdir(tmp_path)
    variables = {"COLUMNS": "200", **environment(tmp_path / "data")}
    refused = CliRunner(env=variables).invoke(main, ["run", "page.html", "--set", "system_prompt=Be brief"])
    assert refused.exit_code == 2
    assert "system_prompt: This needs a language model" in refused.stderr


def test_a_server_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE.format("Page"))
    variables = environment(tmp_path, SHEAF_BASE_URL="http://127.0.0.1:9", SHEAF_API_KEY="none")
    refused = sheaf("run", tmp_path / "page.html", env=variables, cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: http://127.0.0.1:9 does not answer")


def test_without_a_server_it_brings_its_own_and_takes_it_away(folder: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    variables = environment(tmp_path / "data", TMPDIR=str(temporary))
    variables.pop("XDG_RUNTIME_DIR", None)
    done = sheaf("run", folder, "--out", tmp_path / "out", env=variables)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("completed") == 3
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "data").exists()
