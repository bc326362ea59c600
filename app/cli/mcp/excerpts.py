"""Results as texts of a bounded length: a page range of them, and a way to go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError

from app.cli.mcp.answers import Format
from app.client import Client
from engines.page_selection import page_ranges

MOST_CHARACTERS = 200_000
"""Of one answer."""
USUAL_CHARACTERS = 20_000
"""About 5,000 tokens of English."""


def whole(client: Client, result_id: str, form: Format, pages: str | None) -> str:
    """A result in a format, of these pages, counted from 1, or of all. Raises ClientError, ToolError.

    JSON comes as a line for each page, and chunks as a line for each, so that parts of it can be read.
    """
    if form == "classification":
        return json.dumps(client.classification(result_id), ensure_ascii=False)
    if form == "chunks":
        lines = client.parse_result(result_id, "chunks").decode().splitlines(keepends=True)
        is_chosen = chosen(pages)
        return "".join(line for line in lines if pages is None or any(map(is_chosen, json.loads(line)["pages"])))
    if form == "json" or pages is not None:
        result = json.loads(client.parse_result(result_id, "json"))
        return "".join(of_pages(result["pages"], form, chosen(pages)))
    return client.parse_result(result_id, form).decode()


def of_pages(pages: list[dict[str, Any]], form: Format, is_chosen: Callable[[int], bool]) -> Iterator[str]:
    """The pages of a result that are chosen, one after the other. Raises ToolError when there is none."""
    numbers = [page["page"] for page in pages if is_chosen(page["page"])]
    if not numbers:
        raise ToolError(f"the result has none of these pages; it has {len(pages)}")
    for page in pages:
        if page["page"] in numbers:
            if form == "json":
                yield json.dumps(page, ensure_ascii=False) + "\n"
            else:
                yield page["md" if form == "markdown" else "text"] + ("\n\n" if page["page"] != numbers[-1] else "")


def chosen(pages: str | None) -> Callable[[int], bool]:
    """Whether a page is among those of an expression such as `1-3,7`. Raises ToolError."""
    try:
        ranges = None if pages is None else page_ranges(pages)
    except ValueError as error:
        raise ToolError(f"pages: {error}") from error
    return lambda number: ranges is None or any(number in one for one in ranges)


def cut(text: str, offset: int, most: int) -> tuple[str, int | None]:
    """At most so many characters of a text from an offset on, and the offset to go on from; None at the end.

    It ends with a line where one ends in its second half. Raises ToolError for an offset beyond the text.
    """
    if offset > len(text):
        raise ToolError(f"the text has {len(text)} characters, and none at {offset}")
    end = offset + most
    if end >= len(text):
        return text[offset:], None
    end = text.rfind("\n", offset + most // 2, end) + 1 or end
    return text[offset:end], end
