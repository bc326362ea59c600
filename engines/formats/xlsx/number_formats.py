"""Number formats of Excel (ECMA-376 part 1, 18.8.31): what a sheet shows of a value.

A format has up to four sections: for positive and negative numbers, zero and text, or for numbers under conditions. Separators are
those of English, as the file has them; which ones a sheet shows depends on the machine that shows it. Dates are no part of this
(engines/formats/xlsx/date_formats.py).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

TOKEN = re.compile(
    r'"([^"]*)"?|\\(.)|_(.)|\*(.)|\[([^\]]*)(?:\]|\Z)|(AM/PM|A/P)|(General)|(E[+-])|([0#?])|(y+|m+|d+|h+|s+|b+|g+|e+|a{3,4})|(.)',
    re.IGNORECASE | re.DOTALL,
)
KINDS = ("text", "text", "blank", "fill", "bracket", "noon", "general", "power", "digit", "date", "sign")
"""What each group of `TOKEN` is."""
SIGNS = {".": "point", ",": "comma", "%": "percent", "/": "slash", "@": "value", ";": "end"}
ELAPSED = re.compile(r"h+|m+|s+", re.IGNORECASE)
CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*+(-?[0-9.]++)")
COMPARE: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
MOST_DECIMALS = 30
"""Excel's own bound."""
DATES = frozenset(("date", "elapsed", "noon"))


class Token(NamedTuple):
    """A piece of a format: its kind, and what it shows or how it is written."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a format; with `condition` it is for the numbers that fulfil this."""

    tokens: tuple[Token, ...]
    condition: tuple[str, Decimal] | None = None

    def has(self, *kinds: str) -> bool:
        """Whether a piece of one of these kinds is in it."""
        return any(one.kind in kinds for one in self.tokens)

    def fits(self, value: Decimal) -> bool:
        """Whether the condition holds for a number."""
        return self.condition is None or COMPARE[self.condition[0]](value, self.condition[1])

    @property
    def is_date(self) -> bool:
        """Whether it shows dates, times or durations."""
        return self.has(*DATES) and not self.has("general")


@lru_cache(maxsize=1024)
def sections_of(number_format: str) -> tuple[Section, ...]:
    """The sections of a format, one at least."""
    sections: list[Section] = []
    tokens: list[Token] = []
    condition: tuple[str, Decimal] | None = None
    for match in TOKEN.finditer(f"{number_format[:300]};"):
        kind, text = KINDS[(match.lastindex or 1) - 1], match[match.lastindex or 1]
        kind = SIGNS.get(text, "text") if kind == "sign" else kind
        if kind == "end":
            sections.append(Section(tuple(tokens), condition))
            tokens, condition = [], None
        elif kind == "bracket":
            found = CONDITION.match(text)
            condition = (found[1], exact(found[2])) if found else condition
            tokens += bracketed(text)
        elif kind != "fill":
            tokens.append(Token(kind, " " if kind == "blank" else text))
    return tuple(sections)


def bracketed(text: str) -> list[Token]:
    """What stands in brackets, as far as it is shown: a duration or a currency; not colours, conditions and languages."""
    if ELAPSED.fullmatch(text):
        return [Token("elapsed", text.lower())]
    return [Token("text", text[1:].partition("-")[0])] if text.startswith("$") else []


