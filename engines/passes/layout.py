"""`extract_layout`: the blocks of each page with label, place, confidence and a picture cut out of the page.

Blocks are those of the items, so of the document's own elements; with `ignore_document_elements_for_layout_detection` they are
found in the picture of the page alone.
"""

from __future__ import annotations

import io
from collections import Counter

from PIL import Image

from engines.containers import pdf_native
from engines.context import Context
from engines.document import Block, Box, Document, Item, ItemKind, Page
from engines.errors import DocumentError
from engines.ocr.segments import segments
from engines.parameters import ParseParameters, SaveableImage
from engines.passes.labels import is_noise, label_of

DPI = 150.0
"""Pixels an inch of the pictures that blocks are cut out of."""
QUALITY = 85
"""Of their JPEG, as Pillow counts it."""
FROM_PIXELS = 0.6
"""Confidence of a block that was only seen."""


def wants_layout(parameters: ParseParameters) -> bool:
    """Whether a job asks for the layout, or for its pictures."""
    return bool(parameters.extract_layout) or SaveableImage.LAYOUT in (parameters.images_to_save or ())


def detect(document: Document, parameters: ParseParameters, _context: Context) -> None:
    """Find the blocks of all pages."""
    if not wants_layout(parameters):
        return
    keeps = parameters.images_to_save is None or SaveableImage.LAYOUT in parameters.images_to_save
    for page in document.pages:
        drawn = page_picture(document, page)
        if parameters.ignore_document_elements_for_layout_detection and drawn is not None:
            page.layout = [Block(label, box, FROM_PIXELS) for label, box in segments(drawn, page.width, page.height)]
        else:
            page.layout = [block_of(item, page) for item in page.items if item.box]
        if keeps and drawn is not None:
            cut_out(page, drawn)


def page_picture(document: Document, page: Page) -> Image.Image | None:
    """The page as a picture; None when it cannot be drawn, or was turned before it was read: then its boxes are not the paper's."""
    if not document.paper or page.rotation:
        return None
    try:
        with pdf_native.drawable(document.paper) as path:
            content = pdf_native.picture(path, page.number, DPI)
    except DocumentError:
        return None
    with Image.open(io.BytesIO(content)) as image:
        return image.convert("RGB")


def block_of(item: Item, page: Page) -> Block:
    """The block that an item is."""
    label, confidence = label_of(item, page)
    box = item.box or Box(0, 0, 0, 0)
    return Block(label, box, confidence, is_noise=is_noise(item) and item.kind is ItemKind.TEXT)


def cut_out(page: Page, drawn: Image.Image) -> None:
    """Give each block its picture and a name such as `page_1_text_1.jpg`."""
    count: Counter[str] = Counter()
    scale = drawn.width / page.width
    for block in page.layout:
        count[block.label] += 1
        box = block.box
        left, top = max(0, int(box.x * scale)), max(0, int(box.y * scale))
        right = min(drawn.width, int((box.x + box.width) * scale) + 1)
        bottom = min(drawn.height, int((box.y + box.height) * scale) + 1)
        if right <= left or bottom <= top:
            continue
        target = io.BytesIO()
        drawn.crop((left, top, right, bottom)).save(target, "JPEG", quality=QUALITY)
        block.image = f"page_{page.number}_{block.label}_{count[block.label]}.jpg"
        block.content = target.getvalue()
