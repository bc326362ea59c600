"""What a user does with the official Python SDK, from the first upload to the last clean-up.

A program of its own, run with one version of the SDK on its path and an API key and base URL in its environment, as the SDK
documents them. The answers are validated strictly, against the models of the SDK. Each chapter prints one JSON object.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import inspect
import json
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import llama_cloud
from llama_cloud import AsyncLlamaCloud, LlamaCloud

MARKS = {
    "report.pdf": "Annual report",
    "letter.docx": "Dear Sir or Madam",
    "figures.xlsx": "Potatoes",
    "page.html": "Opening hours",
    "invoice.txt": "Amount due",
}
"""A phrase that the Markdown of each document holds."""
BROKEN = "broken.pdf"
RULES = [
    {"type": "invoice", "description": "An invoice with an amount due, to be paid by a date"},
    {"type": "letter", "description": "A personal letter that begins with Dear Sir or Madam"},
]
EXPAND = [
    *["text", "markdown", "items", "metadata", "job_metadata", "text_full", "markdown_full", "raw_parameters"],
    *["text_content_metadata", "markdown_content_metadata", "items_content_metadata", "metadata_content_metadata"],
    *["raw_words_content_metadata", "xlsx_content_metadata", "output_pdf_content_metadata", "images_content_metadata"],
]
ENDS = {"completed", "failed", "cancelled"}
DEADLINE = 90.0

client = LlamaCloud(_strict_response_validation=True)


def until_ended(batch: str) -> Any:
    """The job once it has ended; on the way its progress never goes back."""
    last, before = time.monotonic() + DEADLINE, 0.0
    while True:
        found = client.beta.batch.get_status(batch)
        assert before <= found.progress_percentage <= 100, found
        before = found.progress_percentage
        if found.job.status in ENDS:
            return found.job
        assert time.monotonic() < last, found
        time.sleep(0.1)


def raises(error: type[Exception], call: Callable[[], object]) -> Any:
    """The error that a call raises."""
    try:
        answer = call()
    except error as raised:
        return raised
    message = f"no {error.__name__} but {answer}"
    raise AssertionError(message)


def classify_job(project: str) -> dict[str, Any]:
    """The configuration of a batch that classifies, with the fields that look like a server's but are required."""
    return {"id": str(uuid.uuid4()), "project_id": project, "user_id": "user", "status": "PENDING", "rules": RULES}


def new_directory(name: str) -> str:
    """The id of a new ephemeral directory; only some versions name its end."""
    options: dict[str, Any] = {}
    if "expires_at" in inspect.signature(client.beta.directories.create).parameters:
        options["expires_at"] = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    made = client.beta.directories.create(name=name, type="ephemeral", description=None, **options)
    assert made.name == name
    assert made.type == "ephemeral"
    return made.id


def batch(folder: Path, receiver: str) -> dict[str, Any]:
    """The acceptance scenario: upload, process, read, process again, cancel, clean up."""
    project = next(one for one in client.projects.list() if one.is_default).id
    assert client.projects.get(project).id == project

    file = client.files.create(file=folder / "invoice.txt", purpose="parse", external_file_id="inv-1")
    directory = new_directory("invoices")
    files = client.beta.directories.files
    uploads = [files.upload(directory, upload_file=folder / name) for name in [*MARKS, BROKEN] if name != "invoice.txt"]
    added = files.add(directory, file_id=file.id, metadata={"paid": False})
    assert (added.unique_id, added.display_name, added.file_id) == ("inv-1", "invoice.txt", file.id)
    listed = list(files.list(directory, page_size=2))
    assert {one.id for one in listed} == {one.id for one in [*uploads, added]}
    assert len(listed) == len(MARKS) + 1

    parameters = {
        "lang": "en",
        "take_screenshot": True,
        "webhook_configurations": [
            {"webhook_url": f"{receiver}/all", "webhook_headers": {"X-Team": "invoices"}},
            {"webhook_url": f"{receiver}/ends", "webhook_events": ["parse.success"], "webhook_output_format": "json"},
        ],
    }
    config = {"job_name": "parse_raw_file_job", "parameters": parameters}
    job = client.beta.batch.create(job_config=config, directory_id=directory, page_size=2)
    assert (job.total_items, job.job_type, job.directory_id, job.project_id) == (6, "parse", directory, project)
    job = until_ended(job.id)
    assert (job.status, job.processed_items, job.failed_items, job.skipped_items) == ("completed", 5, 1, 0), job

    done = list(client.beta.batch.job_items.list(job.id, status="completed", limit=2))
    works = {item.item_name: item.job_id for item in done}
    assert works.keys() == MARKS.keys()
    [failed] = client.beta.batch.job_items.list(job.id, status="failed")
    assert failed.item_name == BROKEN
    assert failed.error_message.startswith("PDF_IS_BROKEN: "), failed
    for item in done:
        read_parsed(item, config)
    read_expanded(works["report.pdf"])
    classified = classify(project, directory)
    again(config, directory, added.id, works["invoice.txt"])
    cancel(folder, directory)

    jobs = list(client.beta.batch.list(directory_id=directory, limit=2))
    assert len({one.id for one in jobs}) == len(jobs) == 4
    assert jobs == sorted(jobs, key=lambda one: one.created_at, reverse=True)
    assert [one.job_type for one in client.beta.batch.list(directory_id=directory, job_type="classify")] == ["classify"]
    assert [one.status for one in client.beta.batch.list(directory_id=directory, status="cancelled")] == ["cancelled"]

    clean_up(folder, directory, file.id, [one.id for one in listed])
    assert client.parsing.get(works["invoice.txt"], expand=["text"]).text is not None, "results outlive their sources"
    return {"works": works, "failed": failed.job_id, "classified": classified}


