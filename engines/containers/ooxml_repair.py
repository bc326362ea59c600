"""A damaged OOXML package made whole enough for the libraries that open all of it or nothing.

XML that ends too soon is kept up to there, a part of which nothing can be read is taken out, and so are relations that lead to no
part. Whatever was changed is noted as lost.
"""

from __future__ import annotations

import contextlib
import io
import posixpath
import zipfile
import zlib
from pathlib import Path

from lxml import etree

from engines.containers.ooxml import descendants
from engines.containers.zip import beside
from engines.salvage import Losses

CHUNK = 4096
LISTS = {"xl/workbook.xml": "sheet", "ppt/presentation.xml": "sldId"}
"""Parts that list the sheets or slides, and the elements that do."""
STUBS = {
    "slide": b'<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"><p:cSld><p:spTree/></p:cSld></p:sld>',
    "worksheet": b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>',
}
"""What stands for a lost part, by the kind of the relation that leads to it."""
XML = (".xml", ".rels", ".vml")


def mended(path: Path, losses: Losses) -> io.BytesIO:
    """The package at this path, mended, as an unpacked archive from its beginning; what was changed is noted in `losses`.

    The package has passed the checks of `Archive`: nothing bounds the reading here.
    """
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(path) as archive:
        for info in {one.filename: one for one in archive.infolist()}.values():  # as `Archive` counts them
            content, is_whole = readable_part(archive, info)
            if info.filename.endswith(XML):
                content, is_sound = recovered(content)
                is_whole = is_whole and is_sound
            if not is_whole:
                losses.note(info.filename)
            if content:
                parts[info.filename] = content
    for name in [name for name in parts if name.endswith(".rels")]:
        parts[name] = pruned_relations(name, parts, losses)
    for name, listed in LISTS.items():
        if name in parts:
            parts[name] = without_lost(name, listed, parts)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as written:
        for name, content in parts.items():
            written.writestr(name, content)
    target.seek(0)
    return target


def readable_part(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[bytes, bool]:
    """The bytes of a part up to where it is damaged, and whether that is its end."""
    content = bytearray()
    try:
        with archive.open(info) as part:
            while chunk := part.read(CHUNK):
                content += chunk
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError):
        return bytes(content), False
    return bytes(content), True


def recovered(content: bytes) -> tuple[bytes, bool]:
    """XML, made well-formed where it is not, empty where that is impossible; and whether it was."""
    with contextlib.suppress(etree.XMLSyntaxError):
        etree.fromstring(content, parser())
        return content, True
    root = None
    with contextlib.suppress(etree.XMLSyntaxError):  # zeros, which a torn copy leaves, are beyond recovery
        root = etree.fromstring(content, parser(recover=True)) if content.strip() else None
    return (b"" if root is None else etree.tostring(root)), False


def parser(*, recover: bool = False) -> etree.XMLParser:
    """A parser that expands no entities and fetches nothing."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=recover)


def pruned_relations(name: str, parts: dict[str, bytes], losses: Losses) -> bytes:
    """Relations without those that lead to no part; the part of `word/_rels/document.xml.rels` is `word/document.xml`.

    A slide or sheet that is not there becomes an empty one, so that those after it keep their numbers.
    """
    folder, file = posixpath.split(name)
    owner = posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels"))
    root = etree.fromstring(parts[name], parser())
    for one in list(root):
        target, kind = beside(owner, one.get("Target", "")), one.get("Type", "").rsplit("/", 1)[-1]
        if one.get("TargetMode") == "External" or target in parts:
            continue
        losses.note(target)
        if kind in STUBS:
            parts[target] = STUBS[kind]
        else:
            root.remove(one)
    return etree.tostring(root)


def without_lost(name: str, listed: str, parts: dict[str, bytes]) -> bytes:
    """The part that lists slides or sheets, without those that no relation leads to."""
    root = etree.fromstring(parts[name], parser())
    folder, file = posixpath.split(name)
    relations = etree.fromstring(parts.get(posixpath.join(folder, "_rels", f"{file}.rels"), b"<none/>"), parser())
    known = {one.get("Id") for one in relations}
    for one in list(descendants(root, listed)):
        parent = one.getparent()
        if parent is not None and known.isdisjoint(id_of for key, id_of in one.items() if str(key).endswith("}id")):
            parent.remove(one)
    return etree.tostring(root)
