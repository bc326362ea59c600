"""Markup that people write by hand, and e-books in FB2: each is made into HTML, whose reader does the rest."""

from __future__ import annotations

from html import escape

from engines.build.assemble import document_of, one_page
from engines.build.images import ImageStore
from engines.build.page_builder import PageBuilder
from engines.containers.encoding import decode
from engines.context import Context, Source
from engines.document import Document
from engines.formats.html import inline_pictures, view_of
from engines.formats.html.walker import Pictures, Walker
from engines.formats.text import read_bytes
from engines.parameters import ParseParameters


def written_text(source: Source, parameters: ParseParameters, context: Context) -> str:
    """The text of a source whose only page is selected, its lines ending in `\\n`.

    Raises DocumentError: DOCUMENT_TOO_LARGE, and as `one_page` does.
    """
    one_page(parameters, context)
    return decode(read_bytes(source)).replace("\r\n", "\n").replace("\r", "\n")


def document_of_html(
    markup: str,
    media_type: str,
    parameters: ParseParameters,
    image_store: ImageStore | None = None,
    pictures: Pictures | None = None,
) -> Document:
    """A document of one page from the HTML that was made of it. Raises DocumentError: NO_DATA_FOUND_IN_FILE, OUTPUT_TOO_LARGE."""
    store = image_store or ImageStore(parameters)
    builder = PageBuilder()
    Walker(builder, view_of(parameters), pictures or inline_pictures(store)).walk(f"<body>{markup}")
    return document_of([builder.page(1)], media_type, 1, losses=store.losses)


def note_mark(number: int, label: str = "") -> str:
    """The mark of a note, counted from 1."""
    return f'<a role="doc-noteref" href="#note-{number}">{escape(label or str(number))}</a>'


def notes_html(notes: list[str]) -> str:
    """The texts of notes, each HTML, in the order of their marks."""
    return "".join(f'<aside id="note-{number}">{text}</aside>' for number, text in enumerate(notes, 1))


def formula_html(latex: str, *, is_apart: bool = False) -> str:
    """A formula in LaTeX, as the reader of HTML knows it."""
    mode = "; mode=display" if is_apart else ""
    return f'<script type="math/tex{mode}">{latex.replace("</", "< /")}</script>'


def heading_html(level: int, inside: str) -> str:
    """A heading of a level from 1; deeper ones than HTML has are of its last."""
    return f"<h{min(6, level)}>{inside}</h{min(6, level)}>"
