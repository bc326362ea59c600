"""A small real document of every kind that can be read; each says "kayak" somewhere."""

from __future__ import annotations

import gzip
import io
import struct
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import docx
import openpyxl
import pptx
from PIL import Image, ImageDraw, ImageFont
from pptx.util import Inches
from reportlab import rl_settings
from reportlab.pdfgen.canvas import Canvas

from engines.tools import find_tools
from support.compound import message
from support.waiting import CEILING

HERE = Path(__file__).parent
ODF = "urn:oasis:names:tc:opendocument:xmlns"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{ODF}:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "draw": "drawing", "style": "style", "fo": "xsl-fo-compatible",
        "presentation": "presentation", "svg": "svg-compatible", "manifest": "manifest",
    }.items()
)  # fmt: skip
TEXT = '<text:h text:outline-level="1">Kayak list</text:h><text:p>Two boats.</text:p>'
SHEET = (
    '<table:table table:name="Boats"><table:table-row><table:table-cell><text:p>Kayak</text:p></table:table-cell>'
    "<table:table-cell><text:p>Length</text:p></table:table-cell></table:table-row></table:table>"
)
SLIDE = (
    '<draw:page draw:name="one"><draw:frame presentation:class="title" svg:x="1cm" svg:y="1cm" svg:width="9cm" '
    'svg:height="2cm"><draw:text-box><text:p>Kayak fair</text:p></draw:text-box></draw:frame></draw:page>'
)
CONTENTS = {
    "text": TEXT,
    "spreadsheet": SHEET,
    "presentation": SLIDE,
    "graphics": SLIDE.replace(' presentation:class="title"', ""),
}


def opendocument(kind: str, content: str | None = None, *, styles: str = "", is_flat: bool = False) -> bytes:
    """An OpenDocument file: an archive, or one XML document."""
    body = "drawing" if kind == "graphics" else kind
    inside = (
        f'{NAMESPACES} office:version="1.2"{{}}><office:automatic-styles>{styles}</office:automatic-styles>'
        f"<office:body><office:{body}>{CONTENTS[kind] if content is None else content}</office:{body}></office:body>"
    )
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    if is_flat:
        return f"<office:document {inside.format(f' office:mimetype={chr(34)}{media_type}{chr(34)}')}</office:document>".encode()
    parts = {
        "mimetype": media_type,
        "content.xml": f"<office:document-content {inside.format('')}</office:document-content>",
    }
    return archive(parts)


