"""What a job really does: presets, tiers, modes and their older names come to one parse_mode and the parameters it implies.

The precedence stands here and nowhere else (docs/decisions/0013): preset, tier, parse_mode, the modes that show
pictures of pages to a model, premium_mode, fast_mode, continuous_mode. `auto_mode` and the cost optimizer choose between two
such modes for each page (engines/auto_mode/__init__.py). Without a language model the modes still differ:

- `parse_page_without_llm`: text only, no Markdown.
- `parse_page_with_llm`: the text layer, rebuilt page by page; OCR where a page needs it. The default.
- `parse_page_with_lvm`: the picture of the page only; its text layer counts for nothing.
- `parse_page_with_agent`: the text layer, and OCR of every page for what is drawn but not written.
- `parse_page_with_layout_agent`: block by block of the layout, and the box of each part is told.
- `parse_document_with_…`: the same over the whole document: tables are joined across pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from engines.parameters import ParseParameters, ParsingMode

LATEST = "latest"
TIER_VERSIONS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "fast": ("2026-06-15", "2025-12-11"),
        "cost_effective": ("2026-09-28", "2026-06-26", "2026-05-28"),
        "agentic": ("2026-10-16", "2026-09-28", "2026-07-15", "2026-05-21", "2025-12-11"),
        "agentic_plus": ("2026-09-28", "2026-07-08", "2026-05-21", "2025-12-11"),
    }
)
"""Versions of each tier that clients know, newest first (types of the Python SDK 2.19)."""
VERSIONS = (LATEST, *sorted({version for versions in TIER_VERSIONS.values() for version in versions}, reverse=True))
"""Versions that a job may name with any tier, newest first. Here all of them are the one profile of this server."""
LATEST_VERSIONS: Mapping[str, str] = MappingProxyType({tier: versions[0] for tier, versions in TIER_VERSIONS.items()})
"""What `latest` stands for, by tier."""

AGENT = ParsingMode.PARSE_PAGE_WITH_AGENT
CAREFUL = MappingProxyType(
    {
        "high_res_ocr": True,
        "adaptive_long_table": True,
        "outlined_table_extraction": True,
        "output_tables_as_html": True,
    }
)
"""What every tier above `fast` turns on, and every preset; a parameter that the caller gave keeps its value."""

TIERS: Mapping[str, tuple[ParsingMode, Mapping[str, Any]]] = MappingProxyType(
    {
        "fast": (ParsingMode.PARSE_PAGE_WITHOUT_LLM, {}),
        "cost_effective": (ParsingMode.PARSE_PAGE_WITH_LLM, CAREFUL),
        "agentic": (AGENT, CAREFUL),
        "agentic_plus": (AGENT, {**CAREFUL, "specialized_chart_parsing_agentic": True}),
    }
)
"""The mode of each tier and what it turns on (documentation of the hosted service: tiers and presets)."""

PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "invoice": CAREFUL,
        "scientific": {**CAREFUL, "layout_aware": True, "hide_headers": True, "hide_footers": True},
        "technicalDocumentation": {**CAREFUL, "preserve_very_small_text": True},
        "forms": CAREFUL,
    }
)
"""What each preset sets, above what the caller gave; all are read as by an agent (docs/decisions)."""

WITHOUT_PICTURES = MappingProxyType({"disable_ocr": True, "disable_image_extraction": True})
"""What `fast_mode` leaves out besides the Markdown."""
OLDER: tuple[tuple[str, ParsingMode, Mapping[str, Any]], ...] = (
    ("gpt4o_mode", ParsingMode.PARSE_PAGE_WITH_LVM, {}),
    ("use_vendor_multimodal_model", ParsingMode.PARSE_PAGE_WITH_LVM, {}),
    ("premium_mode", AGENT, {}),
    ("fast_mode", ParsingMode.PARSE_PAGE_WITHOUT_LLM, WITHOUT_PICTURES),
    ("continuous_mode", ParsingMode.PARSE_DOCUMENT_WITH_LLM, {}),
)
"""Older names of modes: the parameter, its mode, and what it turns on; the first that is set wins."""
WHOLE_DOCUMENT = MappingProxyType(
    {
        "merge_tables_across_pages_in_markdown": True,
        "keep_page_separator_when_merging_tables": True,
        "adaptive_long_table": True,
    }
)
"""What the modes over the whole document turn on."""

LOOKING = frozenset({ParsingMode.PARSE_PAGE_WITH_LVM, ParsingMode.PARSE_DOCUMENT_WITH_LVM})
"""Modes that see only the picture of a page."""
AGENTS = frozenset({AGENT, ParsingMode.PARSE_PAGE_WITH_LAYOUT_AGENT, ParsingMode.PARSE_DOCUMENT_WITH_AGENT})
"""Modes that read every page by OCR besides its text layer."""
DOCUMENT = frozenset(
    {
        ParsingMode.PARSE_DOCUMENT_WITH_LLM,
        ParsingMode.PARSE_DOCUMENT_WITH_LVM,
        ParsingMode.PARSE_DOCUMENT_WITH_AGENT,
    }
)
"""Modes that take the document as a whole."""


def resolved(parameters: ParseParameters) -> ParseParameters:
    """The parameters with everything that a preset, a tier or a mode stands for; resolving twice changes nothing."""
    if parameters.version == LATEST:
        parameters = replace(parameters, version=LATEST_VERSIONS.get(parameters.tier or "", VERSIONS[1]))
    preset = preset_of(parameters)
    if preset is not None:
        return imposed(parameters, PRESETS[preset], parse_mode=AGENT)
    mode, implied = mode_of(parameters)
    if mode in DOCUMENT:
        implied = {**WHOLE_DOCUMENT, **implied}
    if mode is ParsingMode.PARSE_PAGE_WITH_LAYOUT_AGENT:
        implied = {"layout_aware": True, **implied}
    if not implied and mode is (parameters.parse_mode or ParsingMode.PARSE_PAGE_WITH_LLM):
        return parameters
    return implying(parameters, implied, parse_mode=mode)


def preset_of(parameters: ParseParameters) -> str | None:
    """The preset's name without its version; None when there is none of that name."""
    name = (parameters.preset or "").removesuffix("-v-1").removesuffix("-latest")
    return name if name in PRESETS else None


def mode_of(parameters: ParseParameters) -> tuple[ParsingMode, Mapping[str, Any]]:
    """The mode of a job without a preset, and what it turns on."""
    if parameters.tier and parameters.tier in TIERS:
        return TIERS[parameters.tier]
    if parameters.parse_mode is not None:
        return parameters.parse_mode, {}
    older = ((mode, implied) for name, mode, implied in OLDER if getattr(parameters, name))
    return next(older, (ParsingMode.PARSE_PAGE_WITH_LLM, {}))


def implying(parameters: ParseParameters, values: Mapping[str, Any], **more: Any) -> ParseParameters:
    """The parameters with `values` where the caller said nothing, and `more` in any case."""
    return replace(
        parameters, **{name: value for name, value in values.items() if getattr(parameters, name) is None}, **more
    )


def imposed(parameters: ParseParameters, values: Mapping[str, Any], **more: Any) -> ParseParameters:
    """The parameters with these values, whatever the caller said."""
    return replace(parameters, **values, **more)
