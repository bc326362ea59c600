"""Fields of PDF forms: as a table of what was filled in, or one by one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engines.containers.pdf_native import box_of, union
from engines.document import Box, Cell, FieldKind, FieldOption, FormField, Item, ItemKind

HEAD = ("Field", "Value")
CHECKED, UNCHECKED = "yes", "no"
SWITCH = "checkbox"
OFF = "Off"
"""The value of buttons of which none is pressed."""
BUTTON = "pushbutton"
RADIO = "radio"
CHOICES = frozenset({"combobox", "listbox"})
SEVERAL = 1 << 21
"""The flag of a list in which several entries can be chosen (ISO 32000-2, table 233: bit 22)."""


def table_of(fields: Iterable[Any]) -> Item | None:
    """The fields of a page with their values, in the order of the form; None when it has none.

    Buttons of which one can be pressed are one field.
    """
    named = [(one, one.alternate_name or one.name) for one in fields if one.field_type != BUTTON]
    groups = {one.id: at for at, (one, _) in reversed(list(enumerate(named))) if one.field_type == RADIO}
    rows = [(name, value_of(one)) for at, (one, name) in enumerate(named) if name and groups.get(one.id, at) == at]
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
    if field.field_type == SWITCH:
        return CHECKED if field.checked else UNCHECKED
    if field.field_type == RADIO:
        return "" if field.value in {None, OFF} else str(field.value)
    return field.value or ", ".join(field.selected_options)


def fields_of(fields: Iterable[Any]) -> list[FormField]:
    """The fields of a page, in the order of the form; the buttons of which one can be pressed are one field."""
    found: list[FormField] = []
    groups: dict[str, FormField] = {}
    for one in fields:
        if one.field_type == BUTTON:
            continue
        if one.field_type == RADIO and one.id in groups:
            add_button(groups[one.id], one)
            continue
        made = field_of(one)
        if one.field_type == RADIO:
            groups[one.id] = made
            add_button(made, one)
        found.append(made)
    return found


def field_of(one: Any) -> FormField:
    """A field of its own; a group of buttons still without them."""
    made = FormField(FieldKind.TEXT, one.alternate_name or one.name or "", box=box_of(one.rect))
    if one.field_type == SWITCH:
        made.kind, made.is_set = FieldKind.CHECKBOX, bool(one.checked)
    elif one.field_type == "signature":
        made.kind, made.is_set = FieldKind.SIGNATURE, bool(one.value)
    elif one.field_type == RADIO:
        made.kind = FieldKind.SINGLE_SELECT
    elif one.field_type in CHOICES:
        made.kind = FieldKind.MULTI_SELECT if one.field_flags & SEVERAL else FieldKind.SINGLE_SELECT
        chosen = frozenset(one.selected_options)  # of a list that may be as long as the other
        made.options = [FieldOption(option, option in chosen) for option in one.options]
        if not chosen and one.value:  # written into the field, as some allow
            made.options.append(FieldOption(one.value, is_chosen=True))
    else:
        made.value = one.value or ""
    return made


def add_button(group: FormField, one: Any) -> None:
    """Add a button to its group; what it stands for is known only of the one that is pressed, of others their number."""
    chosen = bool(one.checked)
    label = one.export_value or (one.value if chosen else "") or str(len(group.options) + 1)
    group.options.append(FieldOption(label, chosen))
    group.box = union(group.box, box_of(one.rect))