def exact(text: str) -> Decimal:
    """A number; 0 for what is none."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal(0)


def shown_text(text: str, number_format: str) -> str:
    """A text as a sheet shows it: the section with `@` may put words around it."""
    if number_format in ("General", "@"):
        return text
    section = next((one for one in reversed(sections_of(number_format)) if one.has("value")), None)
    if section is None or len(section.tokens) == 1:
        return text
    shown = "".join(text if one.kind == "value" else one.text for one in section.tokens)
    return shown.strip() or text


def shown_number(value: float, number_format: str) -> str:
    """A number as a sheet shows it; without a format in full, without the tail that binary fractions leave.

    One whose format hides it is shown all the same: it is what the sheet was made of.
    """
    if number_format == "General":
        return general(value)
    number = exact(str(value) if isinstance(value, int) else f"{value:.15g}")
    section, is_negative = section_for(number, sections_of(number_format))
    shown = in_section(abs(number), section) if number.is_finite() else ""
    if not shown or section.has("value"):
        return general(value)
    has_digits = any(one in "123456789" for one in shown)
    return f"-{shown}" if is_negative and (has_digits or section.has("general")) else shown


def general(value: float) -> str:
    """A number in full."""
    return str(value) if isinstance(value, int) else f"{value:.15g}"


def section_for(number: Decimal, sections: Sequence[Section]) -> tuple[Section, bool]:
    """The section for a number, and whether a minus sign goes before what it shows."""
    numbers = [one for one in sections[:3] if not one.has("value")] or [sections[0]]
    if any(one.condition for one in numbers):
        chosen = next((one for one in numbers if one.fits(number)), numbers[-1])
        says_so = chosen.condition is not None and chosen.condition[0] in "<=" and chosen.condition[1] <= 0
        return chosen, number < 0 and not says_so
    if number < 0 and len(numbers) > 1:
        return numbers[1], False
    if number == 0 and len(numbers) > 2:
        return numbers[2], False
    return numbers[0], number < 0


def in_section(number: Decimal, section: Section) -> str:
    """A number that is not negative, as a section shows it; blanks count once."""
    number *= Decimal(100) ** min(4, sum(one.kind == "percent" for one in section.tokens))
    if section.has("general"):
        body = "".join(general(float(number)) if one.kind == "general" else one.text for one in section.tokens)
    elif section.has("power"):
        body = scientific(number, section)
    elif section.has("slash") and section.has("digit"):
        body = fraction(number, section)
    else:
        body = decimal_number(number, section.tokens)
    return " ".join(body.split())


def decimal_number(number: Decimal, tokens: Sequence[Token]) -> str:
    """A number in digits: each place of the format takes one, the first place whatever is left."""
    point = next((index for index, one in enumerate(tokens) if one.kind == "point"), len(tokens))
    places = [index for index, one in enumerate(tokens) if one.kind == "digit"]
    whole_places = [index for index in places if index < point]
    decimal_places = [index for index in places if index > point][:MOST_DECIMALS]
    commas = [index for index, one in enumerate(tokens) if one.kind == "comma" and places and index > places[0]]
    last = whole_places[-1] if whole_places else point
    number /= Decimal(1000) ** min(6, sum(last < index < point or index > places[-1] for index in commas))
    whole, _, decimals = f"{rounded(number, len(decimal_places)):f}".partition(".")
    shown = dict.fromkeys(commas, "")
    shown |= whole_digits(
        whole, [(index, tokens[index].text) for index in whole_places], any(index < last for index in commas)
    )
    shown |= decimal_digits(decimals, [(index, tokens[index].text) for index in decimal_places])
    if not whole_places and point in range(len(tokens)) and whole != "0":
        shown[point] = f"{whole}."
    return "".join(shown.get(index, one.text) for index, one in enumerate(tokens))


def rounded(number: Decimal, places: int) -> Decimal:
    """A number with so many decimals; halves are rounded up, as people do it."""
    try:
        return number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except ArithmeticError:  # more digits than numbers of a sheet have
        return number


def whole_digits(digits: str, places: Sequence[tuple[int, str]], is_grouped: bool) -> dict[int, str]:
    """What stands at each place (its index and `0`, `#` or `?`) before the point; the first place takes all digits left."""
    digits = "" if digits == "0" else digits
    shown: dict[int, str] = {}
    for count, (index, place) in enumerate(reversed(places)):
        rest = digits[: len(digits) - count] if count < len(digits) else ""
        own = rest if count == len(places) - 1 else rest[-1:]
        own = own or {"0": "0", "?": " "}.get(place, "")
        separate = is_grouped and own.strip() != ""
        shown[index] = grouped(own, count) if separate else own
    return shown


def grouped(digits: str, after: int) -> str:
    """Digits with a comma before each third of those that follow them, of which there are `after`."""
    parts = [
        digit + ("," if (left := len(digits) - 1 - place + after) and left % 3 == 0 else "")
        for place, digit in enumerate(digits)
    ]
    return "".join(parts)


def decimal_digits(digits: str, places: Sequence[tuple[int, str]]) -> dict[int, str]:
    """What stands at each place after the point."""
    shown: dict[int, str] = {}
    for count, (index, place) in enumerate(places):
        is_over = not digits[count:].strip("0")
        shown[index] = {"#": "", "?": " "}.get(place, "0") if is_over else digits[count]
    return shown


def scientific(number: Decimal, section: Section) -> str:
    """A number with a power of ten; with several places before the point its exponent is a multiple of their number."""
    at = next(index for index, one in enumerate(section.tokens) if one.kind == "power")
    before, power, after = section.tokens[:at], section.tokens[at], section.tokens[at + 1 :]
    whole = sum(one.kind == "digit" for one in before[: point_of(before)])
    decimals = sum(one.kind == "digit" for one in before[point_of(before) :])
    step = max(1, whole)
    exponent = number.adjusted() // step * step if number else 0
    if rounded(number.scaleb(-exponent), decimals) >= Decimal(10) ** step:
        exponent += step
    sign = "-" if exponent < 0 else "+" if power.text.endswith("+") else ""
    mantissa = decimal_number(number.scaleb(-exponent), before)
    return f"{mantissa}E{sign}{decimal_number(Decimal(abs(exponent)), after)}"


def point_of(tokens: Sequence[Token]) -> int:
    """The place of the decimal point; behind the last piece when there is none."""
    return next((index for index, one in enumerate(tokens) if one.kind == "point"), len(tokens))


def fraction(number: Decimal, section: Section) -> str:
    """A number with a fraction of as many digits as the format has places, or over the number it gives."""
    tokens = section.tokens
    slash = next(index for index, one in enumerate(tokens) if one.kind == "slash")
    start, end = slash, slash + 1
    while start and tokens[start - 1].kind == "digit":
        start -= 1
    while end < len(tokens) and (tokens[end].kind == "digit" or tokens[end].text.isdigit()):
        end += 1
    below = "".join(one.text for one in tokens[slash + 1 : end])
    has_whole = any(one.kind == "digit" for one in tokens[:start])
    whole = int(number) if has_whole else 0
    over, under = ratio(number - whole, below)
    whole, over = (whole + 1, 0) if has_whole and over == under else (whole, over)
    before = decimal_number(Decimal(whole), tokens[:start]) if whole or not over or not has_whole else ""
    share = f" {over}/{under}" if over or not has_whole else ""
    return before + share + "".join(one.text for one in tokens[end:])


def ratio(number: Decimal, below: str) -> tuple[int, int]:
    """Two whole numbers in the ratio nearest to a number; `below` is what the format has under the line."""
    if below.strip("0").isdigit():
        return int((number * int(below)).to_integral_value(ROUND_HALF_UP)), int(below)
    from fractions import Fraction  # noqa: PLC0415 - few sheets have any

    nearest = Fraction(number).limit_denominator(10 ** min(4, max(1, len(below))) - 1)
    return nearest.numerator, nearest.denominator
