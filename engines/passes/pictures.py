"""Pictures in the Markdown: described by the text in them, or put into it as they are."""

from __future__ import annotations

import base64

from engines.context import Context
from engines.document import Document, ImageKind, Item, ItemKind, Notice, Page, Picture
from engines.errors import SENTENCES, Code, DocumentError
from engines.llm import figures
from engines.ocr.picture_text import text_in
from engines.parameters import ParseParameters, SaveableImage, saved_images

MOST_INLINE = 4 << 20
"""Bytes of the largest picture that is put into the Markdown."""


def require_pictures(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """`strict_mode_image_extraction`: raise IMAGE_UNREADABLE when a picture could not be taken out of the document."""
    if not parameters.strict_mode_image_extraction:
        return
    lost = next((note for note in document.warnings if note.code == Code.IMAGE_UNREADABLE), None)
    if lost is not None:
        raise DocumentError(Code.IMAGE_UNREADABLE, f"page {lost.page}, strict_mode_image_extraction")


def describe(document: Document, parameters: ParseParameters, context: Context) -> None:
    """`specialized_image_parsing`: below each picture its alternative text, and what a model says of it, else the words in it."""
    if not parameters.specialized_image_parsing:
        return
    told = figures.descriptions_of(document, context) if figures.can_look(context) else []
    by_item = {id(item): text for item, text in told}
    for page in document.pages:
        for item, picture in picture_items(page):
            pieces = text_in(picture.content, parameters, context) if picture else []
            if picture:
                picture.ocr = pieces
            words = by_item.get(id(item)) or " ".join(one.text for one in pieces)
            texts = [text for text in (item.caption or item.text, words) if text]
            if texts:
                quoted = "\n".join(f"> {line}" for text in ["[image]", *texts] for line in text.splitlines())
                item.markdown = f"![{' '.join((item.caption or item.text).split())}]({item.url})\n\n{quoted}"


def put_inline(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """`inline_images_in_markdown`: the bytes of each picture in the place of its name."""
    if not parameters.inline_images_in_markdown:
        return
    for page in document.pages:
        for item, picture in picture_items(page):
            if picture is None:
                continue
            if len(picture.content) > MOST_INLINE:
                document.warnings.append(Notice(Code.IMAGE_TOO_LARGE, SENTENCES[Code.IMAGE_TOO_LARGE], page.number))
                continue
            data = f"data:{picture.media_type};base64,{base64.b64encode(picture.content).decode()}"
            plain = f"![{' '.join((item.caption or item.text).split())}]({item.url})"
            item.markdown = (item.markdown or plain).replace(f"]({item.url})", f"]({data})", 1)


def drop_unsaved(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Drop the pictures that were only taken out to be read or shown, when they were not to be kept."""
    if SaveableImage.EMBEDDED in saved_images(parameters):
        return
    for page in document.pages:
        page.images = [one for one in page.images if one.kind is not ImageKind.EMBEDDED]
        if not (parameters.inline_images_in_markdown or parameters.specialized_image_parsing):
            page.items = [item for item in page.items if item.kind is not ItemKind.IMAGE or item.text or item.caption]


def picture_items(page: Page) -> list[tuple[Item, Picture | None]]:
    """The picture items of a page, each with its picture when that was taken out."""
    by_name = {one.name: one for one in page.images}
    return [(item, by_name.get(item.url)) for item in page.items if item.kind is ItemKind.IMAGE]
