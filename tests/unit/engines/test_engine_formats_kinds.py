"""Kinds of files that are read since people have them: notebooks, subtitles, mailboxes, wikis, archives, and others."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from support.reading import cells, markdown, read, written
from support.specimens import archive, dbase, word

from engines.document import ItemKind
from engines.errors import Code, DocumentError


def notebook(*outputs: dict[str, Any], **cell: Any) -> str:
    code = {"cell_type": "code", "source": ["a = 1\n", "a"], "outputs": list(outputs)}
    given = [{"cell_type": "markdown", "source": "# Boats"}, code | cell]
    return json.dumps({"cells": given, "metadata": {"language_info": {"name": "python"}}, "nbformat": 4})


def test_a_notebook_has_its_text_its_code_and_what_that_gave(tmp_path: Path) -> None:
    outputs = [
        {"output_type": "stream", "text": ["\x1b[31mred\x1b[0m\n"]},
        {"output_type": "execute_result", "data": {"text/html": "<table><tr><td>7<td>8</table>", "text/plain": "x"}},
        {"output_type": "error", "ename": "KeyError", "evalue": "'a'"},
    ]
    assert written(tmp_path, "a.ipynb", notebook(*outputs)) == (
        "# Boats\n\n```python\na = 1\na\n```\n\n```\nred\n```\n\n| 7   | 8   |\n| --- | --- |\n\n```\nKeyError: 'a'\n```"
    )


def test_a_notebook_that_is_cut_off_is_broken(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, "a.ipynb", notebook()[:50])
    assert caught.value.code is Code.FILE_IS_BROKEN


def test_subtitles_are_lines_with_their_times_and_who_speaks(tmp_path: Path) -> None:
    cue = "intro\n00:01.000 --> 00:02.500 align:start\n<v Eva>Go <i>west</i> &amp; north</v>\n"
    vtt = f"WEBVTT\n\nNOTE unseen\n\nSTYLE\n::cue{{}}\n\n{cue}"
    assert written(tmp_path, "a.vtt", vtt) == "[00:01] Eva: Go west & north"
    srt = "1\r\n00:01:02,000 --> 00:01:03,000\r\n<i>One</i>\r\ntwo\r\n\r\n2\r\n01:00:00,000 --> 01:00:01,000\r\n{\\an8}Three\r\n"
    assert written(tmp_path, "a.srt", srt) == "[00:01:02] One two\n\n[01:00:00] Three"


def test_an_outline_is_a_list_of_lists_with_what_it_leads_to(tmp_path: Path) -> None:
    inner = '<outline text="Yard" htmlUrl="https://norrvik.example/"/>'
    text = f'<opml><head><title>Boats</title></head><body><outline text="Makers">{inner}</outline></body></opml>'
    assert written(tmp_path, "a.opml", text) == "# Boats\n\n- Makers\n    - [Yard](https://norrvik.example/)"


def test_a_mailbox_is_a_page_for_each_mail(tmp_path: Path) -> None:
    mails = (
        "From eva Mon Mar  1 10:00:00 2027\nSubject: Tides\n\nHigh at six.\n>From the west.\n\nFrom here on it rains.\n\n"
        "From jon Tue Mar  2 10:00:00 2027\nSubject: Wind\n\nCalm.\n"
    )
    document = read(tmp_path, "a.mbox", mails)
    assert [page.text.split("\n")[0] for page in document.pages] == ["Subject: Tides", "Subject: Wind"]
    assert "\nFrom the west.\n\nFrom here on it rains." in document.pages[0].text
    assert [page.number for page in read(tmp_path, "a.mbox", mails, target_pages="1").pages] == [2]


def test_a_saved_web_page_shows_the_pictures_that_it_carries(tmp_path: Path) -> None:
    target = io.BytesIO()
    Image.new("RGB", (9, 9)).save(target, "GIF")
    head = 'MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\nSnapshot-Content-Location: https://norrvik.example/a/\n'
    page = b"\n--x\nContent-Type: text/html\n\n<h1>Boats</h1><img src=../hull.gif alt=Hull>\n--x\n"
    image = b"Content-Type: image/gif\nContent-Location: https://norrvik.example/hull.gif\nContent-Transfer-Encoding: binary\n\n"
    content = head.encode() + page + image + target.getvalue() + b"\n--x--\n"
    assert written(tmp_path, "a.mhtml", content) == "# Boats\n\n![Hull](img_p0_1.gif)"
    assert written(tmp_path, "a.doc", content) == "# Boats\n\n![Hull](img_p0_1.gif)"


def test_a_table_of_dbase_has_its_names_and_records_but_no_deleted_ones(tmp_path: Path) -> None:
    document = read(tmp_path, "a.dbf", dbase())
    assert cells(document.pages[0].items[0]) == [
        ["BOAT", "LENGTH", "DAY", "DRY"],
        ["Kayak", "470", "2027-03-05", "TRUE"],
    ]
    document = read(tmp_path, "a.dbf", dbase("cp850", 2, "Brücke"))
    assert cells(document.pages[0].items[0])[1][0] == "Brücke"


WIKI = {
    "== Boats ==\n'''Bold''' and ''lean'' [[Yard|yards]] of [https://norrvik.example/ Norrvik].": (
        "## Boats\n\n**Bold** and *lean* yards of [Norrvik](https://norrvik.example/)."
    ),
    "* hull\n** keel\n* mast\n# one\n# two": "- hull\n    - keel\n- mast\n\n1. one\n2. two",
    "; Keel : below\n": "- **Keel**\n    - below",
    '{| class="wikitable"\n! A !! B\n|-\n| colspan="2" | C\n|}': "| A   | B   |\n| --- | --- |\n| C   |     |",
    "It floats.<ref>In water.</ref> {{Box|a=1|{{lang|de|Boot}}}} H<sub>2</sub>O": (
        "It floats.[^1] Boot H₂O\n\n[^1]: In water."
    ),
    "<!-- unseen -->Seen <math>a^2</math> <nowiki>''x''</nowiki>\n[[Category:Boats]]": "Seen $a^2$ ''x''",
    '<syntaxhighlight lang="ruby">\nputs 1\n</syntaxhighlight>': "```ruby\nputs 1\n```",
}


@pytest.mark.parametrize("text", WIKI)
def test_the_markup_of_mediawiki_reads_as_its_page(text: str, tmp_path: Path) -> None:
    assert written(tmp_path, "a.mediawiki", text) == WIKI[text]


def test_textile_reads_as_its_page(tmp_path: Path) -> None:
    text = "h2. Boats\n\n*Bold* and H~2~O.\n\n* hull\n** keel\n\n|_. A |_. B |\n| 1 | 2 |\n"
    assert written(tmp_path, "a.textile", text) == (
        "## Boats\n\n**Bold** and H~2~O.\n\n- hull\n    - keel\n\n| A   | B   |\n| --- | --- |\n| 1   | 2   |"
    )


# Archives


def test_the_members_of_an_archive_are_parts_of_one_document(tmp_path: Path) -> None:
    content = archive({
        "boats/one.txt": "First.", "__MACOSX/boats/._one.txt": "x", "two.docx": word(), "boats/data.bin": b"\0\1",
        "inner.zip": archive({"three.md": "# Third"}),
    })  # fmt: skip
    document = read(tmp_path, "a.zip", content)
    names = [item.text for page in document.pages for item in page.items if item.kind is ItemKind.HEADING]
    assert names == ["boats/one.txt", "two.docx", "Kayak list", "inner.zip", "three.md", "Third"]
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert [(one.code, one.message.partition(":")[0]) for one in document.warnings] == [
        (Code.PART_UNREADABLE, "boats/data.bin")
    ]
    assert "First." not in markdown(read(tmp_path, "a.zip", content, target_pages="1"))


def test_pictures_of_members_have_names_of_their_own(tmp_path: Path) -> None:
    page = '<img alt="x" src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">'
    document = read(tmp_path, "a.zip", archive({"a.html": page, "b.html": page}))
    assert [one.name for each in document.pages for one in each.images] == ["img_p0_1.gif", "img_p1_1.gif"]
    assert "![x](img_p1_1.gif)" in markdown(document)


def packed(depth: int, inside: bytes) -> bytes:
    for number in range(depth):
        inside = archive({f"{number}.zip": inside})
    return inside


def test_archives_inside_of_too_many_others_are_told_of(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, "a.zip", packed(4, archive({"a.txt": "deep"})))
    assert caught.value.code is Code.DOCUMENT_TOO_LARGE


def test_an_archive_that_says_it_holds_too_much_is_refused(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(3):
            made.writestr(f"{number}.txt", b"0" * (400 << 20))
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, "a.zip", target.getvalue())
    assert caught.value.code is Code.DOCUMENT_TOO_LARGE
