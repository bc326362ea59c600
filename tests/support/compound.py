"""Writes compound files (OLE), the containers of Outlook's messages and of encrypted Office files, small as tests need them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime
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
    return compound(
        outlook({"001A": "IPM.Note", "0037": subject, "0C1A": sender, "0C1F": sender, "0E04": receiver, "1000": body})
    )


def outlook(properties: dict, header: int = 32, **parts: list[dict]) -> dict:
    """The tree of a message, of `attach`ments and `recip`ients in it: properties by number, to text, bytes, numbers or times.

    A number with a type, such as `0037001E`, stands for itself.
    """
    tree: dict = {}
    table = b"\0" * header
    for key, value in properties.items():
        kind, data, fixed = written(value)
        kind = int(key[4:], 16) if len(key) > 4 else kind
        table += struct.pack("<HHI", kind, int(key[:4], 16), 6) + fixed
        if data is not None:
            tree[f"__substg1.0_{key[:4]}{kind:04X}"] = data
    tree["__properties_version1.0"] = table
    if header == 32:
        tree["__nameid_version1.0"] = {f"__substg1.0_000{number}0102": b"" for number in (2, 3, 4)}
    for name, objects in parts.items():
        tree |= {f"__{name}_version1.0_#{number:08X}": outlook(one, 8) for number, one in enumerate(objects)}
    return tree


def written(value: str | bytes | int | datetime) -> tuple[int, bytes | None, bytes]:
    """The type of a property, its stream (None when it has none), and what stands in the table."""
    if isinstance(value, datetime):
        return (
            0x40,
            None,
            struct.pack("<Q", int((value - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000),
        )
    if isinstance(value, int):
        return 3, None, struct.pack("<II", value, 0)
    data = value.encode("utf-16-le") if isinstance(value, str) else value
    return (
        (0x1F, data, struct.pack("<II", len(data) + 2, 0))
        if isinstance(value, str)
        else (0x102, data, struct.pack("<II", len(data), 0))
    )
