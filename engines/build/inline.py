"""Formatted text inside a block: runs that share their formatting, as plain text and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from engines.build.scripts import set_off, tagged
from engines.render.escaping import escape
from engines.revisions import Mark

BLOCK = re.compile(r"^(?:#{1,6}(?=\s|$)|[-+>](?=\s)|(?:={3,}|-{3,})$)", re.MULTILINE)
"""What at the beginning of a line makes a heading, a list, a quote or a rule of it."""
TYPED = re.compile(r"^(?:#{1,6}(?=\s|$)|[+>](?=\s)|(?:={3,}|-{3,})$)", re.MULTILINE)
"""The same without the dash, by which people mean a list where they type one."""


@dataclass(frozen=True, slots=True)
class InlineRun:
    """A stretch of text of one formatting."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    formula: bool = False
    """The text is LaTeX."""
    raised: int = 0
    """1 of a superscript, -1 of a subscript."""
    url: str = ""
    mark: Mark | None = None
    """Of a run without text: what of a revision is at this place."""

    @property
    def is_plain(self) -> bool:
        """Whether Markdown has nothing to say about this run."""
        return not (self.bold or self.italic or self.strike or self.code or self.formula or self.raised or self.url)


def text_of(runs: Iterable[InlineRun]) -> str:
    """The plain text of some runs, without blanks at its ends."""
    return "".join(spoken(run) for run in runs).strip()


def spoken(run: InlineRun) -> str:
    """A run as plain text has it."""
    return f"${run.text}$" if run.formula else set_off(run.text, run.raised)


def markdown_of(runs: Iterable[InlineRun]) -> str | None:
    """The Markdown of some runs; None when the plain text says it all."""
    runs = [run for run in runs if run.text]
    if all(run.is_plain for run in runs):
        text = text_of(runs)
        return None if (told := escape(text)) == text else told
    merged = [
        replace(formatting, text="".join(run.text for run in alike))
        for formatting, alike in groupby(runs, key=lambda run: replace(run, text=""))
    ]
    return "".join(marked(run) for run in merged).strip()


def escaped_of(runs: Sequence[InlineRun]) -> str | None:
    """As `markdown_of`, but of plain runs the escaped text where Markdown would take something in it for a mark."""
    text = text_of(runs)
    markdown = markdown_of(runs)
    markdown = BLOCK.sub(r"\\\g<0>", escape(text) if markdown is None else markdown)
    return markdown if markdown != text else None


def paragraph_markdown(runs: Sequence[InlineRun]) -> str | None:
    """As `markdown_of`, of a paragraph: what would make something else of it is escaped, but for the dashes of typed lists."""
    markdown = markdown_of(runs)
    told = text_of(runs) if markdown is None else markdown
    escaped = TYPED.sub(r"\\\g<0>", told)
    return markdown if escaped == told else escaped


def marked(run: InlineRun) -> str:
    """One run as Markdown; blanks at its ends stay outside its marks, where Markdown wants them."""
    inner = run.text.strip()
    if not inner or run.is_plain:
        return escape(run.text)
    start = run.text[: len(run.text) - len(run.text.lstrip())]
    end = run.text[len(run.text.rstrip()) :]
    shown = tagged(emphasized(run, set_off(inner, run.raised)), inner, run.raised)
    return start + linked(shown, run.url) + end


def emphasized(run: InlineRun, inner: str) -> str:
    """The text with the marks of its formatting, line by line: an emphasis must not cross a line."""
    if run.formula:
        return f"${inner}$"
    if run.code:
        fence = "``" if "`" in inner else "`"
        return f"{fence}{inner}{fence}"
    mark = "***" if run.bold and run.italic else "**" if run.bold else "*" if run.italic else ""
    strike = "~~" if run.strike else ""
    lines = (line.strip() for line in inner.split("\n"))
    return "\n".join(f"{strike}{mark}{escape(line)}{mark[::-1]}{strike}" if line else "" for line in lines)


def linked(inner: str, url: str) -> str:
    """The text as a link to `url`, or alone when there is none."""
    if not url:
        return inner
    target = f"<{url}>" if re.search(r"[\s()]", url) else url
    return f"[{inner}]({target})"


def heading_runs(number: str, runs: Sequence[InlineRun]) -> list[InlineRun]:
    """The runs of a heading after its number, if it has one; not bold, as headings are that anyway."""
    return [*([InlineRun(f"{number} ")] if number else []), *(replace(run, bold=False) for run in runs)]
