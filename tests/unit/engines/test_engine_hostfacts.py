"""What a document may not learn of the server that converts it, whatever it asks: paths, the system, files beside it."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pypdf
import pytest
from openpyxl.workbook.defined_name import DefinedName
from PIL import Image
from support.specimens import archive, by_libreoffice

from engines import parse
from engines.context import Context, Source
from engines.document import Document
from engines.errors import Code
from engines.formats.print import host_formulas
from engines.formats.print.chromium import printed_by_chromium
from engines.parameters import ParseParameters
from engines.render import render
from engines.tools import find_tools

TOOLS = find_tools()
FACTS = re.compile(r"file://|/proc|/tmp|sheaf-|linux|libreoffice|Build", re.IGNORECASE)
"""What only the server can have said."""
ASKING = {
    "A1": 'CELL("filename")',
    "A2": 'CELL( "FileName" , A1)',
    "A3": 'MID(CELL("file"&"name"),8,99)',
    "A4": 'INFO("system")',
    "A5": 'info ("osversion")',
    "A6": 'INFO("release")',
    "A7": "whereabouts",
    "A8": 'A1&"!"&A5',
    "A9": 'IF(1,_xlfn.WEBSERVICE("file:///etc/hostname"),"")',
}
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
FIELDS = ("FILENAME \\p", "FILENAME", "TEMPLATE \\p", "USERNAME", 'INCLUDETEXT "file:///etc/hostname"')


def read(path: Path, content: bytes, **parameters: Any) -> tuple[str, Document]:
    """Everything that is written of a document, pictures aside, and the document."""
    path.write_bytes(content)
    asked = ParseParameters(**parameters)
    document = parse(Source(path=path, name=path.name), asked, Context(tools=TOOLS))
    outputs = render(document, asked, {})
    written = [outputs[name].decode() for name in ("output.md", "output.txt", "output.json")]
    return "\n".join([*written, *(text_of(outputs[name]) for name in ("output.pdf",) if name in outputs)]), document


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def book() -> bytes:
    """A workbook that asks in every way, and computes one thing that may be known."""
    made = openpyxl.Workbook()
    made.defined_names["whereabouts"] = DefinedName("whereabouts", attr_text='"at "&CELL("filename")')
    for place, formula in ASKING.items():
        made.active[place] = f"={formula}"
    made.active["B1"], made.active["B2"] = '=6*7&" kayaks"', '=CELL("address",C3)'
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def test_formulas_that_ask_about_the_server_are_not_computed(tmp_path: Path) -> None:
    written, document = read(tmp_path / "book.xlsx", book(), spreadsheet_force_formula_computation=True)
    assert not FACTS.search(written), written
    assert "42 kayaks" in written
    assert "$C$3" in written, "what CELL says of the document may be known"
    assert [one.code for one in document.warnings] == [Code.FORMULA_NOT_COMPUTED]


def stored(cells: str) -> bytes:
    """A workbook whose formulas have values from their owner's computer."""
    made = io.BytesIO(book())
    with zipfile.ZipFile(made) as old:
        parts = {name: old.read(name) for name in old.namelist() if "definedName" not in name}
    parts["xl/worksheets/sheet1.xml"] = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
        f"{cells}</row></sheetData></worksheet>"
    ).encode()
    return archive(parts)


def test_what_the_owner_stored_stands_and_what_is_made_of_it_is_computed(tmp_path: Path) -> None:
    hidden = "<f>CE<!-- -->&#76;L(&quot;filename&quot;)</f>"
    cells = f'<c r="A1" t="str">{hidden}<v>mine.xlsx</v></c><c r="C1" t="str"><f>A1&amp;" kayak"</f><v>stale</v></c>'
    written, _ = read(tmp_path / "book.xlsx", stored(cells), spreadsheet_force_formula_computation=True)
    assert not FACTS.search(written), written
    assert "mine.xlsx kayak" in written


@pytest.mark.parametrize(("formula", "asks"), [
    *[(one, True) for one in ('CELL("filename")', "cell (A1)", 'IF(TRUE,INFO("osversion"))', 'CELL("ro"&"w",A1)')],
    *[(one, False) for one in ('CELL("row",A1)', 'CELL( "Contents" ; A1)', "SUM(A1:A9)", "MYINFORMATION", 'INFORM(1)')],
])  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_which_formulas_ask_about_the_server(formula: str, asks: bool, encoding: str, tmp_path: Path) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}"?><worksheet><c><f>{escape(formula)}</f></c></worksheet>'
    (tmp_path / "book").write_bytes(archive({"xl/anywhere.bin": declared.encode(encoding)}))
    assert host_formulas.are_in(tmp_path / "book") is asks


def test_a_formula_that_shares_one_that_asks_is_not_computed_either(tmp_path: Path) -> None:
    master = '<c r="A1" t="str"><f t="shared" ref="A1:B1" si="0">INFO("system")</f><v>first</v></c>'
    cells = master + '<c r="B1" t="str"><f t="shared" si="0"/><v>second</v></c>'
    written, _ = read(tmp_path / "book.xlsx", stored(cells), spreadsheet_force_formula_computation=True)
    assert not FACTS.search(written), written
    assert "second" in written


def test_old_workbooks_do_not_learn_it_either(tmp_path: Path) -> None:
    written, _ = read(tmp_path / "book.xls", by_libreoffice("xls", "xlsx", book()))
    assert not FACTS.search(written), written
    assert "42 kayaks" in written


