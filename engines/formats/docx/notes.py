"""Footnotes and endnotes of Word documents, each with the label that stands at its reference (ECMA-376 part 1, 17.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engines.build.numbering import numeral
from engines.containers.ooxml import Element, attribute, child, local_name, val_of, xml_number

SIGNS = "*†‡§"
"""The marks of the numbering `chicago`, which then are doubled."""
DEFAULTS = {"footnote": "decimal", "endnote": "lowerRoman"}


@dataclass(slots=True)
class NoteCount:
    """How the notes of a kind are counted, and the number of the last one."""

    style: str
    last: int = 0


@dataclass(slots=True)
class Notes:
    """The notes of a document by their names, `footnote 3`, and their labels, of which no two are alike."""

    texts: dict[str, Element] = field(default_factory=dict)
    counts: dict[str, NoteCount] = field(default_factory=lambda: {key: NoteCount(one) for key, one in DEFAULTS.items()})
    labels: dict[str, str] = field(default_factory=dict)

    def label(self, key: str, own: str = "") -> str:
        """The label of a note, counted when it is first met; `own` is a mark that the author gave it."""
        if key not in self.labels:
            wanted = "".join(own.split()) or self.counted(key.partition(" ")[0])
            label, again = wanted, 2
            while label in self.labels.values():
                label, again = f"{wanted}-{again}", again + 1
            self.labels[key] = label
        return self.labels[key]

    def counted(self, kind: str) -> str:
        """The next number of a kind of notes."""
        count = self.counts[kind]
        count.last += 1
        if count.style == "chicago":
            return SIGNS[(count.last - 1) % len(SIGNS)] * (1 + (count.last - 1) // len(SIGNS))
        return numeral(count.last, count.style)


def notes_of(parts: Mapping[str, Element | None], settings: Element | None) -> Notes:
    """The notes of a document, from the parts `footnote` and `endnote`, numbered as its settings say."""
    notes = Notes()
    for kind, root in parts.items():
        for one in () if root is None else root:
            if local_name(one) == kind and attribute(one, "type") in ("", "normal"):
                notes.texts[f"{kind} {attribute(one, 'id')}"] = one
        properties = child(settings, f"{kind}Pr")
        count = notes.counts[kind]
        count.style = val_of(properties, "numFmt") or count.style
        count.last = int(xml_number(val_of(properties, "numStart"), 1)) - 1
    return notes
