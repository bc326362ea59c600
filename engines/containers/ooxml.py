"""The XML of Office documents, read by local names: its strict and transitional form differ only in namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import isfinite

from lxml import etree

Element = etree._Element  # noqa: SLF001 - lxml has no public name for the type of its elements

EMU_PER_POINT = 12700
"""English Metric Units, the lengths of drawings."""
TWIPS_PER_POINT = 20
"""Twentieths of a point, the lengths of text documents."""


@lru_cache(maxsize=4096)
def bare(tag: str) -> str:
    """A tag or attribute name without its namespace."""
    return tag.rpartition("}")[2]


def name(element: Element) -> str:
    """The local name of an element."""
    return bare(str(element.tag))


def attribute(element: Element | None, wanted: str, default: str = "") -> str:
    """The value of the attribute of this local name."""
    if element is not None:
        for key, value in element.attrib.items():
            if bare(str(key)) == wanted:
                return str(value)
    return default


def child(element: Element | None, *path: str) -> Element | None:
    """The first descendant along a path of local names."""
    for step in path:
        if element is None:
            return None
        element = next((one for one in element if name(one) == step), None)
    return element


def value(element: Element | None, *path: str) -> str | None:
    """The `val` attribute of the first descendant along a path; empty when that has none, None when it is not there."""
    found = child(element, *path)
    return None if found is None else attribute(found, "val")


def is_on(element: Element | None, *path: str) -> bool | None:
    """A switch: None when absent, on unless its value says otherwise."""
    found = value(element, *path)
    return None if found is None else found.lower() not in ("0", "false", "off", "none")


def descendants(element: Element, *wanted: str) -> Iterator[Element]:
    """All descendants of these local names, in document order; of alternative contents only the first counts."""
    for one in element:
        tag = name(one)
        if tag in wanted:
            yield one
        elif tag == "AlternateContent":
            yield from descendants(preferred(one), *wanted)
        else:
            yield from descendants(one, *wanted)


def preferred(alternatives: Element) -> Element:
    """Of `mc:AlternateContent` the choice made for newer readers, else the fallback."""
    chosen = child(alternatives, "Choice")
    if chosen is None:
        chosen = child(alternatives, "Fallback")
    return alternatives if chosen is None else chosen


def number(text: str | None, default: float = 0.0) -> float:
    """A length or count as a number, else the default; what is no number, or none of use, counts as absent."""
    try:
        found = float(text) if text else default
    except ValueError:
        return default
    return found if isfinite(found) else default


def points(text: str, default: float) -> float:
    """A length of a text document in points: twentieths, or with a unit as the strict form writes it."""
    units = {"pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4}
    factor = units.get(text[-2:])
    return number(text[:-2]) * factor if factor else number(text, default * TWIPS_PER_POINT) / TWIPS_PER_POINT
