"""The triggers of auto mode: what makes a page worth reading again, and with which parameters.

The names are those of `auto_mode_configuration_json`. As its documentation has it, "at least n" means more than n and "at most n"
fewer than n, numbers may be written as strings, all conditions of an entry have to hold unless its `trigger_mode` is `or`, and the
first entry that fits a page wins.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engines.auto_mode.overrides import overrides
from engines.document import ImageKind, ItemKind, Page
from engines.parameters import PARAMETERS, ParseParameters
from engines.parameters.effective import inert
from engines.parameters.modes import AGENT
from engines.parameters.patterns import Pattern, Search, pattern_in

NUMERIC = re.compile(r"[^\w]*+\d[\d.,'\u00a0]*+[^\w]*+")
"""A word that is a number, with its punctuation and signs."""
FULL_PAGE = 0.8
"""Share of its page that a picture covers to count as all of it."""
BLOCKS = {
    **{label: label for label in ("title", "list", "table", "figure", "text", "header", "footer", "caption", "formula")},
    **dict.fromkeys(("sectionheader", "paragraphtitle", "heading"), "title"),
    **dict.fromkeys(("picture", "image"), "figure"),
    "listitem": "list", "pageheader": "header", "pagefooter": "footer", "figuretitle": "caption",
}  # fmt: skip
"""Labels of the layout (engines/passes/labels.py), by the names that they have there and elsewhere, in lower case."""
MOST_ENTRIES = 200
"""Entries of a configuration, each of which is held against every page."""
MOST_GLOBS = 100
LONGEST_GLOB = 1000
"""Characters of a pattern such as `*.pdf`; no name of a file is longer."""


@dataclass(frozen=True, slots=True)
class PageView:
    """What the first reading knows of a page."""

    page: Page
    markdown: str
    """As the result would have it, without prefix and suffix."""
    file_name: str
    search: Search
    """Of its document."""


Condition = Callable[[PageView], bool]
"""Whether a page meets it."""


@dataclass(frozen=True, slots=True)
class AutoModeRule:
    """One way to be upgraded: conditions, and the parameters that change then."""

    conditions: tuple[Condition, ...]
    any_of: bool
    changes: Mapping[str, Any]
    """By attribute of ParseParameters."""

    @property
    def patterns(self) -> list[Pattern]:
        """The regular expressions among the conditions."""
        return [one.pattern for one in self.conditions if isinstance(one, Matches)]

    def fits(self, seen: PageView) -> bool:
        """Whether a page meets the conditions; no page meets none."""
        met = (condition(seen) for condition in self.conditions)
        return bool(self.conditions) and (any(met) if self.any_of else all(met))

    def applied(self, parameters: ParseParameters, *, has_model: bool = False) -> ParseParameters:
        """The parameters that such a page is read with; without a model those count that need none."""
        single = replace(parameters, auto_mode=None, enable_cost_optimizer=None)
        if {"parse_mode", "tier"} & self.changes.keys():  # what decided before must not decide again
            single = replace(single, preset=None, tier=None, version=None, parse_mode=None)
        idle = {PARAMETERS[name].attribute for name in inert(ParseParameters(**self.changes), has_model=has_model)}
        return replace(single, **{name: value for name, value in self.changes.items() if name not in idle})


def entries_of(parameters: ParseParameters) -> list[AutoModeRule]:
    """The entries of a job: those of its JSON, then one for the simple triggers, any of which upgrades to the agent mode.

    Raises ValueError for JSON that is none or names what nobody knows.
    """
    entries = entries_in(parameters.auto_mode_configuration_json) if parameters.auto_mode_configuration_json else []
    simple = {
        name: value
        for name in ("table_in_page", "image_in_page", "text_in_page", "regexp_in_page")
        if (value := getattr(parameters, f"auto_mode_trigger_on_{name}"))
    }
    if simple:
        conditions = tuple(condition for name, value in simple.items() for condition in conditions_of(name, value, {}))
        entries.append(AutoModeRule(conditions, any_of=True, changes={"parse_mode": AGENT}))
    return entries


def searches(parameters: ParseParameters) -> bool:
    """Whether regular expressions of the user are run on the pages."""
    if not parameters.auto_mode:
        return False
    try:
        return any(entry.patterns for entry in entries_of(parameters))
    except ValueError:  # said again, and answered, where the entries are needed
        return False


def entries_in(text: str) -> list[AutoModeRule]:
    """The entries that a JSON text describes. Raises ValueError, with the position of the entry at fault."""
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    described = value if isinstance(value, list) else [value]
    if len(described) > MOST_ENTRIES:
        raise ValueError(f"more than {MOST_ENTRIES} entries")
    entries = []
    for number, one in enumerate(described, 1):
        if not isinstance(one, dict):
            raise ValueError(f"entry {number} is no object")  # noqa: TRY004 - of a value, not of a type
        try:
            entries.append(entry_of(one))
        except ValueError as error:
            raise ValueError(f"entry {number}: {error}") from error
    return entries


def entry_of(described: Mapping[str, Any]) -> AutoModeRule:
    """One entry. Raises ValueError for unknown names and values that make no sense."""
    conditions = [
        condition
        for name, value in described.items()
        if name not in SETTINGS and value is not None
        for condition in conditions_of(name, value, described)
    ]
    mode = described.get("trigger_mode") or "and"
    if mode not in ("and", "or"):
        raise ValueError("trigger_mode is `and` or `or`")
    configuration = described.get("parsing_conf")
    if configuration is not None and not isinstance(configuration, dict):
        raise ValueError("parsing_conf is no object")
    changes = overrides(configuration or {}) or {"parse_mode": AGENT}
    return AutoModeRule(tuple(conditions), mode == "or", changes)


SETTINGS = frozenset(
    {
        "parsing_conf",
        "trigger_mode",
        "regexp_in_page_mode",
        "filename_regexp_mode",
        "full_page_image_in_page_threshold",
        "layout_element_in_page_confidence_threshold",
    }
)
"""Names in an entry that are no condition themselves."""


def conditions_of(name: str, value: Any, described: Mapping[str, Any]) -> Iterator[Condition]:
    """The condition of a name, if its value asks for one. Raises ValueError."""
    if name in FLAGS:
        if value not in (True, False, "true", "false"):
            raise ValueError(f"{name} is true or false")
        if value in (True, "true"):
            yield FLAGS[name](described)
    elif name in TEXTS:
        if not isinstance(value, str) or not value:
            raise ValueError(f"{name} is a text")
        yield TEXTS[name](value, described)
    elif name == "filename_match_glob_list" and isinstance(value, list):
        yield named([str(one) for one in value])
    else:
        yield bounded(name, value)


def bounded(name: str, value: Any) -> Condition:
    """The condition of a name that bounds a number. Raises ValueError when it is no such name."""
    if name not in BOUNDS:
        raise ValueError(f"{name} is no trigger")
    quantity, is_least = BOUNDS[name]
    return within(quantity, number_in(name, value), is_least=is_least)


def number_in(name: str, value: Any) -> float:
    """A number, or one in a string. Raises ValueError."""
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is a number") from error


def within(quantity: Callable[[PageView], float], limit: float, *, is_least: bool) -> Condition:
    """More than so many, or fewer."""
    return (lambda seen: quantity(seen) > limit) if is_least else (lambda seen: quantity(seen) < limit)


def has_table(seen: PageView) -> bool:
    """A table among the items."""
    return any(item.kind is ItemKind.TABLE for item in seen.page.items)


def has_picture(seen: PageView) -> bool:
    """A picture that is not one of the whole page made by the reader."""
    return any(one.kind is ImageKind.EMBEDDED for one in seen.page.images) or any(
        item.kind is ItemKind.IMAGE for item in seen.page.items
    )


def full_page_picture(described: Mapping[str, Any]) -> Condition:
    """A picture that covers most of the page: a scan."""
    name = "full_page_image_in_page_threshold"
    share = FULL_PAGE if described.get(name) is None else number_in(name, described[name])

    def covers(seen: PageView) -> bool:
        area = seen.page.width * seen.page.height
        boxes = [one.box for one in seen.page.images if one.kind is ImageKind.EMBEDDED and one.box]
        return any(box.width * box.height >= share * area for box in boxes)

    return covers


def shows(text: str, described: Mapping[str, Any]) -> Condition:
    """A block of the layout of this kind, as sure as is asked for. Raises ValueError for a kind that there is none of."""
    label = BLOCKS.get(re.sub(r"[\s_-]+", "", text.lower()).removesuffix("s"))
    if label is None:
        raise ValueError(f"layout_element_in_page is one of {', '.join(sorted(set(BLOCKS.values())))}")
    name = "layout_element_in_page_confidence_threshold"
    least = 0.0 if described.get(name) is None else number_in(name, described[name])
    return lambda seen: any(kind == label and confidence >= least for kind, confidence in blocks(seen.page))


def blocks(page: Page) -> list[tuple[str, float]]:
    """Label and confidence of the blocks of a page: of its layout where that was asked for, else those that its items are."""
    from engines.passes.labels import label_of  # noqa: PLC0415 - its package loads native libraries, which the API shall not

    return [(one.label, one.confidence) for one in page.layout] or [label_of(item, page) for item in page.items]


def contains_text(text: str, _described: Mapping[str, Any]) -> Condition:
    """A text that stands on the page as it is written here."""
    return lambda seen: text in seen.page.text or text in seen.markdown


@dataclass(frozen=True, slots=True)
class Matches:
    """A regular expression that matches a text."""

    pattern: Pattern
    text_of: Callable[[PageView], str]

    def __call__(self, seen: PageView) -> bool:
        """Whether it does on this page."""
        return seen.search.occurs(self.pattern, self.text_of(seen), seen.page.number)


def markdown_matches(text: str, described: Mapping[str, Any]) -> Condition:
    """An expression that matches the Markdown."""
    return Matches(expression("regexp_in_page", text, described), lambda seen: seen.markdown)


def file_matches(text: str, described: Mapping[str, Any]) -> Condition:
    """An expression that matches the file's name."""
    return Matches(expression("filename_regexp", text, described), lambda seen: seen.file_name)


