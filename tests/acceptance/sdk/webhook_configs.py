"""What a user of the newer official Python SDK does with saved webhooks: keeps them, and has jobs and batches tell them.

A program of its own, as scenario.py: the SDK on its path, an API key and base URL in its environment, answers validated strictly.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, get_args, get_type_hints

import llama_cloud
from batches import AGENTIC, BROKEN, RULES, client, directory_of, raises, until_ended
from llama_cloud.types.webhook_config_create_params import WebhookConfigCreateParams

hooks = client.webhook_configs
SECRET, ROTATED = "a shared secret", "another secret"
[NAMES, _] = get_args(get_type_hints(WebhookConfigCreateParams)["webhook_events"])
EVENTS: Any = list(get_args(get_args(NAMES)[0]))
"""All that the SDK names."""


def kept(_folder: Path, receiver: str) -> dict[str, Any]:
    """Create, read, list, change and delete."""
    [project] = client.projects.list()
    scope: Any = {"project_id": project.id, "organization_id": project.organization_id}
    first = hooks.create(
        webhook_url=f"{receiver}/first?token=hush",
        webhook_events=EVENTS,
        webhook_headers={"Authorization": "Bearer hush"},
        webhook_output_format="json",
        webhook_signing_secret=SECRET,
        **scope,
    )
    assert (first.tenant_type, first.tenant_id, first.has_secret) == ("project", project.id, True)
    assert (first.webhook_url, first.webhook_headers) == (f"{receiver}/first?token=***", {"Authorization": "***"})
    assert (first.webhook_events, first.webhook_output_format) == (EVENTS, "json")
    assert "hush" not in first.to_json()
    second, third = (hooks.create(webhook_url=f"{receiver}/{name}") for name in ("second", "third"))
    assert (second.has_secret, second.webhook_events, second.webhook_headers) == (False, None, None)
    assert hooks.retrieve(first.id, **scope) == first
    newest_first = [third, second, first]
    assert hooks.list(**scope) == newest_first
    if hasattr(hooks, "list_paginated"):  # from 2.17 on
        assert list(hooks.list_paginated(page_size=1, page_token=None, **scope)) == newest_first
        page = hooks.list_paginated(include_total=True, page_size=2)
        assert (page.total_size, len(page.items), bool(page.next_page_token)) == (3, 2, True)

    moved = hooks.update(first.id, webhook_url=f"{receiver}/moved", webhook_headers=first.webhook_headers, **scope)
    assert (moved.webhook_url, moved.webhook_events, moved.has_secret) == (f"{receiver}/moved", EVENTS, True)
    changes: Any = {"webhook_events": None, "webhook_output_format": "string", "webhook_signing_secret": None}
    bare = hooks.update(first.id, **changes)
    assert (bare.webhook_events, bare.webhook_output_format, bare.has_secret) == (None, "string", False)
    for fields in ({"webhook_events": []}, {"webhook_url": "http://10.0.0.1/"}, {"webhook_headers": {"X-New": "***"}}):
        raises(llama_cloud.UnprocessableEntityError, lambda fields=fields: hooks.update(first.id, **fields))
    for one in newest_first:
        assert hooks.delete(one.id, **scope) is None
        raises(llama_cloud.NotFoundError, lambda one=one: hooks.retrieve(one.id))
    assert hooks.list() == []
    return {}


def uploaded(path: Path) -> str:
    """The id of a new file. With `upload_file` in its place, the SDK 2.19.0 leaves the ids of saved webhooks out of its request."""
    return str(client.files.create(file=path, purpose="parse").id)


def used(folder: Path, receiver: str) -> dict[str, Any]:
    """Name them in jobs and in a batch; what the receiver should have been told."""
    signed = hooks.create(
        webhook_url=f"{receiver}/signed",
        webhook_events=["parse.success", "parse.error", "classify.success", "sheets.success"],
        webhook_headers={"Authorization": "Bearer hush"},
        webhook_output_format="json",
        webhook_signing_secret=SECRET,
    ).id
    whole = hooks.create(webhook_url=f"{receiver}/batch", webhook_signing_secret=SECRET).id
    told: Any = {"webhook_configuration_ids": [signed]}
    one: Any = {"tier": "cost_effective", "version": "latest"}
    file = uploaded(folder / "invoice.txt")
    inline: Any = [{"webhook_url": f"{receiver}/inline", "webhook_events": ["parse.success"]}]
    parsed = client.parsing.create(**one, **told, file_id=file, webhook_configurations=inline)
    client.parsing.wait_for_completion(parsed.id, polling_interval=0.1)
    classified = client.classify.create(file_input=file, configuration={"rules": RULES}, **told)
    client.classify.wait_for_completion(classified.id, polling_interval=0.1)

    directory, _ = directory_of(folder, "report.pdf", BROKEN)
    made = client.batches.create(
        config=AGENTIC, source_directory_id=directory, webhook_configuration_ids=[whole, signed]
    )
    works = [row.job_reference.id for row in until_ended(made.id).results]

    parameters: Any = {"product_type": "parse_v2", **one, **told}
    saved = client.configurations.create(name="told", parameters=parameters)
    assert saved.parameters.webhook_configuration_ids == [signed]
    config: Any = {"job": {"type": "parse_v2", "configuration_id": saved.id}}
    again = client.batches.create(config=config, source_directory_id=directory_of(folder, "invoice.txt")[0])
    works += [row.job_reference.id for row in until_ended(again.id).results]

    unknown: Any = ["whc-none"]
    error = raises(
        llama_cloud.NotFoundError,
        lambda: client.parsing.create(**one, file_id=file, webhook_configuration_ids=unknown),
    )
    assert "whc-none" in str(error)
    return {
        "signed": [parsed.id, classified.id, *works],
        "inline": parsed.id,
        "batch": made.id,
        "secret": SECRET,
    }


def changed(folder: Path, receiver: str) -> dict[str, Any]:
    """Rotate the secret and move the address of one while its job runs, and delete another."""
    ends: Any = ["parse.running", "parse.cancelled"]
    kept = hooks.create(webhook_url=f"{receiver}/old", webhook_signing_secret=SECRET, webhook_events=ends).id
    gone = hooks.create(webhook_url=f"{receiver}/gone", webhook_events=["parse.cancelled"]).id
    one: Any = {"tier": "agentic", "version": "latest", "file_id": uploaded(folder / "long.pdf")}
    job = client.parsing.create(**one, webhook_configuration_ids=[kept, gone])
    hooks.update(
        kept, webhook_url=f"{receiver}/new", webhook_signing_secret=ROTATED, webhook_events=["parse.cancelled"]
    )
    hooks.delete(gone)
    assert client.parsing.cancel(job.id).status == "CANCELLED"
    return {"job": job.id, "secret": ROTATED}


if __name__ == "__main__":
    chapter, documents, address = sys.argv[1:]
    print(json.dumps(globals()[chapter](Path(documents), address)))
