"""Styles of OpenDocument files: what text looks like, where pages begin, how lists are numbered."""

from __future__ import annotations

from dataclasses import dataclass, field

from engines.build.numbering import numeral
from engines.containers.ooxml import Element, attribute, child, descendants, local_name, xml_number

NUMBER_STYLES = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
INHERITANCE = 30
UNITS = {"pt": 1.0, "in": 72.0, "cm": 72 / 2.54, "mm": 72 / 25.4, "px": 0.75}


@dataclass(frozen=True, slots=True)
class OdfStyle:
    """What matters of a style; None means that its parent decides."""

    parent: str
    """Name of the style it is based on; empty when there is none."""
    shown_name: str
    """As users see it; empty when it is the name itself."""
    bold: bool | None
    italic: bool | None
    strike: bool | None
    hidden: bool | None
    breaks_before: bool | None
    is_displayed: bool | None
    """Of a sheet or a slide: whether it is shown."""
    master_page: str
    """Name of the master page that a paragraph of this style begins; empty for most."""
    rise: int | None = None
    """1 of raised text, -1 of lowered, 0 of text on the line."""
    font: str = ""
    """Its own; empty when it names none."""


@dataclass(frozen=True, slots=True)
class ListLevel:
    """How one level of a list is marked."""

    is_number: bool = False
    style: str = "decimal"
    prefix: str = ""
    suffix: str = ""
    shown_levels: int = 1
    """How many numbers are printed, its own the last of them."""
    start: int = 1
    indent: int = 0
    """Of the text from the left, in points."""
    is_blank: bool = False
    """Whether nothing is printed before the text."""

    def mark(self, counts: list[int], levels: dict[int, ListLevel]) -> str:
        """The mark of an entry, whose number and those of the entries around it are given, outermost first."""
        if not self.is_number:
            return "-"
        first = max(0, len(counts) - self.shown_levels)
        numbers = (numeral(counts[index], levels.get(index + 1, self).style) for index in range(first, len(counts)))
        return f"{self.prefix}{'.'.join(numbers)}{self.suffix}".strip()


