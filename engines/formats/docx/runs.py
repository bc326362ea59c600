"""The inside of a paragraph of a Word document: its runs, and what hangs on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from engines.build.inline import InlineRun
from engines.containers.math.omml import latex
from engines.containers.ooxml import (
    Element,
    attribute,
    child,
    descendants,
    is_on,
    local_name,
    preferred,
    val_of,
    xml_number,
)
from engines.containers.symbol_fonts import sign_of, signs_in
from engines.formats.docx.fields import CHECKED, UNCHECKED, Fields, address_of, with_place
from engines.formats.docx.notes import Notes
from engines.formats.docx.revisions import NONE, DocxRevisions
from engines.formats.docx.styles import DocxStyles
from engines.revisions import Revision

TRANSPARENT = frozenset(("sdtContent", "smartTag", "customXml", "ins", "moveTo", "dir", "bdo", "rubyBase"))
"""Elements that only wrap what is read; deleted and moved-away text is not among them."""
LETTERS = {"tab": "\t", "noBreakHyphen": "-", "cr": "\n", "ptab": "\t"}
LEAST_RISE = 4
"""Half points by which text of one size is lifted that is meant to be raised."""
LEVELS = {"superscript": 1, "subscript": -1}
FIXED_WIDTH = frozenset((
    "consolas", "courier", "courier new", "menlo", "monaco", "lucida console", "cascadia code", "cascadia mono", "source code pro",
    "dejavu sans mono", "liberation mono", "ubuntu mono", "jetbrains mono", "fira code", "fira mono", "sf mono", "andale mono",
))  # fmt: skip
"""Fonts that programs are written in."""


@dataclass(slots=True)
class Paragraph:
    """What stands in one paragraph (`w:p`), in its order within each kind."""

    runs: list[InlineRun] = field(default_factory=list)
    drawings: list[Element] = field(default_factory=list)
    formulas: list[int] = field(default_factory=list)
    """The places among the runs of equations that stand on lines of their own."""
    notes: list[str] = field(default_factory=list)
    """Footnotes and endnotes referred to, as `footnote 3`."""
    breaks_before: bool = False
    breaks_after: bool = False
    is_fixed_width: bool = False
    """Whether all of its text is in a font that programs are written in."""

    @property
    def has_text(self) -> bool:
        """Whether anything readable stands in it so far."""
        return bool(self.drawings or any(run.text.strip() for run in self.runs))

    def begin_with(self, runs: list[InlineRun]) -> None:
        """Put runs before its own."""
        self.runs[:0] = runs
        self.formulas = [place + len(runs) for place in self.formulas]

    def parts(self) -> Iterator[tuple[list[InlineRun], str]]:
        """Its runs up to each equation on a line of its own, and that; the last ones are followed by none."""
        start = 0
        for place in self.formulas:
            yield self.runs[start:place], self.runs[place].text
            start = place + 1
        yield self.runs[start:], ""


class RunReader:
    """Reads paragraphs; fields that span several of them are followed. With `revisions` it marks where these are."""

    def __init__(
        self,
        styles: DocxStyles,
        address: Callable[[str], str],
        revisions: DocxRevisions | None = None,
        notes: Notes | None = None,
    ) -> None:
        self.styles = styles
        self.address = address
        """The target of a relation by its id; empty for an id of none."""
        self.revisions = revisions
        self.notes = notes or Notes()
        self._before: Revision | None = None
        """What the paragraph above ended with, if that may go on."""
        self._fields = Fields()

    def read(self, element: Element) -> Paragraph:
        """Read one paragraph."""
        paragraph = Paragraph(breaks_before=bool(is_on(element, "pPr", "pageBreakBefore")))
        paragraph.is_fixed_width = is_fixed_width(element)
        edges = NONE if self.revisions is None else self.revisions.formatted(child(element, "pPr", "pPrChange"))
        paragraph.runs += edges.before
        self._inside(element, paragraph)
        if self.revisions is not None:
            self._before = self.revisions.after_paragraph(element, paragraph.runs, self._before)
        paragraph.runs += edges.after
        paragraph.runs = on_one_line(paragraph.runs)
        return paragraph

    def _inside(self, parent: Element, paragraph: Paragraph, url: str = "") -> None:
        """Read the runs in an element, which are links when there is a `url`."""
        for one in parent:
            tag = local_name(one)
            edges = NONE if self.revisions is None else self.revisions.edges(one, paragraph.runs, self._before)
            paragraph.runs += edges.before
            if tag == "r":
                self._run(one, paragraph, url)
            elif tag in TRANSPARENT:
                self._inside(one, paragraph, url)
            else:
                self._special(one, tag, paragraph, url)
            paragraph.runs += edges.after

    def _special(self, element: Element, tag: str, paragraph: Paragraph, url: str) -> None:
        """Read what is neither a run nor only wraps some."""
        if tag == "hyperlink":
            target = self.address(attribute(element, "id"))
            place = attribute(element, "anchor") or attribute(element, "docLocation")
            self._inside(element, paragraph, with_place(target, place))
        elif tag == "fldSimple":
            self._inside(element, paragraph, url or address_of(attribute(element, "instr")))
        elif tag == "oMath":
            self._formula(element, paragraph)
        elif tag == "oMathPara":
            for each in descendants(element, "oMath"):
                self._formula(each, paragraph, is_displayed=True)
        elif tag == "AlternateContent":
            self._inside(preferred(element), paragraph, url)
        elif tag == "sdt":
            self._control(element, paragraph, url)

    def _control(self, element: Element, paragraph: Paragraph, url: str) -> None:
        """Read a content control; a box to tick whose sign is missing shows one."""
        before = len(paragraph.runs)
        self._inside(element, paragraph, url)
        box = child(element, "sdtPr", "checkbox")
        if box is not None and not any(run.text.strip() for run in paragraph.runs[before:]):
            paragraph.runs.append(InlineRun(CHECKED if is_on(box, "checked") else UNCHECKED))

    @staticmethod
    def _formula(element: Element, paragraph: Paragraph, *, is_displayed: bool = False) -> None:
        """Read an equation; two that follow each other are kept apart."""
        told = latex(element)
        if not told:
            return
        if paragraph.runs and paragraph.runs[-1].formula:
            paragraph.runs.append(InlineRun(" "))
        if is_displayed:
            paragraph.formulas.append(len(paragraph.runs))
        paragraph.runs.append(InlineRun(told, formula=True))

    def _run(self, run: Element, paragraph: Paragraph, url: str) -> None:
        """Read one run; hidden text is not read."""
        properties = child(run, "rPr")
        style = val_of(properties, "rStyle") or ""
        hidden = is_on(properties, "vanish")
        if hidden or (hidden is None and self.styles.switch(style, "hidden")):
            return
        bold, italic = is_on(properties, "b"), is_on(properties, "i")
        format_only = InlineRun(
            "",
            bold=self.styles.switch(style, "bold") if bold is None else bold,
            italic=self.styles.switch(style, "italic") if italic is None else italic,
            strike=bool(is_on(properties, "strike") or is_on(properties, "dstrike")),
            code=self.styles.is_code(style) or (not paragraph.is_fixed_width and has_fixed_width(properties)),
            raised=self._rise(properties, style),
            url=url or self._fields.address,
        )
        self._content(run, paragraph, format_only)

    def _rise(self, properties: Element | None, style: str) -> int:
        """1 of raised text, -1 of lowered."""
        level = val_of(properties, "vertAlign")
        if level is not None:
            return LEVELS.get(level, 0)
        lift = xml_number(val_of(properties, "position"))
        is_small = xml_number(val_of(properties, "sz"), self.styles.size) < self.styles.size
        if abs(lift) >= LEAST_RISE or (lift and is_small):
            return 1 if lift > 0 else -1
        return self.styles.rise(style)

    def _content(self, run: Element, paragraph: Paragraph, style: InlineRun) -> None:
        """Read what a run holds."""
        font = font_of(child(run, "rPr"))
        own_mark = ""
        for one in run:
            tag = local_name(one)
            if tag in ("fldChar", "instrText"):
                self._field(one, tag, paragraph, style)
            elif self._fields.is_hidden or tag == "rPr":
                continue
            elif tag in ("footnoteReference", "endnoteReference"):
                own_mark = self._reference(one, tag[:-9], paragraph, font)
            elif (text := text_in(one, tag, font)) and text != own_mark:
                self._say(paragraph, style, text)
            elif not text:
                self._other(one, tag, paragraph, style)

    def _other(self, element: Element, tag: str, paragraph: Paragraph, style: InlineRun) -> None:
        """Read what of a run is no text."""
        if tag == "br":
            self._break(paragraph, style, attribute(element, "type"))
        elif tag == "lastRenderedPageBreak":
            paragraph.breaks_after |= paragraph.has_text
            paragraph.breaks_before |= not paragraph.has_text
        elif tag in ("drawing", "pict", "object"):
            paragraph.drawings.append(element)
        elif tag == "AlternateContent":
            self._content(preferred(element), paragraph, style)
        elif tag == "ruby":
            self._inside(element, paragraph, style.url)

    def _reference(self, element: Element, kind: str, paragraph: Paragraph, font: str) -> str:
        """Read the reference to a note; the mark that its author gave it, which stands in the same run, is returned."""
        key = f"{kind} {attribute(element, 'id')}"
        own = ""
        if attribute(element, "customMarkFollows") not in ("", "0", "false"):
            own = "".join(text_in(one, local_name(one), font) for one in element.itersiblings())
        paragraph.notes.append(key)
        self._say(paragraph, InlineRun(""), f"[^{self.notes.label(key, own)}]")
        return own

    @staticmethod
    def _say(paragraph: Paragraph, style: InlineRun, text: str) -> None:
        """Add text."""
        paragraph.runs.append(replace(style, text=text))

    def _break(self, paragraph: Paragraph, style: InlineRun, kind: str) -> None:
        """Read a break: of the page, of the column (which is none here), or of the line."""
        if kind == "page":
            paragraph.breaks_after |= paragraph.has_text
            paragraph.breaks_before |= not paragraph.has_text
        elif kind != "column":
            self._say(paragraph, style, "\n")

    def _field(self, element: Element, tag: str, paragraph: Paragraph, style: InlineRun) -> None:
        """Follow the beginning, the instruction and the end of a field, and say what it shows itself."""
        if tag == "instrText":
            self._fields.instruct(element.text or "")
        elif shown := self._fields.follow(element):
            self._say(paragraph, style, shown)


def font_of(properties: Element | None) -> str:
    """The font that a run names itself; empty when it names none."""
    fonts = child(properties, "rFonts")
    return attribute(fonts, "ascii") or attribute(fonts, "hAnsi")


def text_in(element: Element, tag: str, font: str) -> str:
    """The text of an element of a run in a font; empty of what is none."""
    if tag == "t":
        return signs_in(element.text or "", font)
    if tag == "sym":
        code = attribute(element, "char")
        number = int(code, 16) if is_hexadecimal(code) else 0
        other = chr(number) if 0x20 <= number < 0xD800 else ""
        return sign_of(number, attribute(element, "font")) or other
    return LETTERS.get(tag, "")


def is_hexadecimal(text: str) -> bool:
    """Whether a text is a number of at most eight hexadecimal digits."""
    return 0 < len(text) <= 8 and all(digit in "0123456789abcdefABCDEF" for digit in text)


def has_fixed_width(properties: Element | None) -> bool:
    """Whether a run names a font that programs are written in."""
    return font_of(properties).lower() in FIXED_WIDTH


def is_fixed_width(paragraph: Element) -> bool:
    """Whether each run of a paragraph with text names such a font."""
    runs = (
        one for one in descendants(paragraph, "r") if any((text.text or "").strip() for text in descendants(one, "t"))
    )
    first = next(runs, None)
    return first is not None and all(has_fixed_width(child(one, "rPr")) for one in (first, *runs))


def on_one_line(runs: list[InlineRun]) -> list[InlineRun]:
    """The runs of a paragraph, none of them raised or lowered where all are: there is no line beside which they are."""
    words = [run for run in runs if run.text.strip() and not run.formula]
    if words and words[0].raised and all(run.raised == words[0].raised for run in words):
        return [replace(run, raised=0) for run in runs]
    return runs
