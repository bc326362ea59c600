"""What a job is beside its documents: caching, urgency, time, sources, webhooks, metadata (docs/parameters.md)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.engine_runs import work
from support.notes import notes, poison, statuses
from support.receiver import Receiver
from support.running import BATCHES, RunningStack, Tenant, eventually

PAGE = b"<p>A page, <b>whatever</b> its name</p>"


def hits(
    tenant: Tenant, documents: Sequence[tuple[str, bytes]], parameters: dict[str, Any] | None = None
) -> list[bool]:
    """Whether the cache knew the results of these documents, uploaded anew."""
    items = tenant.run(documents, parameters)
    found = [tenant.parsed(item["job_id"], "job_metadata")["job_metadata"] for item in items.values()]
    return [metadata["job_is_cache_hit"] for metadata in found]


@pytest.mark.effect("do_not_cache")
def test_a_result_can_be_kept_out_of_the_cache(tenant: Tenant) -> None:
    for mark, parameters, second in (("kept", None, True), ("unkept", {"do_not_cache": True}, False)):
        assert hits(tenant, notes(1, mark), parameters) == [False]
        assert hits(tenant, notes(1, mark), parameters) == [second]


@pytest.mark.effect("invalidate_cache")
def test_the_cache_can_be_told_to_forget(tenant: Tenant) -> None:
    documents = notes(1, "fresh")
    assert [hits(tenant, documents), hits(tenant, documents)] == [[False], [True]]
    assert hits(tenant, documents, {"invalidate_cache": True}) == [False]
    assert hits(tenant, documents) == [True]


@pytest.mark.effect("http_proxy", "input_s3_region", "pipeline_id")
def test_what_the_cache_answers_says_of_its_own_job_what_differs_without_changing_the_output(tenant: Tenant) -> None:
    def told(parameters: dict[str, Any]) -> tuple[bool, list[str], Any, Any]:
        [item] = tenant.run(notes(1, "proxied"), parameters).values()
        found = tenant.parsed(item["job_id"], "job_metadata")["job_metadata"]
        notes_of = [one["message"].rpartition("(")[2] for one in found["warnings"]]
        effective = found["effective_parameters"]["input_s3_region"]
        return found["job_is_cache_hit"], notes_of, effective, found["pipeline_id"]

    assert told({"pipeline_id": "one"}) == (False, [], None, "one")
    without_use = {"http_proxy": "http://127.0.0.1:9", "input_s3_region": "eu-west-3", "pipeline_id": "two"}
    needs = ["http_proxy: needs input_url)", "input_s3_region: needs input_s3_path)"]
    assert told(without_use) == (True, needs, "eu-west-3", "two")
    assert told({}) == (True, [], None, None)


@pytest.mark.effect("priority")
def test_an_urgent_job_overtakes_what_waits(tenant: Tenant) -> None:
    slow = [tenant.batch(tenant.upload([poison("dawdle")]), page_size=1) for _ in range(2)]
    eventually(lambda: all(statuses(tenant.items(job)) == ["processing"] for job in slow))
    low = tenant.batch(tenant.upload(notes(4, "unhurried")), {"priority": "low"}, page_size=1)
    tenant.until_queued(low, "parse", 4)
    urgent = tenant.batch(tenant.upload(notes(1, "hurried")), {"priority": "critical"})
    tenant.until_queued(urgent, "parse", 5)
    for job in slow:
        tenant.ask("POST", f"{BATCHES}/{job}/cancel", json={})
    tenant.wait(low)
    tenant.wait(urgent)
    [first] = tenant.items(urgent).values()
    assert sorted(item["started_at"] for item in tenant.items(low).values())[1] > first["started_at"]


@pytest.mark.effect("job_timeout_in_seconds", "job_timeout_extra_time_per_page_in_seconds")
def test_a_job_has_the_time_it_asks_for(tenant: Tenant) -> None:
    limited = tenant.run([poison("dawdle")], {"job_timeout_in_seconds": 2}, page_size=1)
    assert limited["dawdle.txt"]["error_message"].startswith("EXPIRED: ")
    more = {"job_timeout_in_seconds": 1, "job_timeout_extra_time_per_page_in_seconds": 60}
    assert statuses(tenant.run(notes(1, "extra"), more)) == ["completed"]
    alone = {"job_timeout_extra_time_per_page_in_seconds": 60}
    body = {"job_config": {"parameters": alone}, "directory_id": tenant.upload(notes(1, "alone"))}
    refused = tenant.ask("POST", BATCHES, json=body, expect=422)
    assert refused["detail"][0]["loc"][-1] == "job_timeout_extra_time_per_page_in_seconds"


def test_where_an_output_lies_names_a_file_of_the_store_that_the_api_reads_too(
    stack: RunningStack, tenant: Tenant
) -> None:
    [item] = tenant.run(notes(1, "placed")).values()
    history = tenant.ask("GET", f"{BATCHES}/items/{item['item_id']}/processing-results")["processing_results"][0]
    address = urlsplit(history["output_s3_path"])
    assert (address.scheme, address.netloc) == ("file", "")
    root = Path(stack.settings.effective_storage_url().removeprefix("file://"))
    stored = (root / address.path.lstrip("/")).read_bytes()
    link = tenant.ask("GET", f"/api/v1/parsing/job/{item['job_id']}/read/output.json")["url"]
    assert tenant.client.get(link).content == stored
    assert str(root) not in history["output_s3_path"]


@pytest.mark.effect("type")
def test_the_type_is_parse(tenant: Tenant) -> None:
    directory = tenant.upload(notes(1, "typed"))
    body = {"job_config": {"parameters": {"type": "extract"}}, "directory_id": directory}
    assert tenant.ask("POST", BATCHES, json=body, expect=422)["detail"][0]["loc"][-1] == "type"
    assert tenant.ask("GET", f"{BATCHES}/{tenant.batch(directory, {'type': 'parse'})}")["job"]["job_type"] == "parse"


@pytest.mark.effect("resource_info")
def test_what_is_known_of_a_file_helps_where_its_name_does_not(tmp_path: Path) -> None:
    path = tmp_path / "nameless"
    path.write_bytes(PAGE)

    def markdown(info: dict[str, Any] | None) -> str:
        return work(path, resource_info=info).outputs["output.md"].decode()

    assert "<b>" in markdown(None)
    for info in (
        {"mime_type": "text/html"},
        {"file_name": "page.html"},
        {"source_url": "https://example.org/a.html?b"},
    ):
        assert markdown(info) == "A page, **whatever** its name"


@pytest.mark.effect("custom_metadata", "resource_info", "pipeline_id", "project_id")
def test_what_a_caller_attaches_comes_back(tenant: Tenant, receiver: Receiver) -> None:
    own = tenant.ask("GET", "/api/v1/projects")[0]["id"]
    attached = {
        "custom_metadata": {"shelf": "B 12", "pages": [1, 2]},
        "resource_info": {"origin": "archive"},
        "pipeline_id": "pipeline-7",
        "project_id": own,
    }
    hook = {"webhook_configurations": [{"webhook_url": f"{receiver.url}/told", "webhook_events": ["parse.success"]}]}
    [item] = tenant.run(notes(1, "attached"), {**attached, **hook}).values()
    metadata = tenant.parsed(item["job_id"], "job_metadata")["job_metadata"]
    for name in ("custom_metadata", "resource_info", "pipeline_id"):
        assert metadata[name] == attached[name]
    assert metadata["effective_parameters"]["project_id"] == own
    [told] = receiver.at("/told", 1)
    assert told.event["data"]["custom_metadata"] == attached["custom_metadata"]
    assert told.event["data"]["resource_info"] == attached["resource_info"]
    [plain] = tenant.run(notes(1, "unattached")).values()
    assert tenant.parsed(plain["job_id"], "job_metadata")["job_metadata"]["custom_metadata"] is None


@pytest.mark.effect("webhook_url")
def test_the_older_webhook_gets_the_whole_result(tenant: Tenant, receiver: Receiver) -> None:
    tenant.run(notes(1, "pushed"), {"webhook_url": f"{receiver.url}/whole"})
    [delivery] = receiver.at("/whole", 1)
    assert set(delivery.event) >= {"txt", "md", "json", "images"}
    assert "pushed" in delivery.event["md"]


@pytest.mark.effect("webhook_configurations")
def test_webhooks_tell_of_the_events_that_they_name_in_their_format(tenant: Tenant, receiver: Receiver) -> None:
    hooks = [
        {
            "webhook_url": f"{receiver.url}/object",
            "webhook_events": ["parse.success"],
            "webhook_output_format": "json",
            "webhook_headers": {"X-Token": "hush"},
        },
        {"webhook_url": f"{receiver.url}/text", "webhook_events": ["parse.error"]},
        {"webhook_url": f"{receiver.url}/later", "webhook_events": ["unmapped_event"]},
    ]
    broken = ("broken.pdf", b"%PDF-1.7\nthis was a document once\n")
    receiver.answers += [500]
    tenant.run([*notes(1, "hooked"), broken], {"webhook_configurations": hooks})
    [error] = receiver.at("/text", 1)
    delivered = eventually(lambda: [one for one in receiver.deliveries if one.path == "/object"])
    assert delivered[0].body.startswith(b"{"), "an object"
    assert error.body.startswith(b'"'), "a string that holds one"
    assert delivered[0].headers["X-Token"] == "hush"
    assert (set(receiver.events("/object")), receiver.events("/later")) == ({"parse.success"}, [])