def expression(name: str, text: str, described: Mapping[str, Any]) -> Pattern:
    """The regular expression of a name, with the flags that stand beside it. Raises ValueError."""
    letters = described.get(f"{name}_mode") or ""
    if not isinstance(letters, str):
        raise ValueError(f"{name}_mode is a text")  # noqa: TRY004 - of a value, not of a type
    try:
        return pattern_in(text, letters)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def named(globs: list[str]) -> Condition:
    """A file whose name one of the patterns such as `*.pdf` fits. Raises ValueError when they are too many or too long."""
    if len(globs) > MOST_GLOBS or any(len(one) > LONGEST_GLOB for one in globs):
        raise ValueError(f"filename_match_glob has at most {MOST_GLOBS} patterns of {LONGEST_GLOB} characters")
    return lambda seen: any(fnmatch.fnmatchcase(seen.file_name, one) for one in globs)


def page_characters(seen: PageView) -> float:
    """Letters of the text or of the Markdown, whichever has more."""
    return max(len(seen.page.text), len(seen.markdown))


def numbers(seen: PageView) -> float:
    """Words that are numbers."""
    return sum(NUMERIC.fullmatch(word) is not None for word in seen.page.text.split())


def share_of_numbers(seen: PageView) -> float:
    """Percentage of the words that are numbers."""
    words = len(seen.page.text.split())
    return 100 * numbers(seen) / words if words else 0.0


