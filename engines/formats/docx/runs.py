"""The inside of a paragraph of a Word document: its runs, and what hangs on them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from engines.build.inline import InlineRun
from engines.containers.math.omml import latex
from engines.containers.ooxml import Element, attribute, child, descendants, is_on, local_name, preferred, val_of
from engines.formats.docx.revisions import NONE, DocxRevisions
from engines.formats.docx.styles import DocxStyles
from engines.revisions import Revision

TRANSPARENT = frozenset(("sdt", "sdtContent", "smartTag", "customXml", "ins", "moveTo", "fldSimple", "dir", "bdo"))
"""Elements that only wrap what is read; deleted and moved-away text is not among them."""
LETTERS = {"tab": "\t", "noBreakHyphen": "-", "cr": "\n", "ptab": "\t"}
HYPERLINK = re.compile(r'HYPERLINK\s+"([^"]+)"')


@dataclass(slots=True)
class Paragraph:
    """What stands in one paragraph (`w:p`), in its order within each kind."""

    runs: list[InlineRun] = field(default_factory=list)
    drawings: list[Element] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    """Equations on lines of their own, in LaTeX."""
    notes: list[str] = field(default_factory=list)
    """Footnotes and endnotes referred to, as `footnote 3`."""
    breaks_before: bool = False
    breaks_after: bool = False

    @property
    def has_text(self) -> bool:
        """Whether anything readable stands in it so far."""
        return bool(self.drawings or self.formulas or any(run.text.strip() for run in self.runs))


class RunReader:
    """Reads paragraphs; fields that span several of them are followed. With `revisions` it marks where these are."""

    def __init__(
        self, styles: DocxStyles, address: Callable[[str], str], revisions: DocxRevisions | None = None
    ) -> None:
        self.styles = styles
        self.address = address
        """The target of a relation by its id; empty for an id of none."""
        self.revisions = revisions
        self._before: Revision | None = None
        """What the paragraph above ended with, if that may go on."""
        self._fields: list[str] = []
        """Instructions of the fields that are open."""

    def read(self, element: Element) -> Paragraph:
        """Read one paragraph."""
        paragraph = Paragraph(breaks_before=bool(is_on(element, "pPr", "pageBreakBefore")))
        if self.revisions is None:
            self._inside(element, paragraph)
            return paragraph
        edges = self.revisions.formatted(child(element, "pPr", "pPrChange"))
        paragraph.runs += edges.before
        self._inside(element, paragraph)
        self._before = self.revisions.after_paragraph(element, paragraph.runs, self._before)
        paragraph.runs += edges.after
        return paragraph

    def _inside(self, parent: Element, paragraph: Paragraph, url: str = "") -> None:
        """Read the runs in an element, which are links when there is a `url`."""
        for one in parent:
            tag = local_name(one)
            edges = NONE if self.revisions is None else self.revisions.edges(one, paragraph.runs, self._before)
            paragraph.runs += edges.before
            if tag == "r":
                self._run(one, paragraph, url)
            elif tag == "hyperlink":
                self._inside(one, paragraph, self.address(attribute(one, "id")))
            elif tag == "oMath":
                paragraph.runs.append(InlineRun(latex(one).strip(), formula=True))
            elif tag == "oMathPara":
                paragraph.formulas += [latex(each).strip() for each in descendants(one, "oMath")]
            elif tag == "AlternateContent":
                self._inside(preferred(one), paragraph, url)
            elif tag in TRANSPARENT:
                self._inside(one, paragraph, url)
            paragraph.runs += edges.after

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
            code=self.styles.is_code(style),
            url=url or self._field_url(),
        )
        self._content(run, paragraph, format_only)

    def _content(self, run: Element, paragraph: Paragraph, style: InlineRun) -> None:
        """Read what a run holds."""
        for one in run:
            tag = local_name(one)
            if tag == "t":
                self._say(paragraph, style, one.text or "")
            elif tag in LETTERS:
                self._say(paragraph, style, LETTERS[tag])
            elif tag == "br":
                self._break(paragraph, style, attribute(one, "type"))
            elif tag == "lastRenderedPageBreak":
                paragraph.breaks_after |= paragraph.has_text
                paragraph.breaks_before |= not paragraph.has_text
            elif tag in ("footnoteReference", "endnoteReference"):
                paragraph.notes.append(f"{tag[:-9]} {attribute(one, 'id')}")
                self._say(paragraph, InlineRun(""), f"[^{attribute(one, 'id')}]")
            elif tag in ("drawing", "pict", "object"):
                paragraph.drawings.append(one)
            elif tag == "AlternateContent":
                self._content(preferred(one), paragraph, style)
            elif tag in ("fldChar", "instrText"):
                self._field(one, tag)

    @staticmethod
    def _say(paragraph: Paragraph, style: InlineRun, text: str) -> None:
        """Add text."""
        paragraph.runs.append(InlineRun(text, style.bold, style.italic, style.strike, style.code, url=style.url))

    def _break(self, paragraph: Paragraph, style: InlineRun, kind: str) -> None:
        """Read a break: of the page, of the column (which is none here), or of the line."""
        if kind == "page":
            paragraph.breaks_after |= paragraph.has_text
            paragraph.breaks_before |= not paragraph.has_text
        elif kind != "column":
            self._say(paragraph, style, "\n")

    def _field(self, element: Element, tag: str) -> None:
        """Follow the beginning, the instruction and the end of a field."""
        if tag == "instrText":
            if self._fields:
                self._fields[-1] += element.text or ""
            return
        kind = attribute(element, "fldCharType")
        if kind == "begin":
            self._fields.append("")
        elif kind == "end" and self._fields:
            self._fields.pop()

    def _field_url(self) -> str:
        """The address of the innermost open field that is a link; empty when none is."""
        links = (HYPERLINK.search(one) for one in reversed(self._fields))
        return next((one[1] for one in links if one), "")
