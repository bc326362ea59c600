"""Styles and numbering of Word documents: which paragraphs are headings, and which mark a list entry carries."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engines.build.numbering import numeral
from engines.containers.ooxml import Element, attribute, child, is_on, local_name, val_of, xml_number

HEADING = re.compile(r"^(?:heading|überschrift|titre|título|titolo|kop)\s*([1-9])$", re.IGNORECASE)
CODE = re.compile(r"\b(?:code|preformatted|source text|macro ?text|verbatim|listing$)", re.IGNORECASE)
QUOTE = re.compile(
    r"^(?:(?:intense )?quote|quotations?|block ?text|block ?quot(?:e|ation)|citations?|zitat|citation intense)$",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"%([1-9])")
INHERITANCE = 30
"""Styles are based on styles at most this deep; a circle ends there."""


@dataclass(frozen=True, slots=True)
class DocxStyle:
    """What matters of a style; None means that the style it is based on decides."""

    name: str
    base: str
    """Id of the style it is based on; empty when there is none."""
    outline: int | None
    """Level of the outline, from 0; 9 is the text below headings."""
    numbering: str | None
    """Id of the list it puts its paragraphs into; `0` takes them out of one."""
    level: int | None
    """Level in that list, from 0."""
    bold: bool | None
    italic: bool | None
    hidden: bool | None
    rise: int | None
    """1 of raised text, -1 of lowered, 0 of text on the line."""


class DocxStyles:
    """The styles of a document, by id: a document has some hundred, of which it uses few, so each is read when it is asked for."""

    def __init__(self, root: Element | None) -> None:
        self._elements: dict[str, Element] = {}
        self._read: dict[str, DocxStyle] = {}
        self._chains: dict[str, list[DocxStyle]] = {}
        self.default = ""
        self.size = 20.0
        """Half points of text that says nothing of its own size."""
        for one in () if root is None else root:
            if local_name(one) != "style":
                self.size = xml_number(val_of(one, "rPrDefault", "rPr", "sz"), self.size)
                continue
            self._elements[attribute(one, "styleId")] = one
            if attribute(one, "type") == "paragraph" and attribute(one, "default") in ("1", "true"):
                self.default = attribute(one, "styleId")
                self.size = xml_number(val_of(one, "rPr", "sz"), self.size)

    def chain(self, style_id: str) -> list[DocxStyle]:
        """A style and those it is based on, nearest first."""
        known = self._chains.get(style_id)
        if known is not None:
            return known
        chain: list[DocxStyle] = []
        base = style_id
        while (style := self.style(base)) is not None and len(chain) < INHERITANCE:
            chain.append(style)
            base = style.base
        self._chains[style_id] = chain
        return chain

    def style(self, style_id: str) -> DocxStyle | None:
        """A style by its id; None when there is no such style."""
        if style_id in self._elements and style_id not in self._read:
            self._read[style_id] = docx_style(self._elements[style_id])
        return self._read.get(style_id)

    def heading_level(self, style_id: str) -> int | None:
        """The level, from 1, of a heading style; None of others."""
        for style in self.chain(style_id):
            if matched := HEADING.match(style.name):
                return int(matched[1])
            if style.name.lower() == "title":
                return 1
            if style.name.lower() == "subtitle":
                return 2
            if style.outline is not None:
                return style.outline + 1 if style.outline < 9 else None
        return None

    def numbering(self, style_id: str) -> tuple[str | None, int]:
        """The id of the list that a style puts its paragraphs into (None when it says nothing), and the level there from 0."""
        chain = self.chain(style_id)
        numbered = next((style.numbering for style in chain if style.numbering is not None), None)
        return numbered, next((style.level for style in chain if style.level is not None), 0)

    def is_code(self, style_id: str) -> bool:
        """Whether a style's name says that it is for code."""
        return any(CODE.search(style.name) for style in self.chain(style_id))

    def is_quote(self, style_id: str) -> bool:
        """Whether a style is for words of others."""
        return any(QUOTE.match(style.name) for style in self.chain(style_id))

    def rise(self, style_id: str) -> int:
        """1 of a style of raised text, -1 of one of lowered text."""
        return next((style.rise for style in self.chain(style_id) if style.rise is not None), 0)

    def switch(self, style_id: str, kind: str) -> bool:
        """Whether a style is of a kind: `bold`, `italic` or `hidden`."""
        settings = (getattr(style, kind) for style in self.chain(style_id))
        return next((one for one in settings if one is not None), False)


def docx_style(element: Element) -> DocxStyle:
    """Read one style."""
    paragraph, run = child(element, "pPr"), child(element, "rPr")
    outline, level = val_of(paragraph, "outlineLvl"), val_of(paragraph, "numPr", "ilvl")
    return DocxStyle(
        name=val_of(element, "name") or "",
        base=val_of(element, "basedOn") or "",
        outline=int(xml_number(outline)) if outline else None,
        numbering=val_of(paragraph, "numPr", "numId"),
        level=int(xml_number(level)) if level else None,
        bold=is_on(run, "b"),
        italic=is_on(run, "i"),
        hidden=is_on(run, "vanish"),
        rise={"superscript": 1, "subscript": -1, "baseline": 0}.get(val_of(run, "vertAlign") or ""),
    )


