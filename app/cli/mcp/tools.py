"""What the five tools do. Their docstrings and the sentences of their arguments are what clients are told of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Literal

import click
from anyio import to_thread
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, Field

from app.cli.configuration import classify_job, no_parameter
from app.cli.connection import connect
from app.cli.documents import Local
from app.cli.mcp import excerpts
from app.cli.mcp.answers import (
    Classified,
    Format,
    ItemState,
    JobState,
    ParsedFile,
    ReadResult,
    Rule,
    SubmittedFolder,
)
from app.cli.mcp.jobs import follow, job_of_call, send
from app.cli.mcp.roots import Roots
from app.cli.outputs import has_result, job_id_of, warning_line, without_result
from app.client import TERMINAL, Client, ClientError, ItemAnswer
from engines.parameters import PARAMETERS

FilePath = Annotated[
    str, Field(description="The file, in one of the folders that may be read; relative to these, or absolute.")
]
Parameters = Annotated[
    dict[str, Any] | None,
    Field(
        description="Parse parameters by name, for instance target_pages (such as '0-4', from 0), max_pages, languages (a list of "
        "codes such as ['de']), output_tables_as_HTML, disable_ocr. The server's /docs lists all."
    ),
]
Most = Annotated[int, Field(ge=1, le=excerpts.MOST_CHARACTERS, description="Characters of text in the answer at most.")]
Offset = Annotated[int, Field(ge=0, description="Where to go on: the next_offset of the answer before.")]
Wait = Annotated[
    float,
    Field(
        ge=0, le=3600, description="Seconds to wait; a document that takes longer is told as running, with its job_id."
    ),
]
USUAL_WAIT = 50.0
"""Less than the minute after which many clients give a call up."""


@contextmanager
def told() -> Iterator[None]:
    """What a command would end with is told to the caller, in the same words."""
    try:
        yield
    except (ClientError, click.ClickException, OSError) as error:
        raise ToolError(error.format_message() if isinstance(error, click.ClickException) else str(error)) from error


class Tools:
    """The tools, over the documents of some folders and the server that is there when they are called."""

    def __init__(self, roots: Roots) -> None:
        self._roots = roots

    async def parse_file(
        self,
        call: Context[Any, Any],
        path: FilePath,
        parameters: Parameters = None,
        max_characters: Most = excerpts.USUAL_CHARACTERS,
        wait_seconds: Wait = USUAL_WAIT,
    ) -> Annotated[CallToolResult, ParsedFile]:
        """Read a document and answer its content as Markdown.

        For PDFs, Word, PowerPoint and Excel files, OpenDocument, pictures and scans (by OCR), HTML, EPUB, mail and text. A long
        document is cut: read_result goes on at next_offset, or reads single pages or other formats.
        """
        with told(), connect() as client:
            document = self._roots.document(path)
            config = parse_job(parameters or {})
            job_id, item = await work_on(client, call, document, config, wait_seconds)
            if item is None:
                facts = ParsedFile.running(job_id)
                return answer(
                    "", f"{document.name} is still being read: job_status('{job_id}') tells when it is done.", facts
                )
            result_id = job_id_of(item)
            text = await to_thread.run_sync(excerpts.whole, client, result_id, "markdown", None)
            result = json.loads(await to_thread.run_sync(client.parse_result, result_id, "json"))
            part, following = excerpts.cut(text, 0, max_characters)
            facts = ParsedFile(
                text=part,
                offset=0,
                next_offset=following,
                total_characters=len(text),
                job_id=job_id,
                status="completed",
                result_id=result_id,
                pages=len(result["pages"]),
                warnings=[warning_line(one) for one in result["job_metadata"].get("warnings") or ()],
            )
            pages = f"{facts.pages} page{'' if facts.pages == 1 else 's'}"
            notes = [f"result_id {result_id}, {pages}", *facts.warnings, *way_on(facts, result_id, "markdown")]
            return answer(part, "\n".join(notes), facts)

    async def submit_folder(
        self,
        path: Annotated[
            str, Field(description="The folder, one of those that may be read or below; '.' is the first.")
        ],
        parameters: Parameters = None,
    ) -> SubmittedFolder:
        """Begin a job that reads all documents of a folder and of its folders, and answer its id without waiting.

        Hidden files and what no reader knows are left out. job_status tells how far the job is and the results' ids.
        """
        with told(), connect() as client:
            config = parse_job(parameters or {})
            documents, left_out = await to_thread.run_sync(self._roots.documents, path)
            directory_id, unsent = await send(client, documents)
            if len(unsent) == len(documents):
                raise ToolError("; ".join(f"{name} {reason}" for name, reason in unsent.items()))
            async with job_of_call(client, directory_id, config) as job_id:
                return SubmittedFolder(
                    job_id=job_id, documents=len(documents) - len(unsent), unsent=unsent, left_out=left_out or None
                )

    async def job_status(
        self,
        job_id: Annotated[str, Field(description="The job_id that another tool has answered.")],
        only: Annotated[
            Literal["pending", "processing", "completed", "failed", "skipped", "cancelled"] | None,
            Field(description="List documents of this status alone."),
        ] = None,
        offset: Offset = 0,
        max_items: Annotated[int, Field(ge=1, le=1000, description="Documents in the answer at most.")] = 100,
    ) -> JobState:
        """Tell how far a job is, and of each of its documents the status, the result's id, or why it failed."""
        with told(), connect() as client:
            found = await to_thread.run_sync(client.status, job_id)
            page = await to_thread.run_sync(
                lambda: client.item_page(job_id, offset=offset, limit=max_items, status=only)
            )
            job, end = found["job"], offset + len(page["items"])
            return JobState(
                job_id=job_id,
                status=job["status"],
                progress_percentage=found["progress_percentage"],
                total_items=job["total_items"],
                processed_items=job["processed_items"],
                failed_items=job["failed_items"],
                skipped_items=job["skipped_items"],
                error_message=job["error_message"] or job.get("cancel_reason"),
                items=[state_of(item) for item in page["items"]],
                next_offset=end if page["items"] and end < page["total_size"] else None,
            )

    async def read_result(
        self,
        result_id: Annotated[str, Field(description="The result_id of a document that is done.")],
        format: Annotated[  # noqa: A002 - what callers know it by
            Format,
            Field(
                description="markdown; text, laid out as on the page; json, a line for each page with its items and their places; "
                "chunks for retrieval, a line of JSON for each; or classification, of a result of classify."
            ),
        ] = "markdown",
        pages: Annotated[
            str | None, Field(description="Pages, counted from 1, such as '1-3,7'; all without it.")
        ] = None,
        offset: Offset = 0,
        max_characters: Most = excerpts.USUAL_CHARACTERS,
    ) -> Annotated[CallToolResult, ReadResult]:
        """Read the result of a document that another tool has had read, as a whole or page by page.

        The answer has at most max_characters; the same call goes on at next_offset.
        """
        with told(), connect() as client:
            text = await to_thread.run_sync(excerpts.whole, client, result_id, format, pages)
            part, following = excerpts.cut(text, offset, max_characters)
            facts = ReadResult(
                text=part,
                offset=offset,
                next_offset=following,
                total_characters=len(text),
                result_id=result_id,
                format=format,
            )
            return answer(part, "\n".join(way_on(facts, result_id, format, pages)), facts)

    async def classify(
        self,
        call: Context[Any, Any],
        path: FilePath,
        rules: Annotated[list[Rule], Field(min_length=1, description="The types to choose from.")],
        mode: Annotated[
            Literal["FAST", "MULTIMODAL"],
            Field(description="FAST goes by the text, MULTIMODAL by pictures of pages too."),
        ] = "FAST",
        wait_seconds: Wait = USUAL_WAIT,
    ) -> Classified:
        """Find out which of some types a document is of, with a confidence and the reasons."""
        with told(), connect() as client:
            document = self._roots.document(path)
            config = classify_job({"rules": [rule.model_dump(exclude_defaults=True) for rule in rules], "mode": mode})
            job_id, item = await work_on(client, call, document, config, wait_seconds)
            if item is None:
                return Classified(job_id=job_id, status="running", type=None, confidence=None, reasoning=None)
            found = await to_thread.run_sync(client.classification, job_id_of(item))
            return Classified(job_id=job_id, status="completed", **found)


