"""Elements of web pages that stand in a line: links, pictures, formulas, fields, signs and how they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from selectolax.lexbor import LexborNode

from engines.build.inline import InlineRun
from engines.formats.html.formulas import latex_of, latex_of_picture

if TYPE_CHECKING:
    from engines.formats.html.walker import Walker


def anchor(walker: Walker, node: LexborNode, style: InlineRun) -> None:
    """Read a link; what leads nowhere is text, and what leads to a note its mark."""
    if mark := walker.notes.mark(node):
        walker.runs.append(replace(style, text=mark, raised=0))
        return
    if walker.notes.is_way_back(node):
        return
    address = (node.attributes.get("href") or "").strip()
    nowhere = not address or address.lower().startswith(("javascript:", "#"))
    walker.children(node, style if nowhere else replace(style, url=address))


def image(walker: Walker, node: LexborNode, style: InlineRun) -> None:
    """Read a picture: a part of the document, or an address with words about it."""
    address, alt = node.attributes.get("src") or "", (node.attributes.get("alt") or "").strip()
    if latex := latex_of_picture(node):
        walker.runs.append(InlineRun(latex, formula=True))
        return
    picture = walker.pictures(address, alt)
    if picture is None and (walker.inside_cell or is_sign(alt)):
        walker.say(alt, style)
    elif picture is not None or alt:
        walker.flush()
        walker.builder.image(alt, "" if address.startswith("data:") else address, picture)


def line(walker: Walker, _node: LexborNode, style: InlineRun) -> None:
    """Begin a new line in the paragraph."""
    if walker.runs:
        walker.runs[-1] = replace(walker.runs[-1], text=walker.runs[-1].text.rstrip(" "))
        walker.runs.append(replace(style, text="\n"))


def formula(walker: Walker, node: LexborNode, style: InlineRun) -> None:
    """Read a formula; one that is shown apart is a paragraph of its own."""
    is_apart = "block" in (node.attributes.get("display") or "") or "display" in (node.attributes.get("type") or "")
    if is_apart:
        walker.flush()
    if latex := latex_of(node):
        walker.runs.append(replace(style, text=latex, formula=True))
    if is_apart:
        walker.flush()


def reading(walker: Walker, node: LexborNode, style: InlineRun) -> None:
    """Read how the characters before are spoken (ruby): in brackets after them."""
    if node.text(strip=True):
        walker.say("(", style)
        walker.children(node, style)
        walker.say(")", style)


def quotation(walker: Walker, node: LexborNode, style: InlineRun) -> None:
    """Read words of others inside of a sentence."""
    walker.say("“", style)
    walker.children(node, style)
    walker.say("”", style)


def field(walker: Walker, node: LexborNode, style: InlineRun) -> None:
    """Read what a field of a form shows."""
    if node.tag == "select":
        chosen = node.css_first("option[selected]") or node.css_first("option")
        walker.say(f"{chosen.text()} " if chosen else "", style)
        return
    kind = (node.attributes.get("type") or "text").lower()
    if kind in ("checkbox", "radio"):
        walker.say("[x] " if "checked" in node.attributes else "[ ] ", style)
    elif kind not in ("hidden", "password", "submit", "image", "file"):
        walker.say(f"{node.attributes.get('value') or ''} ", style)


def is_sign(alt: str) -> bool:
    """Whether a picture stands for a sign, such as a face, in its line."""
    return 0 < len(alt) <= 8 and not any(one.isalnum() or one.isspace() for one in alt)


INLINE: dict[str, Callable[[Walker, LexborNode, InlineRun], None]] = {
    **dict.fromkeys(("math", "script"), formula),
    **dict.fromkeys(("input", "select"), field),
    "a": anchor,
    "img": image,
    "br": line,
    "rt": reading,
    "q": quotation,
}
"""What reads an element, by its tag."""