@dataclass(slots=True)
class OdfStyles:
    """The styles of a document by name, those of its own parts included."""

    all: dict[str, OdfStyle] = field(default_factory=dict)
    lists: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    """Levels from 1, by the name of a list style."""
    papers: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Width and height in points, by the name of a page layout."""
    masters: dict[str, str] = field(default_factory=dict)
    """Page layouts, by the name of the master page that uses them."""
    watermarks: dict[str, str] = field(default_factory=dict)
    """What the header of a master page draws as watermark, by its name; of those that draw one."""

    def read(self, root: Element | None) -> None:
        """Add the styles of one part."""
        for one in () if root is None else descendants(root, "style", "list-style", "page-layout", "master-page"):
            key = attribute(one, "name")
            if local_name(one) == "style":
                self.all[key] = odf_style(one)
            elif local_name(one) == "list-style":
                self.lists[key] = levels_of(one)
            elif local_name(one) == "master-page":
                self.masters[key] = attribute(one, "page-layout-name")
                if text := watermark_in(one):
                    self.watermarks[key] = text
            elif (layout := child(one, "page-layout-properties")) is not None:
                sides = (length(attribute(layout, f"page-{side}")) for side in ("width", "height"))
                self.papers[key] = next(sides), next(sides)

    def paper(self, master: str) -> tuple[float, float]:
        """Width and height of the pages of a master page, in points; A4 unless the document says otherwise."""
        layout = self.masters.get(master) or next(iter(self.masters.values()), "")
        width, height = self.papers.get(layout, (0.0, 0.0))
        return width or 595.3, height or 841.9

    def chain(self, key: str) -> list[OdfStyle]:
        """A style and its parents, nearest first."""
        chain: list[OdfStyle] = []
        while key in self.all and len(chain) < INHERITANCE:
            chain.append(self.all[key])
            key = chain[-1].parent
        return chain

    def switch(self, key: str, kind: str) -> bool:
        """Whether a style is of a kind: `bold`, `italic`, `strike`, `hidden` or `breaks_before`."""
        settings = (getattr(style, kind) for style in self.chain(key))
        return next((one for one in settings if one is not None), False)

    def rise(self, key: str) -> int:
        """1 of a style of raised text, -1 of one of lowered text."""
        return next((style.rise for style in self.chain(key) if style.rise is not None), 0)

    def font(self, key: str) -> str:
        """The font of a style; empty when it names none."""
        return next((style.font for style in self.chain(key) if style.font), "")

    def is_named(self, key: str, *candidates: str) -> bool:
        """Whether a style is, or comes from, one of these names (in lower case)."""
        names = (key, *(one for style in self.chain(key) for one in (style.parent, style.shown_name)))
        return any(one.replace("_20_", " ").lower() in candidates for one in names)


def watermark_in(master: Element) -> str:
    """The text of the shapes of a master page that are named as LibreOffice names watermarks; empty when there are none."""
    shapes = (one for one in descendants(master, "custom-shape") if "watermark" in attribute(one, "name").lower())
    return " ".join(" ".join("".join(map(str, one.itertext())).split()) for one in shapes)


def odf_style(element: Element) -> OdfStyle:
    """Read one style."""
    text, paragraph = child(element, "text-properties"), child(element, "paragraph-properties")
    through = attribute(text, "text-line-through-style")
    shown = attribute(child(element, "table-properties"), "display")
    visibility = attribute(child(element, "drawing-page-properties"), "visibility")
    return OdfStyle(
        parent=attribute(element, "parent-style-name"),
        shown_name=attribute(element, "display-name"),
        bold=switch_of(attribute(text, "font-weight"), ("bold", "600", "700", "800", "900")),
        italic=switch_of(attribute(text, "font-style"), ("italic", "oblique")),
        strike=(through != "none") if through else None,
        hidden=switch_of(attribute(text, "display"), ("none",)),
        breaks_before=switch_of(attribute(paragraph, "break-before"), ("page",)),
        is_displayed=shown != "false" if shown else visibility != "hidden" if visibility else None,
        master_page=attribute(element, "master-page-name"),
        rise=rise_of(attribute(text, "text-position")),
        font=attribute(text, "font-name") or attribute(text, "font-family"),
    )


def rise_of(position: str) -> int | None:
    """Where `style:text-position`, such as `super 58%` or `-33% 58%`, puts text; None when it is not given."""
    place = position.partition(" ")[0]
    if place in ("super", "sub"):
        return 1 if place == "super" else -1
    lift = xml_number(place.removesuffix("%"))
    return ((lift > 0) - (lift < 0)) if place else None


def switch_of(value: str, meaning_yes: tuple[str, ...]) -> bool | None:
    """Whether a property is on; None when it is not given."""
    return value in meaning_yes if value else None


def levels_of(element: Element) -> dict[int, ListLevel]:
    """The levels of a list style (`text:list-style`), counted from 1."""
    levels: dict[int, ListLevel] = {}
    for one in element:
        kind = attribute(one, "num-format")
        levels[int(xml_number(attribute(one, "level"), 1))] = ListLevel(
            is_number=local_name(one).endswith("number") and bool(kind),
            style=NUMBER_STYLES.get(kind, "decimal"),
            prefix=attribute(one, "num-prefix"),
            suffix=attribute(one, "num-suffix"),
            shown_levels=int(xml_number(attribute(one, "display-levels"), 1)),
            start=int(xml_number(attribute(one, "start-value"), 1)),
            indent=indent_of(one),
            is_blank=local_name(one).endswith("number") and not (kind or attribute(one, "num-prefix")),
        )
    return levels


def indent_of(level: Element) -> int:
    """How far from the left the text of a list level stands, in points."""
    properties = child(level, "list-level-properties")
    aligned = child(properties, "list-level-label-alignment")
    if aligned is not None:
        return round(length(attribute(aligned, "margin-left")))
    return round(length(attribute(properties, "space-before")) + length(attribute(properties, "min-label-width")))


def length(text: str, default: float = 0.0) -> float:
    """A length with its unit (ODF 1.3 part 3, 18.3.18) in points; `default` for one without, or for none."""
    factor = UNITS.get(text[-2:])
    return xml_number(text[:-2], default) * factor if factor else default
