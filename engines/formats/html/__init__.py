"""HTML: one page, from its source; nothing is fetched and no script runs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from engines.build.assemble import document_of, one_page
from engines.build.images import ImageStore
from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.containers.encoding import decode_markup
from engines.context import Context, Source
from engines.document import Document, Picture
from engines.formats.html.source import tree_of
from engines.formats.html.walker import View, Walker
from engines.parameters import ParseParameters

DATA = re.compile(r"data:(image/[\w.+-]+);base64,(.+)", re.DOTALL)


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a web page as one page, of no size of its own.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    one_page(parameters, context)
    markup = decode_markup(source.path.read_bytes())
    builder, image_store = PageBuilder(), ImageStore(parameters)
    Walker(builder, view_of(parameters), inline_pictures(image_store)).walk(markup)
    title = tree_of(markup).css_first("head title")
    name = title.text(strip=True) if title is not None else ""
    if builder.is_empty and name:
        builder.heading(1, [InlineRun(name)])
    return document_of([builder.page(1)], "text/html", 1, {"title": name} if name else None, losses=image_store.losses)


def view_of(parameters: ParseParameters) -> View:
    """What the parameters want to see of a page."""
    return View(
        everything=bool(parameters.html_make_all_elements_visible),
        navigation=not parameters.html_remove_navigation_elements,
        fixed=not parameters.html_remove_fixed_elements,
    )


def inline_pictures(image_store: ImageStore) -> Callable[[str, str], Picture | None]:
    """Find pictures that the page carries in its own source, as `data:` addresses."""

    def find(address: str, _alt: str) -> Picture | None:
        data = DATA.match(address.strip())
        if data is None:
            return None
        try:
            content = base64.b64decode(data[2])
        except binascii.Error:
            content = b"-"  # no picture, as the store of images will find
        return image_store.picture(content, 1)

    return find
