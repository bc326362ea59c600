"""What is worked out over the whole document once all of its pages are read (docs/results.md).

Page ranges give raw pages, and checkpoints keep those; so whatever looks beyond one page, or rewrites what was read, is a pass
of its own here, in this order. A pass costs nothing when no parameter asks for it.
"""

from __future__ import annotations

from collections.abc import Callable

from engines.context import Context
from engines.document import Document
from engines.parameters import ParseParameters
from engines.passes import (
    charts,
    columns,
    grid,
    layout,
    lines,
    links,
    models,
    modes,
    numbers,
    pictures,
    plain,
    reconstruction,
    running,
    tables,
    tight,
    watermarks,
)

Pass = Callable[[Document, ParseParameters, Context], None]
"""Changes the document in place."""

PASSES: tuple[Pass, ...] = (
    running.find_titles,
    numbers.extract_numbers,
    columns.unroll,
    grid.align,
    tight.tighten,
    lines.locate,
    layout.detect,
    tables.continue_long,
    charts.tell_of_pictures,
    pictures.require_pictures,
    reconstruction.require_items,
    pictures.describe,
    pictures.put_inline,
    pictures.drop_unsaved,
    links.leave_out_addresses,
    plain.flatten,
    watermarks.place,
    models.rebuild,
    modes.leave_out,
)
"""All passes; the order matters: what the document is made of comes before how it is written."""


def finish(document: Document, parameters: ParseParameters, context: Context) -> Document:
    """The document after all passes. Raises DocumentError, and whatever `context.progress` raises."""
    for one in PASSES:
        one(document, parameters, context)
    return document
