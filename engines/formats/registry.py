"""The formats that can be read: one table, from which the extensions served and the parser of a file both follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engines.context import Context, Source
from engines.detect import extension_of, named_extension
from engines.document import Document
from engines.errors import Code, DocumentError
from engines.formats import (
    dbf,
    delimited,
    docx,
    epub,
    html,
    image,
    legacy,
    notebook,
    odf,
    office,
    outline,
    pdf,
    pptx,
    subtitles,
    text,
    xlsx,
    zipped,
)
from engines.formats.image import as_pdf
from engines.formats.mail import eml, mbox, mhtml, msg
from engines.formats.markup import asciidoc, fb2, mediawiki, org, rst, tex, textile
from engines.formats.print.page_images import photographed
from engines.parameters import ParseParameters
from engines.parameters.families import Family
from engines.tools import Tools

Parser = Callable[[Source, ParseParameters, Context], Document]
"""Reads one source; raises DocumentError, or whatever `Context.progress` raises to stop it."""


def nothing(_tools: Tools) -> bool:
    """Need no tool of this machine."""
    return True


def libreoffice(tools: Tools) -> bool:
    """Need LibreOffice."""
    return tools.soffice is not None


def chromium(tools: Tools) -> bool:
    """Need Chromium."""
    return tools.chromium is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One way of reading files: the extensions (lower case, no dot) it serves, and what this machine must have for it."""

    name: str
    family: Family
    extensions: tuple[str, ...]
    parse: Parser
    needs: Callable[[Tools], bool] = nothing


