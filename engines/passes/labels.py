"""What a block of the layout is, by rules: a label and how sure the rule is."""

from __future__ import annotations

import re

from engines.document import Item, ItemKind, Page, Role

CAPTION = re.compile(r"(?:fig(?:ure|\.)?|table|tab\.|abb(?:ildung|\.)?|chart)\s*\d+", re.IGNORECASE)
FORMULAS = (("$$", "$$"), (r"\[", r"\]"))
"""What stands around a formula in LaTeX."""
LABELS = {
    ItemKind.HEADING: ("title", 0.9),
    ItemKind.LIST: ("list", 0.9),
    ItemKind.TABLE: ("table", 0.85),
    ItemKind.IMAGE: ("figure", 0.95),
    ItemKind.CODE: ("text", 0.8),
    ItemKind.TEXT: ("text", 0.9),
    ItemKind.LINK: ("text", 0.8),
}
READ = 0.9
"""Factor for pages read by OCR."""
FEWEST = 3
"""Letters of the shortest block that says anything."""


def label_of(item: Item, page: Page) -> tuple[str, float]:
    """The label of an item and the confidence of its rule, from 0 to 1."""
    label, confidence = LABELS[item.kind]
    if item.role is Role.HEADER:
        label, confidence = "header", 0.85
    elif item.role is Role.FOOTER:
        label, confidence = "footer", 0.85
    elif item.kind is ItemKind.TEXT and CAPTION.match(item.text):
        label, confidence = "caption", 0.85
    elif item.kind is ItemKind.TEXT and has_formula(item.markdown or ""):
        label, confidence = "formula", 0.8
    return label, round(confidence * (READ if page.ocr else 1.0), 3)


def has_formula(markdown: str) -> bool:
    """Whether a text has a formula, of a letter at least."""
    for opening, closing in FORMULAS:
        start = markdown.find(opening)
        if start >= 0 and markdown.rfind(closing) > start + len(opening):
            return True
    return False


def is_noise(item: Item) -> bool:
    """Whether a block most likely says nothing: a text of hardly a letter."""
    return item.kind is ItemKind.TEXT and sum(letter.isalnum() for letter in item.text) < FEWEST
