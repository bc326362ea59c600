"""Pictures inside of documents that a model looks at: described in words, or told as tables where they are charts."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from engines.build.markdown import MarkdownReader
from engines.build.page_builder import PageBuilder
from engines.containers import pdf_native
from engines.context import Context
from engines.document import Box, Document, Item, ItemKind, Page
from engines.errors import DocumentError
from engines.llm.asking import ModelRequest, ModelRole
from engines.llm.permits import note_ceiling
from engines.llm.prompting import prompt, question, unwrapped
from engines.parameters import ParseParameters

SMALLEST = 48
"""Pixels of the shorter side of a picture that may say something."""
LARGEST = 2048
"""Pixels of the longer side of what a model is shown."""
MOST = 200
"""Pictures of one document that a model is shown."""
DPI = 150.0
"""Pixels an inch of what is cut out of pages."""


@dataclass(slots=True)
class Figure:
    """A picture in its place."""

    page: Page
    item: Item
    content: bytes
    """JPEG or PNG."""


def figures_of(document: Document) -> list[Figure]:
    """The pictures of a document that are large enough to say something, each as it is or as its page shows it."""
    found: list[Figure] = []
    for page in document.pages:
        by_name = {one.name: one.content for one in page.images}
        items = [item for item in page.items if item.kind is ItemKind.IMAGE]
        missing = [item for item in items if not by_name.get(item.url)]
        shot = shot_of(document, page) if any(item.box for item in missing) else None
        for item in items:
            content = by_name.get(item.url) or (cut(shot, item.box, page) if shot and item.box else b"")
            if content and (shown := presentable(content)):
                found.append(Figure(page, item, shown))
    return found[:MOST]


def shot_of(document: Document, page: Page) -> Image.Image | None:
    """The picture of a page; None of documents without paper, and where it cannot be made."""
    if not document.paper:
        return None
    try:
        with pdf_native.drawable(document.paper) as path:
            return Image.open(io.BytesIO(pdf_native.picture(path, page.number, DPI)))
    except (DocumentError, OSError):
        return None


def cut(shot: Image.Image, box: Box, page: Page) -> bytes:
    """What stands in a box of a page."""
    across, down = shot.width / page.width, shot.height / page.height
    right, bottom = (box.x + box.width) * across, (box.y + box.height) * down
    target = io.BytesIO()
    shot.convert("RGB").crop((box.x * across, box.y * down, right, bottom)).save(target, "PNG")
    return target.getvalue()


def presentable(content: bytes, smallest: int = SMALLEST) -> bytes:
    """A picture as JPEG of bounded size; nothing for one of fewer pixels on a side than `smallest`, or that cannot be read."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if min(image.size) < smallest:
                return b""
            plain = image.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        return b""
    plain.thumbnail((LARGEST, LARGEST))
    target = io.BytesIO()
    plain.save(target, "JPEG", quality=90)
    return target.getvalue()


def can_look(context: Context) -> bool:
    """Whether there is a model that is shown pictures."""
    return context.model is not None and context.model.sees


def descriptions_of(document: Document, context: Context) -> list[tuple[Item, str]]:
    """The pictures of a document with what a model says of each; those it says nothing of are left out."""
    figures = figures_of(document)
    told = look(figures, [request_for(one, prompt("describe-user")) for one in figures], document, context)
    return [(one.item, text) for one, text in zip(figures, told, strict=True) if text]


def read_charts(document: Document, parameters: ParseParameters, context: Context) -> set[int]:
    """Put below each chart its data as a table; returns the numbers of pages of whose pictures something could not be told."""
    figures = figures_of(document)
    answers = look(figures, [request_for(one, prompt("chart-user")) for one in figures], document, context)
    if parameters.specialized_chart_parsing_agentic:
        answers = checked(figures, answers, document, context)
    failed = {page.number for page in document.pages if any(item.kind is ItemKind.IMAGE for item in page.items)}
    failed -= {one.page.number for one in figures}
    for one, answer in zip(figures, answers, strict=True):
        if not answer:
            failed.add(one.page.number)
        elif tables := tables_in(answer):
            place = next(place for place, item in enumerate(one.page.items) if item is one.item)
            one.page.items[place + 1 : place + 1] = tables
            one.page.markdown = None
    return failed


def checked(figures: Sequence[Figure], answers: Sequence[str], document: Document, context: Context) -> list[str]:
    """The tables after the model has compared each with its chart; one that the comparison loses stays as it was."""
    doubtful = [(one, answer) for one, answer in zip(figures, answers, strict=True) if tables_in(answer)]
    requests = [request_for(one, prompt("chart-check"), {"The table": answer}) for one, answer in doubtful]
    again = look([one for one, _ in doubtful], requests, document, context)
    better = {id(one): text for (one, _), text in zip(doubtful, again, strict=True) if tables_in(text)}
    return [better.get(id(one), answer) for one, answer in zip(figures, answers, strict=True)]


def tables_in(answer: str) -> list[Item]:
    """The tables of an answer as items."""
    builder = PageBuilder()
    MarkdownReader(builder, lambda _address, _alt: None).read(answer)
    return [item for item in builder.items if item.kind is ItemKind.TABLE]


def request_for(one: Figure, task: str, blocks: dict[str, str] | None = None) -> ModelRequest:
    """The question about a picture."""
    caption = {"Its caption": one.item.caption or one.item.text}
    return ModelRequest(
        system=prompt("figure-system"),
        user=question(task, "", caption | (blocks or {})),
        pictures=(one.content,),
        role=ModelRole.VISION,
        most_tokens=4096,
    )


def look(
    figures: Sequence[Figure], requests: Sequence[ModelRequest], document: Document, context: Context
) -> list[str]:
    """What a model answers of each picture; nothing where it does not."""
    if context.model is None or not figures:
        return []
    total = len(document.pages)
    replies = context.model.ask(requests, lambda _done: context.progress(total, total))
    if limit := next((reply.limit for reply in replies if reply.limit), ""):
        note_ceiling(document, limit)
    return [unwrapped(reply.text) for reply in replies]