def parse_archive(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read an archive, each member by the format that it has. Raises as `zipped.read_archive` does."""

    def read_member(member: Source, inner: ParseParameters, around: Context) -> Document:
        return format_for(member, around.tools).parse(member, inner, around)

    return zipped.read_archive(source, parameters, context, read_member)


OLD_TEXTS, OLD_SLIDES, OLD_SHEETS = ("doc", "dot", "rtf"), ("ppt", "pps", "pot"), ("xls", "xlt")

FORMATS: tuple[Format, ...] = (
    Format(name="pdf", family=Family.PDF, extensions=("pdf",), parse=pdf.parse),
    Format(name="image", family=Family.IMAGE, extensions=as_pdf.EXTENSIONS, parse=image.parse),
    Format(
        name="word",
        family=Family.WORD,
        extensions=("docx", "docm", "dotx", "dotm"),
        parse=photographed(docx.parse),
    ),
    Format(
        name="slides",
        family=Family.SLIDES,
        extensions=("pptx", "pptm", "potx", "potm", "ppsx", "ppsm"),
        parse=photographed(pptx.parse),
    ),
    Format(name="sheets", family=Family.SHEETS, extensions=("xlsx", "xlsm", "xltx", "xltm"), parse=xlsx.parse),
    Format(
        name="opendocument text",
        family=Family.WORD,
        extensions=("odt", "ott", "fodt"),
        parse=photographed(odf.parse),
    ),
    Format(
        name="opendocument slides",
        family=Family.SLIDES,
        extensions=("odp", "otp", "fodp", "odg", "otg", "fodg"),
        parse=photographed(odf.parse),
    ),
    Format(name="old opendocument text", family=Family.WORD, extensions=("sxw", "stw"), parse=photographed(odf.parse)),
    Format(
        name="old opendocument slides",
        family=Family.SLIDES,
        extensions=("sxi", "sti", "sxd"),
        parse=photographed(odf.parse),
    ),
    Format(name="old opendocument sheets", family=Family.SHEETS, extensions=("sxc", "stc"), parse=odf.parse),
    Format(name="opendocument sheets", family=Family.SHEETS, extensions=("ods", "ots", "fods"), parse=odf.parse),
    Format(
        name="old texts",
        family=Family.WORD,
        extensions=OLD_TEXTS,
        parse=photographed(legacy.parse_old),
        needs=libreoffice,
    ),
    Format(
        name="old slides",
        family=Family.SLIDES,
        extensions=OLD_SLIDES,
        parse=photographed(legacy.parse_old),
        needs=libreoffice,
    ),
    Format(name="old sheets", family=Family.SHEETS, extensions=OLD_SHEETS, parse=legacy.parse_old, needs=libreoffice),
    *(
        Format(name=f"{family} alone", family=family, extensions=extensions, parse=legacy.parse_without)
        for family, extensions in (
            (Family.WORD, OLD_TEXTS),
            (Family.SLIDES, OLD_SLIDES),
            (Family.SHEETS, OLD_SHEETS),
        )
    ),
    Format(name="AsciiDoc", family=Family.TEXT, extensions=("adoc", "asciidoc"), parse=asciidoc.parse),
    Format(name="reStructuredText", family=Family.TEXT, extensions=("rst",), parse=rst.parse),
    Format(name="Org", family=Family.TEXT, extensions=("org",), parse=org.parse),
    Format(name="LaTeX", family=Family.TEXT, extensions=("tex", "latex"), parse=tex.parse),
    Format(name="Textile", family=Family.TEXT, extensions=("textile",), parse=textile.parse),
    Format(name="MediaWiki", family=Family.TEXT, extensions=("mediawiki", "wiki"), parse=mediawiki.parse),
    Format(name="Typst", family=Family.TEXT, extensions=("typ",), parse=office.parse),
    Format(name="notebook", family=Family.TEXT, extensions=("ipynb",), parse=notebook.parse),
    Format(name="subtitles", family=Family.TEXT, extensions=("vtt", "srt"), parse=subtitles.parse),
    Format(name="outline", family=Family.TEXT, extensions=("opml",), parse=outline.parse),
    Format(name="FictionBook", family=Family.BOOK, extensions=("fb2",), parse=fb2.parse),
    Format(name="web", family=Family.WEB, extensions=("html", "htm", "xhtml"), parse=photographed(html.parse)),
    Format(name="e-book", family=Family.BOOK, extensions=("epub",), parse=epub.parse),
    Format(name="mail", family=Family.MAIL, extensions=("eml",), parse=eml.parse),
    Format(name="mailbox", family=Family.MAIL, extensions=("mbox",), parse=mbox.parse),
    Format(name="saved web page", family=Family.WEB, extensions=("mhtml", "mht"), parse=mhtml.parse),
    Format(name="outlook", family=Family.MAIL, extensions=("msg",), parse=msg.parse),
    Format(name="markdown", family=Family.TEXT, extensions=("md", "markdown"), parse=text.parse_markdown),
    Format(name="text", family=Family.TEXT, extensions=("txt", "log", "prn"), parse=text.parse),
    Format(name="data", family=Family.TEXT, extensions=tuple(text.LANGUAGES), parse=text.parse_data),
    Format(name="delimited", family=Family.SHEETS, extensions=("csv", "tsv"), parse=delimited.parse),
    Format(name="dBASE", family=Family.SHEETS, extensions=("dbf",), parse=dbf.parse),
    Format(name="archive", family=Family.TEXT, extensions=("zip",), parse=parse_archive),
    *(
        Format(name=f"rare {family}", family=family, extensions=extensions, parse=legacy.parse, needs=libreoffice)
        for family, extensions in (
            (Family.WORD, legacy.TEXTS),
            (Family.SHEETS, legacy.SHEETS),
            (Family.SLIDES, legacy.SLIDES),
        )
    ),
    Format(name="drawing", family=Family.IMAGE, extensions=("svg",), parse=legacy.parse_drawing, needs=chromium),
)
"""Every format; where two serve one extension, the first whose needs are met is used."""


def format_of(extension: str, tools: Tools) -> Format | None:
    """The format that reads this extension on this machine, or None."""
    return next((one for one in FORMATS if extension in one.extensions and one.needs(tools)), None)


def supported_extensions(tools: Tools) -> list[str]:
    """Extensions that can be read on this machine, sorted, without dots."""
    return sorted({extension for one in FORMATS if one.needs(tools) for extension in one.extensions})


def is_readable(source: Source) -> bool:
    """Whether some format reads files such as this one, if need be on a machine that has more tools.

    One that is broken, locked or empty counts as long as its name says what it should be: reading it tells what is wrong.
    """
    try:
        extension = extension_of(source)
    except DocumentError as error:
        if error.code is not Code.NO_DATA_FOUND_IN_FILE:
            return True
        extension = named_extension(source.name)
    return any(extension in one.extensions for one in FORMATS)


def format_for(source: Source, tools: Tools) -> Format:
    """The format of this file, by its content first and its name second.

    Raises DocumentError: UNSUPPORTED_FILE_TYPE when no format reads it here, and as `extension_of` does.
    """
    extension = extension_of(source)
    reader = format_of(extension, tools)
    if reader is None:
        raise DocumentError(Code.UNSUPPORTED_FILE_TYPE, f".{extension}" if extension else "no extension")
    return reader
