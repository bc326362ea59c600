"""Documents made to cost more than they weigh, or to tell what they must not: each ends soon, with a code or with little text."""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from PIL import Image
from support.specimens import saved

from engines import parse
from engines.context import Context, Source
from engines.document import Document
from engines.errors import Code, DocumentError
from engines.formats.image.as_pdf import as_pdf
from engines.parameters import ParseParameters

SOON = 20.0
"""Seconds of the processor, to which other work on the machine adds nothing; without its bound each of these takes minutes, or
all memory."""
CONTAINER = '<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>'
PACKAGE = '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine>{}</spine></package>'
ENTITIES = "<!DOCTYPE a [<!ENTITY a0 'aaaaaaaaaa'>{}]>".format(
    "".join(f"<!ENTITY a{one} '{10 * f'&a{one - 1};'}'>" for one in range(1, 10))
)


def source(folder: Path, name: str, content: bytes) -> Source:
    path = folder / "stored"
    path.write_bytes(content)
    return Source(path=path, name=name)


def read(folder: Path, name: str, content: bytes) -> Document:
    began = time.process_time()
    try:
        return parse(source(folder, name, content), ParseParameters(), Context())
    finally:
        assert time.process_time() - began < SOON


def refusal(folder: Path, name: str, content: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read(folder, name, content)
    return caught.value


def packed(files: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def changed(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return packed({name: change(name, archive.read(name)) for name in archive.namelist()})


def test_one_range_merged_over_a_whole_sheet_is_too_large(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = "x"
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    content = changed(saved(book), lambda _, part: part.replace(b"</sheetData>", merged))
    assert refusal(tmp_path, "book.xlsx", content).code is Code.DOCUMENT_TOO_LARGE


def test_a_chapter_that_is_listed_ever_again_is_read_once(tmp_path: Path) -> None:
    spine = 100_000 * '<itemref idref="a"/>'
    files = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER, "book.opf": PACKAGE.format(spine)}
    document = read(tmp_path, "book.epub", packed({**files, "a.xhtml": f"<p>{20_000 * 'abc '}</p>"}))
    assert len(document.pages) == 1


def test_a_picture_of_many_frames_is_put_on_pages_in_time(tmp_path: Path) -> None:
    target, frame = io.BytesIO(), Image.new("1", (16, 16))
    frame.save(target, "TIFF", save_all=True, append_images=1200 * [frame])
    began = time.process_time()
    content = as_pdf(source(tmp_path, "fax.tiff", target.getvalue()), Context())
    assert int(re.findall(rb"/Count (\d+)", content)[-1]) == 1201
    assert time.process_time() - began < SOON


@pytest.mark.parametrize(
    "content",
    [
        b"From: a@b.example\r\n"
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one) for one in range(3000)),
        b"From: a@b.example\r\n" + 3000 * b"Content-Type: message/rfc822\r\n\r\n" + b"\r\nhello",
    ],
    ids=["parts in parts", "mails in mails"],
)
def test_mail_nested_without_end_is_broken(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, "letter.eml", content).code is Code.FILE_IS_BROKEN


def test_entities_are_neither_multiplied_nor_looked_up(tmp_path: Path) -> None:
    bomb = f'<?xml version="1.0"?>{ENTITIES}<a>&a9;</a>'.encode()
    assert sum(len(page.text) for page in read(tmp_path, "a.xml", bomb).pages) < 10_000
    secret = tmp_path / "secret"
    secret.write_text("top secret")
    lookup = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>'
    assert "top secret" not in read(tmp_path, "a.xml", lookup.encode()).pages[0].text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("scan.png", b"\x89PNG\r\n\x1a\n" + 400 * b"x"),
        ("scan.jpg", b"\xff\xd8\xff\xe0" + 100 * b"x"),
        ("slides.pptx", packed({"ppt/presentation.xml": "<a/>", "[Content_Types].xml": "<Types/>"})),
        ("book.xlsx", packed({"xl/workbook.xml": "<a/>", "[Content_Types].xml": "<Types/>"})),
        ("letter.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + 600 * b"x"),
    ],
)
def test_errors_name_no_path_of_this_machine(tmp_path: Path, name: str, content: bytes) -> None:
    assert str(tmp_path) not in str(refusal(tmp_path, name, content))
