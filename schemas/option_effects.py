"""What an option of a v2 configuration does to the parameters of a job: the few ways there are."""

from __future__ import annotations

import enum
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engines.page_selection import page_expression, page_ranges, to_indices
from engines.parameters.modes import VERSIONS
from engines.parameters.v2_names import V2_NAMES, names_below


class GranularBox(enum.StrEnum):
    """Parts that get boxes of their own."""

    CELL = "cell"
    LINE = "line"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class OptionRule:
    """What an option does: from its value, parameters by wire name."""

    words: str
    convert: Callable[[Any], dict[str, Any]]
    """Raises ValueError for a value that cannot work."""


def same(*names: str) -> OptionRule:
    """The value goes to each of these parameters as it is."""
    return OptionRule(", ".join(f"`{name}`" for name in names), lambda value: dict.fromkeys(names, value))


def negated(name: str) -> OptionRule:
    """The parameter says the opposite."""
    return OptionRule(f"`{name}`, the other way round", lambda value: {name: not value})


def switched_off(*names: str) -> OptionRule:
    """True switches these parameters off."""
    listed = " and ".join(f"`{name}`" for name in names)
    return OptionRule(f"true switches off {listed}", lambda value: dict.fromkeys(names, False) if value else {})


def chosen(names: Mapping[str, str]) -> OptionRule:
    """The value chooses which parameter is switched on."""
    listed = ", ".join(f"{value}: `{name}`" for value, name in names.items())
    return OptionRule(listed, lambda value: {names[value]: True})


def ignored(words: str) -> OptionRule:
    """Accepted; there is nothing to set."""
    return OptionRule(words, lambda _value: {})


def refused(words: str, *passing: Any) -> OptionRule:
    """Refused, except for the values that ask for nothing."""

    def convert(value: Any) -> dict[str, Any]:
        if value not in passing:
            raise ValueError("This is not supported yet")
        return {}

    return OptionRule(f"not supported yet: {words}", convert)


def target_pages(value: str) -> dict[str, Any]:
    """Pages that v2 counts from 1 and forbids to name twice."""
    indices = to_indices(page_ranges(value))
    if any(later.start < earlier.stop for earlier, later in itertools.pairwise(indices)):
        raise ValueError("Pages may not be named twice")
    return {"target_pages": page_expression(indices)}


def known_version(value: str) -> dict[str, Any]:
    """One of VERSIONS."""
    if value not in VERSIONS:
        raise ValueError(f"INVALID_TIER_VERSION_COMBINATION: Input should be one of {', '.join(VERSIONS)}")
    return {"version": value}


def granular_boxes(value: list[str]) -> dict[str, Any]:
    """Boxes of parts: those of lines exist."""
    if any(one != GranularBox.LINE for one in value):
        raise ValueError("Only boxes of lines are supported yet")
    return {"line_level_bounding_box": True} if value else {}


def form_analysis(value: str) -> dict[str, Any]:
    """`enrich` has forms reported, `default` says nothing."""
    return {"extract_forms": True} if value == "enrich" else {}


def auto_mode(value: list[Any]) -> dict[str, Any]:
    """Triggers, each with the options to use then; the parameter takes the list as text."""
    return {"auto_mode": True, "auto_mode_configuration_json": json.dumps(value)} if value else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option of a v2 configuration."""

    path: str
    kind: Any
    rule: OptionRule
    required: bool = False
    absent: Any = None
    """The value that holds when nothing is said and v2's default differs from the parameter's."""
    validate: Any = None

    @property
    def sets(self) -> tuple[str, ...]:
        """The parameters, by wire name, that it sets; empty when it sets none."""
        return V2_NAMES.get(self.path, ())


def option(path: str, kind: Any, rule: OptionRule | Callable[..., OptionRule] = same, **facts: Any) -> Option:
    """Declare an option: where it stands, its type, and what it does, or what happens to the parameters of V2_NAMES."""
    return Option(path=path, kind=kind, rule=rule if isinstance(rule, OptionRule) else rule(*V2_NAMES[path]), **facts)


def options_below(group: str, kind: Any) -> list[Option]:
    """All options right below a group that go to parameters as they are, of one type."""
    return [option(f"{group}.{name}", kind) for name in names_below(group)]
