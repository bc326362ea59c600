"""Fields of Word documents (ECMA-376 part 1, 17.16): links, fields of forms, and signs by their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise

from engines.containers.ooxml import Element, attribute, child, is_on, local_name, val_of, xml_number
from engines.containers.symbol_fonts import sign_of

CHECKED, UNCHECKED = "☒", "☐"
ARGUMENT = re.compile(r'"([^"]*)"|(\S+)')
"""A part of the instruction of a field."""


@dataclass(slots=True)
class OpenField:
    """A field that is being read: its instruction so far, whether that has ended, and whether its result is not what is shown."""

    instruction: str = ""
    has_result: bool = False
    hides_result: bool = False


@dataclass(slots=True)
class Fields:
    """The fields that are open, the innermost last; they may span paragraphs."""

    open: list[OpenField] = field(default_factory=list)

    @property
    def is_hidden(self) -> bool:
        """Whether what is read now is not shown: something else is, or it is part of the instruction of a field around."""
        return any(one.hides_result for one in self.open) or not all(one.has_result for one in self.open[:-1])

    def instruct(self, text: str) -> None:
        """Take a part of the instruction of the innermost field."""
        if self.open:
            self.open[-1].instruction += text

    def follow(self, element: Element) -> str:
        """Follow a `w:fldChar`; what the field shows here, if that stands in no run."""
        kind = attribute(element, "fldCharType")
        if kind == "begin":
            shown = form_field(child(element, "ffData"))
            self.open.append(OpenField(hides_result=bool(shown)))
            return shown
        if kind == "separate" and self.open:
            self.open[-1].has_result = True
        if kind == "end" and self.open:
            return shown_by(self.open.pop().instruction)
        return ""

    @property
    def address(self) -> str:
        """The address of the innermost open field that is a link; empty when none is."""
        links = (address_of(one.instruction) for one in reversed(self.open))
        return next((one for one in links if one), "")


def form_field(data: Element | None) -> str:
    """What a field of a form shows: a box, ticked or not, or what was chosen from a list; text that is filled in stands in runs."""
    box, choice = child(data, "checkBox"), child(data, "ddList")
    if box is not None:
        ticked = is_on(box, "checked")
        return CHECKED if (is_on(box, "default") if ticked is None else ticked) else UNCHECKED
    if choice is None:
        return ""
    entries = [attribute(one, "val") for one in choice if local_name(one) == "listEntry"]
    place = int(xml_number(val_of(choice, "result") or val_of(choice, "default")))
    return entries[place] if 0 <= place < len(entries) else ""


def arguments(instruction: str) -> list[str]:
    """The parts of an instruction, the name of the field first."""
    return [quoted or plain for quoted, plain in ARGUMENT.findall(instruction)]


def address_of(instruction: str) -> str:
    """Where a field `HYPERLINK` leads to; empty for other fields and for places of the document itself."""
    parts = arguments(instruction)
    if len(parts) < 2 or parts[0].upper() != "HYPERLINK" or parts[1].startswith("\\"):
        return ""
    place = next((after for part, after in pairwise(parts) if part == "\\l"), "")
    return with_place(parts[1], place)


def with_place(address: str, place: str) -> str:
    """An address with a place on its page."""
    return f"{address}#{place}" if address and place and "#" not in address else address


def shown_by(instruction: str) -> str:
    """What a field shows that has no result: a sign (`SYMBOL 252 \\f Wingdings`), or a text to click on (`MACROBUTTON`)."""
    parts = arguments(instruction)
    if len(parts) > 2 and parts[0].upper() == "MACROBUTTON":
        return instruction.split(None, 2)[2].strip()
    if len(parts) < 2 or parts[0].upper() != "SYMBOL":
        return ""
    font = next((after for part, after in pairwise(parts) if part == "\\f"), "")
    code = int(parts[1], 16) if parts[1].lower().startswith("0x") else int(xml_number(parts[1]))
    return sign_of(code, font) or (chr(code) if 0x20 <= code < 0xD800 else "")
