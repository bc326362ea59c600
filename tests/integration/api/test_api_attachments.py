"""Attachments of files: the pictures of their pages that parse jobs made, listed and linked to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from support.batch_api import other_client
from support.databases import whichever_database
from support.finished import parsed
from support.sources import stored_directory

from models import BatchItem, ProcessingResult, Session, read_session
from models.base import now

PATH = "/api/v1/beta/attachments"


def file_of(work_id: str) -> str:
    """The file that a job read."""
    with read_session() as session:
        return session.scalars(sa.select(BatchItem.file_id).where(BatchItem.work_id == work_id)).one() or ""


def change(work_id: str, **values: Any) -> None:
    """Set columns of the result of a job."""
    with Session.begin() as session:
        session.execute(sa.update(ProcessingResult).where(ProcessingResult.work_id == work_id).values(**values))


def listed(client: FlaskClient, source_id: str, **query: Any) -> dict[str, Any]:
    answer = client.get(PATH, query_string={"source_id": source_id, **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def names(client: FlaskClient, source_id: str) -> list[str]:
    return [one["name"] for one in listed(client, source_id)["items"]]


def shots(*pages: int) -> dict[str, bytes]:
    """Pictures of pages as outputs of a job."""
    return {f"images/page_{page}.jpg": b"\xff\xd8 page %d" % page for page in pages}


def test_pictures_of_pages_are_listed_in_the_order_of_the_pages(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    others = {"images/page_1_table_1.jpg": b"a block", "images/page_2.png": b"embedded", "page_3.jpg": b"no picture"}
    job = parsed(app, project_id, more=shots(2, 10, 11) | others)
    found = listed(client, file_of(job))
    assert [one["name"] for one in found["items"]] == ["page_1.jpg", "page_2.jpg", "page_10.jpg", "page_11.jpg"]
    assert (found["total_size"], found["next_page_token"]) == (4, None)
    assert found["items"][1]["size"] == len(b"\xff\xd8 page 2")
    with read_session() as session:
        made = session.scalars(sa.select(ProcessingResult.processed_at)).one()
    assert dt.datetime.fromisoformat(found["items"][0]["last_modified"]) == made


def test_a_link_leads_to_the_bytes_without_a_key(app: Flask, client: FlaskClient, project_id: str) -> None:
    job = parsed(app, project_id, more=shots(2))
    link = client.get(f"{PATH}/page_2.jpg?source_id={file_of(job)}").get_json()
    assert link["form_fields"] is None
    assert dt.datetime.fromisoformat(link["expires_at"]) > now()
    with app.test_client().get(link["url"]) as answer:
        assert answer.data == b"\xff\xd8 page 2"
        assert "page_2.jpg" in answer.headers["Content-Disposition"]


def test_a_long_list_is_read_page_by_page(app: Flask, client: FlaskClient, project_id: str) -> None:
    file = file_of(parsed(app, project_id, more=shots(*range(2, 6))))
    seen, token = [], ""
    for _ in range(3):
        page = listed(client, file, page_size=2, **({"page_token": token} if token else {}))
        seen += [one["name"] for one in page["items"]]
        token = page["next_page_token"]
    assert (seen, token) == ([f"page_{number}.jpg" for number in range(1, 6)], None)


def test_the_place_in_a_directory_has_the_attachments_of_its_file(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    job = parsed(app, project_id)
    directory = client.post("/api/v1/beta/directories", json={"name": "d"}).get_json()["id"]
    files = f"/api/v1/beta/directories/{directory}/files"
    entry = client.post(files, json={"file_id": file_of(job)}).get_json()["id"]
    assert entry.startswith("dfl-")
    assert names(client, entry) == ["page_1.jpg"]


def test_of_several_pictures_of_a_page_the_newest_counts(app: Flask, client: FlaskClient, project_id: str) -> None:
    older, newer = parsed(app, project_id, more=shots(2, 3)), parsed(app, project_id, more=shots(2))
    file = file_of(older)
    with Session.begin() as session:
        session.execute(sa.update(BatchItem).values(file_id=file))
    change(older, processed_at=now() - dt.timedelta(days=1), outputs={"images/page_2.jpg": 1, "images/page_3.jpg": 7})
    sizes = {one["name"]: one["size"] for one in listed(client, file)["items"]}
    assert (sizes["page_2.jpg"], sizes["page_3.jpg"]) == (len(shots(2)["images/page_2.jpg"]), 7)
    link = client.get(f"{PATH}/page_2.jpg?source_id={file}").get_json()
    client.delete(f"/api/v2/parse/{newer}")
    assert listed(client, file)["items"][0]["size"] == 1, "that of a deleted job is gone, the one before counts again"
    assert app.test_client().get(link["url"]).status_code == 404


def test_a_file_without_pictures_has_no_attachments(client: FlaskClient, project_id: str) -> None:
    _, [entry] = stored_directory(project_id, "a.pdf")
    assert listed(client, entry) == {"items": [], "next_page_token": None, "total_size": 0}
    answer = client.get(f"{PATH}/page_1.jpg?source_id={entry}")
    assert (answer.status_code, answer.get_json()["detail"]) == (404, "Attachment page_1.jpg not found")


@pytest.mark.parametrize("gone", [{"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, {"prefix": ""}])
def test_pictures_of_results_that_are_gone_are_not_there(
    app: Flask, client: FlaskClient, project_id: str, gone: dict[str, Any]
) -> None:
    job = parsed(app, project_id)
    change(job, **gone)
    assert names(client, file_of(job)) == []


def test_another_project_a_deleted_and_an_unknown_file_are_404(
    app: Flask, client: FlaskClient, project_id: str
) -> None:
    file = file_of(parsed(app, project_id))
    for asked, source in ((other_client(app), file), (client, "unknown")):
        for path in (PATH, f"{PATH}/page_1.jpg"):
            answer = asked.get(f"{path}?source_id={source}")
            assert (answer.status_code, answer.get_json()["detail"]) == (404, f"File {source} not found")
    client.delete(f"/api/v1/beta/files/{file}")
    assert client.get(f"{PATH}?source_id={file}").status_code == 404


@pytest.mark.parametrize("name", ["../output.md", "output.md", "img_p0_1.png", "page_01.jpg", "page_9.jpg"])
def test_nothing_else_of_a_result_is_an_attachment(app: Flask, client: FlaskClient, project_id: str, name: str) -> None:
    job = parsed(app, project_id)
    assert client.get(f"{PATH}/{name}?source_id={file_of(job)}").status_code == 404


@whichever_database
@pytest.mark.parametrize(
    ("query", "loc"),
    [
        ("", "source_id"),
        ("source_id=f&page_size=0", "page_size"),
        ("source_id={file}&page_token=x", "page_token"),
        ("source_id={file}&page_token=" + "9" * 5000, "page_token"),
    ],
)
def test_what_is_wrong_with_a_request_is_named(
    app: Flask, client: FlaskClient, project_id: str, query: str, loc: str
) -> None:
    answer = client.get(f"{PATH}?{query.format(file=file_of(parsed(app, project_id)))}")
    assert answer.status_code == 422
    assert answer.get_json()["detail"][0]["loc"] == ["query", loc]
