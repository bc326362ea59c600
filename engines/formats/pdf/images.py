"""The pictures inside of a PDF: which of them a page keeps, under which names."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image

from engines.containers import pdf_native
from engines.document import ImageKind, Item, ItemKind, Notice, Page, Picture
from engines.errors import SENTENCES, Code
from engines.formats.pdf import blocks
from engines.layout.page import Figure
from engines.parameters.crop import Margins

MOST_PICTURES = 35
"""Pictures kept of one page, the largest; the hosted service has the same bound."""
VOID_BYTES = 4096
"""A PNG of one colour has fewer bytes."""
VOID_PIXELS = 256
"""Smaller pictures may well be black: dots and rules."""


def add(pages: list[Page], images: list[Any], margins: Margins) -> list[Notice]:
    """Give each page its embedded pictures: the largest, those outside the margins left out.

    `images` are those of the native reader, boxes in points. Returns a warning for each page with a picture that could not
    be decoded.
    """
    notes = []
    names = {one.id: blocks.picture_name(one.duplicate_of or one.id, one.format) for one in images}
    for page in pages:
        own = [one for one in images if one.page == page.number and is_inside(one.bbox, page, margins)]
        own.sort(key=lambda one: one.width * one.height, reverse=True)
        page.images += [picture_of(one, names[one.id]) for one in own[:MOST_PICTURES]]
        if any(is_void(one) for one in own):
            notes.append(Notice(Code.IMAGE_UNREADABLE, SENTENCES[Code.IMAGE_UNREADABLE], page.number))
        keep_pictured(page, {blocks.picture_name(one.id, one.format): names[one.id] for one in own[:MOST_PICTURES]})
    return notes


def figures_of(images: list[Any]) -> dict[int, list[Figure]]:
    """The places of the pictures that the native reader found, by the number of their page."""
    found: dict[int, list[Figure]] = {}
    for one in images:
        rect = one.bbox
        place = (rect.x, rect.y, rect.x + rect.width, rect.y + rect.height)
        found.setdefault(one.page, []).append(Figure(blocks.picture_name(one.id, one.format), *place))
    return found


def covers(item: Item, page: Page) -> bool:
    """Whether an item is a picture of the whole page: the scan itself, which its text stands for."""
    return (
        item.kind is ItemKind.IMAGE
        and item.box is not None
        and item.box.width * item.box.height >= 0.9 * page.width * page.height
    )


def is_inside(rect: Any, page: Page, margins: Margins) -> bool:
    """Whether the middle of a rectangle lies within the margins."""
    x = (rect.x + rect.width / 2) / page.width
    y = (rect.y + rect.height / 2) / page.height
    return not margins or (margins.left <= x <= 1 - margins.right and margins.top <= y <= 1 - margins.bottom)


def picture_of(native: Any, name: str) -> Picture:
    """An embedded picture; one that repeats has the name of its first occurrence."""
    media_type = f"image/{'jpeg' if native.format == 'jpg' else native.format}"
    size = native.width, native.height
    return Picture(name, ImageKind.EMBEDDED, pdf_native.box_of(native.bbox), *size, native.bytes, media_type)


def is_void(native: Any) -> bool:
    """Whether a picture came out as nothing but black, which is what the native reader makes of bytes it cannot decode."""
    if native.format != "png" or len(native.bytes) > VOID_BYTES or native.width * native.height < VOID_PIXELS:
        return False
    with Image.open(io.BytesIO(native.bytes)) as image:
        return image.convert("L").getextrema() == (0, 0)


def keep_pictured(page: Page, names: dict[str, str]) -> None:
    """Give picture items the names under which their pictures are kept, and drop those whose picture is not."""
    kept = []
    for item in page.items:
        if item.kind is ItemKind.IMAGE:
            if item.url not in names:
                continue
            item.url = names[item.url]
        kept.append(item)
    page.items = kept
