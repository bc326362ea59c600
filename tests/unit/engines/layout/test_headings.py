"""Headings: what is one by its size, weight and place, and of which level."""

from __future__ import annotations

from support import papers
from support.layouts import Read, drawn, items

from engines.document import ItemKind


def test_headings_have_levels_by_their_size(read: Read) -> None:
    body = papers.lines(*[papers.FOX] * 5, top=200)
    document = read(
        drawn((72, 100, "A large title"), font="Helvetica-Bold", size=22),
        drawn((72, 150, "A smaller one"), font="Helvetica-Bold", size=15),
        body,
    )
    assert [(one.text, one.level) for one in items(document, ItemKind.HEADING)] == [
        ("A large title", 1),
        ("A smaller one", 2),
    ]


def test_numbers_tell_levels_where_sizes_do_not(read: Read) -> None:
    titles = ("Annual report", "1 Summary", "1.1 Sales", "2 Outlook")
    bold = [drawn((72, 100.0 + 60 * at, text), font="Helvetica-Bold", size=15) for at, text in enumerate(titles)]
    document = read(*bold, *[papers.lines(papers.FOX, top=125 + 60 * at) for at in range(4)])
    assert [one.level for one in items(document, ItemKind.HEADING)] == [1, 2, 3, 2]


def test_captions_and_sentences_are_no_headings(read: Read) -> None:
    document = read(
        drawn((72, 100, "Figure 3. Boats by year"), font="Helvetica-Bold"),
        papers.lines(*[papers.FOX] * 5, top=140),
        drawn((72, 260, "It was larger, but it was a sentence."), size=12),
    )
    assert items(document, ItemKind.HEADING) == []


def test_bold_lines_are_headings_even_where_they_have_most_of_the_letters(read: Read) -> None:
    titles = [(72, 100 + 60.0 * at, f"Harbour regulations of the year {2001 + at}, as amended") for at in range(4)]
    texts = [(72, 116 + 60.0 * at, "They were read aloud to all of the crews.") for at in range(4)]
    document = read(drawn(*titles, font="Helvetica-Bold", size=13), drawn(*texts, size=11))
    assert len(items(document, ItemKind.HEADING)) == 4
