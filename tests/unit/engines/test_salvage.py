"""A document with a damaged part keeps the rest, and its warnings say which part was lost."""

from __future__ import annotations

import errno
import io
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from PIL import Image
from pptx.util import Inches
from support import papers
from support.damage import parts_of
from support.specimens import archive, opendocument, saved

from engines import parse
from engines.containers.ooxml_repair import mended
from engines.context import Context, Source
from engines.document import Document
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from engines.salvage import Losses, opened_whole

Damage = Callable[[bytes, str], bytes]
"""Damages one part (by its name) of a package."""
BODY = "<html><body><p>{}</p></body></html>"


def read(folder: Path, name: str, content: bytes) -> Document:
    path = folder / "stored"
    path.write_bytes(content)
    return parse(Source(path=path, name=name), ParseParameters(), Context())


def cut(content: bytes, name: str) -> bytes:
    """The XML of the part ends in the middle."""
    parts = parts_of(content)
    return archive(parts | {name: parts[name][: len(parts[name]) // 2]})


def torn(content: bytes, name: str) -> bytes:
    """The deflate stream of the part is nonsense from its first byte on."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        info = package.getinfo(name)
    lengths = struct.unpack("<HH", content[info.header_offset + 26 : info.header_offset + 30])
    start = info.header_offset + 30 + sum(lengths)
    return content[:start] + b"\xff" * info.compress_size + content[start + info.compress_size :]


def missing(content: bytes, name: str) -> bytes:
    """The part is not there, though others refer to it."""
    return archive({key: part for key, part in parts_of(content).items() if key != name})


def replaced(content: bytes, name: str, old: str, new: str) -> bytes:
    part = parts_of(content)[name]
    assert old.encode() in part
    return archive(parts_of(content) | {name: part.replace(old.encode(), new.encode())})


def losses(document: Document) -> list[tuple[str, int | None]]:
    return [(note.code, note.page) for note in document.warnings]


def texts(document: Document) -> str:
    return "\n".join(page.text for page in document.pages)


def deck() -> bytes:
    made = pptx.Presentation()
    for word in ("kayak", "paddle", "rudder"):
        slide = made.slides.add_slide(made.slide_layouts[5])
        slide.shapes.title.text = f"About the {word}"
        slide.shapes.add_textbox(Inches(1), Inches(5), Inches(4), Inches(1)).text_frame.text = f"The {word} ends"
        slide.shapes.add_picture(io.BytesIO(papers.png(Image.new("RGB", (40, 40), "navy"))), Inches(1), Inches(2))
    return saved(made)


def book() -> bytes:
    made = openpyxl.Workbook()
    made.active.title = "Kayaks"
    made.active.append(["Kayak", 520])
    for title, word in (("Paddles", "Paddle"), ("Rudders", "Rudder")):
        made.create_sheet(title).append([word, 1])
    return saved(made)


def letter() -> bytes:
    made = docx.Document()
    made.add_paragraph("A kayak of five metres")
    made.add_picture(io.BytesIO(papers.png(Image.new("RGB", (40, 40), "navy"))))
    made.add_paragraph("and its paddle")
    made.sections[0].header.paragraphs[0].text = "Norrvik yard"
    return saved(made)


def novel() -> bytes:
    items = "".join(f'<item id="{one}" href="{one}.xhtml"/>' for one in "abc")
    spine = "".join(f'<itemref idref="{one}"/>' for one in "abc")
    return archive({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>',
        "p.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
        "a.xhtml": BODY.format("Kayak" * 9), "b.xhtml": BODY.format("Paddle" * 9), "c.xhtml": BODY.format("Rudder" * 9),
    })  # fmt: skip


# Slides


@pytest.mark.parametrize("damage", [cut, torn, missing])
def test_a_deck_keeps_the_slides_beside_a_damaged_one(damage: Damage, tmp_path: Path) -> None:
    document = read(tmp_path, "a.pptx", damage(deck(), "ppt/slides/slide2.xml"))
    assert "The kayak ends" in document.pages[0].text
    assert "The rudder ends" in document.pages[-1].text
    assert {code for code, _ in losses(document)} == {Code.PART_UNREADABLE}
    assert any("slide2.xml" in note.message for note in document.warnings)


def test_a_picture_that_keeps_no_rule_costs_its_slide_nothing_else(tmp_path: Path) -> None:
    broken = replaced(deck(), "ppt/slides/slide2.xml", "<p:blipFill>", "<p:unknown>")
    broken = replaced(broken, "ppt/slides/slide2.xml", "</p:blipFill>", "</p:unknown>")
    document = read(tmp_path, "a.pptx", broken)
    assert "The paddle ends" in document.pages[1].text
    assert losses(document) == [(Code.IMAGE_UNREADABLE, 2)]


@pytest.mark.parametrize("damage", [torn, missing])
def test_a_deck_keeps_its_slides_when_a_picture_is_damaged(damage: Damage, tmp_path: Path) -> None:
    document = read(tmp_path, "a.pptx", damage(deck(), "ppt/media/image1.png"))
    assert [
        ("kayak" in page.text or "paddle" in page.text or "rudder" in page.text) for page in document.pages
    ] == 3 * [True]
    assert (Code.IMAGE_UNREADABLE, 1) in losses(document)


def test_a_shape_whose_place_is_no_number_keeps_its_text(tmp_path: Path) -> None:
    broken = replaced(deck(), "ppt/slides/slide2.xml", 'cx="3657600"', 'cx="wide"')
    document = read(tmp_path, "a.pptx", broken)
    assert "The paddle ends" in document.pages[1].text
    assert losses(document) == [(Code.PART_UNREADABLE, 2)]


# Sheets


@pytest.mark.parametrize("damage", [cut, torn, missing])
def test_a_workbook_keeps_the_sheets_beside_a_damaged_one(damage: Damage, tmp_path: Path) -> None:
    document = read(tmp_path, "a.xlsx", damage(book(), "xl/worksheets/sheet2.xml"))
    assert "Kayak" in texts(document)
    assert "Rudder" in texts(document)
    assert {code for code, _ in losses(document)} == {Code.PART_UNREADABLE}
    assert any("sheet2.xml" in note.message or "Paddles" in note.message for note in document.warnings)


def test_an_open_document_keeps_the_sheets_beside_one_that_is_too_large(tmp_path: Path) -> None:
    cell = "<table:table-row {}><table:table-cell {}><text:p>{}</text:p></table:table-cell></table:table-row>"
    huge = cell.format('table:number-rows-repeated="1048576"', 'table:number-columns-repeated="16384"', "x")
    sheets = "".join(
        f'<table:table table:name="{name}">{rows}</table:table>'
        for name, rows in (("Huge", huge), ("Kayaks", cell.format("", "", "Kayak")))
    )
    document = read(tmp_path, "a.ods", opendocument("spreadsheet", sheets))
    assert "Kayak" in texts(document)
    assert losses(document) == [(Code.PART_UNREADABLE, 1)]
    assert "sheet Huge" in document.warnings[0].message


# Texts


@pytest.mark.parametrize("damage", [cut, torn, missing])
@pytest.mark.parametrize("part", ["word/styles.xml", "word/header1.xml"])
def test_a_letter_keeps_its_text_beside_a_damaged_part(part: str, damage: Damage, tmp_path: Path) -> None:
    document = read(tmp_path, "a.docx", damage(letter(), part))
    assert "A kayak of five metres" in texts(document)
    assert "and its paddle" in texts(document)
    assert {code for code, _ in losses(document)} == {Code.PART_UNREADABLE}


@pytest.mark.parametrize("damage", [torn, missing])
def test_a_letter_keeps_its_text_beside_a_damaged_picture(damage: Damage, tmp_path: Path) -> None:
    document = read(tmp_path, "a.docx", damage(letter(), "word/media/image1.png"))
    assert "and its paddle" in texts(document)
    assert losses(document) == [(Code.PART_UNREADABLE, 1)]
    assert "image1.png" in document.warnings[0].message


def test_a_letter_without_its_text_is_broken(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, "a.docx", cut(letter(), "word/document.xml"))
    assert caught.value.code is Code.FILE_IS_BROKEN


@pytest.mark.parametrize("damage", [cut, torn])
def test_an_open_document_keeps_its_text_beside_damaged_styles(damage: Damage, tmp_path: Path) -> None:
    parts = parts_of(opendocument("text"))
    made = archive(
        parts | {"styles.xml": "<office:document-styles xmlns:office='o'><office:styles/></office:document-styles>"}
    )
    document = read(tmp_path, "a.odt", damage(made, "styles.xml"))
    assert "Two boats." in texts(document)
    assert losses(document) == [(Code.PART_UNREADABLE, None)]


def test_an_open_document_keeps_its_text_beside_a_missing_picture(tmp_path: Path) -> None:
    image = '<text:p>Kayak<draw:frame><draw:image xlink:href="Pictures/1.png"/></draw:frame></text:p>'
    content = parts_of(opendocument("text", image))
    content["content.xml"] = content["content.xml"].replace(
        b"<office:document-content", b'<office:document-content xmlns:xlink="x"', 1
    )  # type: ignore[arg-type]
    document = read(tmp_path, "a.odt", archive(content))
    assert "Kayak" in texts(document)
    assert losses(document) == [(Code.PART_UNREADABLE, 1)]


# Books, pages, mails


@pytest.mark.parametrize("damage", [torn, missing])
def test_a_book_keeps_the_chapters_beside_a_damaged_one(damage: Damage, tmp_path: Path) -> None:
    document = read(tmp_path, "a.epub", damage(novel(), "b.xhtml"))
    assert "Kayak" in texts(document)
    assert "Rudder" in texts(document)
    assert [code for code, _ in losses(document)] == [Code.PART_UNREADABLE]
    assert "b.xhtml" in document.warnings[0].message


def test_a_web_page_tells_of_a_picture_it_carries_broken(tmp_path: Path) -> None:
    document = read(tmp_path, "a.html", b'<p>Kayak</p><img alt="boat" src="data:image/png;base64,bm8gcGljdHVyZQ==">')
    assert "Kayak" in texts(document)
    assert losses(document) == [(Code.IMAGE_UNREADABLE, 1)]


def test_a_mail_keeps_its_text_beside_a_damaged_picture_and_a_part_without_sense(tmp_path: Path) -> None:
    content = (
        b"From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n"
        b'--x\r\nContent-Type: text/html\r\n\r\n<p>Kayak</p><img src="cid:1">\r\n'
        b"--x\r\nContent-Type: image/png\r\nContent-ID: <1>\r\nContent-Transfer-Encoding: base64\r\n\r\nbm8gcGljdHVyZQ==\r\n"
        b"--x\r\nContent-Type: text/plain; charset*=x''%ff%fe; name*=y\r\nContent-Disposition: ;;=;\r\n\r\nend\r\n--x--\r\n"
    )
    document = read(tmp_path, "a.eml", content)
    assert "Kayak" in texts(document)
    assert losses(document) == [(Code.IMAGE_UNREADABLE, 1)]


# Bounds


def test_a_document_of_nothing_but_broken_pictures_tells_of_the_first_and_counts_the_rest(tmp_path: Path) -> None:
    image = '<img src="data:image/png;base64,bm8gcGljdHVyZQ==">'
    document = read(tmp_path, "a.html", f"<p>Kayak</p>{image * 500}".encode())
    assert len(document.warnings) == 51
    assert "450 more" in document.warnings[-1].message


def test_a_part_of_nothing_but_zeros_is_taken_out(tmp_path: Path) -> None:
    slide = "ppt/slides/slide2.xml"
    document = read(tmp_path, "deck.pptx", archive(parts_of(deck()) | {slide: b"\0" * 512}))
    assert "kayak" in texts(document)
    assert "rudder" in texts(document)
    assert "paddle" not in texts(document)


def test_of_parts_with_one_name_the_last_is_read_as_the_bounds_have_counted_it(tmp_path: Path) -> None:
    path = tmp_path / "twins"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("a.bin", b"first " * 1000)
        with pytest.warns(UserWarning, match="Duplicate name"):
            package.writestr("a.bin", b"last")
    content = path.read_bytes()
    path.write_bytes(content.replace(b"first ", b"\xff" * 6, 1))  # reading it would be a loss
    losses = Losses()
    with zipfile.ZipFile(mended(path, losses)) as package:
        assert package.read("a.bin") == b"last"
    assert losses.warnings == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE])
def test_what_the_machine_runs_out_of_is_no_damage(number: int) -> None:
    def short() -> None:
        raise OSError(number, os.strerror(number))

    losses = Losses()
    with pytest.raises(OSError, match=os.strerror(number)), losses.part("slide 1"):
        short()
    with pytest.raises(OSError, match=os.strerror(number)):
        opened_whole(short, short)
    assert losses.warnings == []
