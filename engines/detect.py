"""What kind of file this is: its content decides, its name only where the content leaves it open."""

from __future__ import annotations

import codecs
import mimetypes
import mmap
import zipfile
import zlib
from pathlib import Path, PurePath

from engines.context import Source
from engines.errors import Code, DocumentError

HEAD_BYTES = 4096
"""How much of a file is looked at; PDF allows other bytes before its own in the first 1024."""

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"{\\rtf", "rtf"),
)
"""First bytes that say all; each ends at the extension it stands for."""

SAME = {"jpg": {"jpeg", "jpe"}, "tiff": {"tif"}}
"""Extensions that mean the same as the one of the signature and are kept."""

ZIP_PARTS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("word/", "docx", frozenset({"docx", "docm", "dotx", "dotm"})),
    ("xl/", "xlsx", frozenset({"xlsx", "xlsm", "xlsb", "xltx", "xltm"})),
    ("ppt/", "pptx", frozenset({"pptx", "pptm", "potx", "potm", "ppsx", "ppsm"})),
)
"""Folder inside an Office file, the extension it stands for, and the extensions that may stay as they are."""

ZIP_MEDIA_TYPES = {
    "application/epub+zip": "epub",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.text-template": "ott",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.spreadsheet-template": "ots",
    "application/vnd.oasis.opendocument.presentation": "odp",
    "application/vnd.oasis.opendocument.presentation-template": "otp",
    "application/vnd.oasis.opendocument.graphics": "odg",
    "application/vnd.sun.xml.writer": "sxw",
    "application/vnd.sun.xml.writer.template": "stw",
    "application/vnd.sun.xml.calc": "sxc",
    "application/vnd.sun.xml.calc.template": "stc",
    "application/vnd.sun.xml.impress": "sxi",
    "application/vnd.sun.xml.impress.template": "sti",
    "application/vnd.sun.xml.draw": "sxd",
}
"""What the file `mimetype` inside OpenDocument and EPUB says."""

OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
OLE_STREAMS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("WordDocument", "doc", frozenset({"doc", "dot", "wps"})),
    ("Workbook", "xls", frozenset({"xls", "xlt", "et"})),
    ("PowerPoint Document", "ppt", frozenset({"ppt", "pot", "pps"})),
    ("__substg1.0_", "msg", frozenset({"msg"})),
)
"""Stream inside an old Office file or a message, the extension it stands for, and those that may stay."""

NEVER_TEXT = frozenset(("doc", "dot", "docx", "xls", "xlt", "xlsx", "ppt", "pps", "pot", "pptx"))
"""Extensions of files that are no text, under which texts are found all the same."""
SHEETS = frozenset(("xls", "xlt", "xlsx"))
HTML_MARKS = ("<html", "<!doctype html", "<table", "<head", "<body", "<meta ")
NO_TEXT = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\v\x1a\x1b")
"""Bytes that no text has, but for UTF-16."""

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "epub": "application/epub+zip",
    "eml": "message/rfc822",
    "md": "text/markdown",
    "msg": "application/vnd.ms-outlook",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "rtf": "application/rtf",
    "webp": "image/webp",
    "avif": "image/avif",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Media types that not every Python or system knows."""


def extension_of(source: Source) -> str:
    """The extension (lower case, no dot) under which this file is read; empty when nothing tells.

    Raises DocumentError: FILE_NOT_FOUND, NO_DATA_FOUND_IN_FILE for a file without a byte, FILE_IS_PROTECTED for an
    encrypted Office file (whose content is a container that only a password opens).
    """
    head = head_of(source.path)
    named = named_extension(source.name)
    return by_content(source.path, head, named) or named or by_media_type(source.media_type) or by_text(head)


def named_extension(name: str) -> str:
    """The extension that a name ends in, or empty."""
    return PurePath(name).suffix.lower().lstrip(".")


def media_type_of(extension: str) -> str:
    """The media type of an extension, `application/octet-stream` for one that nobody knows."""
    guessed = mimetypes.guess_type(f"x.{extension}")[0]
    return MEDIA_TYPES.get(extension) or guessed or "application/octet-stream"


def head_of(path: Path) -> bytes:
    """The first HEAD_BYTES of a file. Raises DocumentError: FILE_NOT_FOUND, NO_DATA_FOUND_IN_FILE when there are none."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError as error:
        raise DocumentError(Code.FILE_NOT_FOUND) from error
    if not head:
        raise DocumentError(Code.NO_DATA_FOUND_IN_FILE, "the file is empty")
    return head


