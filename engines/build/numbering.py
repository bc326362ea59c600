"""Marks of numbered lists, as HTML and office documents count them."""

from __future__ import annotations

ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip

CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def roman(number: int) -> str:
    """A number from 1 to 3999 in small Roman numerals; others in digits."""
    if not 0 < number < 4000:
        return str(number)
    mark = ""
    for value, letters in ROMAN:
        count, number = divmod(number, value)
        mark += letters * count
    return mark


def letters(number: int) -> str:
    """1 is a, 26 is z, 27 is aa; what is below 1 in digits."""
    if number < 1:
        return str(number)
    mark = ""
    while number:
        number, digit = divmod(number - 1, 26)
        mark = chr(ord("a") + digit) + mark
    return mark


def ordinal_ending(number: int) -> str:
    """What English puts behind a number that is a place in a row."""
    return "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def numeral(number: int, style: str) -> str:
    """A number in a style: `decimal`, `decimalZero`, `lowerLetter`, `upperLetter`, `lowerRoman`, `upperRoman`, `ordinal`,
    `decimalEnclosedCircle`.

    The names are those of WordprocessingML (ISO/IEC 29500-1, ST_NumberFormat); any other is read as `decimal`.
    """
    if style.endswith("Letter"):
        mark = letters(number)
    elif style.endswith("Roman"):
        mark = roman(number)
    elif style == "ordinal":
        return f"{number}{ordinal_ending(number)}"
    elif style == "decimalEnclosedCircle" and 0 < number <= len(CIRCLED):
        return CIRCLED[number - 1]
    else:
        return f"{number:02}" if style == "decimalZero" else str(number)
    return mark.upper() if style.startswith("upper") else mark
