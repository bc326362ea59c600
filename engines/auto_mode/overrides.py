"""`parsing_conf` of an entry of auto mode: the parameters that pages are read with which it fits."""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Mapping
from typing import Any

from engines.parameters import PARAMETERS, Parameter, ParseParameters
from engines.parameters.v2_names import CHART_PARSING, names_below

OF_THE_JOB = frozenset(
    {
        "target_pages",
        "max_pages",
        "max_pages_enforced",
        "internal_is_screenshot_job",
        "page_error_tolerance",
        "page_separator",
        "merge_tables_across_pages_in_markdown",
        "keep_page_separator_when_merging_tables",
        "output_pdf_of_document",
        "resource_info",
        "custom_metadata",
        "enable_cost_optimizer",
        "preset",
        "guess_xlsx_sheet_name",
        "spreadsheet_include_hidden_sheets",
        "presentation_include_hidden_slides",
        "output_s3_path_prefix",
        "output_s3_region",
        "outputBucket",
    }
)
"""What a single page cannot have otherwise than its document; everything about auto mode besides."""
NESTED: Mapping[str, Mapping[str, str]] = {
    "crop_box": names_below("crop_box"),
    "ignore": names_below("processing_options.ignore"),
    "presentation": names_below("input_options.presentation"),
    "spatial_text": names_below("output_options.spatial_text"),
}
"""Groups of the second version's form, and the parameter of each of their options."""
RENAMED: Mapping[str, str] = {"language": "lang"} | names_below("agentic_options")


def overrides(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """The values to change, by attribute. Raises ValueError for unknown names and wrong types."""
    changes: dict[str, Any] = {}
    for name, value in flat(configuration).items():
        one = PARAMETERS.get(name)
        if one is None or not one.affects_output or name in OF_THE_JOB or name.startswith("auto_mode"):
            raise ValueError(f"parsing_conf: {name} is no parameter of a page")
        if value is not None:
            changes[one.attribute] = parameter_value(one, value)
    return changes


def flat(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Both forms by wire names of parameters. Raises ValueError."""
    named: dict[str, Any] = {}
    for name, value in configuration.items():
        if name in NESTED:
            if not isinstance(value, Mapping) or value.keys() - NESTED[name].keys():
                raise ValueError(f"parsing_conf: {name} is an object of {', '.join(NESTED[name])}")
            named |= {NESTED[name][inner]: option for inner, option in value.items()}
        elif name == "specialized_chart_parsing":
            if value not in CHART_PARSING:
                raise ValueError(f"parsing_conf: {name} is one of {', '.join(CHART_PARSING)}")
            named[CHART_PARSING[value]] = True
        else:
            named[RENAMED.get(name, name)] = value
    return named


CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}


def parameter_value(one: Parameter, value: Any) -> Any:
    """The value as the parameter's type. Raises ValueError."""
    if check := CHECKS.get(one.kind):
        if not check(value):
            raise ValueError(f"parsing_conf: {one.name} is a {one.kind}")
        return value
    hint = typing.get_type_hints(ParseParameters)[one.attribute]
    inner = next(kind for kind in typing.get_args(hint) if kind is not type(None))
    if typing.get_origin(inner) is list and isinstance(value, list):
        choice = typing.get_args(inner)[0]
        return [member(one, choice, each) for each in value]
    return member(one, inner, value)


def member(one: Parameter, choice: Any, value: Any) -> Any:
    """A member of an enumeration. Raises ValueError."""
    if isinstance(choice, type) and issubclass(choice, enum.Enum) and isinstance(value, str):
        try:
            return choice(value)
        except ValueError as error:
            raise ValueError(f"parsing_conf: {one.name} is one of {', '.join(choice)}") from error
    raise ValueError(f"parsing_conf: {one.name} is a {one.kind}")
