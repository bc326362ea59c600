"""Subtitles (WebVTT and SubRip): a line for each, with the time when it begins and who speaks."""

from __future__ import annotations

import re
from html import unescape

from engines.build.assemble import document_of, one_page
from engines.build.inline import InlineRun
from engines.build.page_builder import PageBuilder
from engines.containers.encoding import decode
from engines.context import Context, Source
from engines.document import Document
from engines.formats.text import read_bytes
from engines.parameters import ParseParameters

TIMES = re.compile(r"((?:\d{1,3}:)?\d{1,2}:\d{2})[.,]\d{1,3}[ \t]*-->[ \t]*(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}")
VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]++([^<>]++)>")
TAG = re.compile(r"</?[^<>\n]*>|\{\\?[^{}\n]*\}")
"""Marks of formats, and those of SubStation that SubRip has taken over."""
BETWEEN = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def parse(source: Source, parameters: ParseParameters, context: Context) -> Document:
    """Read subtitles.

    Raises DocumentError: NO_DATA_FOUND_IN_FILE, DOCUMENT_TOO_LARGE, OUTPUT_TOO_LARGE, and as `one_page` does.
    """
    one_page(parameters, context)
    text = decode(read_bytes(source)).replace("\r\n", "\n").replace("\r", "\n")
    builder = PageBuilder()
    is_vtt = text.startswith("WEBVTT")
    if is_vtt and (title := text.partition("\n")[0].removeprefix("WEBVTT").strip(" \t-")):
        builder.heading(1, [InlineRun(title)])
    for block in BETWEEN.split(text):
        add_cue(builder, block.split("\n"))
    return document_of([builder.page(1)], "text/vtt" if is_vtt else "application/x-subrip", 1)


def add_cue(builder: PageBuilder, lines: list[str]) -> None:
    """Add a subtitle; a block without times is none, such as a note."""
    place = next((number for number, line in enumerate(lines[:2]) if TIMES.match(line.strip())), None)
    times = TIMES.match(lines[place].strip()) if place is not None else None
    if place is None or times is None:
        return
    spoken = [line for line in (spoken_line(one) for one in lines[place + 1 :]) if line]
    if spoken:
        builder.paragraph([InlineRun(f"[{times[1]}] "), InlineRun(" ".join(spoken))])


def spoken_line(line: str) -> str:
    """A line without its marks, after the name of who speaks."""
    voice = VOICE.search(line)
    words = unescape(TAG.sub("", line)).strip()
    return f"{voice[1].strip()}: {words}" if voice and words else words
