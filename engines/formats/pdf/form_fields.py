"""Fields of PDF forms, as a table of what was filled in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engines.containers.pdf_native import box_of, union
from engines.document import Box, Cell, Item, ItemKind

HEAD = ("Field", "Value")
CHECKED, UNCHECKED = "yes", "no"
SWITCHES = frozenset({"checkbox", "radiobutton"})
BUTTON = "pushbutton"


def table_of(fields: Iterable[Any]) -> Item | None:
    """The fields of a page with their values, in the order of the form; None when it has none."""
    named = [(one, one.alternate_name or one.name) for one in fields if one.field_type != BUTTON]
    rows = [(name, value_of(one)) for one, name in named if name]
    if not rows:
        return None
    box: Box | None = None
    for one, name in named:
        if name and one.rect is not None:
            box = union(box, box_of(one.rect))
    cells = [[Cell(text) for text in row] for row in (HEAD, *rows)]
    return Item(ItemKind.TABLE, box=box, rows=cells)


def value_of(field: Any) -> str:
    """What was filled into a field; empty when nothing was."""
    if field.field_type in SWITCHES:
        return CHECKED if field.checked else UNCHECKED
    return field.value or ", ".join(field.selected_options)
