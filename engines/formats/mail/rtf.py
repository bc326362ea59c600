"""Texts of mails that are only there as RTF: unpacked (MS-OXRTFCP), with the HTML that Outlook hides in it (MS-OXRTFEX)."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field, replace

from engines.containers.encoding import decode
from engines.errors import Code, DocumentError
from engines.formats.mail import MailText

HEADER = struct.Struct("<IIII")
PACKED, UNPACKED = 0x75465A4C, 0x414C454D
"""`LZFu` and `MELA`: what says whether it is packed."""
DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans Serif"
    b"SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What every packed text may refer to (MS-OXRTFCP 2.1.2.1)."""
WINDOW = 4096
MOST = 32 << 20
"""Bytes of the longest text that is unpacked."""
TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)", re.DOTALL
)
CHARSETS = {
    128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255",
    178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip
"""The encodings of fonts by their `\\fcharset`, where it is not that of the text."""
SPOKEN = {
    "par": "\n", "line": "\n", "row": "\n", "sect": "\n", "page": "\n", "tab": "\t", "cell": "\t", "emdash": "—",
    "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ",
    "enspace": " ",
}  # fmt: skip
SIGNS = {"~": "\u00a0", "_": "\u2011", "-": "", "\n": "\n", "\r": "\n"}
SILENT = frozenset((
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "headerl", "headerr", "footerl",
    "footerr", "listtable", "listoverridetable", "rsidtbl", "generator", "themedata", "fldinst", "mhtmltag", "xmlnstbl",
    "datastore", "latentstyles", "bkmkstart", "bkmkend",
))  # fmt: skip
"""Groups that say nothing to a reader."""


def text_of_rtf(data: bytes) -> MailText:
    """The text of RTF: the HTML that it was made of where it has that, its lines otherwise."""
    reader = RtfReader(is_html=b"\\fromhtml" in data[:4096])
    text = reader.read(data)
    return MailText(html=text) if reader.is_html else MailText(plain=apart(text))


def text_of_packed(data: bytes) -> MailText:
    """The text of packed RTF. Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE."""
    return text_of_rtf(unpack(data))


def apart(text: str) -> str:
    """Text whose lines are paragraphs, which in a mail's text stand apart by an empty line."""
    return "\n\n".join(line.strip() for line in text.split("\n") if line.strip())


def unpack(data: bytes) -> bytes:
    """The bytes of packed RTF: pieces of what came before stand there by their place and length.

    Raises DocumentError: FILE_IS_BROKEN, DOCUMENT_TOO_LARGE.
    """
    if len(data) < HEADER.size:
        raise DocumentError(Code.FILE_IS_BROKEN, "RTF without a header")
    _, size, kind, _ = HEADER.unpack_from(data)
    if kind == UNPACKED:
        return data[HEADER.size : HEADER.size + size]
    if kind != PACKED:
        raise DocumentError(Code.FILE_IS_BROKEN, "RTF in an unknown packing")
    if size > MOST:
        raise DocumentError(Code.DOCUMENT_TOO_LARGE, f"{size >> 20} MiB of RTF")
    window = bytearray(DICTIONARY.ljust(WINDOW, b"\0"))
    return unpack_into(window, data[HEADER.size :], size)


def unpack_into(window: bytearray, data: bytes, size: int) -> bytes:
    """Unpack at most so many bytes; `window` holds the last ones, in a ring."""
    written = bytearray()
    end, place = len(DICTIONARY), 0
    while place < len(data) and len(written) < size:
        flags, place = data[place], place + 1
        for bit in range(8):
            if not flags >> bit & 1:
                piece, place = data[place : place + 1], place + 1
            else:
                pair, place = int.from_bytes(data[place : place + 2], "big"), place + 2
                start, length = pair >> 4, (pair & 15) + 2
                if start == end or place > len(data):
                    return bytes(written)
                piece = repeated(window, start, length, end)
            written += piece
            for byte in piece:
                window[end] = byte
                end = (end + 1) % WINDOW
    return bytes(written)


def repeated(window: bytearray, start: int, length: int, end: int) -> bytes:
    """A piece of what came before, which may reach into itself."""
    fresh = (end - start) % WINDOW
    return bytes(window[(start + count % fresh) % WINDOW] for count in range(length))


@dataclass(frozen=True, slots=True)
class Group:
    """What holds inside of a pair of braces."""

    is_silent: bool = False
    is_tag: bool = False
    """Whether it is HTML hidden in the RTF."""
    is_twin: bool = False
    """Whether it is RTF that stands for HTML which is hidden beside it."""
    fallback: int = 1
    """Characters that follow one given by its number, for programs that do not know it."""
    encoding: str = "cp1252"
    font: int | None = None
    """In the table of fonts: which one is told of."""


@dataclass(slots=True)
class RtfReader:
    """Reads the text of RTF; with `is_html` the HTML that is hidden in it."""

    is_html: bool
    group: Group = field(default_factory=Group)
    outer: list[Group] = field(default_factory=list)
    fonts: dict[int, str] = field(default_factory=dict)
    standard: str = "cp1252"
    spoken: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    """Bytes of characters, which may take two."""
    skip: int = 0
    """Characters still to come that stand for one that was read."""
    is_ignorable: bool = False
    """Whether the group that begins may be left out by who does not know it."""

    def read(self, data: bytes) -> str:
        """The text of a document."""
        for match in TOKEN.finditer(data):
            word, number, byte, sign, brace, text = match.groups()
            if word:
                self._word(word.decode(), None if number is None else int(number))
            elif byte:
                self._bytes(bytes.fromhex(byte.decode()))
            elif sign:
                self._sign(sign.decode("latin-1"))
            elif brace:
                self._brace(brace)
            else:
                self._bytes(text)
        self._settle()
        return "".join(self.spoken)

    def _brace(self, brace: bytes) -> None:
        self._settle()
        self.skip = 0
        if brace == b"{":
            self.outer.append(self.group)
            self.is_ignorable = False
        elif self.outer:
            self.group = self.outer.pop()

    def _sign(self, sign: str) -> None:
        """Read a character after a backslash."""
        if sign == "*":
            self.is_ignorable = True
        elif sign in SIGNS:
            self._say(SIGNS[sign])
        elif sign in "\\{}":
            self._bytes(sign.encode())

    def _word(self, word: str, number: int | None) -> None:
        """Read a control word."""
        if word == "u" and number is not None:
            self._say(chr(number % 0x10000))
            self.skip = self.group.fallback
        elif word in SPOKEN:
            self._say(SPOKEN[word])
        elif word == "htmltag":
            self.group = replace(self.group, is_silent=not self.is_html, is_tag=True)
        elif word == "htmlrtf":
            self._settle()
            self.group = replace(self.group, is_twin=number != 0)
        elif word in SILENT or self.is_ignorable:
            self._settle()
            self.group = replace(self.group, is_silent=True)
        else:
            self._setting(word, number or 0)
        self.is_ignorable = False

    def _setting(self, word: str, number: int) -> None:
        """Read what says how the text is written."""
        self._settle()
        if word == "uc":
            self.group = replace(self.group, fallback=number)
        elif word == "ansicpg":
            self.standard = f"cp{number}" if number != 65001 else "utf-8"
            self.group = replace(self.group, encoding=self.standard)
        elif word == "f":
            self.group = replace(self.group, encoding=self.fonts.get(number, self.standard), font=number)
        elif word == "fcharset" and self.group.font is not None and number in CHARSETS:
            self.fonts[self.group.font] = CHARSETS[number]

    def _bytes(self, data: bytes) -> None:
        """Add characters by their bytes."""
        skipped = min(self.skip, len(data))
        self.skip -= skipped
        if not self.group.is_silent and not (self.group.is_twin and self.is_html):
            self.pending += data[skipped:]

    def _say(self, text: str) -> None:
        self._settle()
        if not self.group.is_silent and not (self.group.is_twin and self.is_html):
            self.spoken.append(text)

    def _settle(self) -> None:
        """Read the bytes that wait as characters."""
        if self.pending:
            self.spoken.append(decode(bytes(self.pending), self.group.encoding))
            self.pending.clear()
