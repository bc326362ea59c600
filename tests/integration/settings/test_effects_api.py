"""What settings change at the API."""

from __future__ import annotations

import io

import pytest
from support.forms import form
from support.inprocess import NOTE, Start, close_to
from support.running import BATCHES, DIRECTORIES, FILES


@pytest.mark.setting("max_upload_mb")
def test_a_larger_upload_is_refused(service: Start) -> None:
    client = service(max_upload_mb=1).client
    sent = form({"purpose": "parse", "file": (io.BytesIO(bytes(1 << 20)), "a.pdf")})
    assert client.post(FILES, **sent).status_code == 413


@pytest.mark.setting("download_seconds")
def test_links_live_as_long_as_the_setting_says(service: Start) -> None:
    made = service(download_seconds=600)
    link = made.client.get(f"{FILES}/{made.upload('note.html', NOTE)}/content").get_json()
    assert close_to(link["expires_at"], seconds=600)


@pytest.mark.setting("ephemeral_days")
def test_ephemeral_directories_live_as_long_as_the_setting_says(service: Start) -> None:
    directory = service(ephemeral_days=3).post(DIRECTORIES, json={"name": "d", "type": "ephemeral"})
    assert close_to(directory["expires_at"], days=3)


@pytest.mark.setting("min_job_timeout_seconds")
@pytest.mark.parametrize(("least", "status"), [(30, 201), (31, 422)])
def test_a_shorter_time_limit_of_a_job_is_refused(service: Start, least: int, status: int) -> None:
    made = service(min_job_timeout_seconds=least)
    config = {"parameters": {"job_timeout_in_seconds": 30}}
    made.post(BATCHES, status, json={"job_config": config, "item_ids": [made.upload("note.html", NOTE)]})


@pytest.mark.setting("snapshot_items")
def test_a_list_of_more_items_is_refused(service: Start) -> None:
    made = service(snapshot_items=1)
    files = [made.upload(name, NOTE) for name in ("a.html", "b.html")]
    made.post(BATCHES, 422, json={"job_config": {}, "item_ids": files})
    made.post(BATCHES, 201, json={"job_config": {}, "item_ids": files[:1]})


@pytest.mark.setting("secret_key", "public_url")
def test_links_are_signed_by_the_key_and_begin_with_the_public_url(service: Start) -> None:
    made = service(secret_key="one key of many", public_url="https://docs.example.org")
    link = made.client.get(f"{FILES}/{made.upload('note.html', NOTE)}/content").get_json()["url"]
    assert link.startswith("https://docs.example.org/downloads/")
    path = link.removeprefix("https://docs.example.org")
    with made.client.get(path) as answer:
        assert answer.status_code == 200
    assert service(secret_key="another key entirely").client.get(path).status_code == 404
