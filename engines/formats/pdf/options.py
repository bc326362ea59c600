"""What the native PDF reader is asked for, by what a job wants."""

from __future__ import annotations

from typing import Any

from engines.formats.pdf.removal import UNREADABLE
from engines.formats.pdf.watermarks import Watermark
from engines.layout.page import Stamp, Wishes
from engines.parameters import ParseParameters
from engines.parameters.crop import Margins
from engines.parameters.modes import preset_of

QUICK = {"output_format": "markdown", "extract_blocks": True}
"""What makes the native reader look for blocks, for the quick reading."""


def options_of(parameters: ParseParameters, margins: Margins) -> dict[str, Any]:
    """The options of the native reader for a job.

    Its defaults would lose text: a line at the same height of every page is taken for a running header and dropped.
    """
    options: dict[str, Any] = {
        "ocr_enabled": False,
        "output_format": "text",
        "extract_annotations": True,
        "extract_links": bool(parameters.annotate_links),
        "keep_headers_footers": True,
        "continue_on_page_error": True,
        "skip_diagonal_text": bool(parameters.skip_diagonal_text),
    }
    if parameters.fast_mode:
        options |= QUICK
    if parameters.extract_forms or preset_of(parameters) == "forms":
        options["extract_form_fields"] = True
    if parameters.preserve_very_small_text:
        options["preserve_very_small_text"] = True
    if margins:
        options["crop_box"] = (margins.top, margins.right, margins.bottom, margins.left)
    return options


def wishes_of(parameters: ParseParameters, read_with: dict[str, Any], watermark: Watermark | None) -> Wishes:
    """What is wanted of a page that the native reader was asked for with these options, and that has this watermark."""
    top, right, bottom, left = read_with.get("crop_box", (0.0, 0.0, 0.0, 0.0))
    pieces = watermark.pieces if watermark else ()
    return Wishes(
        margins=(left, top, right, bottom),
        links=bool(parameters.annotate_links),
        diagonal=not read_with["skip_diagonal_text"],
        smallest=0.0 if parameters.preserve_very_small_text else UNREADABLE,
        outlined=bool(parameters.outlined_table_extraction),
        aligned=bool(parameters.aggressive_table_extraction),
        stamps=tuple(Stamp(one.text, (one.x, one.y, one.x + one.width, one.y + one.height)) for one in pieces),
    )


def wants_pieces(parameters: ParseParameters) -> bool:
    """Whether a pass over the document needs to know where each piece of text stands."""
    return bool(
        parameters.preserve_layout_alignment_across_pages
        or parameters.line_level_bounding_box
        or parameters.layout_aware
    )
