"""Reading what came of parsing, by both versions of the API."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import other_client
from support.databases import whichever_database
from support.finished import PIXEL, item_of, parsed

from engines.parameters.modes import VERSIONS
from models import BatchItem, BatchJob, Session
from models.base import new_uuid
from models.states import ItemStatus, SkipReason

NOT_READY = "Result not found. Check job status to see if it has completed."


def v2(client: FlaskClient, job_id: str, *expand: str, **query: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v2/parse/{job_id}", query_string={"expand": list(expand), **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def v1(client: FlaskClient, job_id: str, rest: str = "", status: int = 200) -> Any:
    answer = client.get(f"/api/v1/parsing/job/{job_id}{rest}")
    assert answer.status_code == status, answer.text
    return answer.get_json() if answer.is_json else answer.data


def fetched(app: Flask, url: str) -> bytes:
    """What is behind a link, read without a key; closing the answer closes the file it is read from."""
    with app.test_client().get(url) as answer:
        return answer.data


def test_without_expand_there_is_the_job_only(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id, {"tier": "agentic", "version": "latest"})
    found = v2(client, job_id)
    assert list(found) == ["job"]
    job = found["job"]
    assert job.pop("created_at").endswith("Z")
    assert job.pop("updated_at").endswith("Z")
    assert job == {
        "id": job_id,
        "project_id": project_id,
        "status": "COMPLETED",
        "error_message": None,
        "name": "report.pdf",
        "tier": "agentic",
        "user_metadata": None,
        "usage": None,
    }


def test_text_and_markdown_come_page_by_page(app: Flask, client: FlaskClient, project_id: str) -> None:
    found = v2(client, parsed(app, project_id), "text", "markdown")
    assert [page["text"] for page in found["text"]["pages"]] == ["Report\nAll is well.", "The end.", "raw"]
    first, second, third = found["markdown"]["pages"]
    assert first["markdown"].startswith("## Report\n\nAll is well.")
    assert (first["header"], first["footer"], first["success"]) == ("Running header", "Page 1", True)
    assert second == {"page_number": 2, "success": True, "markdown": "The end.", "header": None, "footer": None}
    assert third["success"] is False
    assert third["error"].startswith("PDF_IS_BROKEN: ")


def test_full_texts_are_the_stored_outputs(app: Flask, client: FlaskClient, project_id: str) -> None:
    found = v2(client, parsed(app, project_id), "text_full", "markdown_full")
    assert found["text_full"] == "Report\nAll is well.\n\n---\n\nThe end.\n\n---\n\nraw"
    assert found["markdown_full"].startswith("## Report")


def test_items_have_their_kind_their_markdown_and_their_boxes(app: Flask, client: FlaskClient, project_id: str) -> None:
    first, _second, third = v2(client, parsed(app, project_id), "items")["items"]["pages"]
    assert (first["page_number"], first["page_width"], first["page_height"]) == (1, 612, 792)
    assert [item["type"] for item in first["items"]] == [
        "header",
        "heading",
        "text",
        "list",
        "table",
        "code",
        "image",
        "link",
        "footer",
    ]
    by_type = {item["type"]: item for item in first["items"]}
    assert all(isinstance(item["md"], str) and isinstance(item["bbox"], list) for item in first["items"])
    assert by_type["heading"] == {
        "type": "heading",
        "level": 2,
        "value": "Report",
        "md": "## Report",
        "bbox": [{"x": 72, "y": 72, "w": 200, "h": 20}],
    }
    assert by_type["header"]["items"][0] == {
        "type": "text",
        "value": "Running header",
        "md": "Running header",
        "bbox": [],
    }
    assert by_type["list"]["ordered"] is True
    assert by_type["list"]["items"][0]["value"] == "one"
    assert by_type["table"]["rows"] == [["a", "b"], ["1", "2"]]
    assert by_type["table"]["csv"] == '"a","b"\n"1","2"'
    assert "<td>2</td>" in by_type["table"]["html"]
    assert (by_type["code"]["value"], by_type["code"]["language"]) == ("print()", "python")
    assert (by_type["image"]["url"], by_type["image"]["caption"]) == ("img_p0_1.png", "A dot")
    assert (by_type["link"]["url"], by_type["link"]["text"]) == ("https://example.org/", "more")
    assert third["success"] is False


def test_metadata_says_what_is_known_of_pages(app: Flask, client: FlaskClient, project_id: str) -> None:
    first, second, _third = v2(client, parsed(app, project_id), "metadata")["metadata"]["pages"]
    assert (first["printed_page_number"], first["original_orientation_angle"]) == ("i", 90)
    assert second["speaker_notes"] == "Smile"


def test_expand_may_be_one_key_with_commas_and_unknown_words_are_ignored(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    assert v2(client, parsed(app, project_id), "text,metadata", "nonsense").keys() == {"job", "text", "metadata"}


def test_job_metadata_says_whether_this_job_was_answered_from_the_cache(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    job_id = parsed(app, project_id, cache_hit=True)
    assert v2(client, job_id, "job_metadata")["job_metadata"]["job_is_cache_hit"] is True
    assert v1(client, job_id, "/result/text")["job_metadata"]["job_is_cache_hit"] is True


def test_links_to_files_work_without_the_key(app: Flask, client: FlaskClient, project_id: str) -> None:
    expand = [f"{name}_content_metadata" for name in ("text", "markdown", "items", "xlsx", "output_pdf", "raw_words")]
    files = v2(client, parsed(app, project_id), *expand)["result_content_metadata"]
    assert files.keys() == {"text", "md", "json", "xlsx", "outputPDF", "rawWords"}
    text = fetched(app, files["text"]["presigned_url"])
    assert text.startswith(b"Report")
    assert len(text) == files["text"]["size_bytes"]
    book = openpyxl.load_workbook(io.BytesIO(fetched(app, files["xlsx"]["presigned_url"])))
    assert [cell.value for cell in book.worksheets[0][1]] == ["a", "b"]
    assert files["outputPDF"] == {"size_bytes": 0, "exists": False, "presigned_url": None}


def test_pictures_are_listed_with_links_and_can_be_chosen(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id)
    every = v2(client, job_id, "images_content_metadata")["images_content_metadata"]
    assert every["total_count"] == 2
    assert [(one["index"], one["filename"], one["category"]) for one in every["images"]] == [
        (0, "img_p0_1.png", "embedded"),
        (1, "page_1.jpg", "screenshot"),
    ]
    embedded = every["images"][0]
    assert embedded["bbox"] == {"x": 10, "y": 21, "w": 30, "h": 40}
    assert (embedded["content_type"], embedded["size_bytes"]) == ("image/png", None)
    assert fetched(app, embedded["presigned_url"]) == PIXEL
    some = v2(client, job_id, "images_content_metadata", image_filenames="page_1.jpg, other.png")
    assert [one["filename"] for one in some["images_content_metadata"]["images"]] == ["page_1.jpg"]


def test_fast_tier_has_no_markdown(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id, {"tier": "fast", "version": "latest"})
    for part in ("markdown", "items"):
        answer = client.get(f"/api/v2/parse/{job_id}?expand={part}")
        assert (answer.status_code, answer.json) == (
            400,
            {"detail": "Markdown expansion is not available for FAST tier jobs."},
        )
    assert v2(client, job_id, "text")["text"]["pages"]


@pytest.mark.parametrize(
    ("item", "in_v2", "in_v1"),
    [
        ({"status": ItemStatus.PENDING}, "PENDING", {"status": "PENDING"}),
        ({"status": ItemStatus.PROCESSING}, "RUNNING", {"status": "PENDING"}),
        ({"status": ItemStatus.CANCELLED}, "CANCELLED", {"status": "CANCELLED"}),
        (
            {
                "status": ItemStatus.FAILED,
                "error_code": "PDF_IS_PROTECTED",
                "error_message": "PDF_IS_PROTECTED: It needs a password.",
            },
            "FAILED",
            {"status": "ERROR", "error_code": "PDF_IS_PROTECTED", "error_message": "It needs a password."},
        ),
    ],
)
def test_jobs_without_a_result_tell_their_status_and_null(
    app: Flask, client: FlaskClient, project_id: str, item: dict[str, Any], in_v2: str, in_v1: dict[str, Any]
) -> None:
    job_id = item_of(app, project_id, {}, work_id=f"pjb-{new_uuid()}", **item).work_id or ""
    found = v2(client, job_id, "markdown", "text", "images_content_metadata")
    assert found.pop("job")["status"] == in_v2
    assert found == {"markdown": None, "text": None, "images_content_metadata": None}
    assert v1(client, job_id) == {"id": job_id, **in_v1}
    for flavour in ("text", "markdown", "json", "xlsx", "pdf", "structured", "raw/json", "image/page_1.jpg"):
        assert v1(client, job_id, f"/result/{flavour}", 404) == {"detail": NOT_READY}


def test_failed_job_says_why_in_v2(app: Flask, client: FlaskClient, project_id: str) -> None:
    error = {"error_code": "TIMEOUT", "error_message": "TIMEOUT: Too slow."}
    item = item_of(app, project_id, {}, work_id="pjb-1", status=ItemStatus.FAILED, **error)
    assert v2(client, item.work_id or "")["job"]["error_message"] == "TIMEOUT: Too slow."


def test_already_processed_item_shows_the_earlier_job(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id)
    item_of(app, project_id, {}, work_id=job_id, status=ItemStatus.SKIPPED, skip_reason=SkipReason.ALREADY_PROCESSED)
    assert v2(client, job_id, "text")["text"]["pages"][0]["page_number"] == 1
    assert [job["id"] for job in client.get("/api/v2/parse").json["items"]] == [job_id]


def test_v1_results_have_an_envelope_and_raw_ones_none(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id)
    assert v1(client, job_id) == {"id": job_id, "status": "PARTIAL_SUCCESS"}
    text, markdown = v1(client, job_id, "/result/text"), v1(client, job_id, "/result/markdown")
    assert text["text"].startswith("Report")
    assert markdown["markdown"].startswith("## Report")
    assert text["job_metadata"] == markdown["job_metadata"]
    result = v1(client, job_id, "/result/json")
    assert [page["page"] for page in result["pages"]] == [1, 2, 3]
    for raw in ("/result/raw", "/raw/result"):
        assert v1(client, job_id, f"{raw}/text").decode() == text["text"]
        assert v1(client, job_id, f"{raw}/markdown").decode() == markdown["markdown"]
        assert v1(client, job_id, f"{raw}/json") == result
        assert v1(client, job_id, f"{raw}/xlsx")[:2] == b"PK"


def test_xlsx_has_a_sheet_for_each_table(app: Flask, client: FlaskClient, project_id: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(v1(client, parsed(app, project_id), "/result/xlsx")))
    assert book.sheetnames == ["Table_1"]


def test_pdf_and_structured_are_there_when_they_were_made(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id, more={"output.pdf": b"%PDF-1.7", "structured.json": b'{"total": 3}'})
    assert v1(client, job_id, "/result/pdf") == b"%PDF-1.7"
    assert v1(client, job_id, "/result/structured")["structured"] == {"total": 3}
    assert v1(client, job_id, "/result/raw/structured") == {"total": 3}
    plain = parsed(app, project_id)
    assert v1(client, plain, "/result/pdf", 404) == {"detail": NOT_READY}


def test_pictures_are_read_by_their_name_alone(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id)
    answer = client.get(f"/api/v1/parsing/job/{job_id}/result/image/img_p0_1.png")
    assert (answer.data, answer.mimetype) == (PIXEL, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    for name in ("..%2foutput.json", "../output.json", "%2e%2e%2foutput.md", "other.png", "output.md"):
        assert client.get(f"/api/v1/parsing/job/{job_id}/result/image/{name}").status_code == 404


def test_read_gives_a_link_to_a_stored_file_only(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id)
    link = v1(client, job_id, "/read/images/page_1.jpg")
    assert link.keys() == {"url", "expires_at", "form_fields"}
    assert fetched(app, link["url"]) == b"\xff\xd8"
    for name in ("jobLogs.json", "../../x", "images", ""):
        assert client.get(f"/api/v1/parsing/job/{job_id}/read/{name}").status_code == 404


def test_details_name_what_went_wrong_and_what_was_asked_for(app: Flask, client: FlaskClient, project_id: str) -> None:
    job_id = parsed(app, project_id, {"lang": "de"})
    details = v1(client, job_id, "/details")
    assert (details["id"], details["status"], details["warnings"]) == (job_id, "PARTIAL_SUCCESS", [])
    assert details["parameters"] == {"lang": "de"}
    assert [(one["page"], one["code"]) for one in details["errors"]] == [(3, "PDF_IS_BROKEN")]


def test_secrets_are_masked_wherever_parameters_are_told(app: Flask, client: FlaskClient, project_id: str) -> None:
    secret = "hush-hush"
    hook = {"webhook_url": "https://example.org/", "webhook_headers": {"X-Token": secret}}
    job_id = parsed(app, project_id, {"azure_openai_key": secret, "webhook_configurations": [hook]})
    told = [v1(client, job_id, "/parameters"), v1(client, job_id, "/details"), v2(client, job_id, "raw_parameters")]
    assert secret not in str(told)
    assert told[0]["webhook_configurations"][0]["webhook_headers"] == {"X-Token": "***"}
    assert told[2]["raw_parameters"] == told[0]


def test_unknown_and_foreign_jobs_do_not_exist(app: Flask, client: FlaskClient, project_id: str) -> None:
    foreign = other_client(app)
    job_id = parsed(app, project_id)
    for caller, one in ((client, "pjb-unknown"), (foreign, job_id)):
        for path in ("", "?expand=text", "/cancel"):
            send = caller.post if path == "/cancel" else caller.get
            answer = send(f"/api/v2/parse/{one}{path}")
            assert (answer.status_code, answer.json) == (404, {"detail": "Parse job not found"})
        for path in ("", "/details", "/parameters", "/result/text", "/read/output.md", "/result/image/page_1.jpg"):
            assert caller.get(f"/api/v1/parsing/job/{one}{path}").status_code == 404
    assert foreign.get("/api/v2/parse").json == {"items": [], "next_page_token": None, "total_size": 0}
    assert app.test_client().get(f"/api/v2/parse/{job_id}").status_code == 401


def test_list_is_paged_from_the_newest_on(app: Flask, client: FlaskClient, project_id: str) -> None:
    ids = [parsed(app, project_id) for _ in range(3)]
    item_of(app, project_id, {})  # nobody has claimed it: there is no parse job yet
    first = client.get("/api/v2/parse?page_size=2").json
    assert [job["id"] for job in first["items"]] == [ids[2], ids[1]]
    assert first["total_size"] == 3
    second = client.get(f"/api/v2/parse?page_size=2&page_token={first['next_page_token']}").json
    assert [job["id"] for job in second["items"]] == [ids[0]]
    assert second["next_page_token"] is None


def test_list_is_filtered(app: Flask, client: FlaskClient, project_id: str) -> None:
    done = parsed(app, project_id, {"pipeline_id": "p-1"})
    work_id = f"pjb-{new_uuid()}"
    item_of(app, project_id, {"parameters": {"pipeline_id": "p-2"}}, work_id=work_id, status=ItemStatus.PROCESSING)

    def listed(**query: Any) -> list[str]:
        answer = client.get("/api/v2/parse", query_string=query)
        assert answer.status_code == 200, answer.text
        return [job["id"] for job in answer.json["items"]]

    assert listed(status="COMPLETED") == [done]
    assert listed(status="RUNNING") == [work_id]
    assert listed(status="CANCELLED") == []
    assert listed(job_ids=[done, work_id, "pjb-other"]) == [work_id, done]
    assert listed(pipeline_id="p-1") == [done]
    assert listed(created_at_on_or_after="2020-01-01T00:00:00Z") == [work_id, done]
    assert listed(created_at_on_or_before="2020-01-01T00:00:00+00:00") == []


@whichever_database
@pytest.mark.parametrize("query", ["status=done", "page_size=0", "page_size=x", "created_at_on_or_after=today"])
def test_list_refuses_what_it_cannot_read(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/api/v2/parse?{query}")
    assert answer.status_code == 422
    assert answer.json["detail"][0]["loc"] == ["query", query.split("=", maxsplit=1)[0]]


def test_cancel_ends_one_item_of_a_batch_and_no_other(app: Flask, client: FlaskClient, project_id: str) -> None:
    item = item_of(app, project_id, {}, work_id="pjb-1", status=ItemStatus.PROCESSING, token="t")
    assert client.post("/api/v2/parse/pjb-1/cancel").json["status"] == "CANCELLED"
    with Session.begin() as session:
        assert session.get_one(BatchItem, item.id).token != "t"
        assert session.get_one(BatchJob, item.job_id).status == "pending"


def test_cancel_leaves_an_ended_job_alone(app: Flask, client: FlaskClient, project_id: str) -> None:
    answer = client.post(f"/api/v2/parse/{parsed(app, project_id)}/cancel")
    assert (answer.status_code, answer.json["status"]) == (200, "COMPLETED")


def test_versions_name_those_of_every_tier(client: FlaskClient) -> None:
    versions = client.get("/api/v2/parse/versions").json
    assert versions.pop("latest") == {tier: known[0] for tier, known in versions.items()}
    assert {tier: known[0] for tier, known in versions.items()} == {
        "fast": "2026-06-15",
        "cost_effective": "2026-09-28",
        "agentic": "2026-10-16",
        "agentic_plus": "2026-09-28",
    }
    assert {version for known in versions.values() for version in known} == {*VERSIONS} - {"latest"}


def test_supported_extensions_begin_with_a_dot(client: FlaskClient) -> None:
    extensions = client.get("/api/v1/parsing/supported_file_extensions").json
    assert {".pdf", ".png"} <= set(extensions)
    assert all(one.startswith(".") and one == one.lower() for one in extensions)
