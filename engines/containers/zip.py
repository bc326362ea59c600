"""Documents that are ZIP archives (OOXML, ODF, EPUB): unpacking is bounded, entities of their XML stay unexpanded."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import unquote

from lxml import etree

from engines.containers.ooxml import Element
from engines.errors import Code, DocumentError
from engines.salvage import Losses

MOST_BYTES = 1 << 30
"""Unpacked size of the largest document opened."""
MOST_XML = 256 << 20
"""Unpacked size of the largest XML part read into memory."""
RATIO = 250
"""How often smaller than its content an archive above `SMALL` may be; Office files reach 30, bombs 1000."""
SMALL = 16 << 20
MOST_FILES = 50_000
ENCRYPTED = 0x1
"""The flag of a part that needs a password."""
DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError)
"""What zipfile raises for damaged parts; RuntimeError is for those that need a password and do not say so."""
ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:|//")
"""What leads out of the document."""


class Archive:
    """A ZIP document; every reading is bounded. With `losses`, damaged parts count as missing, and are noted there."""

    def __init__(self, path: Path, losses: Losses | None = None) -> None:
        """Open a document.

        Raises DocumentError: FILE_IS_BROKEN, FILE_IS_PROTECTED (a part needs a password), DOCUMENT_TOO_LARGE.
        """
        self.losses = losses
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise DocumentError(Code.FILE_IS_BROKEN, str(error)) from error
        self._parts: Mapping[str, zipfile.ZipInfo] = {one.filename: one for one in self._zip.infolist()}
        size = sum(one.file_size for one in self._parts.values())
        packed = max(1, path.stat().st_size)
        if size > MOST_BYTES or len(self._parts) > MOST_FILES or (size > SMALL and size / packed > RATIO):
            self._zip.close()
            raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"{size >> 20} MiB unpacked")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    @property
    def names(self) -> list[str]:
        """The names of the parts, in the order of the archive."""
        return list(self._parts)

    def size_of(self, names: Iterable[str]) -> int:
        """Unpacked bytes of these parts together, as the archive declares them; names of no part count as 0."""
        return sum(self._parts[name].file_size for name in names if name in self._parts)

    def read(self, name: str, page: int | None = None) -> bytes | None:
        """The bytes of a part, None when there is none of that name; `page`, from 1, is noted with a loss.

        Raises DocumentError: FILE_IS_PROTECTED; and without `losses` FILE_IS_BROKEN, DOCUMENT_TOO_LARGE.
        """
        if self.losses is None:
            return self.required(name)
        with self.losses.part(name, page):
            return self.required(name)
        return None

    def referred(self, name: str, page: int | None = None) -> bytes | None:
        """The bytes of a part that another one refers to, so that it is a loss when there is none. Raises as `read` does."""
        if self.losses is not None and name not in self._parts and not ADDRESS.match(name):
            self.losses.note(name or "a part that nothing leads to", page)
        return self.read(name, page)

    def required(self, name: str) -> bytes | None:
        """The bytes of a part without which there is no document, None when there is none of that name.

        Raises DocumentError: FILE_IS_BROKEN, FILE_IS_PROTECTED, DOCUMENT_TOO_LARGE.
        """
        part = self._parts.get(name)
        if part is None:
            return None
        if part.flag_bits & ENCRYPTED:
            raise DocumentError(Code.FILE_IS_PROTECTED)
        if part.file_size > MOST_XML:
            raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"{name} has {part.file_size >> 20} MiB")
        try:
            return self._zip.read(part)
        except DAMAGED as error:
            raise DocumentError(Code.FILE_IS_BROKEN, f"{name}: {error}") from error

    def head(self, name: str, size: int = 8) -> bytes:
        """The first bytes of a part. Raises as `read` does."""
        part = self._parts[name]
        if part.flag_bits & ENCRYPTED:
            raise DocumentError(Code.FILE_IS_PROTECTED)
        try:
            with self._zip.open(part) as content:
                return content.read(size)
        except DAMAGED as error:
            raise DocumentError(Code.FILE_IS_BROKEN, f"{name}: {error}") from error

    def xml(self, name: str, page: int | None = None) -> Element | None:
        """The root of an XML part, None when there is none of that name. Raises as `read` does."""
        data = self.read(name, page)
        if data is None or self.losses is None:
            return None if data is None else xml_of(data, name)
        with self.losses.part(name, page):
            return xml_of(data, name)
        return None

    def referred_xml(self, name: str, page: int | None = None) -> Element | None:
        """The root of an XML part that another one refers to; None without a name, too. Raises as `read` does."""
        return self.xml(name, page) if name and (name in self or self.referred(name, page)) else None

    def required_xml(self, name: str) -> Element | None:
        """The root of an XML part without which there is no document. Raises as `required` does."""
        data = self.required(name)
        return None if data is None else xml_of(data, name)


def xml_of(data: bytes, name: str = "") -> Element:
    """The root of an XML document: no entity is expanded and nothing is fetched.

    Raises DocumentError: FILE_IS_BROKEN.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise DocumentError(Code.FILE_IS_BROKEN, f"{name}: {error}") from error


def repack(path: Path, target: Path, parts: Mapping[str, bytes]) -> None:
    """Copy an archive with some of its parts replaced by these bytes.

    It is for archives that `Archive` has opened, or that LibreOffice wrote: nothing bounds the reading.
    """
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, parts[part.filename] if part.filename in parts else old.read(part))


def beside(name: str, target: str) -> str:
    """The name of the part that `target`, a URL without a scheme written in the part `name`, means; a fragment is left out."""
    path = unquote(target.partition("#")[0])
    if path.startswith("/"):
        return path.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path))


class Relation(NamedTuple):
    """What a part of an OOXML document refers to (ECMA-376 part 2)."""

    target: str
    """The name of a part, or an address outside of the document."""
    kind: str
    """The last word of the relation's type, such as `image`."""


def relations(archive: Archive, name: str) -> dict[str, Relation]:
    """The relations of a part, by id; those of the package are the ones of `""`. Raises as `Archive.xml` does."""
    folder, file = posixpath.split(name)
    root = archive.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
    targets: dict[str, Relation] = {}
    for one in () if root is None else root:
        target, kind = one.get("Target", ""), one.get("Type", "").rsplit("/", 1)[-1]
        targets[one.get("Id", "")] = Relation(
            target if one.get("TargetMode") == "External" else beside(name, target), kind
        )
    return targets