def read_parsed(item: Any, config: dict[str, Any]) -> None:
    """One completed item: its history and its result."""
    [result] = client.beta.batch.job_items.get_processing_results(item.item_id, job_type="parse").processing_results
    assert (result.item_id, result.job_type) == (item.item_id, "parse")
    assert result.job_config.parameters.lang == config["parameters"]["lang"]
    assert result.output_s3_path.startswith("file:///")
    assert result.output_s3_path.endswith("/output.json")
    found = client.parsing.wait_for_completion(item.job_id, polling_interval=0.1)
    assert found.status == "COMPLETED"
    pages = client.parsing.get(item.job_id, expand=["markdown", "text"])
    assert any(MARKS[item.item_name] in page.markdown for page in pages.markdown.pages), pages
    assert [page.page_number for page in pages.text.pages] == [page.page_number for page in pages.markdown.pages]


def read_expanded(work: str) -> None:
    """Everything that can be asked of a result; its links work for anybody who has them."""
    found = client.parsing.get(work, expand=EXPAND)
    assert len(found.items.pages) == len(found.metadata.pages) == len(found.text.pages) == 2
    assert {item.type for page in found.items.pages for item in page.items} >= {"heading", "text"}
    assert found.markdown_full.count("Annual report") >= 1
    assert "Annual report" in found.text_full
    assert found.job_metadata["job_pages"] == 2
    assert found.raw_parameters["lang"] == "en"
    assert found.images_content_metadata.total_count == len(found.images_content_metadata.images) >= 2
    assert {image.category for image in found.images_content_metadata.images} == {"screenshot", "embedded"}
    assert {"md", "text", "json", "xlsx"} <= found.result_content_metadata.keys()
    for image in found.images_content_metadata.images:
        assert fetched(image.presigned_url)[:4] in {b"\x89PNG", b"\xff\xd8\xff\xe0"}, image
    for name, one in found.result_content_metadata.items():
        assert not one.exists or len(fetched(one.presigned_url)) == one.size_bytes, name
    named = client.parsing.get(
        work, expand=["images_content_metadata"], image_filenames=found.images_content_metadata.images[0].filename
    )
    assert named.images_content_metadata.total_count == 1
    assert client.parsing.get(work).markdown is None, "nothing is told that was not asked for"


def fetched(url: str) -> bytes:
    """What anybody gets at a link, without a key."""
    return httpx.get(url).raise_for_status().content


def classify(project: str, directory: str) -> str:
    """A batch that classifies, read by both versions of the classify API. Answers the id of one of its jobs."""
    job = client.beta.batch.create(job_config=classify_job(project), directory_id=directory)
    job = until_ended(job.id)
    assert (job.job_type, job.processed_items, job.failed_items) == ("classify", 5, 1), job
    items = {item.item_name: item for item in client.beta.batch.job_items.list(job.id, status="completed")}
    for name, expected in {"invoice.txt": "invoice", "letter.docx": "letter"}.items():
        work = items[name].job_id
        second = client.classify.get(work)
        assert (second.status, second.result.type) == ("COMPLETED", expected), second
        assert 0 < second.result.confidence <= 1
        assert second.result.reasoning
        assert [rule.type for rule in second.configuration.rules] == ["invoice", "letter"]
        assert client.classifier.jobs.get(work).status == "SUCCESS"
        [first] = client.classifier.jobs.get_results(work).items
        assert (first.classify_job_id, first.result.type) == (work, expected)
    results = client.beta.batch.job_items.get_processing_results(items["invoice.txt"].item_id)
    assert {one.job_type for one in results.processing_results} == {"parse", "classify"}
    kept = next(one.job_config for one in results.processing_results if one.job_type == "classify")
    assert [rule.type for rule in kept.rules] == ["invoice", "letter"]
    return str(items["invoice.txt"].job_id)


