"""Tables in text files (CSV, TSV): the delimiter is what gives most lines the same number of columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from engines.build.assemble import document_of, one_page
from engines.build.grid import MOST_CELLS, Grid, add_tables
from engines.build.page_builder import PageBuilder
from engines.containers.encoding import decode
from engines.context import Context, Source
from engines.document import Cell, Document
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters

DELIMITERS = (",", ";", "\t", "|")
WITHIN_VALUES = re.compile(r"(?<=\d),(?=\d)|,(?=[ \t])")
"""A comma that may be that of a decimal fraction or of a sentence."""
QUOTED = re.compile(r"(?:^|[,;\t|])[ ]?'[^'\n]*'(?=[,;\t|\r\n]|$)", re.MULTILINE)
"""A value between single quotes."""
ESCAPED = re.compile(r'\\"(?![,;\t|\r\n]|$)', re.MULTILINE)
"""A quote inside a value that a backslash marks as such."""
SAMPLE_LINES = 100
LONGEST_FIELD = 16 << 20
"""Characters of the longest cell read."""


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a table of text.

    Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, NO_DATA_FOUND_IN_FILE, and as `one_page` does.
    """
    one_page(parameters, context)
    text = decode(source.path.read_bytes())
    is_tabbed = source.name.lower().endswith((".tsv", ".tab"))
    rows = csv_rows(text, "\t" if is_tabbed and "\t" in text else None)
    builder = PageBuilder()
    if parameters.spreadsheet_extract_sub_tables:
        filled = (
            (row, column, cell) for row, line in enumerate(rows, 1) for column, cell in enumerate(line, 1) if cell
        )
        add_tables(builder, Grid(filled), split=True)
    else:
        builder.table([[Cell(cell) for cell in row] for row in rows])
    return document_of([builder.page(1)], "text/tab-separated-values" if is_tabbed else "text/csv", 1)


def csv_rows(text: str, delimiter: str | None = None) -> list[list[str]]:
    """The rows of a table of text, without empty ones at its ends; Excel's first line `sep=;` is obeyed.

    Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE.
    """
    if text[:4].lower() == "sep=" and len(text) > 5:
        delimiter, text = text[4], text.partition("\n")[2]
    rows: list[list[str]] = []
    cells = 0
    csv.field_size_limit(LONGEST_FIELD)
    dialect = dialect_of(text, delimiter)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), dialect):
            rows.append([cell.strip() for cell in row])
            cells += len(row)
            if cells > MOST_CELLS:
                raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"more than {MOST_CELLS} cells")
    except csv.Error as error:
        raise DocumentError(Code.FILE_IS_BROKEN, str(error)) from error
    while rows and not any(rows[-1]):
        rows.pop()
    while rows and not any(rows[0]):
        rows.pop(0)
    return rows


def dialect_of(text: str, delimiter: str | None = None) -> type[csv.Dialect]:
    """How a table of text is written, by its first lines; `delimiter` is given where it is known."""
    sample = text[: 1 << 18]

    class Found(csv.excel):
        skipinitialspace = True
        quotechar = "'" if '"' not in sample and QUOTED.search(sample) else '"'
        escapechar = "\\" if ESCAPED.search(sample) else None

    Found.delimiter = delimiter or delimiter_of(text, Found)
    return Found


def delimiter_of(text: str, dialect: type[csv.Dialect] = csv.excel) -> str:
    """The delimiter of a table, one of `DELIMITERS`: by how many first lines agree on the number of columns, then by that.

    Where lines agree on the comma and on another one alike, commas within values lose.
    """
    lines = text[: 1 << 18].splitlines()[:SAMPLE_LINES]
    sample = "\n".join(lines)
    has_other_commas = sample.count(",") >= 2 * len(WITHIN_VALUES.findall(sample))

    def agreement(delimiter: str) -> tuple[float, bool, int]:
        try:
            rows = csv.reader(lines, dialect, delimiter=delimiter, skipinitialspace=True)
            widths = Counter(len(row) for row in rows if row)
        except csv.Error:
            return 0.0, False, 0
        width, count = max(widths.items(), key=lambda one: (one[0] > 1, one[1]), default=(1, 0))
        share = round(count / widths.total(), 1) if width > 1 else 0.0
        return share, delimiter != "," or has_other_commas, width

    return max(DELIMITERS, key=agreement)
