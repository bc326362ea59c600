"""What a tracked change of formatting changed (`w:rPrChange` and its like), in words such as `bold, size: 14 pt`."""

from __future__ import annotations

from engines.containers.ooxml import Element, attribute, bare, local_name, xml_number
from engines.formats.docx.styles import DocxStyles

SWITCHES = {
    "b": "bold", "i": "italic", "strike": "struck through", "dstrike": "struck through twice", "caps": "all capitals",
    "smallCaps": "small capitals", "vanish": "hidden", "outline": "outlined", "shadow": "shadowed", "emboss": "embossed",
    "imprint": "engraved", "keepNext": "kept with the next paragraph", "keepLines": "lines kept together",
    "pageBreakBefore": "page break before", "bidi": "right to left",
}  # fmt: skip
"""Properties that are on or off."""
NAMES = {
    "u": "underline", "sz": "size", "color": "color", "highlight": "highlight", "rFonts": "font", "rStyle": "style",
    "vertAlign": "position", "shd": "shading", "spacing": "spacing", "lang": "language", "pStyle": "style",
    "jc": "alignment", "ind": "indent", "numPr": "numbering", "outlineLvl": "outline level", "tabs": "tabs",
    "pBdr": "borders", "bdr": "border", "pgSz": "page size", "pgMar": "margins", "cols": "columns", "tblStyle": "style",
    "tblW": "width", "tblBorders": "borders", "tblInd": "indent", "tblLayout": "layout", "tblLook": "look",
}  # fmt: skip
"""Others by the words that programs show for them; one that is not here is called as in the file."""
SILENT = frozenset((
    "bCs", "iCs", "szCs", "rtl", "cs", "noProof", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "rPr", "sectPr",
    "ins", "del", "moveFrom", "moveTo", "headerReference", "footerReference",
))  # fmt: skip
"""Twins of other properties for other scripts, and what is no property."""
NOTHING_NAMED = "formatting"


def formatting_change(changed: Element, styles: DocxStyles) -> str:
    """What differs between the properties around `changed` and the old ones in it."""
    around = changed.getparent()
    kind = "" if around is None else local_name(around)
    old = properties(next((one for one in changed if local_name(one) == kind), None), styles)
    new = properties(around, styles)
    names = [*new, *(name for name in old if name not in new)]
    words = [words_for(name, new.get(name)) for name in names if old.get(name) != new.get(name)]
    return ", ".join(words) or NOTHING_NAMED


def properties(element: Element | None, styles: DocxStyles) -> dict[str, str]:
    """Values of properties, by the local names of their elements."""
    return {
        name: value_of(one, name, styles)
        for one in (() if element is None else element)
        if (name := local_name(one)) not in SILENT
    }


def value_of(element: Element, name: str, styles: DocxStyles) -> str:
    """The value of a property, in words where it is one value."""
    value = attribute(element, "val")
    if name in SWITCHES:
        return "no" if value.lower() in ("0", "false", "off") else "yes"
    if name in ("rStyle", "pStyle", "tblStyle"):
        style = styles.style(value)
        return value if style is None else style.name or value
    if name == "sz":
        return f"{xml_number(value) / 2:g} pt"
    if name == "rFonts":
        return attribute(element, "ascii") or attribute(element, "hAnsi") or listed(element)
    return value or listed(element)


def listed(element: Element) -> str:
    """All attributes of a property of several values, and those of what it consists of."""
    parts = [f"{bare(str(key))} {value!s}" for key, value in element.attrib.items()]
    parts += [f"{local_name(one)} {attribute(one, 'val')}".strip() for one in element]
    return " ".join(parts)


def words_for(name: str, value: str | None) -> str:
    """A property as it is now; None when it is not set any more."""
    if name in SWITCHES:
        return SWITCHES[name] if value == "yes" else f"not {SWITCHES[name]}"
    shown = NAMES.get(name, name)
    return f"no {shown}" if value is None else f"{shown}: {value}" if value else shown
