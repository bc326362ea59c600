"""Text of shapes on slides: paragraphs, bullets and numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from engines.build.inline import InlineRun, text_of
from engines.build.numbering import numeral
from engines.build.page_builder import PageBuilder
from engines.containers.math.omml import latex
from engines.containers.ooxml import Element, attribute, child, descendants, local_name, xml_number
from engines.containers.symbol_fonts import signs_in
from engines.document import Box

NUMBER_STYLES = {
    "arabic": "decimal", "alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman",
}  # fmt: skip
FORMS = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}"}

Address = Callable[[str], str]
"""The target of a link by the id of its relation; empty when there is none."""


def read_text(
    body: Element, builder: PageBuilder | None, address: Address, *, bulleted: bool = False, box: Box | None = None
) -> list[list[InlineRun]]:
    """The paragraphs of a shape (`p:txBody`) as runs, those without text left out; added to a builder when there is one.

    Several `bulleted` ones are entries of a list unless they say otherwise. `box`, in points, is where the shape stands.
    """
    counts: dict[int, int] = {}
    paragraphs: list[list[InlineRun]] = []
    several = (
        sum(1 for one in body if local_name(one) == "p" and "".join(str(text) for text in one.itertext()).strip()) > 1
    )
    if builder is not None:
        builder.end_list()
    for element in body:
        if local_name(element) != "p":
            continue
        runs = runs_of(element, address)
        if not text_of(runs):
            continue
        paragraphs.append(runs)
        if builder is not None:
            add_paragraph(element, runs, builder, counts, box, bulleted=bulleted and several)
    return paragraphs


def add_paragraph(
    element: Element,
    runs: list[InlineRun],
    builder: PageBuilder,
    counts: dict[int, int],
    box: Box | None,
    *,
    bulleted: bool,
) -> None:
    """Add a paragraph to a builder as what its properties make of it.

    `counts` has the numbers of the entries before it, by level from 0, and is counted on.
    """
    properties = child(element, "pPr")
    level = int(xml_number(attribute(properties, "lvl")))
    numbered = child(properties, "buAutoNum")
    is_bullet = child(properties, "buChar") is not None or child(properties, "buBlip") is not None
    if child(properties, "buNone") is not None:
        bulleted = False
    for deeper in [one for one in counts if one > level]:
        del counts[deeper]
    if numbered is not None:
        counts[level] = counts.get(level, int(xml_number(attribute(numbered, "startAt"), 1)) - 1) + 1
        builder.entry(runs, level + 1, number_mark(attribute(numbered, "type"), counts[level]), ordered=True, box=box)
        return
    counts.pop(level, None)
    if is_bullet or bulleted:
        builder.entry(runs, level + 1, "-", ordered=False, box=box)
    else:
        builder.paragraph(runs, box)


def number_mark(scheme: str, count: int) -> str:
    """A number as an automatic numbering such as `alphaLcParenR` writes it."""
    style = next((one for key, one in NUMBER_STYLES.items() if scheme.startswith(key)), "decimal")
    form = next((one for key, one in FORMS.items() if scheme.endswith(key)), "{}.")
    return form.format(numeral(count, style))


def runs_of(paragraph: Element, address: Address) -> list[InlineRun]:
    """The runs of a paragraph."""
    runs: list[InlineRun] = []
    for one in paragraph:
        tag = local_name(one)
        if tag in ("r", "fld"):
            runs.append(run_of(one, address))
        elif tag == "br":
            runs.append(InlineRun("\n"))
        elif tag in ("m", "oMath", "oMathPara"):
            for each in equations(one):
                runs += [InlineRun(" ")] if runs and runs[-1].formula else []
                runs.append(InlineRun(latex(each), formula=True))
    return runs


def equations(element: Element) -> list[Element]:
    """The equations in or at an element."""
    return [element] if local_name(element) == "oMath" else list(descendants(element, "oMath"))


def run_of(element: Element, address: Address) -> InlineRun:
    """One run with its formatting."""
    properties, text = child(element, "rPr"), child(element, "t")
    lift = xml_number(attribute(properties, "baseline"))
    font = attribute(child(properties, "latin"), "typeface") or attribute(child(properties, "sym"), "typeface")
    run = InlineRun(
        signs_in((text.text or "" if text is not None else "").replace("\v", "\n"), font),
        bold=attribute(properties, "b") in ("1", "true"),
        italic=attribute(properties, "i") in ("1", "true"),
        strike=attribute(properties, "strike") in ("sngStrike", "dblStrike"),
        raised=(lift > 0) - (lift < 0),
    )
    link = child(properties, "hlinkClick")
    return run if link is None else replace(run, url=address(attribute(link, "id")))
