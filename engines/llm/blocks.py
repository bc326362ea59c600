"""Pages that a model rebuilds block by block of their layout: each table alone, and each stretch of text between two of them."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from itertools import groupby

from PIL import Image

from engines.context import Context
from engines.document import Document, Item, ItemKind, Page, around
from engines.llm.asking import ModelRequest, ModelRole
from engines.llm.figures import cut, presentable
from engines.llm.pages import Work, finish, works_of
from engines.llm.prompting import Wording, prompt, question, unwrapped, wording_of
from engines.parameters import ParseParameters
from engines.render.framing import Frame
from engines.render.pages import page_result

APART = frozenset({ItemKind.TABLE, ItemKind.CODE, ItemKind.IMAGE})
"""What is a block by itself."""
LINE = 8
"""Pixels of the height of a line that can be read."""


@dataclass(slots=True)
class Part:
    """A block of a page."""

    work: Work
    items: list[Item]
    draft: str
    picture: bytes = b""
    answer: str = ""
    failure: str = ""
    limit: str = ""


def rebuild_blocks(document: Document, parameters: ParseParameters, context: Context) -> None:
    """Have each block rebuilt; one without an answer stays as it was read, and a page fails without any.

    Raises as engines.llm.pages.rebuild_pages does.
    """
    if context.model is None:
        return
    wording = wording_of(parameters)
    works = works_of(document, parameters, context)
    parts = [part for one in works for part in parts_of(one, document, parameters)]
    total = len(document.pages)
    requests = [request_for(one, wording) for one in parts]
    replies = context.model.ask(requests, lambda _done: context.progress(total, total)) if requests else []
    for part, reply in zip(parts, replies, strict=True):
        part.answer, part.failure, part.limit = unwrapped(reply.text) or part.draft, reply.failure, reply.limit
    told = []
    for _, group in groupby(parts, key=lambda part: id(part.work)):
        own = list(group)
        one = own[0].work
        one.answer = "\n\n".join(part.answer for part in own)
        one.failure = own[0].failure if all(part.failure for part in own) else ""
        one.limit = next((part.limit for part in own if part.limit), "")
        told.append(one)
    finish(told, wording, document, parameters, context)
    for part in parts:
        place(part)


def parts_of(work: Work, document: Document, parameters: ParseParameters) -> list[Part]:
    """The blocks of a page in their order, those without words left out; a page whose Markdown is its own text is one."""
    page = work.page
    if page.markdown is not None:
        return [Part(work, page.items, work.draft, work.picture)]
    shot = Image.open(io.BytesIO(work.picture)) if work.picture else None
    parts = []
    for group in blocks_of(page):
        draft = page_result(replace(page, items=group, header="", footer=""), document, parameters, PLAIN)["md"]
        boxes = [item.box for item in group if item.box]
        picture = presentable(cut(shot, around(boxes), page), LINE) if shot and boxes else b""
        if draft.strip():
            parts.append(Part(work, group, draft, picture))
    return parts


PLAIN = Frame.of(ParseParameters())


def blocks_of(page: Page) -> list[list[Item]]:
    """The items of a page: each that stands apart alone, those between together."""
    keyed = groupby(enumerate(page.items), key=lambda one: one[0] if one[1].kind in APART else -1)
    return [[item for _, item in group] for _, group in keyed]


def request_for(part: Part, wording: Wording) -> ModelRequest:
    """The question about a block."""
    task = wording.task or prompt("block-user")
    return ModelRequest(
        system=wording.system,
        user=question(task, wording.guidance, {"The draft of its Markdown": part.draft}),
        pictures=(part.picture,) if part.picture else (),
        role=ModelRole.VISION if part.picture else ModelRole.DEFAULT,
    )


def place(part: Part) -> None:
    """Give the items that a block has become its box, where no better one is known; they are told by the block's answer."""
    boxes = [item.box for item in part.items if item.box]
    if boxes:
        for item in part.work.page.items:
            if item.box is None and is_of(item, part):
                item.box = around(boxes)


def is_of(item: Item, part: Part) -> bool:
    """Whether an item comes from a block's answer."""
    texts = [cell.text for row in item.rows for cell in row] or [entry.text for entry in item.entries] or [item.text]
    return all(text in part.answer for text in texts)