def test_a_text_file_of_cells_does_not_learn_it(tmp_path: Path) -> None:
    lines = [
        "ID;P",
        *(f"C;Y{row};X1;E{text};K0" for row, text in enumerate(ASKING.values(), 1)),
        'C;Y1;X2;K"kayak"',
        "E",
    ]
    written, _ = read(tmp_path / "book.slk", "\r\n".join(lines).encode())
    assert not FACTS.search(written), written
    assert "kayak" in written


def fields_in_rtf() -> bytes:
    fields = "".join(rf"{{\field{{\*\fldinst {one}}}{{\fldrslt old}}}}\par " for one in FIELDS).replace(
        "\\p}", "\\\\p}"
    )
    link = r'{\field{\*\fldinst HYPERLINK "other.doc"}{\fldrslt other}}'
    return rf"{{\rtf1\ansi kayak\par {fields}{link}\par}}".encode()


def test_fields_of_old_texts_show_no_path_and_links_stay_as_their_owner_wrote_them(tmp_path: Path) -> None:
    written, document = read(tmp_path / "letter.rtf", fields_in_rtf(), annotate_links=True)
    assert not FACTS.search(written), written
    assert "[other](other.doc)" in document.pages[0].items[-1].markdown


def fields_in_docx() -> bytes:
    def run(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    def field(instruction: str) -> str:
        text = instruction.replace('"', "&quot;")
        inner = f"{run('begin')}<w:r><w:instrText>{text}</w:instrText></w:r>{run('separate')}<w:r><w:t>old</w:t></w:r>"
        return f"<w:p>{inner}{run('end')}</w:p>"

    body = "".join(map(field, FIELDS))
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    package = "http://schemas.openxmlformats.org/package/2006"
    return archive({
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/'
        f'vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" Type="{relation}" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>kayak</w:t></w:r></w:p>{body}</w:body>'
        "</w:document>",
    })  # fmt: skip


SERVERS = re.compile(r"/tmp|sheaf-|linux|libreoffice", re.IGNORECASE)


def test_a_printed_text_shows_no_path_of_this_server(tmp_path: Path) -> None:
    written, document = read(tmp_path / "letter.docx", fields_in_docx(), output_pdf_of_document=True)
    assert "kayak" in text_of(document.pdf)
    assert not SERVERS.search(written), written
    assert str(tmp_path.parts[1]) not in text_of(document.pdf)


def flat(body: str, kind: str = "text") -> bytes:
    names = {
        "office": "office:1.0", "text": "text:1.0", "draw": "drawing:1.0", "svg": "svg-compatible:1.0",
        "table": "table:1.0",
    }  # fmt: skip
    spaces = " ".join(f'xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{name}"' for one, name in names.items())
    return (
        f'<office:document {spaces} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2" office:mimetype="'
        f'application/vnd.oasis.opendocument.{kind}"><office:body><office:{kind}>{body}</office:{kind}></office:body>'
        "</office:document>"
    ).encode()


def test_a_printed_opendocument_text_shows_nothing_of_this_server(tmp_path: Path) -> None:
    names = "".join(f'<text:p><text:file-name text:display="{how}"/></text:p>' for how in ("full", "path"))
    sender = "<text:p>kayak <text:author-name/> <text:sender-company/> <text:template-name/></text:p>"
    section = '<text:section text:name="s"><text:section-source xlink:href="file:///etc/os-release"/></text:section>'
    _, document = read(tmp_path / "letter.fodt", flat(names + sender + section), output_pdf_of_document=True)
    text = text_of(document.pdf)
    assert "kayak" in text
    assert not SERVERS.search(text.replace("/proc/self/cwd/", "")), text


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A picture of somebody else's on this server, which every user of the machine may read."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    Image.new("RGB", (40, 40), (255, 0, 0)).save(folder / "secret.png")
    for one in folder.parents:  # LibreOffice is nobody, whom folders of tests do not let in
        if not one.stat().st_mode & 0o001:
            one.chmod(one.stat().st_mode | 0o011)
    return folder / "secret.png"


def is_red(picture: bytes) -> bool:
    with Image.open(io.BytesIO(picture)) as image:
        return any(
            red > 200 and green < 60 and blue < 60
            for red, green, blue in (
                image.convert("RGB").resize((60, 60), Image.Resampling.NEAREST).get_flattened_data()
            )
        )


def test_a_picture_of_the_server_is_not_taken_into_a_text_that_names_it(secret: Path, tmp_path: Path) -> None:
    field = rf'{{\field{{\*\fldinst INCLUDEPICTURE "{secret.as_uri()}" \\d}}{{\fldrslt old}}}}'
    _, document = read(tmp_path / "letter.rtf", rf"{{\rtf1\ansi kayak {field}\par}}".encode(), take_screenshot=True)
    pictures = [one for page in document.pages for one in page.images]
    assert [one.name for one in pictures] == ["page_1.jpg"]
    assert not is_red(pictures[0].content)


def test_a_printed_web_page_shows_no_path_and_no_picture_of_this_server(secret: Path) -> None:
    markup = f'kayak <a href="other.html">other</a><img src="{secret.as_uri()}">'
    with printed_by_chromium(markup, Context(tools=TOOLS)) as content:
        [page] = pypdf.PdfReader(io.BytesIO(content)).pages
        link = page["/Annots"][0].get_object()["/A"]["/URI"]
        assert not SERVERS.search(str(link).replace("/proc/self/cwd/", ""))
        assert not any(is_red(one.data) for one in page.images)
        assert b"sheaf-" not in content
