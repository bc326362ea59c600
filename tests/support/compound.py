"""Writes compound files (OLE), the containers of Outlook's messages and of encrypted Office files, small as tests need them."""

from __future__ import annotations

import struct
from itertools import pairwise

SECTOR, MINI, CUTOFF = 512, 64, 4096
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(tree: dict) -> bytes:
    """A compound file of nested dicts: names to bytes (streams) or to dicts (storages)."""
    entries: list[list] = []

    def add(name: str, content: bytes | dict) -> int:
        number = len(entries)
        entries.append([name, content, FREE, FREE])  # name, content, right sibling, child
        if isinstance(content, dict):
            ordered = sorted(content.items(), key=lambda one: (len(one[0]), one[0].upper()))
            numbers = [add(*one) for one in ordered]
            for left, right in pairwise(numbers):
                entries[left][2] = right
            entries[number][3] = numbers[0] if numbers else FREE
        return number

    add("Root Entry", tree)
    mini, mini_table, sectors, table, starts = b"", [], [], [], {}

    def chain(content: bytes, size: int, units: list | None) -> int:
        pieces = [content[at : at + size].ljust(size, b"\0") for at in range(0, len(content), size)]
        links = mini_table if units is None else table
        first = len(links)
        links.extend([*range(first + 1, first + len(pieces)), END])
        if units is not None:
            units.extend(pieces)
        return first

    for number, (_, content, *_rest) in enumerate(entries):
        if isinstance(content, bytes) and content:
            if len(content) < CUTOFF:
                starts[number] = chain(content, MINI, None)
                mini += content + b"\0" * (-len(content) % MINI)
            else:
                starts[number] = chain(content, SECTOR, sectors)
    starts[0] = chain(mini, SECTOR, sectors) if mini else END
    mini_fat = struct.pack(f"<{len(mini_table)}I", *mini_table)
    mini_fat += b"\xff" * (-len(mini_fat) % SECTOR)
    mini_start = chain(mini_fat, SECTOR, sectors) if mini_table else END
    directory = b"".join(
        entry(name, content, right, child, starts.get(number, END), len(mini) if number == 0 else None)
        for number, (name, content, right, child) in enumerate(entries)
    )
    directory += entry("", None, FREE, FREE, 0, 0) * (-len(entries) % 4)
    directory_start = chain(directory, SECTOR, sectors)
    fat_sectors = 1
    while len(table) + fat_sectors > fat_sectors * 128:
        fat_sectors += 1
    fat_start = len(table)
    table.extend([FAT] * fat_sectors)
    fat = struct.pack(f"<{len(table)}I", *table).ljust(fat_sectors * SECTOR, b"\xff")
    header = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\0" * 16, 0x3E, 3, 0xFFFE, 9, 6, 0, fat_sectors,
        directory_start, 0, CUTOFF, mini_start, len(mini_fat) // SECTOR, END, 0,
    )  # fmt: skip
    places = [fat_start + number if number < fat_sectors else FREE for number in range(109)]
    return header + struct.pack("<109I", *places) + b"".join(sectors) + fat


def entry(name: str, content: bytes | dict | None, right: int, child: int, start: int, size: int | None) -> bytes:
    """One entry of the directory."""
    written = (name + "\0").encode("utf-16-le") if name else b""
    kind = 0 if content is None else 5 if name == "Root Entry" else 1 if isinstance(content, dict) else 2
    length = size if size is not None else len(content) if isinstance(content, bytes) else 0
    first = start if kind in (2, 5) else 0
    return struct.pack(
        "<64sHBBIII16sIQQIQ", written, len(written), kind, 1, FREE, right, child, b"\0" * 16, 0, 0, 0, first, length
    )


def message(subject: str, sender: str, receiver: str, body: str) -> bytes:
    """A message of Outlook."""

    def text(value: str) -> bytes:
        return value.encode("utf-16-le")

    properties = {"001A": "IPM.Note", "0037": subject, "0C1A": sender, "0C1F": sender, "0E04": receiver, "1000": body}
    fixed = b"".join(
        struct.pack("<HHIII", 0x1F, int(key, 16), 6, len(text(value)) + 2, 0) for key, value in properties.items()
    )
    streams: dict = {f"__substg1.0_{key}001F": text(value) for key, value in properties.items()}
    streams["__properties_version1.0"] = struct.pack("<8xIIII8x", 0, 0, 0, 0) + fixed
    streams["__nameid_version1.0"] = {
        "__substg1.0_00020102": b"", "__substg1.0_00030102": b"", "__substg1.0_00040102": b"",
    }  # fmt: skip
    return compound(streams)
