"""What `sheaf run` leaves behind: a file for each form of each result, and one line for each document."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich import box
from rich.console import Console
from rich.table import Table

from app.cli.documents import Local
from app.client import Client

PICTURE = re.compile(r"[\w-][\w.() -]{0,200}")
"""A name that stays in its folder, whatever server it came from."""
DOWNLOADS = 6
"""Downloads at a time."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document."""

    file: str
    status: str
    seconds: float | None = None
    pages: int | None = None
    type: str | None = None
    confidence: float | None = None
    outputs: tuple[str, ...] = ()
    error: str | None = None
    warnings: tuple[str, ...] = ()


def collect(
    client: Client, job_id: str, documents: Sequence[Local], out: Path, *, is_classified: bool
) -> list[Outcome]:
    """Write the results of a job below `out`; answers the outcomes in the order of the documents.

    Raises ClientError, and OSError when something cannot be written.
    """
    by_name = {item["item_name"]: item for item in client.items(job_id)}
    fetch = fetch_classification if is_classified else fetch_parse_result
    with ThreadPoolExecutor(DOWNLOADS) as threads:
        return list(threads.map(lambda one: fetch(client, by_name[one.name], one.name, out), documents))


def fetch_parse_result(client: Client, item: dict[str, Any], name: str, out: Path) -> Outcome:
    """Write `NAME.md`, `NAME.txt`, `NAME.json` and, where the document has pictures, the folder `NAME.images`."""
    if not has_result(item):
        return without_result(item, name)
    job_id = item["job_id"]
    content = client.parse_result(job_id, "json")
    result = json.loads(content)
    images = list(pictures(result))
    written = [
        write(out, f"{name}.md", link_pictures(client.parse_result(job_id, "markdown"), images, f"{name}.images")),
        write(out, f"{name}.txt", client.parse_result(job_id, "text")),
        write(out, f"{name}.json", content),
    ]
    written.extend(write(out, f"{name}.images/{image}", client.image(job_id, image)) for image in images)
    facts = result["job_metadata"]
    return Outcome(
        file=name,
        status=item["status"],
        seconds=facts.get("job_seconds", seconds(item)),
        pages=len(result["pages"]),
        outputs=tuple(written),
        warnings=tuple(warning_line(one) for one in facts.get("warnings") or ()),
    )


def fetch_classification(client: Client, item: dict[str, Any], name: str, out: Path) -> Outcome:
    """Write `NAME.classification.json`: type, confidence and reasoning."""
    if not has_result(item):
        return without_result(item, name)
    result = client.classification(item["job_id"])
    return Outcome(
        file=name,
        status=item["status"],
        seconds=seconds(item),
        type=result["type"],
        confidence=result["confidence"],
        outputs=(write(out, f"{name}.classification.json", json.dumps(result, indent=2).encode()),),
    )


def has_result(item: dict[str, Any]) -> bool:
    """Whether there is something to fetch: of an item that was already processed, its earlier result."""
    return bool(item["status"] == "completed" or item["skip_reason"] == "already_processed")


def without_result(item: dict[str, Any], name: str) -> Outcome:
    """The outcome of an item that left nothing."""
    error = item["error_message"] or item["skip_reason"]
    return Outcome(file=name, status=item["status"], seconds=seconds(item), error=error)


def seconds(item: dict[str, Any]) -> float | None:
    """How long the item was worked on."""
    if not (item["started_at"] and item["completed_at"]):
        return None
    began, ended = (dt.datetime.fromisoformat(item[key]) for key in ("started_at", "completed_at"))
    return max(0.0, (ended - began).total_seconds())


def pictures(result: dict[str, Any]) -> Iterator[str]:
    """Names of the pictures of a result; a picture that several pages show comes once, one that is no plain name never."""
    names = (image["name"] for page in result["pages"] for image in page.get("images") or ())
    yield from dict.fromkeys(name for name in names if PICTURE.fullmatch(name))


def link_pictures(markdown: bytes, images: Sequence[str], folder: str) -> bytes:
    """Let the pictures of a Markdown text be found in the folder beside it."""
    place = quote(Path(folder).name)
    for image in images:
        markdown = markdown.replace(f"]({image})".encode(), f"]({place}/{image})".encode())
    return markdown


def write(out: Path, name: str, content: bytes) -> str:
    """Write a file below `out`, folders and all; answers its path."""
    path = out / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path)


def warning_line(warning: Any) -> str:
    """A warning of a result, which is an object or a line already."""
    return f"{warning['code']}: {warning['message']}" if isinstance(warning, dict) else str(warning)


def print_table(console: Console, outcomes: Sequence[Outcome], *, is_classified: bool) -> None:
    """The table of outcomes, then the errors and warnings in full."""
    table = Table(box=box.SIMPLE_HEAD)
    for title in ("File", "Status", *(("Type", "Confidence") if is_classified else ("Pages",)), "Seconds", "Output"):
        table.add_column(
            title, justify="right" if title in {"Pages", "Confidence", "Seconds"} else "left", overflow="fold"
        )
    for one in outcomes:
        middle = (one.type or "", shown(one.confidence)) if is_classified else (shown(one.pages),)
        table.add_row(one.file, one.status, *middle, shown(one.seconds), next(iter(one.outputs), ""))
    console.print(table)
    for one in outcomes:
        if one.error:
            console.print(f"{one.status} {one.file}: {one.error}")
    for line, files in gather_warnings(outcomes).items():
        console.print(
            f"warning {', '.join(files[:3])}{f' and {len(files) - 3} more' if len(files) > 3 else ''}: {line}"
        )


def gather_warnings(outcomes: Sequence[Outcome]) -> dict[str, list[str]]:
    """Each warning once, with the files it is about."""
    found: dict[str, list[str]] = {}
    for one in outcomes:
        for line in one.warnings:
            found.setdefault(line, []).append(one.file)
    return found


def shown(number: float | None) -> str:
    """A number in a cell; nothing for None."""
    if number is None:
        return ""
    return str(number) if isinstance(number, int) else f"{number:.2f}"


def as_json(job: dict[str, Any], outcomes: Sequence[Outcome]) -> str:
    """The outcome of a run for programs."""
    return json.dumps({"job": job, "documents": [asdict(one) for one in outcomes]}, indent=2)
