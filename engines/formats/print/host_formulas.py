"""Formulas that ask about the machine they are computed on: LibreOffice answers with paths and the system of this server.

They are taken out of a document before LibreOffice sees it, so that no other formula can use their answers either. A cell keeps the
value that was stored with it, which is the owner's.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lxml import etree

from engines.containers.ooxml import Element, attribute, bare, child, local_name
from engines.containers.zip import Archive, repack, xml_of

HARMLESS = "ADDRESS|COL|COLOR|CONTENTS|COORD|FORMAT|PARENTHESES|PREFIX|PROTECT|ROW|SHEET|TYPE|WIDTH"
"""What CELL may be asked for: things of the document."""
ASKS = re.compile(rf'INFO\s*\(|CELL\s*\((?!\s*"(?:{HARMLESS})"\s*[,;)])', re.IGNORECASE)
"""INFO tells of the system, and CELL of the file where its first argument is anything but a harmless word."""
SUSPECT = re.compile(rb"INFO\s*\(|CELL\s*\(|&#|<!|encoding\s*=\s*[\"'](?!utf-8)|\0", re.IGNORECASE)
"""What the bytes of an XML part hold at least that has such a formula, or that does not show at once what it says."""
NAMES = re.compile(r"[\w.\\?]+")
DEEPEST = 20
"""How many names may stand for each other, one after the other, before none of them is trusted."""
WHOLE = ""
"""Name of the only part of a document that is a single XML file."""


def copy_without_questions(path: Path, target: Path) -> None:
    """Copy a document without such formulas. Raises DocumentError: FILE_IS_BROKEN, FILE_IS_PROTECTED, DOCUMENT_TOO_LARGE."""
    parts = rewritten(path, keeps_values=True)
    if WHOLE in parts:
        target.write_bytes(parts[WHOLE])
    elif parts:
        repack(path, target, parts)
    else:
        shutil.copyfile(path, target)


def are_in(path: Path) -> bool:
    """Whether a document has such formulas. Raises as `copy_without_questions` does."""
    return bool(rewritten(path, keeps_values=True))


def copy_without_answers(path: Path, target: Path) -> bool:
    """Copy a workbook that LibreOffice wrote without such formulas and its answers to them; False when it has none.

    Raises as `copy_without_questions` does.
    """
    parts = rewritten(path, keeps_values=False)
    if parts:
        repack(path, target, parts)
    return bool(parts)


def rewritten(path: Path, *, keeps_values: bool) -> dict[str, bytes]:
    """The parts of a document that have such formulas, without them; a document that is no XML has none."""
    suspects = {part: xml_of(data, part) for part, data in xml_parts(path) if SUSPECT.search(data)}
    question = Question.of(suspects.values())
    return {
        part: etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        for part, root in suspects.items()
        if question.removed_from(root, keeps_values=keeps_values)
    }


def xml_parts(path: Path) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the XML in a document: the parts of an archive, or all of a flat one."""
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(b"PK"):
        with Archive(path) as archive:
            for part in archive.names:
                if b"<" in archive.head(part) and not part.endswith(".iwa"):  # those of Pages are packed
                    yield part, archive.read(part) or b""
    elif b"<" in head:
        yield WHOLE, path.read_bytes()


@dataclass(frozen=True, slots=True)
class Question:
    """What makes a formula of a document one that asks: the functions, and the names that stand for such formulas."""

    names: frozenset[str] = frozenset()
    """In lower case."""

    @classmethod
    def of(cls, roots: Iterable[Element]) -> Self:
        """The question of a document with these parts."""
        defined = {name.casefold(): text for root in roots for name, text in definitions(root)}
        question = cls()
        for _ in range(DEEPEST):
            asking = frozenset(name for name, text in defined.items() if question.is_in(text))
            if asking == question.names:
                return question
            question = cls(asking)
        return cls(frozenset(defined))  # a chain that nobody's workbook has: all of it may ask

    def is_in(self, formula: str) -> bool:
        """Whether a formula asks."""
        if ASKS.search(formula):
            return True
        return bool(self.names) and not self.names.isdisjoint(NAMES.findall(formula.casefold()))

    def removed_from(self, root: Element, *, keeps_values: bool) -> bool:
        """Take the formulas that ask out of a part; whether there were any."""
        asking = dict.fromkeys(one for one in root.iter() if self.is_in(formula_of(one)))
        shared = {attribute(one, "si") for one in asking if attribute(one, "t") == "shared"}
        for one in root.iter("{*}f") if shared else ():  # those that share it name it by its number and say no more
            if attribute(one, "t") == "shared" and attribute(one, "si") in shared:
                asking[one] = None
        for one in asking:
            remove_formula(one, keeps_values=keeps_values)
        return bool(asking)


def definitions(root: Element) -> Iterator[tuple[str, str]]:
    """The names that a part defines, and the formulas that they stand for."""
    for one in root.iter("{*}definedName", "{*}named-expression"):
        yield attribute(one, "name"), formula_of(one)


def formula_of(element: Element) -> str:
    """The formula that an element of a workbook (OOXML) or of a spreadsheet (ODF) is or has; empty where there is none."""
    tag = local_name(element)
    if tag in ("f", "definedName"):
        return "".join(str(text) for text in element.itertext())
    return attribute(element, "expression" if tag == "named-expression" else "formula")


def remove_formula(element: Element, *, keeps_values: bool) -> None:
    """Take a formula from its cell, or a name from its document."""
    tag, cell = local_name(element), element.getparent()
    if tag not in ("f", "definedName", "named-expression"):
        for key in [key for key in element.attrib if bare(str(key)) == "formula"]:
            del element.attrib[key]
    elif cell is not None:
        cell.remove(element)
        value = child(cell, "v")
        if tag == "f" and not keeps_values and value is not None:
            cell.remove(value)
            cell.attrib.pop("t", "")
