"""Columns of a page that is written from right to left are read from the right one on."""

from __future__ import annotations

from engines.containers.pdfium import PdfPage
from engines.layout.page import lay_out
from engines.layout.recognised import RecognisedWord, words_of_recognised
from engines.layout.unidentified import Recognised


def column(texts: list[str], x: float, first: int) -> list[RecognisedWord]:
    return [
        RecognisedWord(word, x + 40 * (3 - place), 100 + 16.0 * row, 36, 8, 0.9, word, first + row)
        for row, text in enumerate(texts)
        for place, word in enumerate(text.split())
    ]


def read(left: list[str], right: list[str]) -> str:
    words = words_of_recognised([*column(left, 60, 0), *column(right, 330, 100)])
    layout = lay_out(PdfPage(1, 595, 842), recognised=Recognised([], words))
    return " ".join(line.text for block in layout.blocks for line in block.lines)


def test_the_right_column_comes_first_in_hebrew() -> None:
    right = ["שלום עולם טוב מאוד", "בית ספר ליד הים", "אור גדול על החוף", "סירה קטנה באה הנה"]
    left = ["רוח חזקה מן הצפון", "דגים רבים במים אלה", "נמל ישן של העיר", "ערב יפה בא לכאן"]
    assert read(left, right) == " ".join([*right, *left])
