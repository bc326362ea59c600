"""Dates, times and durations as a sheet shows them; whole dates are in the form of ISO 8601, which all understand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from engines.formats.xlsx.number_formats import DATES, Section, Token, sections_of

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
YEARS = frozenset("yeb")
"""Letters of years: of our era, of Japanese and of Buddhist ones."""
BUILT_IN = {
    **dict.fromkeys((27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58), "yyyy-mm-dd"),
    **dict.fromkeys((32, 33, 34, 35, 55, 56), "h:mm:ss"),
    **dict.fromkeys((71, 72, 73, 74, 77), "yyyy-mm-dd"),
}
"""Formats of dates that only have a number, and look different in each language (ECMA-376 part 1, 18.8.30)."""

Moment = date | datetime | time | timedelta


def shown_moment(value: Moment, number_format: str) -> str:
    """A date, time or duration as a sheet shows it: whole dates in ISO form, with the time where the sheet shows that."""
    section = sections_of(number_format)[0]
    tokens = list(dated(section))
    letters = "".join(one.text[0] for one in tokens if one.kind == "date")
    has_day = any(one.text in ("d", "dd") for one in tokens)
    if isinstance(value, date) and YEARS & set(letters) and "M" in letters and has_day:
        return iso_form(value, letters)
    if not section.is_date:
        return full_form(value)
    return " ".join(in_parts(value, tokens).split())


def full_form(value: Moment) -> str:
    """A date, time or duration in full; one at midnight is that of a day."""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
        return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return value.isoformat()


def iso_form(value: date, letters: str) -> str:
    """A date, with the time where the format has such letters and it is not midnight."""
    if not isinstance(value, datetime) or value.time() == time() or "h" not in letters:
        return value.isoformat()[:10]
    return value.isoformat(" ", "seconds" if "s" in letters else "minutes")


def dated(section: Section) -> Iterator[Token]:
    """The pieces of a section with `m` told apart: `M` for months, `m` for minutes, which stand after hours or before seconds."""
    tokens = section.tokens
    for index, token in enumerate(tokens):
        text = token.text if token.kind != "date" else token.text.lower()
        if token.kind == "date" and text[0] == "m" and not is_minute(tokens, index):
            text = text.upper()
        yield Token(token.kind, text)


def is_minute(tokens: Sequence[Token], index: int) -> bool:
    """Whether the `m` at a place means minutes."""
    before = next((one.text for one in reversed(tokens[:index]) if one.kind in DATES), "")
    after = next((one.text for one in tokens[index + 1 :] if one.kind in DATES), "")
    return before[:1].lower() == "h" or after[:1].lower() == "s"


def in_parts(value: Moment, tokens: Sequence[Token]) -> str:
    """A date, time or duration in the parts that a format has."""
    day = value if isinstance(value, date) else date(1899, 12, 31)
    seconds = seconds_of(value)
    is_half = any(one.kind == "noon" for one in tokens)
    parts = ["-"] if seconds < 0 else []
    whole, part = divmod(round(abs(seconds), 3), 1)
    for index, token in enumerate(tokens):
        if token.kind == "elapsed":
            length = {"h": 3600, "m": 60, "s": 1}[token.text[0]]
            parts.append(str(int(whole // length)).zfill(len(token.text)))
        elif token.kind == "date":
            parts.append(calendar_part(day, token.text) or clock_part(int(whole), token.text, is_half=is_half))
        elif token.kind == "noon":
            noon = ("AM", "PM") if len(token.text) > 3 else ("A", "P")
            parts.append(noon[int(whole) // 3600 % 24 >= 12])
        elif token.kind == "digit" and index and tokens[index - 1].kind == "point":
            parts.append(f"{part:.1f}"[2:])
        elif token.kind != "digit":
            parts.append(token.text)
    return "".join(parts)


def seconds_of(value: Moment) -> float:
    """Seconds since midnight, or of a duration."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, datetime | time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1_000_000
    return 0.0


def calendar_part(day: date, letters: str) -> str:
    """A part of a date: its year, month or day, in digits or words; empty for a part of a time."""
    length = len(letters)
    if letters[0] in YEARS:
        return f"{day.year % 100:02}" if length < 3 and letters[0] == "y" else str(day.year)
    if letters[0] == "M":
        name = MONTHS[day.month - 1]
        return (str(day.month), f"{day.month:02}", name[:3], name, name[0])[min(length, 5) - 1]
    if letters[0] == "d":
        name = DAYS[day.weekday()]
        return (str(day.day), f"{day.day:02}", name[:3], name)[min(length, 4) - 1]
    return DAYS[day.weekday()] if letters[0] == "a" else ""


def clock_part(seconds: int, letters: str, *, is_half: bool) -> str:
    """A part of a time: hours, of twelve with `is_half`, minutes or seconds."""
    hours = seconds // 3600 % 24
    hours = (hours % 12 or 12) if is_half else hours
    number = {"h": hours, "m": seconds // 60 % 60, "s": seconds % 60}.get(letters[0])
    return "" if number is None else str(number).zfill(min(2, len(letters)))
