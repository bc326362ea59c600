"""What a user of the newer official Python SDK does with batches over a directory, and with saved configurations.

A program of its own, as scenario.py: the SDK on its path, an API key and base URL in its environment, answers validated strictly.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llama_cloud
from llama_cloud import LlamaCloud

MARKS = {"report.pdf": "Annual report", "letter.docx": "Dear Sir or Madam", "invoice.txt": "Amount due"}
"""A phrase that the Markdown of each document holds."""
BROKEN = "broken.pdf"
ENDS = {"COMPLETED", "FAILED", "CANCELLED"}
DEADLINE = 90.0
AGENTIC = {"job": {"type": "parse_v2", "configuration_id": "cfg-PARSE_AGENTIC"}}
RULES = [
    {"type": "invoice", "description": "An invoice with an amount due, to be paid by a date"},
    {"type": "letter", "description": "A personal letter that begins with Dear Sir or Madam"},
]

client = LlamaCloud(_strict_response_validation=True)


def until_ended(batch: str, look: LlamaCloud = client) -> Any:
    """The batch once it has ended, with its results."""
    last = time.monotonic() + DEADLINE
    while True:
        found = look.batches.get(batch, expand=["results"])
        if found.status in ENDS:
            return found
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


def directory_of(folder: Path, *names: str) -> tuple[str, dict[str, str]]:
    """A new directory with these documents, and their names by their ids in it."""
    made = client.beta.directories.create(name="documents")
    uploads = [client.beta.directories.files.upload(made.id, upload_file=folder / name) for name in names]
    return made.id, {one.id: name for one, name in zip(uploads, names, strict=True)}


def batch(folder: Path, receiver: str) -> dict[str, Any]:
    """Upload a directory, process it with a preset, read each document's Markdown; the same again finds it all done."""
    directory, names = directory_of(folder, *MARKS, BROKEN)
    hooks = [
        {"webhook_url": f"{receiver}/batch", "webhook_output_format": "json"},
        {"webhook_url": f"{receiver}/documents", "webhook_events": ["parse.success", "batch.success"]},
    ]
    made = client.batches.create(config=AGENTIC, source_directory_id=directory, webhook_configurations=hooks)
    assert made.id.startswith("bat-")
    assert (made.source_directory_id, made.config.job.configuration_id) == (directory, "cfg-PARSE_AGENTIC")
    assert made.results is None
    found = until_ended(made.id)
    assert found.status == "COMPLETED", found
    assert client.batches.get(made.id).results is None
    works = {names[one.source_directory_file_id]: one.job_reference.id for one in found.results}
    assert works.keys() == set(names.values())
    assert {one.error_message for one in found.results} == {None}
    for name, mark in MARKS.items():
        parsed = client.parsing.get(works[name], expand=["markdown"])
        assert (parsed.job.status, parsed.job.tier) == ("COMPLETED", "agentic"), parsed.job
        assert any(mark in page.markdown for page in parsed.markdown.pages), parsed
    failed = client.parsing.get(works[BROKEN])
    assert failed.job.status == "FAILED"
    assert failed.job.error_message.startswith("PDF_IS_BROKEN: ")

    again = until_ended(client.batches.create(config=AGENTIC, source_directory_id=directory).id)
    repeated = {names[one.source_directory_file_id]: one.job_reference.id for one in again.results}
    assert {name: repeated[name] for name in MARKS} == {name: works[name] for name in MARKS}
    listed = list(client.batches.list(source_directory_id=directory, page_size=1))
    assert [one.id for one in listed] == [again.id, made.id]
    assert [one.id for one in client.batches.list(source_directory_id=directory, status="RUNNING")] == []
    assert raises(llama_cloud.BadRequestError, lambda: client.batches.cancel(made.id)).status_code == 400
    return {"batch": made.id, "works": works}


