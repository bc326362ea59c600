"""`sheaf run` interrupted and run again: what is done stays done, and nothing else is taken for it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from support.runs import LEDGER, results, run
from support.served import Served

from app.cli import main
from app.client import Client, ItemPageAnswer

PAGE = "<h1>{}</h1><p>Ordinary words about it.</p>"
TORN = b"%PDF-1.7\nnothing of a PDF follows"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "documents"
    place.mkdir()
    for name in ("one", "two", "three"):
        (place / f"{name}.html").write_text(PAGE.format(f"{name} of {tmp_path.name}"))  # in no cache yet
    return place


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_what_is_done_is_not_done_again(served: Served, folder: Path, out: Path) -> None:
    first = run(served, folder, out=out)
    stamps = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    again = run(served, folder, out=out)
    assert (first["engine_runs"], again["engine_runs"]) == (3, 0)
    assert again["job"] is None
    assert "3 of 3 documents were done earlier (--fresh begins anew)" in again["said"]
    assert all(one["is_earlier"] and one["status"] == "completed" for one in again["documents"].values())
    assert [one["outputs"] for one in again["documents"].values()] == [
        one["outputs"] for one in first["documents"].values()
    ]
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == stamps


@pytest.mark.parametrize("is_told", [True, False], ids=["the list tells of it", "it happens just then"])
@pytest.mark.parametrize("kind", ["parse", "classify"])
def test_a_document_whose_job_is_deleted_meanwhile_has_failed_and_the_others_go_on(
    served: Served, folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch, kind: str, *, is_told: bool
) -> None:
    whole = Client.item_page

    def page_and_delete(client: Client, job_id: str, *, offset: int, limit: int) -> ItemPageAnswer:
        while True:  # of two lists in a row, the second may be the first to tell that it is done
            page = whole(client, job_id, offset=offset, limit=limit)
            done = [item for item in page["items"] if item["item_name"] == "two.html" and item["status"] == "completed"]
            deletable = [item["job_id"] for item in done if item["job_id"]]
            for one in deletable:
                headers = {"Authorization": f"Bearer {served.key}"}
                httpx.delete(f"{served.url}/api/v2/{kind}/{one}", headers=headers).raise_for_status()
            if not (deletable and is_told):
                return page

    rules = folder.parent / "rules.yaml"
    rules.write_text("- {type: story, description: Ordinary words about this and that}\n")
    options = ["--classify", rules] if kind == "classify" else []
    with monkeypatch.context() as patch:
        patch.setattr(Client, "item_page", page_and_delete)
        done = run(served, folder, *options, out=out, code=1)
    states = {name: one["status"] for name, one in done["documents"].items()}
    assert states == {"one.html": "completed", "two.html": "failed", "three.html": "completed"}
    error = done["documents"]["two.html"]["error"]
    assert ("its job was deleted on the server" in error) if is_told else ("job not found (404)" in error)
    again = run(served, folder, *options, out=out)
    assert {one["status"] for one in again["documents"].values()} == {"completed"}


def test_a_document_of_which_the_job_tells_nothing_has_failed(
    served: Served, folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Client.item_page

    def without_two(client: Client, job_id: str, *, offset: int, limit: int) -> dict[str, Any]:
        page = whole(client, job_id, offset=offset, limit=limit)
        return page | {"items": [one for one in page["items"] if one["item_name"] != "two.html"]}

    with monkeypatch.context() as patch:
        patch.setattr(Client, "item_page", without_two)
        done = run(served, folder, out=out, code=1)
    assert {name: one["status"] for name, one in done["documents"].items()} == {
        "one.html": "completed",
        "two.html": "failed",
        "three.html": "completed",
    }
    assert "told nothing of it" in done["documents"]["two.html"]["error"]
    again = run(served, folder, out=out)
    assert again["documents"]["two.html"]["status"] == "completed"


def test_a_document_that_changed_is_done_again_and_no_other(served: Served, folder: Path, out: Path) -> None:
    run(served, folder, out=out)
    stat = (folder / "two.html").stat()
    (folder / "two.html").write_text((folder / "two.html").read_text().replace("Ordinary", "Peculiar"))
    os.utime(folder / "two.html", ns=(stat.st_atime_ns, stat.st_mtime_ns))  # bytes count, not times and sizes
    again = run(served, folder, out=out)
    assert (again["job"]["total_items"], again["engine_runs"]) == (1, 1)
    assert "Peculiar" in (out / "two.html.md").read_text()


def test_a_line_that_was_torn_costs_no_other(served: Served, folder: Path, out: Path) -> None:
    run(served, folder / "one.html", out=out)
    with (out / LEDGER).open("a") as ledger:
        ledger.write('{"source": "/some')  # the disk was full
    run(served, folder / "two.html", out=out)
    again = run(served, folder / "two.html", out=out)
    assert again["job"] is None


def test_other_parameters_do_all_again(served: Served, folder: Path, out: Path) -> None:
    run(served, folder, out=out)
    again = run(served, folder, "--set", "page_prefix=[p. {pageNumber}]", out=out)
    assert again["engine_runs"] == 3
    assert (out / "one.html.md").read_text().startswith("[p. 1]")
    same = run(served, folder, "--set", "page_prefix=[p. {pageNumber}]", "--set", "priority=low", out=out)
    assert same["job"] is None, "priority has no part in results"


def test_other_data_of_a_tool_do_all_again(served: Served, folder: Path, out: Path, tmp_path: Path) -> None:
    """A result that lacked OCR is not the last word once there are data for it."""
    data = tmp_path / "tessdata"
    data.mkdir()
    (data / "eng.traineddata").touch()
    run(served, folder, out=out, TESSDATA_PREFIX=str(data))
    assert run(served, folder, out=out, TESSDATA_PREFIX=str(data))["job"] is None
    (data / "deu.traineddata").touch()
    assert run(served, folder, out=out, TESSDATA_PREFIX=str(data))["job"]["total_items"] == 3


def test_fresh_begins_anew_whatever_a_server_has_kept(served: Served, folder: Path, out: Path) -> None:
    run(served, folder, out=out)
    assert run(served, folder, "--fresh", out=out)["engine_runs"] == 3
    assert run(served, folder, out=out)["job"] is None


def test_a_result_that_was_deleted_is_written_again_without_the_engine(served: Served, folder: Path, out: Path) -> None:
    run(served, folder, out=out)
    (out / "two.html.txt").unlink()
    again = run(served, folder, out=out)
    assert (again["engine_runs"], again["job"]) == (0, None)
    assert (out / "two.html.txt").exists()
    assert [name for name, one in again["documents"].items() if not one["is_earlier"]] == ["two.html"]


def test_a_result_that_nobody_has_any_more_is_made_again(served: Served, folder: Path, out: Path) -> None:
    run(served, folder, out=out)
    lines = [json.loads(line) for line in (out / LEDGER).read_text().splitlines()]
    lines[0]["job_id"] = "pjb-of-another-server"
    (out / LEDGER).write_text("".join(json.dumps(line) + "\n" for line in lines))
    for path in out.glob("*.html.json"):
        path.unlink()
    again = run(served, folder, out=out)
    assert again["job"]["total_items"] == 1, "the others are still known to the server"
    assert len(list(out.glob("*.html.json"))) == 3


def test_what_failed_is_tried_again(served: Served, folder: Path, out: Path) -> None:
    (folder / "torn.pdf").write_bytes(TORN)
    run(served, folder, out=out, code=1)
    again = run(served, folder, out=out, code=1)
    assert (again["job"]["total_items"], again["engine_runs"]) == (1, 1)
    assert again["documents"]["torn.pdf"]["status"] == "failed"


def test_a_document_that_fails_now_leaves_no_older_result(served: Served, folder: Path, out: Path) -> None:
    run(served, folder, out=out)
    (folder / "two.html").write_bytes(TORN)
    run(served, folder, out=out, code=1)
    assert results(out) == {"one.html", "three.html"}
    assert not (out / "two.html.json").exists()


def test_a_result_of_another_file_of_the_same_name_is_replaced_and_that_is_said(
    served: Served, folder: Path, out: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "one.html").write_text(PAGE.format("Another one"))
    run(served, folder, out=out)
    second = run(served, other, out=out)
    assert second["engine_runs"] == 1
    assert "replacing 1 earlier result of other files with the same name, such as" in second["said"]
    assert "Another one" in (out / "one.html.md").read_text()
    third = run(served, folder, out=out)
    assert third["job"]["total_items"] == 1
    assert "Another one" not in (out / "one.html.md").read_text()


def test_a_parse_and_a_classification_of_one_document_live_side_by_side(
    served: Served, folder: Path, out: Path, tmp_path: Path
) -> None:
    (tmp_path / "rules.yaml").write_text("invoice: a bill with an amount due\nletter: ordinary words about something\n")
    run(served, folder, out=out)
    run(served, folder, "--classify", tmp_path / "rules.yaml", out=out)
    assert run(served, folder, "--classify", tmp_path / "rules.yaml", out=out)["job"] is None
    assert run(served, folder, out=out)["job"] is None


def test_a_correction_lets_documents_be_classified_again(
    served: Served, folder: Path, out: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("invoice: a bill with an amount due\nletter: ordinary words about something\n")
    run(served, folder, "--classify", rules, out=out)
    assert run(served, folder, "--classify", rules, out=out)["job"] is None
    work = json.loads((out / LEDGER).read_text().splitlines()[0])["job_id"]
    put = httpx.put(
        f"{served.url}/api/v2/classify/{work}/correction",
        json={"type": "invoice"},
        headers={"Authorization": f"Bearer {served.key}"},
    )
    assert put.is_success
    assert run(served, folder, "--classify", rules, out=out)["job"]["total_items"] == 3
    assert run(served, folder, "--classify", rules, out=out)["job"] is None


def test_a_torn_line_and_a_strange_one_are_no_results(served: Served, folder: Path, out: Path) -> None:
    run(served, folder, out=out)
    ledger = out / LEDGER
    first, second, third = ledger.read_text().splitlines()
    ledger.write_text(f'{first}\n[1]\n{{"job_type": "parse", "outcome": {{}}}}\n{second}\n{third[:40]}')
    assert run(served, folder, out=out)["job"]["total_items"] == 1
    assert run(served, folder, out=out)["job"] is None


def test_no_line_leads_to_the_removal_of_other_files(served: Served, folder: Path, out: Path) -> None:
    victim = out.parent / "one.html.precious"
    victim.write_text("keep")
    run(served, folder, out=out)
    lines = [json.loads(line) for line in (out / LEDGER).read_text().splitlines()]
    for line in lines:
        line["outcome"]["outputs"] += ["../one.html.precious", "one.html.x/../../one.html.precious", str(victim)]
        line["sha256"] = "changed"
    (out / LEDGER).write_text("".join(json.dumps(line) + "\n" for line in lines))
    run(served, folder, out=out)
    assert victim.read_text() == "keep"


def test_names_that_look_alike_when_they_are_sent_are_told_apart(served: Served, tmp_path: Path, out: Path) -> None:
    place = tmp_path / "alike"
    place.mkdir()
    (place / "bad\\xff.html").write_text(PAGE.format("Spelled out"))
    Path(os.fsdecode(os.fsencode(place) + b"/bad\xff.html")).write_text(PAGE.format("A byte"))
    assert set(run(served, place, out=out)["documents"]) == {"bad\\xff.html", "bad\\xff (2).html"}
    assert len(results(out)) == 2


def test_files_that_no_reader_knows_are_left_out_with_a_line(served: Served, folder: Path, out: Path) -> None:
    (folder / "deeper").mkdir()
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    (folder / "deeper" / "~$port.docx").write_bytes(bytes(162))
    (folder / "deeper" / "DESKTOP.INI").write_text("[.ShellClassInfo]\n")
    (folder / "film.mkv").write_bytes(b"\x1aE\xdf\xa3" + bytes(100))
    (folder / "lock").touch()
    (folder / "noise").write_bytes(bytes(range(256)))
    done = run(served, folder, out=out)
    assert set(done["documents"]) == {"one.html", "two.html", "three.html"}
    expected = (
        "skipped 6 files no reader knows: Thumbs.db, deeper/DESKTOP.INI, deeper/~$port.docx, film.mkv, lock and 1 more"
    )
    assert expected in done["said"]


def test_a_file_named_by_its_content_and_an_empty_document_are_known(served: Served, folder: Path, out: Path) -> None:
    (folder / "page").write_text("<!doctype html>" + PAGE.format("No extension"))
    (folder / "empty.docx").touch()
    done = run(served, folder, out=out, code=1)
    assert done["documents"]["page"]["status"] == "completed"
    assert "NO_DATA_FOUND_IN_FILE" in done["documents"]["empty.docx"]["error"]


def test_nothing_but_unknown_files_is_no_documents(served: Served, tmp_path: Path) -> None:
    (tmp_path / "Thumbs.db").touch()
    command = ["run", str(tmp_path / "Thumbs.db"), "--out", str(tmp_path / "out")]
    refused = CliRunner().invoke(main, command, env=served.client_environment)
    assert refused.exit_code == 2
    assert "no documents: skipped 1 file no reader knows: Thumbs.db" in refused.stderr
