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


def local_name(element: Element) -> str:
    """The local name of an element."""
    return bare(str(element.tag))


def attribute(element: Element | None, local: str, default: str = "") -> str:
    """The value of the attribute of this local name; `default` when there is none, or no element."""
    if element is not None:
        for key, value in element.attrib.items():
            if bare(str(key)) == local:
                return str(value)
    return default


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of this local name, and of that the first child of the next name, and so on; None where the path ends."""
    for step in path:
        if element is None:
            return None
        element = next((one for one in element if local_name(one) == step), None)
    return element


def val_of(element: Element | None, *path: str) -> str | None:
    """The `val` attribute of what `child` finds along a path; empty when that has none, None when it is not there."""
    element = child(element, *path)
    return None if element is None else attribute(element, "val")


def is_on(element: Element | None, *path: str) -> bool | None:
    """A switch (ST_OnOff of ECMA-376): None when absent, on unless its value says otherwise."""
    setting = val_of(element, *path)
    return None if setting is None else setting.lower() not in ("0", "false", "off", "none")


def descendants(element: Element, *tags: str) -> Iterator[Element]:
    """The outermost descendants of these local names, in document order; of alternative contents those of `preferred`."""
    for one in element:
        tag = local_name(one)
        if tag in tags:
            yield one
        elif tag == "AlternateContent":
            yield from descendants(preferred(one), *tags)
        else:
            yield from descendants(one, *tags)


def preferred(alternatives: Element) -> Element:
    """Of `mc:AlternateContent` (ECMA-376 part 3) the choice for newer readers, else the fallback, else itself."""
    chosen = child(alternatives, "Choice")
    if chosen is None:
        chosen = child(alternatives, "Fallback")
    return alternatives if chosen is None else chosen


def xml_number(text: str | None, default: float = 0.0) -> float:
    """A length or count as a number, else the default; what is no number, or none of use, counts as absent."""
    try:
        value = float(text) if text else default
    except ValueError:
        return default
    return value if isfinite(value) else default


def points_in(text: str, default: float) -> float:
    """A length of a text document in points: it is written in twips, or with a unit as the strict form has it.

    `default`, in points, stands for a text that is no number.
    """
    units = {"pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4}
    factor = units.get(text[-2:])
    return xml_number(text[:-2]) * factor if factor else xml_number(text, default * TWIPS_PER_POINT) / TWIPS_PER_POINT
