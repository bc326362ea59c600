"""Finding programs and data, and telling kinds of files apart."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from engines.context import Source
from engines.detect import extension_of, media_type_of
from engines.errors import Code, DocumentError
from engines.formats.registry import supported_extensions
from engines.tools import Tools, find_tools

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def extension(path: Path, content: bytes, name: str, media_type: str | None = None) -> str:
    path.write_bytes(content)
    return extension_of(Source(path=path, name=name, media_type=media_type))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file"


# Tools


def test_a_directory_that_is_given_is_the_only_one_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TESSDATA_PREFIX", raising=False)
    assert find_tools(tessdata=str(tmp_path)).tessdata is None
    (tmp_path / "tessdata" / "script").mkdir(parents=True)
    for name in ("eng", "osd", "script/Cyrillic"):
        (tmp_path / "tessdata" / f"{name}.traineddata").touch()
    found = find_tools(tessdata=str(tmp_path))
    assert found.tessdata == str(tmp_path / "tessdata")
    assert found.ocr_models == {"eng", "script/Cyrillic"}


def test_the_environment_names_the_directory_of_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    assert find_tools().ocr_models == frozenset()


def test_a_program_that_is_given_and_missing_is_absent(tmp_path: Path) -> None:
    program = tmp_path / "soffice"
    assert find_tools(soffice=str(program)).soffice is None
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert find_tools(soffice=str(program)).soffice == str(program)


def test_extensions_that_need_no_tool_are_always_supported() -> None:
    assert {"pdf", "png", "jpg", "tiff"} <= set(supported_extensions(Tools()))


# Kinds


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n", "a.docx", "pdf"),
        (b"junk before %PDF-1.7\n", "a", "pdf"),
        (b"A PDF begins with %PDF-1.7", "a.txt", "txt"),
        (b"\xff\xd8\xff\xe0", "a.png", "jpg"),
        (b"\xff\xd8\xff\xe0", "a.JPEG", "jpeg"),
        (b"II*\x00", "a.tif", "tif"),
        (b"RIFF\x00\x00\x00\x00WEBP", "a.jpg", "webp"),
        (b"BM\x0a\x00\x00\x00\x00\x00\x00\x00", "a", "bmp"),
        (b"BMW sells cars", "a.txt", "txt"),
        (b"{\\rtf1 hello}", "a.doc", "rtf"),
        (b"a,b\n1,2\n", "a.CSV", "csv"),
        (b"<!DOCTYPE html><p>x", "a", "html"),
        (b"MIME-Version: 1.0\n\nx", "a", "eml"),
        (b"just words", "a", "txt"),
        (b"\x00\x01\x02", "a", ""),
        (OLE + "WordDocument".encode("utf-16-le"), "a", "doc"),
        (OLE + "Workbook".encode("utf-16-le"), "a.xls", "xls"),
        (OLE + "__substg1.0_0037001F".encode("utf-16-le"), "a.bin", "msg"),
    ],
)
def test_the_content_decides_and_the_name_where_it_leaves_that_open(
    path: Path, content: bytes, name: str, expected: str
) -> None:
    assert extension(path, content, name) == expected


@pytest.mark.parametrize(
    ("parts", "name", "expected"),
    [
        (["[Content_Types].xml", "word/document.xml"], "a.zip", "docx"),
        (["[Content_Types].xml", "word/document.xml"], "a.docm", "docm"),
        (["[Content_Types].xml", "xl/workbook.xml"], "a.docx", "xlsx"),
        (["[Content_Types].xml", "ppt/presentation.xml"], "a", "pptx"),
        (["other"], "a.zip", "zip"),
    ],
)
def test_office_files_are_known_by_their_parts(path: Path, parts: list[str], name: str, expected: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    assert extension(path, path.read_bytes(), name) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [("application/epub+zip", "epub"), ("application/vnd.oasis.opendocument.text", "odt")],
)
def test_books_and_open_documents_say_what_they_are(path: Path, said: str, expected: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", said)
    assert extension(path, path.read_bytes(), "a.zip") == expected


def test_the_media_type_helps_where_the_name_does_not(path: Path) -> None:
    assert extension(path, b"<p>x</p>", "download", "text/html; charset=utf-8") == "html"
    assert extension(path, b"# x", "download", "text/markdown") == "md"


def test_an_encrypted_office_file_is_protected(path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        extension(path, OLE + "EncryptedPackage".encode("utf-16-le"), "a.docx")
    assert caught.value.code is Code.FILE_IS_PROTECTED


def test_media_types_follow_extensions() -> None:
    assert media_type_of("pdf") == "application/pdf"
    assert media_type_of("docx").endswith("wordprocessingml.document")
    assert media_type_of("nothing-known") == "application/octet-stream"