def parse_job(parameters: dict[str, Any]) -> dict[str, Any]:
    """The `job_config` of a parse job. Raises ToolError for a name that no parameter has: servers pass such names over."""
    for name in parameters:
        if name not in PARAMETERS:
            raise ToolError(no_parameter(name))
    return {"job_name": "parse_raw_file_job", "parameters": parameters}


async def work_on(
    client: Client, call: Context[Any, Any], document: Local, config: dict[str, Any], wait_seconds: float
) -> tuple[str, ItemAnswer | None]:
    """Have one document worked on; answers the job's id and its item, or None while that is not done.

    Raises ClientError; ToolError for a document that came to nothing, with the code and the sentence why.
    """

    async def tell(seconds: float, message: str) -> None:
        await call.report_progress(seconds, message=message)

    directory_id, unsent = await send(client, [document])
    if unsent:
        raise ToolError(f"{document.name} {unsent[document.name]}")
    async with job_of_call(client, directory_id, config) as job_id:
        try:
            job = await follow(client, job_id, wait_seconds, tell, document.name)
            if job["status"] not in TERMINAL:
                return job_id, None
            page = await to_thread.run_sync(lambda: client.item_page(job_id, offset=0, limit=1))
        except ClientError as error:
            raise ToolError(f"{error}; job_status('{job_id}') tells later what became of the job") from error
    item = next(iter(page["items"]), None)
    if item is None or not has_result(item):
        reason = without_result(item, document.name).error if item else None
        raise ToolError(reason or job["error_message"] or job.get("cancel_reason") or f"the job {job['status']}")
    return job_id, item


def state_of(item: ItemAnswer) -> ItemState:
    """A document of a job."""
    return ItemState(
        name=item["item_name"],
        status=item["status"],
        result_id=item["job_id"] if has_result(item) else None,
        reason=item.get("error_message") or item.get("skip_reason"),
    )


def answer(text: str, note: str, facts: BaseModel) -> CallToolResult:
    """A text to be read, apart from it what is to be known of it, and all of it for programs."""
    content = [TextContent(type="text", text=one) for one in (text, note) if one]
    return CallToolResult(content=[*content], structured_content=facts.model_dump(mode="json"))


def way_on(facts: ParsedFile | ReadResult, result_id: str, form: str, pages: str | None = None) -> list[str]:
    """How to read on, where there is more."""
    if facts.next_offset is None:
        return []
    arguments = {
        "result_id": result_id,
        "format": form,
        **({"pages": pages} if pages else {}),
        "offset": facts.next_offset,
    }
    shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    return [
        f"Characters {facts.offset} to {facts.next_offset} of {facts.total_characters}; read_result({shown}) goes on."
    ]