def archive(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP archive of these parts."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return target.getvalue()


def saved(document: object) -> bytes:
    """The bytes of what an Office library made."""
    target = io.BytesIO()
    document.save(target)  # type: ignore[attr-defined]
    return target.getvalue()


def retyped(content: bytes, old: str, new: str) -> bytes:
    """An Office document of another content type: a template, or one with macros."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(old.encode(), new.encode())
    return archive(parts)  # type: ignore[arg-type]


def word(kind: str = "") -> bytes:
    document = docx.Document()
    document.add_heading("Kayak list", 1)
    document.add_paragraph("Two boats.")
    old = "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return retyped(saved(document), old, kind) if kind else saved(document)


def workbook(kind: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Kayak", "Length"])
    book.active.append(["Skarv", 520])
    old = "vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    return retyped(saved(book), old, kind) if kind else saved(book)


def deck(kind: str = "") -> bytes:
    made = pptx.Presentation()
    slide = made.slides.add_slide(made.slide_layouts[5])
    slide.shapes.title.text = "Kayak fair"
    slide.shapes.add_textbox(Inches(1), Inches(3), Inches(4), Inches(1)).text_frame.text = "Bergen, 12 June"
    old = "vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    return retyped(saved(made), old, kind) if kind else saved(made)


def pdf() -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(72, 700, "A kayak of five metres")
    canvas.save()
    return target.getvalue()


def picture(form: str) -> bytes:
    font = str(Path(rl_settings.__file__).with_name("fonts") / "Vera.ttf")
    image = Image.new("RGB", (900, 300), "white")
    ImageDraw.Draw(image).text((60, 100), "Blue kayak", font=ImageFont.truetype(font, 80), fill="black")
    target = io.BytesIO()
    image.save(target, form)
    return target.getvalue()


def epub() -> bytes:
    return archive({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="b/p.opf"/></rootfiles></container>',
        "b/p.opf": '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>',
        "b/a.xhtml": "<html><body><h1>Kayak book</h1><p>Paddle.</p></body></html>",
    })  # fmt: skip


def by_libreoffice(extension: str, source: str, content: bytes) -> bytes:
    """A document written by LibreOffice."""
    program = find_tools().soffice
    assert program
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / f"x.{source}").write_bytes(content)
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        arguments = [
            program,
            profile,
            "--headless",
            "--convert-to",
            extension,
            "--outdir",
            folder,
            f"{folder}/x.{source}",
        ]
        subprocess.run(arguments, check=True, capture_output=True, timeout=CEILING)
        return (Path(folder) / f"x.{extension}").read_bytes()


def plain(text: str) -> Callable[[], bytes]:
    return text.encode


def openoffice(kind: str, content: str) -> bytes:
    """A document of OpenOffice 1, whose body says nothing of its kind."""
    spaces = " ".join(
        f'xmlns:{one}="http://openoffice.org/2000/{one}"' for one in ("office", "text", "table", "drawing")
    )
    names = (
        spaces.replace("xmlns:drawing", "xmlns:draw") + ' xmlns:presentation="http://openoffice.org/2000/presentation"'
    )
    classes = {"writer": "text", "calc": "spreadsheet", "impress": "presentation", "draw": "drawing"}
    root = f'office:document-content {names} office:class="{classes[kind.partition(".")[0]]}"'
    body = f"<{root}><office:body>{content}</office:body></office:document-content>"
    return archive({"mimetype": f"application/vnd.sun.xml.{kind}", "content.xml": body})


BOATS = "<table:table-row><table:table-cell><text:p>Kayak</text:p></table:table-cell></table:table-row>"
OLD_SHEET = f'<table:table table:name="Boats">{BOATS}</table:table>'
OLD_SLIDE = '<draw:page draw:name="one"><draw:text-box><text:p>Kayak fair</text:p></draw:text-box></draw:page>'


def record(kind: int, content: bytes = b"") -> bytes:
    """A record of a binary workbook (MS-XLSB 2.1.4)."""
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(content)]) + content


def wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def binary_workbook() -> bytes:
    """An Excel workbook whose parts are binary (XLSB)."""
    book = record(131) + record(143) + record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("Boats"))
    cell = record(6, struct.pack("<II", 0, 0) + wide("Kayak"))
    row = record(0, struct.pack("<IIHBBBI", 0, 0, 300, 0, 0, 0, 0))
    office = "http://schemas.openxmlformats.org"
    to = (
        f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="rId1" Target="{{}}" '
        f'Type="{office}/officeDocument/2006/relationships/{{}}"/></Relationships>'
    )
    types = (
        f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.'
        'openxmlformats-package.relationships+xml"/><Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.'
        'binary.macroEnabled.main"/><Override PartName="/xl/worksheets/sheet1.bin" ContentType="application/vnd.ms-excel.'
        'worksheet"/></Types>'
    )
    return archive({
        "[Content_Types].xml": types,
        "_rels/.rels": to.format("xl/workbook.bin", "officeDocument"),
        "xl/_rels/workbook.bin.rels": to.format("worksheets/sheet1.bin", "worksheet"),
        "xl/workbook.bin": book + record(144) + record(132),
        "xl/worksheets/sheet1.bin": record(129) + record(145) + row + cell + record(146) + record(130),
    })  # fmt: skip


def lotus() -> bytes:
    """A sheet of Lotus 1-2-3 (WK1)."""
    label = struct.pack("<BHH", 255, 0, 0) + b"'Kayak\0"
    return struct.pack("<HHH", 0, 2, 0x0406) + struct.pack("<HH", 15, len(label)) + label + struct.pack("<HH", 1, 0)


def dbase(encoding: str = "cp1252", driver: int = 3, boat: str = "Kayak") -> bytes:
    """A table of dBASE with a deleted record."""
    fields = [("BOAT", b"C", 10), ("LENGTH", b"N", 5), ("DAY", b"D", 8), ("DRY", b"L", 1)]
    names = b"".join(struct.pack("<11sc4xBB14x", name.encode(), kind, width, 0) for name, kind, width in fields)
    rows = b" " + boat.encode(encoding).ljust(10) + b"  47020270305T" + b"*" + b"Gone".ljust(24)
    return struct.pack("<BBBBIHH17xBxx", 3, 127, 1, 1, 2, 33 + len(names), 25, driver) + names + b"\r" + rows + b"\x1a"


def pages() -> bytes:
    """A text of Pages '09."""
    spaces = " ".join(f'xmlns:{one}="http://developer.apple.com/namespaces/{one}"' for one in ("sl", "sf", "sfa"))
    text = '<sf:section sf:name="s"><sf:layout><sf:p>A kayak of five metres.</sf:p></sf:layout></sf:section>'
    body = f'<sf:text-storage sf:kind="body"><sf:text-body>{text}</sf:text-body></sf:text-storage>'
    return archive(
        {"index.xml": f'<?xml version="1.0"?><sl:document {spaces} sl:version="92008102400">{body}</sl:document>'}
    )


SAVED_PAGE = (
    "From: <Saved by a browser>\nSubject: Boats\nMIME-Version: 1.0\n"
    'Content-Type: multipart/related; type="text/html"; boundary="x"\n\n--x\nContent-Type: text/html\n'
    "Content-Location: https://norrvik.example/\n\n<p>A kayak of five metres.</p>\n--x--\n"
)
MACRO = "vnd.ms-{}.macroEnabled.main+xml"
OPENXML = "vnd.openxmlformats-officedocument.{}.main+xml"
LATEX = "\\documentclass{article}\n\\begin{document}\n\\section{Kayak}\nFive metres.\n\\end{document}\n"
KAYAK = "A kayak of five metres.\n"
SPECIMENS: dict[str, Callable[[], bytes]] = {
    "pdf": pdf,
    "docx": word,
    "docm": partial(word, MACRO.format("word.document")),
    "dotx": partial(word, OPENXML.format("wordprocessingml.template")),
    "dotm": partial(word, MACRO.format("word.template")),
    "xlsx": workbook,
    "xlsm": partial(workbook, MACRO.format("excel.sheet")),
    "xltx": partial(workbook, OPENXML.format("spreadsheetml.template")),
    "xltm": partial(workbook, MACRO.format("excel.template")),
    "pptx": deck,
    "pptm": partial(deck, MACRO.format("powerpoint.presentation")),
    "potx": partial(deck, OPENXML.format("presentationml.template")),
    "potm": partial(deck, MACRO.format("powerpoint.template")),
    "ppsx": partial(deck, OPENXML.format("presentationml.slideshow")),
    "ppsm": partial(deck, MACRO.format("powerpoint.slideshow")),
    **dict.fromkeys(("odt", "ott"), partial(opendocument, "text")),
    **dict.fromkeys(("ods", "ots"), partial(opendocument, "spreadsheet")),
    **dict.fromkeys(("odp", "otp"), partial(opendocument, "presentation")),
    **dict.fromkeys(("odg", "otg"), partial(opendocument, "graphics")),
    "fodt": partial(opendocument, "text", is_flat=True),
    "fods": partial(opendocument, "spreadsheet", is_flat=True),
    "fodp": partial(opendocument, "presentation", is_flat=True),
    "fodg": partial(opendocument, "graphics", is_flat=True),
    **dict.fromkeys(("doc", "dot"), (HERE / "documents/old.doc").read_bytes),
    **dict.fromkeys(("xls", "xlt"), (HERE / "documents/old.xls").read_bytes),
    **dict.fromkeys(("ppt", "pps", "pot"), lambda: gzip.decompress((HERE / "documents/old.ppt.gz").read_bytes())),
    "rtf": plain(r"{\rtf1\ansi A {\b kayak} of five metres.\par}"),
    "html": plain("<p>A kayak of five metres.</p>"),
    "htm": plain("<p>A kayak of five metres.</p>"),
    "xhtml": plain('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>A kayak.</p></body></html>'),
    "epub": epub,
    "fb2": plain(
        '<?xml version="1.0"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0"><description/><body>'
        "<section><title><p>One</p></title><p>A kayak.</p></section></body></FictionBook>"
    ),
    "rst": plain("Kayak\n=====\n\nFive metres.\n"),
    "adoc": plain("= Kayak\n\nFive metres.\n"),
    "asciidoc": plain("= Kayak\n\nFive metres.\n"),
    "org": plain("* Kayak\n\nFive metres.\n"),
    **dict.fromkeys(("tex", "latex"), plain(LATEX)),
    "md": plain("# Kayak\n\nFive metres.\n"),
    "markdown": plain("# Kayak\n\nFive metres.\n"),
    "eml": plain("From: yard@norrvik.example\nSubject: Kayak\n\nFive metres.\n"),
    "msg": partial(message, "Kayak", "yard@norrvik.example", "School", "Five metres.\r\n"),
    **dict.fromkeys(("txt", "log"), plain(KAYAK)),
    **dict.fromkeys(("json", "jsonl"), plain('{"boat": "kayak"}\n')),
    "xml": plain('<?xml version="1.0"?><boat>kayak</boat>'),
    **dict.fromkeys(("yaml", "yml"), plain("boat: kayak\n")),
    "toml": plain('boat = "kayak"\n'),
    "ini": plain("[boat]\nkind = kayak\n"),
    **dict.fromkeys(("sxw", "stw"), partial(openoffice, "writer", "<text:p>A kayak of five metres.</text:p>")),
    **dict.fromkeys(("sxc", "stc"), partial(openoffice, "calc", OLD_SHEET)),
    **dict.fromkeys(("sxi", "sti"), partial(openoffice, "impress", OLD_SLIDE)),
    "sxd": partial(openoffice, "draw", OLD_SLIDE),
    "xlsb": binary_workbook,
    "wk1": lotus,
    "dbf": dbase,
    "pages": pages,
    "prn": plain("Boat   Length\nKayak       5\n"),
    "ipynb": plain('{"cells": [{"cell_type": "markdown", "source": ["A kayak."]}], "metadata": {}, "nbformat": 4}'),
    "vtt": plain("WEBVTT\n\n00:01.000 --> 00:02.000\nA kayak.\n"),
    "srt": plain("1\n00:00:01,000 --> 00:00:02,000\nA kayak.\n"),
    "opml": plain('<opml version="2.0"><body><outline text="A kayak"/></body></opml>'),
    "mbox": plain("From yard Mon Mar  1 10:00:00 2027\nSubject: Kayak\n\nFive metres.\n"),
    **dict.fromkeys(("mhtml", "mht"), plain(SAVED_PAGE)),
    "textile": plain("h1. Kayak\n\nFive metres.\n"),
    **dict.fromkeys(("mediawiki", "wiki"), plain("== Kayak ==\nFive metres.\n")),
    "typ": plain("= Kayak\n\nFive metres.\n"),
    "zip": lambda: archive({"boats/one.txt": KAYAK}),
    "csv": plain("boat,length\nkayak,5\n"),
    "tsv": plain("boat\tlength\nkayak\t5\n"),
    "abw": plain(
        '<?xml version="1.0"?><abiword xmlns="http://www.abisource.com/awml.dtd" version="2.8"><section>'
        '<p style="Normal">A kayak of five metres.</p></section></abiword>'
    ),
    "dif": plain('TABLE\n0,1\n"x"\nVECTORS\n0,1\n""\nTUPLES\n0,1\n""\nDATA\n0,0\n""\n-1,0\nBOT\n1,0\n"kayak"\n-1,0\nEOD\n'),
    "slk": plain('ID;PWXL;N;E\nC;Y1;X1;K"kayak"\nE\n'),
    "uot": lambda: by_libreoffice("uot", "docx", word()),
    "uop": lambda: by_libreoffice("uop", "pptx", deck()),
    "svg": plain(
        '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="200"><text x="20" y="60" font-size="24">A kayak'
        "</text></svg>"
    ),
    **{
        extension: partial(picture, form)
        for form, extensions in {
            "PNG": ("png",), "JPEG": ("jpg", "jpeg"), "GIF": ("gif",), "BMP": ("bmp",), "TIFF": ("tiff", "tif"), "WEBP": ("webp",),
            "AVIF": ("avif",),
        }.items()
        for extension in extensions
    },
}  # fmt: skip