QUANTITIES: Mapping[str, Callable[[PageView], float]] = {
    "words": lambda seen: len(seen.page.text.split()),
    "lines": lambda seen: len([line for line in seen.page.text.splitlines() if line.strip()]),
    "numbers": numbers,
    "percent_numbers": share_of_numbers,
    "images": lambda seen: sum(one.kind is ImageKind.EMBEDDED for one in seen.page.images),
    "tables": lambda seen: sum(item.kind is ItemKind.TABLE for item in seen.page.items),
    "links": lambda seen: len(seen.page.links),
    "charts": lambda seen: len(seen.page.charts),
    "layout_elements": lambda seen: len(blocks(seen.page)),
}
"""What can be counted of a page."""
BOUNDS: Mapping[str, tuple[Callable[[PageView], float], bool]] = {
    "page_longer_than_n_chars": (page_characters, True),
    "page_shorter_than_n_chars": (page_characters, False),
    **{f"page_contains_at_least_n_{what}": (quantity, True) for what, quantity in QUANTITIES.items()},
    **{f"page_contains_at_most_n_{what}": (quantity, False) for what, quantity in QUANTITIES.items()},
}
"""What is counted for each name that bounds a number, and whether there has to be more of it."""
FLAGS: Mapping[str, Callable[[Mapping[str, Any]], Condition]] = {
    "table_in_page": lambda _described: has_table,
    "image_in_page": lambda _described: has_picture,
    "full_page_image_in_page": full_page_picture,
    "page_md_error": lambda _described: lambda seen: seen.page.error is not None,
}
"""Conditions that are switched on."""
TEXTS: Mapping[str, Callable[[str, Mapping[str, Any]], Condition]] = {
    "text_in_page": contains_text,
    "regexp_in_page": markdown_matches,
    "layout_element_in_page": shows,
    "filename_regexp": file_matches,
    "filename_match_glob": lambda text, _described: named([text]),
}
"""Conditions that a text describes."""