def configurations(folder: Path, _receiver: str) -> dict[str, Any]:
    """Save, change, use and delete configurations of both kinds."""
    parameters: Any = {"product_type": "parse_v2", "tier": "cost_effective", "version": "latest"}
    saved = client.configurations.create(name="letters", parameters=parameters)
    assert (saved.product_type, saved.parameters.tier) == ("parse_v2", "cost_effective")
    changed = client.configurations.create(name="letters", parameters={**parameters, "tier": "fast"})
    assert changed.id == saved.id
    assert client.configurations.update(saved.id, name="mail").parameters.tier == "fast"
    types = client.configurations.create(name="types", parameters={"product_type": "classify_v2", "rules": RULES})
    assert [one.id for one in client.configurations.list(page_size=1)] == [types.id, saved.id]
    assert [one.id for one in client.configurations.list(product_type=["parse_v2"], latest_only=True)] == [saved.id]
    assert client.configurations.retrieve("cfg-PARSE_AGENTIC").parameters.tier == "agentic"
    raises(llama_cloud.PermissionDeniedError, lambda: client.configurations.delete("cfg-PARSE_AGENTIC"))
    error = raises(
        llama_cloud.UnprocessableEntityError,
        lambda: client.configurations.create(name="x", parameters={"product_type": "extract_v2", "data_schema": {}}),
    )
    assert "This server has no extract_v2 jobs" in str(error)

    file = client.files.create(file=folder / "invoice.txt", purpose="parse")
    job = client.parsing.create(
        file_id=file.id, configuration_id=saved.id, tier="configured", version="configured", disable_cache=True
    )
    assert job.tier == "fast"
    assert client.parsing.wait_for_completion(job.id, polling_interval=0.1).status == "COMPLETED"
    found = client.classify.run(file_input=file.id, configuration_id=types.id, polling_interval=0.1)
    assert (found.status, found.result.type, found.configuration_id) == ("COMPLETED", "invoice", types.id)
    assert [one.id for one in client.classify.list(configuration_id=types.id)] == [found.id]

    directory, names = directory_of(folder, "invoice.txt", "letter.docx")
    lenient = LlamaCloud()  # the SDK's types know no batches that classify
    config: Any = {"job": {"type": "classify_v2", "configuration_id": types.id}}
    ended = until_ended(lenient.batches.create(config=config, source_directory_id=directory).id, lenient)
    assert ended.status == "COMPLETED"
    kinds = {
        names[one.source_directory_file_id]: client.classify.get(one.job_reference.id).result.type
        for one in ended.results
    }
    assert kinds == {"invoice.txt": "invoice", "letter.docx": "letter"}
    for one in (saved, types):
        client.configurations.delete(one.id)
        raises(llama_cloud.NotFoundError, lambda one=one: client.configurations.retrieve(one.id))
    return {}


def cancel(folder: Path, receiver: str) -> dict[str, Any]:
    """Cancel a batch while it works on a long document."""
    directory, names = directory_of(folder, "long.pdf", "letter.docx")
    hooks = [{"webhook_url": f"{receiver}/cancel"}]
    made = client.batches.create(config=AGENTIC, source_directory_id=directory, webhook_configurations=hooks)
    cancelled = client.batches.cancel(made.id)
    assert (cancelled.id, cancelled.status) == (made.id, "CANCELLED")
    found = client.batches.get(made.id, expand=["results"])
    assert (found.status, len(found.results)) == ("CANCELLED", len(names))
    for one in found.results:
        assert (one.job_reference is None) == bool(one.error_message), one
        if one.job_reference is not None:
            assert client.parsing.get(one.job_reference.id).job.status in {"CANCELLED", "COMPLETED"}
    raises(llama_cloud.BadRequestError, lambda: client.batches.cancel(made.id))
    raises(llama_cloud.NotFoundError, lambda: client.batches.get("bat-none"))
    return {"batch": made.id}


def begin(folder: Path, _receiver: str) -> dict[str, Any]:
    """Two batches that another program goes on with: a directory with one broken document, and one with a long one."""
    return {
        name: client.batches.create(config=AGENTIC, source_directory_id=directory_of(folder, *files)[0]).id
        for name, files in {"short": ["letter.docx", BROKEN], "long": ["long.pdf", "letter.docx"]}.items()
    }


if __name__ == "__main__":
    chapter, documents, address = sys.argv[1:]
    print(json.dumps(globals()[chapter](Path(documents), address)))
