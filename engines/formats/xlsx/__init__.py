"""Spreadsheets of Excel (OOXML), read by openpyxl: a page for each sheet, with the values that were stored last."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.cell_range import CellRange  # type: ignore[import-not-found] # not in the stubs

from engines.build.assemble import document_of
from engines.build.grid import Grid, Merge, add_tables
from engines.build.images import ImageStore
from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.containers.chart_xml import MOST_POINTS, Lookup
from engines.containers.ooxml import attribute, descendants
from engines.containers.ooxml_repair import mended
from engines.containers.zip import Archive
from engines.context import Context, Source
from engines.document import Document, Notice, Page
from engines.errors import SENTENCES, Code, DocumentError
from engines.formats.print import host_formulas
from engines.formats.print.libreoffice import recomputed
from engines.formats.xlsx.cells import shown_cell, shown_cells, stored_cells, unescaped
from engines.formats.xlsx.drawings import BOOK, DrawingReader, SheetDrawing
from engines.page_selection import selected_pages
from engines.parameters import ParseParameters
from engines.salvage import Losses, opened_whole

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STREAMED = 48 << 20
"""Bytes of sheets' XML above which they are streamed: then merged cells stay unmerged, and memory stays small."""
UNCOMPUTED = re.compile(rb"</f>\s*+(?:<v\s*+/>\s*+|<v>\s*+</v>\s*+)?</c>|<f[^<>]*+(?<=/)>\s*+</c>")
"""A cell with a formula whose value was never stored, as programs write them that cannot compute."""
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^<>]*?ref\s*+=\s*+[\"']([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})[\"']")
"""A range of merged cells."""
MOST_MERGED = 2_000_000


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a workbook; hidden sheets are left out unless asked for.

    Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE, NO_DATA_FOUND_IN_FILE, TOO_MANY_PAGES.
    """
    with Archive(source.path, Losses()) as archive:  # what is lost is told when the workbook is read
        names = [name for name in archive.names if "/worksheets/" in name and name.endswith(".xml")]
        is_large = archive.size_of(names) > STREAMED
        for name in [] if is_large else names:
            check_merges(archive.read(name) or b"")
        has_gaps = not is_large and any(UNCOMPUTED.search(archive.read(name) or b"") for name in names)
    if not has_gaps and not parameters.spreadsheet_force_formula_computation:
        return read_workbook(source.path, parameters, context, is_large=is_large)
    if context.tools.soffice is None:
        document = read_workbook(source.path, parameters, context, is_large=is_large, formulas=has_gaps)
        document.degraded = True
        message = f"Formulas were not computed. {SENTENCES[Code.LIBREOFFICE_UNAVAILABLE]}"
        document.warnings.append(Notice(Code.LIBREOFFICE_UNAVAILABLE, message))
        return document
    with recomputed(source.path, context) as path:
        document = read_workbook(path, parameters, context, is_large=is_large)
    if host_formulas.are_in(source.path):
        document.warnings.append(Notice(Code.FORMULA_NOT_COMPUTED, SENTENCES[Code.FORMULA_NOT_COMPUTED]))
    return document


def lookup_in(book: Any) -> Lookup:
    """Find the texts of cells of a workbook of openpyxl by a reference such as `'Sheet 1'!$B$2:$B$9`."""

    def lookup(reference: str) -> list[str]:
        name, _, place = reference.rpartition("!")
        try:
            flat = cells_in(book[name.strip("'").replace("''", "'")], place.replace("$", ""))
        except (KeyError, ValueError, TypeError, AttributeError):  # another workbook's cells, or a name for some
            return []
        return ["" if cell.value is None else shown_cell(cell) for cell in flat]

    return lookup


def cells_in(sheet: Any, place: str) -> list[Any]:
    """The first cells of a range such as `B2:B9`, as many as a series keeps: openpyxl makes all that it is asked for.

    Raises ValueError for what is no range.
    """
    left, top, right, bottom = range_boundaries(place)
    top, left = top or 1, left or 1
    bottom = min(bottom or sheet.max_row, top + MOST_POINTS - 1)
    right = min(right or sheet.max_column, left + max(1, MOST_POINTS // max(1, bottom - top + 1)) - 1)
    return [cell for row in sheet.iter_rows(top, bottom, left, right) for cell in row]


def check_merges(sheet: bytes) -> None:
    """Look how many cells are merged in a sheet's XML: openpyxl makes an object of each.

    Raises DocumentError: DOCUMENT_TOO_LARGE.
    """
    covered = 0
    for match in MERGED.finditer(sheet):
        with suppress(ValueError):  # no range, which is told when the sheet is read
            size = CellRange(match[1].decode()).size
            covered += size["rows"] * size["columns"]
    if covered > MOST_MERGED:
        raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"merged cells cover {covered} cells")


def read_workbook(
    path: Path, parameters: ParseParameters, context: Context, *, is_large: bool, formulas: bool = False
) -> Document:
    """Read a workbook as it is stored; with `formulas`, a formula stands where no value does. Raises as `parse` does."""
    losses = Losses()
    hidden = bool(parameters.spreadsheet_include_hidden_sheets)
    pages = []
    with path.open("rb") as file, Archive(path, losses) as archive:
        book = opened_workbook(file, path, losses, read_only=is_large, data_only=not formulas)
        note_missing(archive, book, losses)
        drawings = DrawingReader(archive, parameters, ImageStore(parameters, losses), lookup_in(book))
        sheets = [sheet for sheet in book.worksheets if hidden or sheet.sheet_state == "visible"]
        numbers = selected_pages(len(sheets), parameters, context.limits)
        for done, number in enumerate(numbers):
            context.progress(done, len(numbers))
            sheet = sheets[number - 1]
            page = Page(number, section_name=sheet.title)
            with losses.part(f"sheet {sheet.title}", number):
                page = sheet_page(sheet, number, parameters, drawings)
            pages.append(page)
        context.progress(len(numbers), len(numbers))
        book.close()
    names = {"sheets": [page.section_name for page in pages]}
    return document_of(pages, MEDIA_TYPE, len(sheets), names, losses=losses)


def opened_workbook(file: BufferedReader, path: Path, losses: Losses, **options: bool) -> Any:
    """A workbook of openpyxl; a damaged one is mended, what is lost noted. Raises DocumentError: FILE_IS_BROKEN."""

    def load(content: BufferedReader | BytesIO) -> Any:
        # a file and not its path, because openpyxl refuses names that do not end as it likes
        return openpyxl.load_workbook(content, keep_links=False, **options)

    return opened_whole(lambda: load(file), lambda: load(mended(path, losses)))


def note_missing(archive: Archive, book: Any, losses: Losses) -> None:
    """Note the sheets that the workbook lists and openpyxl left out, as it does when there is no such part."""
    root = archive.xml(BOOK)
    for one in () if root is None else descendants(root, "sheet"):
        if attribute(one, "name") not in book.sheetnames:
            losses.note(f"sheet {attribute(one, 'name')}")


def sheet_page(sheet: Any, number: int, parameters: ParseParameters, drawings: DrawingReader) -> Page:
    """A sheet as a page, its number counted from 1: its name, its table, what lies upon it, the notes on its cells.

    What begins above the table is told before it.
    """
    grid = Grid(shown_cells(sheet), merges_of(sheet))
    first_row = min((row for row, _ in grid.texts), default=1)
    builder = PageBuilder()
    above, below = split_at(drawings.upon(sheet.title), first_row)
    if above or below or not grid.is_empty:
        builder.heading(1, [InlineRun(sheet.title)])
    add_drawings(above, drawings, builder, sheet, number)
    if not grid.is_empty:
        add_tables(builder, grid, split=bool(parameters.spreadsheet_extract_sub_tables))
    add_drawings(below, drawings, builder, sheet, number)
    for place, author, text in cell_notes(sheet):
        builder.paragraph([InlineRun(f"{place} ({author}): {text}" if author else f"{place}: {text}")])
    page = builder.page(number)
    page.section_name = sheet.title
    return page


def split_at(found: list[SheetDrawing], row: int) -> tuple[list[SheetDrawing], list[SheetDrawing]]:
    """Drawings that begin above a row, and the others."""
    return [one for one in found if one.row < row], [one for one in found if one.row >= row]


def add_drawings(
    found: list[SheetDrawing], drawings: DrawingReader, builder: PageBuilder, sheet: Any, number: int
) -> None:
    """Add what lies upon a sheet; what is damaged of it is left out."""
    for one in found:
        with drawings.image_store.losses.part(f"a drawing of sheet {sheet.title}", number):
            drawings.add(one, builder, number)


def merges_of(sheet: Any) -> list[Merge]:
    """The merged ranges of a sheet, rows and columns counted from 1; none when it was streamed."""
    merged = getattr(sheet, "merged_cells", None)
    return (
        [] if merged is None else [Merge(one.min_row, one.min_col, one.max_row, one.max_col) for one in merged.ranges]
    )


def cell_notes(sheet: Any) -> Iterator[tuple[str, str, str]]:
    """Place (`B2`), author (empty when none is known) and text of the notes on cells, in the order of the rows."""
    noted = [cell for cell in stored_cells(sheet) if getattr(cell, "comment", None) is not None]
    for cell in sorted(noted, key=lambda one: (one.row, one.column)):
        text = " ".join(unescaped(cell.comment.text).split())
        if text.startswith("[Threaded comment]"):  # Excel's words for readers that know only notes
            yield cell.coordinate, "", text.partition("Comment: ")[2]
        else:
            yield cell.coordinate, cell.comment.author or "", text
