"""Every extension that is listed really works, and nothing depends on a file's name being right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.specimens import SPECIMENS, word

from engines import parse
from engines.context import Context, Source
from engines.document import Document, Item
from engines.errors import Code, DocumentError
from engines.formats.registry import supported_extensions
from engines.parameters import ParseParameters
from engines.render import render
from engines.tools import Tools, find_tools

TOOLS = find_tools()


def read(path: Path, name: str, content: bytes, tools: Tools = TOOLS) -> Document:
    path.write_bytes(content)
    return parse(Source(path=path, name=name), ParseParameters(), Context(tools=tools))


def words(items: list[Item]) -> str:
    return " ".join(
        [item.text + words(item.entries) + " ".join(cell.text for row in item.rows for cell in row) for item in items]
    ).lower()


@pytest.mark.parametrize("extension", supported_extensions(TOOLS))
def test_a_document_of_every_listed_extension_is_read(extension: str, tmp_path: Path) -> None:
    document = read(tmp_path / "content", f"document.{extension}", SPECIMENS[extension]())
    assert "kayak" in document.pages[0].text.lower()
    assert "kayak" in words(document.pages[0].items)
    assert b"kayak" in render(document, ParseParameters(), {})["output.md"].lower()


def test_without_tools_fewer_extensions_are_listed() -> None:
    assert {"uot", "svg"}.isdisjoint(supported_extensions(Tools()))
    assert {"docx", "doc", "ppt", "xls", "rtf", "odt", "pdf", "html", "msg"} <= set(supported_extensions(Tools()))


@pytest.mark.parametrize("extension", ["doc", "ppt", "xls", "rtf"])
def test_old_office_files_are_read_without_libreoffice_too_and_the_result_says_so(
    extension: str, tmp_path: Path
) -> None:
    document = read(tmp_path / "content", f"old.{extension}", SPECIMENS[extension](), Tools())
    assert "kayak" in document.pages[0].text.lower()
    assert document.degraded
    assert [one.code for one in document.warnings] == [Code.LIBREOFFICE_UNAVAILABLE]


@pytest.mark.parametrize("name", ["letter.pdf", "letter.txt", "letter", "letter.xlsx"])
def test_the_content_decides_where_the_name_is_wrong(name: str, tmp_path: Path) -> None:
    document = read(tmp_path / "content", name, word())
    assert document.media_type.endswith("wordprocessingml.document")


def test_an_unknown_kind_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path / "content", "boat.dwg", b"AC1032\0\0\x80\xff\0")
    assert caught.value.code is Code.UNSUPPORTED_FILE_TYPE


def test_what_few_formats_need_is_not_loaded_for_all() -> None:
    code = "import sys, engines.pipeline; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "selectolax" in loaded
    assert {"xberg", "docutils", "pylatexenc", "textile"}.isdisjoint(loaded)
