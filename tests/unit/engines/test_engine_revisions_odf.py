"""Tracked changes and comments of OpenDocument texts, with `annotate_revisions`, and of what LibreOffice makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.revised import pages, told
from support.specimens import by_libreoffice, opendocument

DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'


def who(author: str) -> str:
    return f"<dc:creator {DC}>{author}</dc:creator><dc:date {DC}>2026-05-01T10:00:00</dc:date>"


def region(key: str, kind: str, content: str = "", author: str = "Ada") -> str:
    inside = f"<office:change-info>{who(author)}</office:change-info>{content}"
    return f'<text:changed-region text:id="{key}"><text:{kind}>{inside}</text:{kind}></text:changed-region>'


def around(key: str, content: str) -> str:
    return f'<text:change-start text:change-id="{key}"/>{content}<text:change-end text:change-id="{key}"/>'


def gone(key: str) -> str:
    return f'<text:change text:change-id="{key}"/>'


def annotation(text: str, name: str = "") -> str:
    named = f' office:name="{name}"' if name else ""
    return f"<office:annotation{named}>{who('Dora')}<text:p>{text}</text:p><text:p>Please.</text:p></office:annotation>"


def end(name: str) -> str:
    return f'<office:annotation-end office:name="{name}"/>'


REGIONS = (
    region("a", "insertion"),
    region("b", "deletion", "<text:p>twenty </text:p>", "Ben"),
    region("c", "format-change", author="Cid"),
    region("d", "insertion"),
    region("e", "deletion", "<text:p>first</text:p><text:p>second</text:p>", "Ben"),
)
TRACKED = f"<text:tracked-changes>{''.join(REGIONS)}</text:tracked-changes>"
TEXT = (
    f'{TRACKED}<text:h text:outline-level="1">Terms {around("a", "and conditions")}</text:h>'
    f"<text:p>The price is {gone('b')}thirty euro, {annotation('Net?', 'k')}excluding tax{end('k')}, and "
    f"{around('c', '<text:span>due at once</text:span>')}.</text:p>"
    '<text:list><text:list-item><text:p>One</text:p></text:list-item><text:list-item><text:p>'
    '<text:change-start text:change-id="d"/>Two</text:p></text:list-item><text:list-item><text:p>Three'
    '<text:change-end text:change-id="d"/> old</text:p></text:list-item></text:list>'
    "<table:table><table:table-column table:number-columns-repeated='2'/><table:table-row><table:table-cell><text:p>Item</text:p>"
    f"</table:table-cell><table:table-cell><text:p>Oars {annotation('Wood?')}here{gone('e')}</text:p></table:table-cell>"
    "</table:table-row></table:table><text:p>The end.</text:p>"
)  # fmt: skip
TOLD = [
    ("inserted", "and conditions", "and conditions"),
    ("deleted", "twenty ", ""),
    ("comment", "Net?\nPlease.", "excluding tax"),
    ("formatted", "formatting", "due at once"),
    ("inserted", "Two\nThree", "Two\nThree"),
    ("comment", "Wood?\nPlease.", ""),
    ("deleted", "first\nsecond", ""),
]


@pytest.mark.parametrize("is_flat", [False, True])
def test_the_revisions_of_a_text_are_told_with_what_they_are_about(tmp_path: Path, *, is_flat: bool) -> None:
    path, content = tmp_path / ("a.fodt" if is_flat else "a.odt"), opendocument("text", TEXT, is_flat=is_flat)
    assert told(path, content) == TOLD
    [page] = pages(path, content)
    assert [one["author"] for one in page["revisions"]] == ["Ada", "Ben", "Dora", "Cid", "Ada", "Dora", "Ben"]
    assert page["md"][page["revisions"][-1]["startIndex"] :].startswith(" |\n")


@pytest.mark.parametrize("form", ["docx", "odt", "doc"])
def test_what_libreoffice_makes_of_them_is_told_alike(tmp_path: Path, form: str) -> None:
    flat = b'<?xml version="1.0" encoding="UTF-8"?>' + opendocument("text", TEXT, is_flat=True)
    content = by_libreoffice(form, "fodt", flat)
    found = told(tmp_path / f"a.{form}", content)
    if form == "doc":  # which ends a deletion where a paragraph ends
        assert found[-2:] == [("deleted", "first", ""), ("deleted", "second", "")]
        found[-2:] = TOLD[-1:]
    assert [(kind, target) for kind, _, target in found] == [(kind, target) for kind, _, target in TOLD]
    assert [content for kind, content, _ in found if kind != "formatted"] == [
        one[1] for one in TOLD if one[0] != "formatted"
    ]


def test_deletions_that_a_flat_file_keeps_in_its_text_are_told_with_their_words(tmp_path: Path) -> None:
    tracked = f"<text:tracked-changes>{region('a', 'deletion')}</text:tracked-changes>"
    content = opendocument("text", f"{tracked}<text:p>Pay {around('a', 'twice')}.</text:p>", is_flat=True)
    assert told(tmp_path / "a.fodt", content) == [("deleted", "twice", "twice")]


def test_what_was_added_and_then_deleted_is_deleted(tmp_path: Path) -> None:
    both = region("a", "deletion", "<text:p>x</text:p>").replace("</text:changed-region>", "")
    both += region("a", "insertion").partition(">")[2]
    content = opendocument("text", f"<text:tracked-changes>{both}</text:tracked-changes><text:p>A{gone('a')}b</text:p>")
    assert told(tmp_path / "a.odt", content) == [("deleted", "x", "")]


def test_revisions_of_notes_and_between_paragraphs_are_told(tmp_path: Path) -> None:
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>See </text:p>"
        f"<text:p>{around('a', 'here')}</text:p></text:note-body></text:note>"
    )
    text = f"<text:p>A{note}</text:p><text:change-start text:change-id='d'/><text:p>B</text:p><text:p>C</text:p>"
    content = opendocument("text", f"{TRACKED}{text}<text:change-end text:change-id='d'/><text:p>{gone('b')}</text:p>")
    [page] = pages(tmp_path / "a.odt", content)
    assert page["md"] == "A[^1]\n\nB\n\nC\n\n[^1]: See here"
    assert told(tmp_path / "a.odt", content) == [
        ("inserted", "B\nC", "B\nC"), ("deleted", "twenty ", ""), ("inserted", "here", "here"),
    ]  # fmt: skip


def test_a_page_that_holds_nothing_but_deletions_is_none_and_they_are_told_at_the_end(tmp_path: Path) -> None:
    before = '<style:paragraph-properties fo:break-before="page"/>'
    styles = f'<style:style style:name="P" style:family="paragraph">{before}</style:style>'
    text = f"{TRACKED}<text:p>A</text:p><text:p text:style-name='P'>{gone('b')}</text:p>"
    [page] = pages(tmp_path / "a.odt", opendocument("text", text, styles=styles))
    assert [(one["content"], one["startIndex"]) for one in page["revisions"]] == [("twenty ", 1)]


def test_changes_without_a_region_and_ends_without_a_beginning_harm_nothing(tmp_path: Path) -> None:
    text = f"<text:p>A{gone('x')}{around('y', 'b')}{end('z')}{annotation('Open', 'k')}c</text:p><text:tracked-changes/>"
    assert told(tmp_path / "a.odt", opendocument("text", text)) == [("comment", "Open\nPlease.", "")]
