"""A chunk while it is being filled."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from textwrap import dedent

from engines.chunks.blocks import GAP, Atom, PlacedBox


class Draft:
    """Atoms that follow each other, under a path of headings given as levels and titles."""

    def __init__(self, path: list[tuple[int, str]]) -> None:
        self.path = list(path)
        self.atoms: list[Atom] = []
        self.has_body = False
        """Whether there is more than headings."""
        self._length = 0

    def enter(self, level: int, title: str) -> None:
        """Go under a heading, which is added apart from this."""
        self.path = [one for one in self.path if one[0] < level] + [(level, title)]

    def has_room(self, atoms: Sequence[Atom], size: int) -> bool:
        """Whether it has at most `size` characters with these, which are of one block."""
        return self._length + self._gap(atoms[0]) + sum(len(atom.text) for atom in atoms) <= size

    def add(self, atom: Atom) -> None:
        """Add what follows."""
        self._length += self._gap(atom) + len(atom.text)
        self.atoms.append(atom)
        self.has_body = self.has_body or atom.kind != "heading"

    def following(self, overlap: int) -> Draft:
        """The draft of what follows in the same section, with up to `overlap` characters of this one's end."""
        after = Draft(self.path)
        tail: list[Atom] = []
        for atom in reversed(self.atoms[1:]):
            overlap -= len(atom.text) + len(GAP)
            if overlap < 0 or atom.kind == "heading":
                break
            tail.append(atom)
        for atom in reversed(tail):
            after.add(atom)
        return after

    def _gap(self, atom: Atom) -> int:
        return len(GAP) if self.atoms and self.atoms[-1].block != atom.block else 0

    @property
    def text(self) -> str:
        """The Markdown."""
        blocks = (
            (kind, "".join(atom.text for atom in atoms).strip("\n").rstrip())
            for (_, kind), atoms in groupby(self.atoms, key=attrgetter("block", "kind"))
        )
        return GAP.join(dedent(text) if kind == "list" else text for kind, text in blocks)

    @property
    def context(self) -> str | None:
        """What the first atom has to be read with."""
        return self.atoms[0].context

    @property
    def kinds(self) -> list[str]:
        """The kinds of its atoms, each once."""
        return list(dict.fromkeys(atom.kind for atom in self.atoms))

    @property
    def pages(self) -> list[int]:
        """The pages it stands on, in ascending order."""
        return sorted({page for atom in self.atoms for page in atom.pages})

    @property
    def boxes(self) -> list[PlacedBox]:
        """Where it stands, each box once."""
        boxes = {tuple(box.values()): box for atom in self.atoms for box in atom.boxes}
        return list(boxes.values())
