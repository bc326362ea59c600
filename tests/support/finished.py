"""Items whose work is done, with real outputs in a real store, for tests of what reads them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from engines.document import Box, Cell, Document, ImageKind, Item, ItemKind, Link, Page, Picture
from engines.errors import Code, DocumentError
from engines.render import render
from models import BatchItem, ProcessingResult, Session
from models.base import new_uuid
from models.snapshot import create_batch
from models.states import ItemStatus
from schemas import job_config
from schemas.batch import new_job
from schemas.job_config import parse_parameters_of
from support.sources import stored_files

RULES = [
    {"type": "invoice", "description": "Asks to be paid for goods or services"},
    {"type": "letter", "description": "Is addressed to somebody and signed"},
]
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
OUTCOME = {"type": "invoice", "confidence": 0.8, "reasoning": "It asks to be paid."}


def sample() -> Document:
    """Two pages with one item of each kind, and a third that failed."""
    items = [
        Item(kind=ItemKind.HEADING, text="Report", level=2, box=Box(72, 72, 200, 20)),
        Item(kind=ItemKind.TEXT, text="All is well.", box=Box(72, 100, 200, 12)),
        Item(kind=ItemKind.LIST, ordered=True, entries=[Item(kind=ItemKind.TEXT, text="one", marker="1.")]),
        Item(kind=ItemKind.TABLE, rows=[[Cell("a"), Cell("b")], [Cell("1"), Cell("2")]]),
        Item(kind=ItemKind.CODE, text="print()", language="python"),
        Item(kind=ItemKind.IMAGE, url="img_p0_1.png", caption="A dot"),
        Item(kind=ItemKind.LINK, url="https://example.org/", text="more"),
    ]
    picture = Picture(
        name="img_p0_1.png", kind=ImageKind.EMBEDDED, box=Box(10.4, 20.6, 30, 40), width=1, height=1, content=PIXEL
    )
    shot = Picture(
        name="page_1.jpg",
        kind=ImageKind.SCREENSHOT,
        box=None,
        width=612,
        height=792,
        content=b"\xff\xd8",
        media_type="image/jpeg",
    )
    return Document(
        pages=[
            Page(
                number=1,
                text="Report\nAll is well.",
                items=items,
                images=[picture, shot],
                links=[Link("https://example.org/", "more")],
                header="Running header",
                footer="Page 1",
                printed_number="i",
                rotation=90.0,
            ),
            Page(number=2, text="The end.", items=[Item(kind=ItemKind.TEXT, text="The end.")], speaker_notes="Smile"),
            Page(number=3, text="raw", error=str(DocumentError(Code.PDF_IS_BROKEN))),
        ],
        media_type="application/pdf",
        total_pages=3,
    )


def item_of(app: Flask, project_id: str, config: dict[str, Any], name: str = "report.pdf", **columns: Any) -> BatchItem:
    """An item of a batch of one, with `columns` set as if work on it had come that far."""
    [file_id] = stored_files(project_id, name)
    with Session.begin() as session:
        job = new_job(job_config.load(config), project_id=project_id, user_id="somebody", page_size=1, cycle_items=1)
        create_batch(session, job, item_ids=[file_id])
        item = session.query(BatchItem).where(BatchItem.job_id == job.id).one()
        for column, value in columns.items():
            setattr(item, column, value)
        return item


def parsed(
    app: Flask,
    project_id: str,
    parameters: dict[str, Any] | None = None,
    *,
    more: dict[str, bytes] | None = None,
    cache_hit: bool = False,
    partial: bool = True,
) -> str:
    """Id of the parse job of a finished item with the outputs of `sample`, and `more`."""
    config = {"parameters": parameters or {}}
    item = item_of(app, project_id, config, work_id=f"pjb-{new_uuid()}", status=ItemStatus.COMPLETED)
    outputs = render(
        sample(), parse_parameters_of(job_config.load(config)), {"job_pages": 3, "job_is_cache_hit": False}
    )
    details = {"pages": 3, "warnings": [], "failed_pages": [3], "cache_hit": cache_hit}
    return _record(app, project_id, item, outputs | (more or {}), details, partial=partial)


def classified(app: Flask, project_id: str, **config: Any) -> str:
    """Id of the classify job of a finished item."""
    item = item_of(app, project_id, {"rules": RULES, **config}, work_id=new_uuid(), status=ItemStatus.COMPLETED)
    outputs = {"output.json": b"{}", "output.txt": b"Please pay"}
    return _record(app, project_id, item, outputs, {"classification": OUTCOME}, partial=False)


def _record(
    app: Flask, project_id: str, item: BatchItem, outputs: dict[str, bytes], details: dict[str, Any], *, partial: bool
) -> str:
    prefix = f"{project_id}/{item.job_id}/{new_uuid()}"
    app.extensions["sheaf"].storage.put_all(prefix, outputs)
    result = ProcessingResult(
        item_id=item.id,
        job_id=item.job_id,
        project_id=project_id,
        source_id=item.source_id,
        job_type="classify" if "classification" in details else "parse",
        parameters_hash="0" * 64,
        work_id=item.work_id,
        prefix=prefix,
        outputs={name: len(content) for name, content in outputs.items()},
        details=details,
        partial=partial,
    )
    with Session.begin() as session:
        session.add(result)
    return item.work_id or ""