def again(config: dict[str, Any], directory: str, item: str, work: str) -> None:
    """The same once more, for one item: it was already processed, and answers with the earlier job."""
    job = client.beta.batch.create(job_config=config, item_ids=[item], directory_id=directory)
    job = until_ended(job.id)
    assert (job.total_items, job.skipped_items, job.processed_items) == (1, 1, 0), job
    [skipped] = client.beta.batch.job_items.list(job.id)
    assert (skipped.status, skipped.skip_reason, skipped.job_id) == ("skipped", "already_processed", work)


def cancel(folder: Path, directory: str) -> None:
    """A batch that is cancelled while it works on a long document; to cancel it again changes nothing."""
    client.beta.directories.files.upload(directory, upload_file=folder / "long.pdf", display_name="a-long-one.pdf")
    config = {"parameters": {"invalidate_cache": True}}
    job = client.beta.batch.create(job_config=config, directory_id=directory, page_size=1)
    cancelled = client.beta.batch.cancel(job.id, reason="Wrong folder")
    assert (cancelled.job_id, cancelled.status) == (job.id, "cancelled"), cancelled
    assert cancelled.message
    found = client.beta.batch.get_status(job.id)
    assert (found.job.status, found.progress_percentage) == ("cancelled", 100)
    states = [item.status for item in client.beta.batch.job_items.list(job.id)]
    assert len(states) == 7
    assert set(states) <= {"cancelled", "completed", "failed"}
    assert states.count("completed") == found.job.processed_items == cancelled.processed_items
    assert client.beta.batch.cancel(job.id).status == "cancelled"


def clean_up(folder: Path, directory: str, file: str, entries: list[str]) -> None:
    """Download the file without a key, then delete all."""
    assert fetched(client.files.get(file).url) == (folder / "invoice.txt").read_bytes()
    for entry in entries:
        client.beta.directories.files.delete(entry, directory_id=directory)
    client.files.delete(file)
    client.beta.directories.delete(directory)
    raises(llama_cloud.NotFoundError, lambda: client.files.get(file))
    raises(llama_cloud.NotFoundError, lambda: client.beta.directories.get(directory))


def direct(folder: Path, _receiver: str) -> dict[str, Any]:
    """Documents one by one, without a batch: parse and classify them, in the ways that the SDK offers."""
    job = client.parsing.create(tier="cost_effective", version="latest", upload_file=folder / "report.pdf")
    assert client.parsing.wait_for_completion(job.id, polling_interval=0.1).status == "COMPLETED"
    file = client.files.create(file=("a note.txt", b"Amount due: 12 EUR, to be paid by Friday."), purpose="classify")
    parsed = client.parsing.parse(
        file_id=file.id,
        tier="cost_effective",
        version="latest",
        expand=["markdown"],
        page_ranges={"max_pages": 1, "target_pages": "1"},
        disable_cache=True,
        polling_interval=0.1,
    )
    assert "Amount due" in parsed.markdown.pages[0].markdown
    mine = [one.id for one in client.parsing.list(page_size=1)]
    assert mine[:2] == [parsed.job.id, job.id], mine
    assert [one.id for one in client.parsing.list(job_ids=[job.id], status="COMPLETED")] == [job.id]
    assert job.id not in {one.id for one in client.beta.batch.list()}, "a direct job is no batch"
    error = raises(
        llama_cloud.PollingError,
        lambda: client.parsing.parse(
            tier="cost_effective", version="latest", upload_file=folder / BROKEN, expand=["text"], polling_interval=0.1
        ),
    )
    assert "PDF_IS_BROKEN" in str(error)

    found = client.classify.run(file_input=file.id, configuration={"rules": RULES}, polling_interval=0.1)
    assert (found.status, found.result.type, found.document_input_type) == ("COMPLETED", "invoice", "file_id")
    entry = client.beta.directories.files.add(new_directory("notes"), file_id=file.id)
    found = client.classify.run(file_input=entry.id, configuration={"rules": RULES}, polling_interval=0.1)
    assert (found.result.type, found.file_input) == ("invoice", entry.id), "the SDK's own example names an entry"
    found = client.classify.run(file_input=parsed.job.id, configuration={"rules": RULES}, polling_interval=0.1)
    assert (found.result.type, found.document_input_type) == ("invoice", "parse_job_id")
    assert found.id in {one.id for one in client.classify.list(page_size=1)}

    other = client.files.create(file=("b.txt", b"Dear Sir or Madam, this letter is personal."), purpose="classify")
    results = client.classifier.classify(file_ids=[file.id, other.id], rules=RULES, polling_interval=0.1)
    types = {one.file_id: one.result.type for one in results.items}
    assert types == {file.id: "invoice", other.id: "letter"}, results
    assert results.items[0].classify_job_id in {one.id for one in client.classifier.jobs.list(page_size=1)}
    return {}