def by_content(path: Path, head: bytes, named: str) -> str:
    """The extension that the content stands for, or empty; `named`, the one of its name, where it may stay.

    Raises DocumentError: FILE_IS_PROTECTED.
    """
    if head.lstrip().startswith(b"%PDF-") or (named in {"pdf", ""} and b"%PDF-" in head[:1024]):
        return "pdf"
    for signature, extension in SIGNATURES:
        if head.startswith(signature):
            return named if named in SAME.get(extension, ()) else extension
    if picture := by_header(path, head):
        return picture
    if head.startswith(b"PK\x03\x04"):
        return by_zip(path, named)
    if head.startswith(OLE_SIGNATURE):
        return by_ole(path, named)
    return by_written(head, named) if named in NEVER_TEXT else ""


def by_header(path: Path, head: bytes) -> str:
    """The extension of a picture whose format is told by more than its first bytes, or empty."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:12] in (b"ftypavif", b"ftypavis"):
        return "avif"
    return "bmp" if head[:2] == b"BM" and int.from_bytes(head[2:6], "little") == path.stat().st_size else ""


def by_zip(path: Path, named: str) -> str:
    """The extension of what a ZIP archive holds, or empty for one that is no document or cannot be opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "mimetype" in names:
                with archive.open("mimetype") as part:  # whose size nobody has looked at yet
                    return ZIP_MEDIA_TYPES.get(part.read(100).decode("ascii", "replace").strip(), "")
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError, ValueError):
        return ""  # the parser of the name's extension says what is wrong with the archive
    if "[Content_Types].xml" not in names:
        return ""
    for folder, extension, kept in ZIP_PARTS:
        if any(name.startswith(folder) for name in names):
            return named if named in kept else extension
    return ""


def by_ole(path: Path, named: str) -> str:
    """The extension of an old Office file, or empty; stream names stand in its directory as UTF-16.

    Raises DocumentError: FILE_IS_PROTECTED for an encrypted one.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise DocumentError(Code.FILE_IS_PROTECTED)
        for stream, extension, kept in OLE_STREAMS:
            if content.find(stream.encode("utf-16-le")) >= 0:
                return named if named in kept else extension
    return ""


def by_written(head: bytes, named: str) -> str:
    """The extension of a text under the name of another kind, as programs export tables and pages; empty for other content."""
    text = written(head)
    start = text.lstrip()[:400].lower()
    lines = [line for line in text.splitlines()[:20] if line.strip()]
    is_office_xml = start.startswith("<?xml") and "<html" not in start  # LibreOffice knows it
    found = {
        "slk": start.startswith("id;p") and named in SHEETS,
        "mhtml": is_mhtml(head),
        "html": any(mark in start for mark in HTML_MARKS) and not is_office_xml,
        "tsv": any("\t" in line for line in lines) and named in SHEETS,
        "csv": len(lines) > 1 and all(set(line) & set(",;") for line in lines) and named in SHEETS,
        "txt": bool(lines) and named in {"doc", "dot"},
    }
    return "" if is_office_xml else next((extension for extension, fits in found.items() if fits), "")


def is_mhtml(head: bytes) -> bool:
    """Whether it is a web page saved as one file, whose pictures may be no text."""
    lines = head.lstrip()[:2000].lower()
    return lines.startswith((b"mime-version:", b"from:")) and b"multipart/related" in lines


def written(head: bytes) -> str:
    """The first bytes of a file as text; empty for what is no text."""
    wide = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}.get(head[:2])
    if wide:
        return head[: len(head) // 2 * 2].decode(wide, "replace")
    if any(byte in head for byte in NO_TEXT):
        return ""
    return head.removeprefix(codecs.BOM_UTF8).decode("latin-1")


def by_media_type(media_type: str | None) -> str:
    """The extension of the media type that came with the file, or empty."""
    plain = (media_type or "").partition(";")[0].strip().lower()
    known = next((extension for extension, one in MEDIA_TYPES.items() if one == plain), None)
    return known or (mimetypes.guess_extension(plain) or "").lstrip(".")


def by_text(head: bytes) -> str:
    """The extension of a file without a telling name: web page, mail or text; empty for what is no text."""
    try:
        text = head.decode("utf-8-sig", "strict" if len(head) < HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        return ""
    if "\x00" in text:
        return ""
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        return "html"
    return "eml" if start.startswith(("received:", "return-path:", "mime-version:", "delivered-to:")) else "txt"
