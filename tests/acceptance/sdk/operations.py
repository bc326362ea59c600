"""Every operation, with every parameter, that the newer official Python SDK has of parsing, classifying, files, directories,
projects and attachments.

A program of its own, as scenario.py: the SDK on its path, an API key and base URL in its environment, answers validated strictly.
What the SDK has and this program did not use is an error: a newer SDK is seen to have more.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
import sys
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import llama_cloud
from llama_cloud import LlamaCloud

LONG_AGO, TOMORROW = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
RULES = [
    {"type": "invoice", "description": "An invoice with an amount due, to be paid by a date"},
    {"type": "letter", "description": "A personal letter that begins with Dear Sir or Madam"},
]
TRANSPORT = {"extra_headers", "extra_query", "extra_body", "timeout"}
"""Parameters that are the HTTP client's, not the operation's."""
ELSEWHERE = {"parsing.create webhook_configuration_ids", "classify.create webhook_configuration_ids"}
"""What webhook_configs.py uses: saved webhooks."""
UNUSED = {"parsing.parse http_proxy", "parsing.create http_proxy"}
"""What only documents of other servers need, which no test may reach."""

client = LlamaCloud(_strict_response_validation=True)


class Used:
    """A resource of the SDK that remembers which methods were called with which parameters."""

    def __init__(self, name: str, resource: Any) -> None:
        self.name, self.resource = name, resource
        self.calls: dict[str, set[str]] = defaultdict(set)

    def __getattr__(self, method: str) -> Callable[..., Any]:
        function = getattr(self.resource, method)
        names = list(inspect.signature(function).parameters)

        def call(*arguments: Any, **options: Any) -> Any:
            self.calls[method] |= {*names[: len(arguments)], *options}
            return function(*arguments, **options)

        return call

    def missing(self) -> set[str]:
        """The methods and parameters that the resource has and that were not used."""
        found = set()
        for method, function in inspect.getmembers(self.resource, inspect.ismethod):
            if method.startswith(("_", "with_")):
                continue
            parameters = set(inspect.signature(function).parameters) - TRANSPORT
            found |= {f"{self.name}.{method} {one}" for one in parameters - self.calls[method]}
            found |= {f"{self.name}.{method}"} - {f"{self.name}.{used}" for used in self.calls}
        return found


parsing, classify = Used("parsing", client.parsing), Used("classify", client.classify)
files, attachments = Used("files", client.files), Used("attachments", client.beta.attachments)
directories, entries = Used("directories", client.beta.directories), Used("entries", client.beta.directories.files)
projects, v2_projects = Used("projects", client.projects), Used("v2_projects", client.v2_projects)
RESOURCES = (parsing, classify, files, attachments, directories, entries, projects, v2_projects)
POLL = {"polling_interval": 0.1, "max_interval": 1.0, "backoff": "constant", "verbose": False}


def operations(folder: Path, receiver: str) -> dict[str, Any]:
    """Use everything once."""
    scope = in_projects()
    file = in_files(folder, scope)
    in_directories(folder, scope, file)
    parsed = in_parsing(folder, scope, file, receiver)
    in_attachments(scope, file)
    in_classify(scope, file, parsed, receiver)
    parsing.delete(parsed, **scope)
    gone(lambda: client.parsing.get(parsed))
    files.delete(file, **scope)
    gone(lambda: client.files.retrieve(file))
    missing = set().union(*(one.missing() for one in RESOURCES)) - ELSEWHERE - UNUSED
    assert not missing, f"not used: {sorted(missing)}"
    return {"operations": sum(len(one.calls) for one in RESOURCES)}


def in_projects() -> dict[str, str]:
    """The scope of the key."""
    [one] = client.projects.list()
    scope = {"organization_id": one.organization_id}
    assert [same.id for same in projects.list(project_name=one.name, **scope)] == [one.id]
    assert projects.get(one.id, **scope).is_default
    assert [same.id for same in v2_projects.list(name=one.name, page_size=1, page_token=None, **scope)] == [one.id]
    assert v2_projects.get(one.id, **scope).name == one.name
    return scope | {"project_id": one.id}


def in_files(folder: Path, scope: dict[str, str]) -> str:
    """A file with everything that can be asked of it."""
    made = files.create(file=folder / "report.pdf", purpose="parse", external_file_id="r-1", **scope)
    assert files.retrieve(made.id, expand=["download_url"], **scope).download_url.url
    query = {"external_file_id": "r-1", "file_ids": [made.id], "file_name": "report.pdf", "order_by": "name"}
    listed = files.list(**query, expand=["download_url"], page_size=1, page_token=None, **scope)
    assert [one.id for one in listed] == [made.id]
    filters = {"file_ids": [made.id], "only_manually_uploaded": True, "project_id": scope["project_id"]}
    found = files.query(filter=filters, order_by="name desc", page_size=1, page_token=None, **scope)
    assert [one.id for one in found.items] == [made.id]
    assert fetched(files.content(made.id, expires_at_seconds=60, **scope)) == (folder / "report.pdf").read_bytes()
    return str(made.id)


def in_directories(folder: Path, scope: dict[str, str], file: str) -> None:
    """A directory, a second one, and places in both."""
    options = {
        "description": "of a user",
        "type": "user",
        "system_metadata": {"a": 1},
        "connector_subscription_id": None,
    }
    first = directories.create(name="first", **options, **scope).id
    second = directories.create(name="second", **scope).id
    assert directories.update(first, name="one", description="renamed", **scope).name == "one"
    query = {"name": "one", "include_deleted": False, "type": "user", "types": ["user"], "page_size": 1}
    assert [one.id for one in directories.list(**query, page_token=None, **scope)] == [first]
    metadata = {"year": 2026, "tags": ["a", "b"]}
    entry = entries.add(first, file_id=file, display_name="A", unique_id="a", metadata=metadata, **scope)
    assert entry.metadata == metadata
    more = {"display_name": "B", "external_file_id": "b", "unique_id": "b", "metadata": json.dumps(metadata)}
    uploaded = entries.upload(first, upload_file=folder / "invoice.txt", **more, **scope)
    assert (uploaded.unique_id, uploaded.metadata) == ("b", metadata)
    query = {"display_name": "A", "display_name_contains": "a", "file_id": file, "unique_id": "a", "page_size": 1}
    times = {"updated_at_on_or_after": LONG_AGO, "updated_at_on_or_before": TOMORROW}
    listed = entries.list(
        first, **query, **times, include_deleted=False, expand=["download_url"], page_token=None, **scope
    )
    assert [one.id for one in listed] == [entry.id]
    assert entries.get(entry.id, directory_id=first, expand=["download_url"], **scope).download_url.url
    changes = {"display_name": "C", "unique_id": "c", "metadata": {}, "target_directory_id": second}
    assert entries.update(entry.id, directory_id=first, **changes, **scope).directory_id == second
    assert not list(client.beta.attachments.list(source_id=entry.id)), "nobody has photographed its pages"
    entries.delete(entry.id, directory_id=second, **scope)
    assert directories.get(second, **scope).name == "second"
    for one in (first, second):
        directories.delete(one, **scope)
        gone(lambda one=one: client.beta.directories.get(one))


def in_parsing(folder: Path, scope: dict[str, str], file: str, receiver: str) -> str:
    """A job with all options, others without; the id of one with pictures of its pages."""
    options: dict[str, Any] = {
        "crop_box": {"top": 0.01, "bottom": 0.01, "left": 0.0, "right": 0.0},
        "input_options": {"html": {"remove_fixed_elements": True}},
        "output_options": {"images_to_save": ["screenshot"], "markdown": {"annotate_links": True}},
        "page_ranges": {"max_pages": 2},
        "processing_control": {"timeouts": {"base_in_seconds": 300}},
        "processing_options": {"ocr_parameters": {"languages": ["en"]}},
        "disable_cache": True,
        "client_name": "tests",
        "fast_options": {},
        "agentic_options": {},
        "webhook_configurations": [{"webhook_url": f"{receiver}/operations", "webhook_events": ["parse.success"]}],
    }
    one = {"tier": "agentic", "version": "latest"}
    job = parsing.create(
        **one,
        **options,
        file_id=file,
        source_url=None,
        upload_file=None,
        configuration_id=None,
        user_metadata={"a": "b"},
        **scope,
    )
    assert (job.tier, job.user_metadata, job.usage) == ("agentic", {"a": "b"}, None)
    assert parsing.wait_for_completion(job.id, **POLL, **scope).status == "COMPLETED"
    found = parsing.get(job.id, expand=["usage", "images_content_metadata"], image_filenames="page_1.jpg", **scope)
    assert found.job.usage.credits == 2, found.job
    assert [picture.filename for picture in found.images_content_metadata.images] == ["page_1.jpg"]
    query = {"created_at_on_or_after": LONG_AGO, "created_at_on_or_before": TOMORROW, "job_ids": [job.id]}
    listed = parsing.list(**query, page_size=1, page_token=None, status="COMPLETED", **scope)
    assert [same.id for same in listed] == [job.id]
    assert parsing.cancel(job.id, **scope).status == "COMPLETED", "one that has ended stays as it is"

    told = {name: options[name] for name in options.keys() - {"disable_cache", "client_name"}}
    parsed = parsing.parse(
        **one,
        **told,
        client_name="tests",
        disable_cache=False,
        file_id=file,
        source_url=None,
        upload_file=None,
        expand=["markdown"],
        image_filenames=None,
        **POLL,
        **scope,
    )
    assert any("Annual report" in page.markdown for page in parsed.markdown.pages)
    for pages in (2, 0):  # the second time the cache answers, which costs nothing
        expand = ["text", "usage"]
        uploaded = client.parsing.parse(**one, upload_file=folder / "report.pdf", expand=expand, polling_interval=0.1)
        assert any("Annual report" in page.text for page in uploaded.text.pages)
        assert uploaded.job.usage.credits == pages, uploaded.job
    versions = parsing.list_versions()
    assert versions.latest.agentic in versions.agentic
    long = client.parsing.create(**one, upload_file=folder / "long.pdf", disable_cache=True)
    assert parsing.cancel(long.id, **scope).status == "CANCELLED"
    assert client.parsing.get(long.id, expand=["usage"]).job.usage.credits == 0
    return str(job.id)


def in_attachments(scope: dict[str, str], file: str) -> None:
    """The pictures of the pages of a file."""
    listed = list(attachments.list(source_id=file, page_size=1, page_token=None, **scope))
    assert [one.name for one in listed] == ["page_1.jpg", "page_2.jpg"]
    for one in listed:
        content = fetched(attachments.get(one.name, source_id=file, **scope))
        assert content.startswith(b"\xff\xd8")
        assert len(content) == one.size
    gone(lambda: client.beta.attachments.get("page_3.jpg", source_id=file))


def in_classify(scope: dict[str, str], file: str, parsed: str, receiver: str) -> None:
    """Jobs over a file and over a parse job, one of them cancelled."""
    saved: Any = {"product_type": "classify_v2", "rules": RULES}
    configuration = client.configurations.create(name="operations", parameters=saved).id
    hooks = [{"webhook_url": f"{receiver}/operations", "webhook_events": ["classify.success"]}]
    nothing = {"file_id": None, "parse_job_id": None, "transaction_id": None, "configuration": None}
    job = classify.create(
        **nothing, file_input=file, configuration_id=configuration, webhook_configurations=hooks, **scope
    )
    assert classify.wait_for_completion(job.id, **POLL, **scope).status == "COMPLETED"
    used = classify.get(job.id, expand=["usage"], **scope).usage
    assert used.credits == used.parse_credits == 2
    query = {"created_at_on_or_after": LONG_AGO, "created_at_on_or_before": TOMORROW, "job_ids": [job.id]}
    listed = classify.list(
        **query, configuration_id=configuration, status="COMPLETED", page_size=1, page_token=None, **scope
    )
    assert [one.id for one in listed] == [job.id]
    ran = classify.run(
        configuration={"rules": RULES},
        configuration_id=None,
        file_id=None,
        parse_job_id=None,
        file_input=parsed,
        transaction_id="operations",
        polling_timeout=60.0,
        **POLL,
        **scope,
    )
    assert (ran.status, ran.parse_job_id) == ("COMPLETED", parsed)
    used = client.classify.get(ran.id, expand=["usage"]).usage
    assert (used.credits, used.parse_credits) == (0, None)
    assert classify.cancel(ran.id, **scope).status == "COMPLETED", "one that has ended stays as it is"
    assert [one.id for one in client.classify.list(status="CANCELLED")] == []
    assert classify.delete(ran.id, **scope).id == ran.id
    gone(lambda: client.classify.get(ran.id))
    client.configurations.delete(configuration)


def fetched(link: Any) -> bytes:
    """What is behind a link, read without a key."""
    with urllib.request.urlopen(link.url) as answer:
        return bytes(answer.read())


def gone(call: Callable[[], object]) -> None:
    """What is asked for is not there."""
    try:
        answer = call()
    except llama_cloud.NotFoundError:
        return
    message = f"it is still there: {answer}"
    raise AssertionError(message)


if __name__ == "__main__":
    chapter, documents, address = sys.argv[1:]
    print(json.dumps(globals()[chapter](Path(documents), address)))
