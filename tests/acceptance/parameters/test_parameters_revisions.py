"""Revisions and comments of Word documents, asked for and read through the API (docs/results.md)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.revised import about, change, comment, cut, deleted, p, r, revised
from support.running import Tenant, once

LETTER = revised(
    p(r("The fee is "), deleted("100"), change("ins", r("250")), r(" euro, "))
    + p(about(0, r("due in ", "<w:b/>"), r("May"))),
    comments=comment(0, "June?"),
)
V2 = {"tier": "cost_effective", "version": "latest"}


def parsed(tenant: Tenant, name: str, content: bytes, **markdown: Any) -> dict[str, Any]:
    """The result of a document that was uploaded with these options for its Markdown."""
    configuration = {"configuration": json.dumps({**V2, "output_options": {"markdown": markdown}})}
    job = tenant.ask("POST", "/api/v2/parse/upload", data=configuration, files={"file": (name, content)})
    return tenant.until_parsed(job["id"], "items", "markdown")


@once
@pytest.mark.effect("annotate_revisions")
def test_revisions_are_told_beside_a_text_that_stays_the_same(tenant: Tenant) -> None:
    plain = parsed(tenant, "letter.docx", LETTER)
    annotated = parsed(tenant, "letter.docx", LETTER, annotate_revisions=True)
    assert annotated["markdown"] == plain["markdown"]
    [page], [without] = annotated["items"]["pages"], plain["items"]["pages"]
    found, comments = page.pop("revisions"), without.pop("revisions")
    assert page == without
    assert [one["content"] for one in comments] == ["June?"]  # comments are told in any case
    [markdown] = (one["markdown"] for one in annotated["markdown"]["pages"])
    assert [(one["type"], one["content"], one["target"], one["author"]) for one in found] == [
        ("deleted", "100", "", "Ada"),
        ("inserted", "250", "250", "Ada"),
        ("comment", "June?", "due in May", "Dora"),
    ]
    shown = [cut(markdown, {"startIndex": one["start_index"], "endIndex": one["end_index"]}) for one in found]
    assert shown == ["", "250", "due in** May"]


@once
@pytest.mark.effect("annotate_revisions")
def test_revisions_have_all_the_fields_that_clients_insist_on(tenant: Tenant) -> None:
    [page] = parsed(tenant, "letter.docx", LETTER, annotate_revisions=True)["items"]["pages"]
    nowhere = {"x": 0, "y": 0, "w": 0, "h": 0}
    assert page["revisions"][1] == {
        "type": "inserted", "content": "250", "author": "Ada", "revision_bbox": nowhere, "target": "250",
        "target_bbox": nowhere, "target_spans": None, "start_index": 11, "end_index": 14,
    }  # fmt: skip


@once
@pytest.mark.effect("annotate_revisions")
def test_the_first_api_knows_the_option_by_the_same_name(tenant: Tenant) -> None:
    items = tenant.run([("letter.docx", LETTER)], {"annotate_revisions": True})
    [page] = tenant.parsed(items["letter.docx"]["job_id"], "items")["items"]["pages"]
    assert [one["type"] for one in page["revisions"]] == ["deleted", "inserted", "comment"]
