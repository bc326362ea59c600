"""Paragraphs, and lines that stay lines: where a block ends and another one begins."""

from __future__ import annotations

import pytest
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from support import papers
from support.layouts import Read, drawn, items, markdown

from engines.document import ItemKind


def test_lines_of_japanese_are_joined_without_a_blank(read: Read) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    text = "静かな港の朝に小さな船が三艘ゆっくりと"
    document = read(drawn((72, 100, text), (72, 114, "沖へ出ていった。"), font="HeiseiMin-W3"))
    assert markdown(document) == f"{text}沖へ出ていった。"


def test_a_line_of_japanese_that_ends_early_is_a_paragraph_of_its_own(read: Read) -> None:
    pdfmetrics.registerFont(UnicodeCIDFont("HeiseiMin-W3"))
    texts = ("静かな港の朝", "小さな船が三艘ゆっくりと沖へ出ていった。")
    document = read(drawn(*((72, 100.0 + 14 * at, text) for at, text in enumerate(texts)), font="HeiseiMin-W3"))
    assert markdown(document) == "\n\n".join(texts)


def test_lines_that_were_ended_early_stay_lines(read: Read) -> None:
    address = ("Lindgren & Daughters Boatbuilders", "Quay Street 4", "571 00 Norrvik")
    said = markdown(read(drawn(*((72, 100.0 + 14 * at, text) for at, text in enumerate(address)))))
    assert said.split("\n\n") == list(address)


def test_labels_with_their_values_stay_lines(read: Read) -> None:
    lines = ("Company: Norrvik Kayaks", "Order number: NK 112", "Delivery: April, 21st")
    said = markdown(read(drawn(*((72, 100.0 + 14 * at, text) for at, text in enumerate(lines)))))
    assert said.split("\n\n") == list(lines)


@pytest.mark.parametrize(
    ("texts", "font"),
    [
        (
            (
                "To dry a sail in the sun - 20 minutes",
                "To mend a sail by hand - 90 minutes",
                "To hoist it in the wind - 5 m",
            ),
            "Helvetica",
        ),
        (("Lindgren and Berg J.", "Ek J.", "Holm J.", "Strand J.", "Sund J."), "Helvetica-Bold"),
    ],
)
def test_so_do_those_that_begin_alike_and_lists_of_names(read: Read, texts: tuple[str, ...], font: str) -> None:
    document = read(drawn(*((72, 100.0 + 13 * at, text) for at, text in enumerate(texts)), font=font))
    assert [item.text for page in document.pages for item in page.items] == list(texts)


def test_a_wrapped_paragraph_is_one(read: Read) -> None:
    document = read(papers.lines(*[f"{papers.FOX} and goes on to the line that follows"] * 4))
    assert len(document.pages[0].items) == 1


def test_a_column_beside_a_picture_is_as_wide_as_its_own_lines(read: Read) -> None:
    wide = "The harbour of the town lies on the northern side of the island, and the whole of it is of stone."
    narrow = (
        "It was built in the spring of 1801",
        "of granite that was broken here",
        "by men of the town itself who",
        "came home from the sea in the",
        "autumn of that year.",
    )
    narrow = (*narrow[:4], *narrow[:4], narrow[4])
    placed = [(72, 100.0 + 12 * at, wide) for at in range(3)] + [
        (72, 154.0 + 12 * at, text) for at, text in enumerate(narrow)
    ]
    assert items(read(drawn(*placed)), ItemKind.TEXT)[-1].text == " ".join(narrow)


def test_a_wrapped_line_among_single_ones_goes_on(read: Read) -> None:
    texts = (
        "Sand",
        "Tidal flats are wide",
        "The harbour at the northern end of the island was",
        "closed.",
        "Rocks",
    )
    tops = (100.0, 124.0, 148.0, 162.0, 186.0)
    document = read(drawn(*((72, top, text) for top, text in zip(tops, texts, strict=True)), size=12))
    assert [item.text for item in items(document, ItemKind.TEXT)] == [*texts[:2], " ".join(texts[2:4]), texts[4]]


def test_the_last_line_of_a_title_above_labels_side_by_side_is_of_the_title(read: Read) -> None:
    title = [
        (72, 100.0, "Figure 7: What members of all clubs of the county said in March of the new"),
        (72, 112.0, "harbour master’s office"),
    ]
    labels = [
        (x, 126.0 + 12 * at, text)
        for x in (72, 300)
        for at, text in enumerate(("It is far better than before", "It is as good as it was", "It is worse"))
    ]
    document = read(drawn(*title, font="Helvetica-Bold"), drawn(*labels))
    assert items(document, ItemKind.TEXT)[0].text == " ".join(text for *_, text in title)


def test_a_line_that_a_formula_makes_high_goes_on_with_its_sentence(read: Read) -> None:
    texts = (
        "The speed of the boat is nine knots when",
        "it goes before the wind, and it is seven",
        "or less when it goes against it.",
    )
    placed = [(72, top, text) for top, text in zip((100, 119, 131), texts, strict=True)]
    (text,) = items(read(drawn(*placed)), ItemKind.TEXT)
    assert text.text == " ".join(texts)


def test_code_keeps_its_indentation(read: Read) -> None:
    code = ("def tide(hour):", "    if hour > 6:", "        return 'out'", "    return 'in'")
    document = read(
        papers.lines(papers.FOX, top=80),
        drawn(*((72, 110.0 + 12 * at, text) for at, text in enumerate(code)), font="Courier"),
    )
    (block,) = items(document, ItemKind.CODE)
    assert block.text.splitlines() == list(code)


def test_a_command_after_a_prompt_is_code(read: Read) -> None:
    command = drawn((72, 140, "# mount /dev/harbour"), font="Courier")
    (block,) = items(read(papers.lines(papers.FOX, papers.FOX), command), ItemKind.CODE)
    assert block.text == "# mount /dev/harbour"