@dataclass(slots=True)
class Level:
    """How one level of a list is numbered."""

    start: int = 1
    style: str = "decimal"
    text: str = "%1."
    indent: int = 0
    """Of the text from the left, in twentieths of a point."""
    is_legal: bool = False
    """Whether all numbers in its mark are digits, whatever their own levels have."""
    restart: int | None = None
    """The level, from 1, down to which an entry lets it begin anew; 0 where none does, None where each of a level above does."""

    def begins_anew(self, after: int) -> bool:
        """Whether an entry of a level above, from 0, lets it begin anew."""
        return self.restart is None or after < self.restart


@dataclass(slots=True)
class Sequence:
    """A list definition with its running numbers, both by level from 0."""

    levels: dict[int, Level] = field(default_factory=dict)
    style_link: str = ""
    """Id of the style whose list this is a copy of."""
    counts: dict[int, int] = field(default_factory=dict)


class Numbering:
    """The lists of a document; `mark` counts on."""

    def __init__(self, root: Element | None, styles: DocxStyles) -> None:
        self._styles = styles
        self._sequences: dict[str, Sequence] = {}
        self._uses: dict[str, str] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        for one in () if root is None else root:
            if local_name(one) == "abstractNum":
                self._sequences[attribute(one, "abstractNumId")] = sequence_of(one)
            elif local_name(one) == "num":
                key = attribute(one, "numId")
                self._uses[key] = val_of(one, "abstractNumId") or ""
                self._restarts[key] = restarts_of(one)

    def sequence(self, list_id: str) -> Sequence | None:
        """The definition of a list, followed through a style when it only names that."""
        for _ in range(INHERITANCE):
            sequence = self._sequences.get(self._uses.get(list_id, ""))
            if sequence is None or sequence.levels or not sequence.style_link:
                return sequence
            list_id = self._styles.numbering(sequence.style_link)[0] or ""
        return None

    def depth(self, list_id: str, level: int) -> int:
        """How deep an entry of a level (from 0) stands, comparable over all lists of the document: its level and indent in twips.

        DocxStyles such as `List Bullet 2` are lists of their own, so that levels alone would not tell.
        """
        sequence = self.sequence(list_id)
        definition = sequence.levels.get(level) if sequence is not None else None
        return level + 1 + (definition.indent if definition is not None else 0)

    def mark(self, list_id: str, level: int) -> tuple[str, bool] | None:
        """Count one entry of a level, from 0: the mark printed before it, empty where none is, and whether that is a number.

        None when there is no such list.
        """
        sequence = self.sequence(list_id)
        if sequence is None:
            return None
        restarts = self._restarts.get(list_id, {})
        for one in [one for one in restarts if one <= level]:
            sequence.counts[one] = restarts.pop(one) - 1
        counts = sequence.counts
        counts[level] = counts.get(level, sequence.levels.get(level, Level()).start - 1) + 1
        for deeper in [one for one in counts if one > level]:
            if sequence.levels.get(deeper, Level()).begins_anew(level):
                del counts[deeper]
        current = sequence.levels.get(level, Level(style="bullet", text="-"))
        if current.style == "bullet":
            return ("-" if current.text.strip() else ""), False
        return printed_number(sequence, level), True


def printed_number(sequence: Sequence, level: int) -> str:
    """The number of an entry as its level, from 0, writes it, such as `2.1` or `(a)` (`w:lvlText`)."""

    current = sequence.levels.get(level, Level())

    def counted(placeholder: re.Match[str]) -> str:
        index = int(placeholder[1]) - 1
        one = sequence.levels.get(index, Level())
        style = "decimal" if current.is_legal else one.style
        return "" if style == "none" else numeral(sequence.counts.get(index, one.start), style)

    return PLACEHOLDER.sub(counted, current.text).strip()


def sequence_of(element: Element) -> Sequence:
    """Read the definition of a list."""
    sequence = Sequence(style_link=val_of(element, "numStyleLink") or "")
    for one in element:
        if local_name(one) == "lvl":
            text, indent = val_of(one, "lvlText"), child(one, "pPr", "ind")
            if child(one, "lvlPicBulletId") is not None:
                text = "-"
            sequence.levels[int(xml_number(attribute(one, "ilvl")))] = Level(
                int(xml_number(val_of(one, "start"), 1)),
                val_of(one, "numFmt") or "decimal",
                "" if text is None else text,
                int(xml_number(attribute(indent, "left") or attribute(indent, "start"))),
                bool(is_on(one, "isLgl")),
                None if (restart := val_of(one, "lvlRestart")) is None else int(xml_number(restart)),
            )
    return sequence


def restarts_of(element: Element) -> dict[int, int]:
    """The levels, from 0, at which a use of a list begins anew, and with which number."""
    restarts: dict[int, int] = {}
    for one in element:
        start = val_of(one, "startOverride")
        if local_name(one) == "lvlOverride" and start:
            restarts[int(xml_number(attribute(one, "ilvl")))] = int(xml_number(start))
    return restarts
