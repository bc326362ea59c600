"""Tables of dBASE and its kin (DBF): a row of names, and one for each record that is not deleted."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from engines.build.assemble import document_of, one_page
from engines.build.grid import MOST_CELLS
from engines.build.page_builder import PageBuilder
from engines.containers.encoding import decode
from engines.context import Context, Source
from engines.document import Cell, Document
from engines.errors import Code, DocumentError
from engines.formats.text import read_bytes
from engines.parameters import ParseParameters

HEADER = struct.Struct("<4xIHH17xBxx")
"""How many records there are, the length of the header and of a record, and the language driver."""
FIELD = struct.Struct("<11sc4xB15x")
END = 0x0D
DELETED = b"*"
ENCODINGS = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x57: "cp1252", 0x64: "cp852", 0x65: "cp866", 0x66: "cp865", 0x6A: "cp737",
    0x6B: "cp857", 0x78: "cp950", 0x79: "cp949", 0x7A: "cp936", 0x7B: "cp932", 0x7D: "cp1255", 0x7E: "cp1256", 0xC8: "cp1250",
    0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253",
}  # fmt: skip
"""Of texts, by the language driver."""


class Field(NamedTuple):
    """A column: its name, the letter of its type, its width in bytes."""

    name: str
    kind: str
    width: int


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read a table.

    Raises DocumentError: FILE_IS_BROKEN, NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    one_page(parameters, context)
    data = read_bytes(source)
    if len(data) < HEADER.size:
        raise DocumentError(Code.FILE_IS_BROKEN, "no header")
    count, start, length, driver = HEADER.unpack_from(data)
    fields = list(fields_of(data, start))
    if not fields or sum(one.width for one in fields) + 1 > length:
        raise DocumentError(Code.FILE_IS_BROKEN, "no table of dBASE")
    if count * len(fields) > MOST_CELLS:
        raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"{count} records of {len(fields)} fields")
    builder = PageBuilder()
    rows = [[Cell(one.name) for one in fields]]
    rows += records(data[start : start + count * length], length, fields, ENCODINGS.get(driver))
    builder.table(rows)
    return document_of([builder.page(1)], "application/vnd.dbf", 1)


def fields_of(data: bytes, end: int) -> Iterator[Field]:
    """The columns, whose descriptions stand behind the header."""
    place = 32
    while place + FIELD.size <= min(end, len(data)) and data[place] != END:
        name, kind, width = FIELD.unpack_from(data, place)
        yield Field(decode(name.partition(b"\0")[0]).strip(), kind.decode("latin-1"), width)
        place += FIELD.size


def records(data: bytes, length: int, fields: list[Field], encoding: str | None) -> Iterator[list[Cell]]:
    """The rows, without those that are marked as deleted."""
    for place in range(0, len(data) - length + 1, length):
        if data[place : place + 1] == DELETED:
            continue
        row: list[Cell] = []
        at = place + 1
        for field in fields:
            row.append(Cell(shown(data[at : at + field.width], field.kind, encoding)))
            at += field.width
        yield row


def shown(value: bytes, kind: str, encoding: str | None) -> str:
    """A value as text: dates in ISO form."""
    if kind in "I+" and len(value) == 4:
        return str(int.from_bytes(value, "little", signed=True))
    if kind in "BO" and len(value) == 8:
        return f"{struct.unpack('<d', value)[0]:.15g}"
    text = decode(value, encoding).strip(" \0")
    if kind == "D" and len(text) == 8 and text.isdecimal():
        return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return (
        {"T": "TRUE", "Y": "TRUE", "F": "FALSE", "N": "FALSE", "?": ""}.get(text.upper(), text) if kind == "L" else text
    )
