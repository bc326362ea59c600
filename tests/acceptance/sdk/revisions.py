"""Revisions of a Word document, read by the newer official Python SDK.

A program of its own, as scenario.py: the SDK on its path, an API key and base URL in its environment, answers validated strictly.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from llama_cloud import LlamaCloud
from llama_cloud.types.parsing_get_response import ItemsPageStructuredResultPageRevision

client = LlamaCloud(_strict_response_validation=True)


def revisions(document: Path) -> dict[str, Any]:
    """The revisions of the first page of a document, with what stands in its Markdown where they say that they are."""
    result = client.parsing.parse(
        tier="agentic",
        version="latest",
        upload_file=document,
        output_options={"markdown": {"annotate_revisions": True}},
        expand=["items", "markdown"],
        polling_interval=0.1,
    )
    markdown = result.markdown.pages[0].markdown
    told = result.items.pages[0].revisions
    assert all(isinstance(one, ItemsPageStructuredResultPageRevision) for one in told)
    return {
        "revisions": [[one.type, one.content, one.author, markdown[one.start_index : one.end_index]] for one in told]
    }


if __name__ == "__main__":
    print(json.dumps(revisions(Path(sys.argv[2]))))