def errors(folder: Path, _receiver: str) -> dict[str, Any]:
    """What goes wrong raises the class that the SDK documents for it, at once, with a reason in words."""
    stranger = client.with_options(api_key="llx-unknown")
    error = raises(llama_cloud.AuthenticationError, stranger.beta.batch.list)
    assert set(error.body) == {"detail"}

    nowhere = str(uuid.uuid4())
    missing: list[Callable[[], object]] = [
        lambda: client.beta.batch.get_status("bjb-unknown"),
        lambda: client.beta.batch.cancel("job_id"),
        lambda: client.beta.batch.job_items.list("job_id"),
        lambda: client.beta.batch.job_items.get_processing_results("item_id"),
        lambda: client.beta.batch.create(job_config={}, directory_id="dir-unknown"),
        lambda: client.beta.batch.create(job_config={}, item_ids=["dfl-unknown"]),
        lambda: client.beta.batch.list(project_id=nowhere),
        lambda: client.beta.directories.get("directory_id"),
        lambda: client.beta.directories.files.list("directory_id"),
        lambda: client.files.get(nowhere),
        lambda: client.files.delete(nowhere),
        lambda: client.parsing.get("job_id"),
        lambda: client.classify.get(nowhere),
        lambda: client.classifier.jobs.get(nowhere),
        lambda: client.classifier.jobs.get_results(nowhere),
        lambda: client.projects.get(nowhere),
        lambda: client.get("/api/v1/unknown", cast_to=httpx.Response),
    ]
    for call in missing:
        error = raises(llama_cloud.NotFoundError, call)
        assert set(error.body) == {"detail"}, error
        assert isinstance(error.body["detail"], str)

    directory = new_directory("nothing")
    wrong: list[tuple[str, Callable[[], object]]] = [
        ("body", lambda: client.beta.batch.create(job_config={})),
        ("page_size", lambda: client.beta.batch.create(job_config={}, directory_id=directory, page_size=0)),
        ("lang", lambda: parse_with(directory, lang=7)),
        ("target_pages", lambda: parse_with(directory, target_pages="first to last")),
        ("languages", lambda: parse_with(directory, languages=["klingon"])),
        (
            "rules",
            lambda: client.beta.batch.create(job_config=classify_job("p") | {"rules": []}, directory_id=directory),
        ),
        ("limit", lambda: client.beta.batch.list(limit=0)),
        ("status", lambda: client.beta.batch.list(status="nearly")),
        ("name", lambda: client.beta.directories.create(name="")),
        (
            "source_url",
            lambda: client.parsing.create(tier="fast", version="latest", source_url="ftp://example.com/a.pdf"),
        ),
    ]
    for name, call in wrong:
        error = raises(llama_cloud.UnprocessableEntityError, call)
        assert any(name in one["loc"] for one in error.body["detail"]), error
    assert not list(client.beta.batch.list(directory_id=directory)), "nothing half made is left"
    return {}


def parse_with(directory: str, **parameters: Any) -> object:
    """A batch with these parameters."""
    return client.beta.batch.create(job_config={"parameters": parameters}, directory_id=directory)


