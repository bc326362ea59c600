"""What `sheaf run` leaves behind: a file for each form of each result, and one line for each document."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from rich import box
from rich.console import Console
from rich.table import Table

from app.cli.documents import ENDINGS, PICTURES
from app.client import Client, ClientError, ItemAnswer, Job

PICTURE = re.compile(r"[\w-][\w.() -]{0,200}")
"""A name that stays in its folder, whatever server it came from."""
DELETED = "its job was deleted on the server before the result was here; run the same command again"
GONE = 404
NAMED = 3
"""So many of the documents that share a message are named."""


@dataclass(frozen=True, slots=True)
class DocumentReport:
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
    is_earlier: bool = False
    """Whether it was there before this run."""

    @classmethod
    def failed(cls, file: str, error: str) -> Self:
        """Of a document that failed on this side of the API."""
        return cls(file=file, status="failed", error=error)


def fetch_parse_result(
    client: Client, item: ItemAnswer, name: str, out: Path, formats: Collection[str] = ()
) -> DocumentReport:
    """Write `NAME.md`, `NAME.txt`, `NAME.json` and, where the document has pictures, the folder `NAME.images`.

    Of `formats`, `chunks` adds `NAME.chunks.jsonl`, or a warning where the result has no Markdown.
    """
    if not has_result(item):
        return without_result(item, name)
    job_id = job_id_of(item)
    content = client.parse_result(job_id, "json")
    result = json.loads(content)
    images = list(pictures(result))
    written = [
        write_file(
            out, f"{name}.md", link_pictures(client.parse_result(job_id, "markdown"), images, f"{name}{PICTURES}")
        ),
        write_file(out, f"{name}.txt", client.parse_result(job_id, "text")),
        write_file(out, f"{name}.json", content),
    ]
    written.extend(write_file(out, f"{name}{PICTURES}/{image}", client.image(job_id, image)) for image in images)
    facts = result["job_metadata"]
    warnings = [warning_line(one) for one in facts.get("warnings") or ()]
    if "chunks" in formats:
        try:
            written.append(write_file(out, f"{name}{ENDINGS['chunks']}", client.parse_result(job_id, "chunks")))
        except ClientError as error:
            if error.status != GONE:
                raise
            warnings.append(f"no chunks: {error}")
    return DocumentReport(
        file=name,
        status=item["status"],
        seconds=facts.get("job_seconds", seconds(item)),
        pages=len(result["pages"]),
        outputs=tuple(written),
        warnings=tuple(warnings),
    )


def fetch_classification(client: Client, item: ItemAnswer, name: str, out: Path) -> DocumentReport:
    """Write `NAME.classification.json`: type, confidence and reasoning."""
    if not has_result(item):
        return without_result(item, name)
    result = client.classification(job_id_of(item))
    return DocumentReport(
        file=name,
        status=item["status"],
        seconds=seconds(item),
        type=result["type"],
        confidence=result["confidence"],
        outputs=(write_file(out, f"{name}.classification.json", json.dumps(result, indent=2).encode()),),
    )


def is_processed(item: ItemAnswer) -> bool:
    """Whether the item has had a result: one that was already processed, an earlier one."""
    return bool(item["status"] == "completed" or item.get("skip_reason") == "already_processed")


def has_result(item: ItemAnswer) -> bool:
    """Whether there is something to fetch: the job of an item may have been deleted, with its result."""
    return is_processed(item) and bool(item["job_id"])


def job_id_of(item: ItemAnswer) -> str:
    """Id of the parse or classify job behind an item that has a result."""
    return item["job_id"] or ""


def without_result(item: ItemAnswer, name: str) -> DocumentReport:
    """The outcome of an item that left nothing, or whose result is gone."""
    if is_processed(item):
        return DocumentReport.failed(name, DELETED)
    error = item["error_message"] or item["skip_reason"]
    return DocumentReport(file=name, status=item["status"], seconds=seconds(item), error=error)


def seconds(item: ItemAnswer) -> float | None:
    """How long the item was worked on; None when it was not."""
    started_at, completed_at = item.get("started_at"), item.get("completed_at")
    if not (started_at and completed_at):
        return None
    return max(0.0, (dt.datetime.fromisoformat(completed_at) - dt.datetime.fromisoformat(started_at)).total_seconds())


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


def write_file(out: Path, name: str, content: bytes) -> str:
    """Write a file below `out`, folders and all, so that it is there whole or not at all; answers its path. Raises OSError."""
    path = out / name
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".sheaf-{uuid.uuid4().hex[:12]}")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    return str(path)


def warning_line(warning: Any) -> str:
    """A warning of a result, which is an object or a line already."""
    return f"{warning['code']}: {warning['message']}" if isinstance(warning, dict) else str(warning)


def print_table(console: Console, outcomes: Sequence[DocumentReport], *, is_classified: bool) -> None:
    """The table of outcomes, then the errors and warnings in full, each once."""
    table = Table(box=box.SIMPLE_HEAD)
    for title in ("File", "Status", *(("Type", "Confidence") if is_classified else ("Pages",)), "Seconds", "Output"):
        table.add_column(
            title, justify="right" if title in {"Pages", "Confidence", "Seconds"} else "left", overflow="fold"
        )
    for one in outcomes:
        middle = (one.type or "", number_cell(one.confidence)) if is_classified else (number_cell(one.pages),)
        status = f"{one.status} earlier" if one.is_earlier else one.status
        table.add_row(one.file, status, *middle, number_cell(one.seconds), next(iter(one.outputs), ""))
    console.print(table)
    messages = [(one.status, one.error, one.file) for one in outcomes if one.error]
    messages += [("warning", line, one.file) for one in outcomes for line in one.warnings]
    print_messages(console, messages)


def print_messages(console: Console, messages: Sequence[tuple[str, str, str]]) -> None:
    """Kind, text and file of each message: a text once, with the first files it is about."""
    for (kind, text), files in gather(messages).items():
        more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
        console.print(f"{kind} {', '.join(files[:NAMED])}{more}: {text}")


def gather(messages: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str], list[str]]:
    """Each message once, with the files it is about."""
    files_by_message: dict[tuple[str, str], list[str]] = {}
    for kind, text, file in messages:
        files_by_message.setdefault((kind, text), []).append(file)
    return files_by_message


def summary(outcomes: Sequence[DocumentReport], seconds: float, out: Path) -> str:
    """A run in one line: how many documents and pages, what did not go well, how long it took, where the results are."""
    counts = Counter(one.status for one in outcomes if one.status != "completed")
    pages = sum(one.pages or 0 for one in outcomes)
    earlier = sum(one.is_earlier for one in outcomes)
    parts = [
        f"{len(outcomes)} document{'' if len(outcomes) == 1 else 's'}",
        *(f"{count} {status}" for status, count in sorted(counts.items())),
        *([f"{earlier} done earlier"] if earlier else []),
        *([f"{pages} page{'' if pages == 1 else 's'}"] if pages else []),
    ]
    return f"{', '.join(parts)} in {seconds:.1f} s; results in {out}"


def number_cell(number: float | None) -> str:
    """A number in a cell; nothing for None."""
    if number is None:
        return ""
    return str(number) if isinstance(number, int) else f"{number:.2f}"


def as_json(job: Job | None, outcomes: Sequence[DocumentReport]) -> str:
    """The outcome of a run for programs; there is no job when everything was done earlier."""
    return json.dumps({"job": job, "documents": [asdict(one) for one in outcomes]}, indent=2)