def shapes(folder: Path, _receiver: str) -> dict[str, Any]:
    """The forms of requests that the SDK can make: nulls, repeated keys, dates, files of each kind; and its async half."""
    named = client.files.create(
        file=("naïve résumé.txt", b"one", "text/plain"), purpose="purpose", external_file_id=None
    )
    nameless = client.files.create(file=b"two", purpose="user_data")
    assert (named.name, nameless.name, named.purpose) == ("naïve résumé.txt", "upload", "purpose")
    both = [named.id, nameless.id]
    assert {one.id for one in client.files.list(file_ids=both, page_size=1)} == set(both)
    [found] = client.files.list(file_name="naïve résumé.txt", expand=["download_url"], order_by="name desc")
    assert fetched(found.download_url.url) == b"one"
    client.files.list(file_ids=["file_ids"], order_by="order_by", external_file_id="external_file_id")
    assert {one.id for one in client.files.query(filter={"file_ids": both}, page_size=None).items} == set(both)
    assert client.files.get(named.id, expires_at_seconds=60).expires_at > dt.datetime.now(dt.UTC)

    directory = client.beta.directories.create(name="shapes", description="first").id
    assert client.beta.directories.update(directory, name="forms", description=None).name == "forms"
    assert directory in {
        one.id for one in client.beta.directories.list(name="forms", include_deleted=False, page_size=1)
    }
    files = client.beta.directories.files
    entry = files.add(
        directory, file_id=named.id, unique_id="u-1", display_name="one.txt", metadata={"a": ["b"], "n": None}
    )
    changed = files.update(entry.id, directory_id=directory, display_name="eins.txt", metadata=None, unique_id=None)
    assert (changed.display_name, changed.unique_id) == ("eins.txt", "u-1")
    an_hour = dt.timedelta(hours=1)
    now = dt.datetime.now(dt.UTC)
    seen = files.list(
        directory,
        display_name_contains="ein",
        updated_at_on_or_after=now - an_hour,
        updated_at_on_or_before=(now + an_hour).isoformat(),
        include_deleted=True,
        unique_id="u-1",
    )
    assert [one.id for one in seen] == [entry.id]
    elsewhere = client.beta.directories.create(name="elsewhere").id
    assert files.update(entry.id, directory_id=directory, target_directory_id=elsewhere).directory_id == elsewhere
    assert files.get(entry.id, directory_id=elsewhere).file_id == named.id

    job = client.beta.batch.create(
        job_config={
            "parameters": {"max_pages": 0, "webhook_configurations": None},
            "partitions": {"foo": str(uuid.uuid4())},
        },
        directory_id=elsewhere,
        item_ids=[entry.id],
        continue_as_new_threshold=0,
        organization_id=None,
        project_id=None,
        temporal_namespace="temporal-namespace",
    )
    assert until_ended(job.id).processed_items == 1
    plain = client.beta.batch.create(job_config={}, item_ids=both, continue_as_new_threshold=None, directory_id=None)
    assert until_ended(plain.id).total_items == 2, "files can be processed without a directory"
    assert {one.item_id for one in client.beta.batch.job_items.list(plain.id)} == set(both)
    assert client.beta.batch.cancel(plain.id, reason=None).status == "completed", "an end is an end"
    asyncio.run(at_once(job.id))
    return {}


def go_on(_folder: Path, begun: str) -> dict[str, Any]:
    """Watch one batch that was made through the second API, and cancel another; `begun` has their ids there."""
    short, long = (json.loads(begun)[name].replace("bat-", "bjb-") for name in ("short", "long"))
    assert {short, long} <= {one.id for one in client.beta.batch.list()}
    cancelled = client.beta.batch.cancel(long, reason="Wrong folder")
    assert (cancelled.job_id, cancelled.status) == (long, "cancelled")
    job = until_ended(short)
    assert (job.status, job.total_items, job.processed_items, job.failed_items) == ("completed", 2, 1, 1), job
    [done] = client.beta.batch.job_items.list(short, status="completed")
    assert "Dear Sir or Madam" in client.parsing.get(done.job_id, expand=["markdown_full"]).markdown_full
    [failed] = client.beta.batch.job_items.list(short, status="failed")
    return {"short": short, "works": {done.item_id: done.job_id, failed.item_id: failed.job_id}}


async def at_once(batch: str) -> None:
    """Twenty requests at a time through the asynchronous client."""
    async with AsyncLlamaCloud(_strict_response_validation=True) as client:
        found = await asyncio.gather(*(client.beta.batch.get_status(batch) for _ in range(20)))
        assert {one.job.status for one in found} == {"completed"}
        assert [item.status async for item in client.beta.batch.job_items.list(batch, limit=1)] == ["completed"]


if __name__ == "__main__":
    chapter = {one.__name__: one for one in (batch, direct, errors, shapes, go_on)}[sys.argv[1]]
    print(json.dumps(chapter(Path(sys.argv[2]), sys.argv[3])))
