"""Mails as Outlook saves them."""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from support.compound import compound, message, outlook

from engines import parse
from engines.context import Context, Source
from engines.document import Document
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from engines.render import render

SENT = datetime(2026, 5, 20, 10, 30, tzinfo=UTC)
NOTE = {"001A": "IPM.Note", "0037": "Hull colours", "1000": "Blue it is.\r\n\r\nOr red."}


def read(folder: Path, content: bytes | dict) -> Document:
    path = folder / "content"
    path.write_bytes(compound(content) if isinstance(content, dict) else content)
    return parse(Source(path=path, name="a.msg"), ParseParameters(), Context())


def text(folder: Path, content: bytes | dict) -> str:
    return read(folder, content).pages[0].text


def markdown(folder: Path, content: dict) -> str:
    return render(read(folder, content), ParseParameters(), {})["output.md"].decode()


def losses(document: Document) -> list[tuple[str, str]]:
    return [(one.code, one.message.rpartition("(")[2].rstrip(")")) for one in document.warnings]


def png() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, "PNG")
    return target.getvalue()


def test_a_message_of_outlook_is_read_as_a_mail_is(tmp_path: Path) -> None:
    document = read(tmp_path, message("Hull colours", "yard@norrvik.example", "School", "Blue it is.\r\n\r\nOr red."))
    assert document.pages[0].text == (
        "From: yard@norrvik.example\nTo: School\nSubject: Hull colours\n\nBlue it is.\n\nOr red."
    )
    assert [len(item.entries) for item in document.pages[0].items] == [0, 0, 0]
    assert document.metadata == {"title": "Hull colours"}
    assert document.media_type == "application/vnd.ms-outlook"


def test_headers_that_it_came_with_are_those_of_the_mail(tmp_path: Path) -> None:
    headers = (
        "Microsoft Mail Internet Headers Version 2.0\r\nFrom: =?utf-8?q?Br=C3=BCcke?= <bridge@norrvik.example>\r\n"
        "To: a@b.example,\r\n\tc@d.example\r\nDate: Wed, 20 May 2026 12:30:00 +0200\r\nSubject: =?broken?=\r\n\r\n"
    )
    page = text(tmp_path, outlook(NOTE | {"007D": headers, "0C1A": "Nobody", "0039": SENT}))
    assert page.startswith(
        "From: Brücke <bridge@norrvik.example>\nTo: a@b.example, c@d.example\nSubject: Hull colours\n"
        "Date: Wed, 20 May 2026 12:30:00 +0200\n"
    )


def test_without_them_they_are_what_outlook_knows(tmp_path: Path) -> None:
    exchange = "/O=YARD/OU=NORTH/CN=RECIPIENTS/CN=ANNA"
    people = [
        {"3001": "Anna", "3003": exchange, "39FE": "anna@norrvik.example", "0C15": 1},
        {"3001": "'bo@norrvik.example'", "3003": "bo@norrvik.example", "0C15": 2},
        {"3001": "Carl", "3003": exchange, "0C15": 1},
        {"3001": "Secret", "3003": "secret@norrvik.example", "0C15": 3},
    ]
    known = NOTE | {
        "0C1A": "Yard\0",
        "0C1F": exchange,
        "5D01": "yard@norrvik.example",
        "0039": SENT,
        "0E04": "Not these",
    }
    assert text(tmp_path, outlook(known, recip=people)).startswith(
        "From: Yard <yard@norrvik.example>\nTo: Anna <anna@norrvik.example>, Carl\nCc: bo@norrvik.example\n"
        "Subject: Hull colours\nDate: Wed, 20 May 2026 10:30:00 +0000\n"
    )


def test_its_html_goes_before_its_text_and_shows_the_pictures_attached_for_it(tmp_path: Path) -> None:
    html = '<h1>Größe</h1><p>See <b>this</b></p><img src="cid:boat@1" alt="boat">'.encode("cp1252")
    files = [{"3712": "boat@1", "3701": png(), "3707": "boat.png"}, {"3707": "C_plan.pdf", "3701": b"%PDF"}]
    mail = outlook(NOTE | {"1013": html, "3FDE": 1252}, attach=files)
    document = read(tmp_path, mail)
    assert [one.name for one in document.pages[0].images] == ["img_p0_1.png"]
    page = markdown(tmp_path, mail)
    assert "# Größe\n\nSee **this**" in page
    assert "Blue it is" not in page
    assert page.endswith("**Attachments:**\n\n- C_plan.pdf")


def test_attachments_go_by_the_best_name_there_is(tmp_path: Path) -> None:
    files = [
        {"3704": "OFFER~1.DOC", "3707": "offer 2026.docx", "3001": "offer"}, {"3704": "PLAN.PDF"},
        {"3001": "Re: mast/boom"}, {"370E": "image/png"}, {},
    ]  # fmt: skip
    assert text(tmp_path, outlook(NOTE, attach=files)).endswith(
        "- offer 2026.docx\n- PLAN.PDF\n- Re: mast/boom\n- unnamed (image/png)\n- unnamed (application/octet-stream)"
    )


@pytest.mark.parametrize(
    ("code_page", "encoding"),
    [(1252, "cp1252"), (1251, "cp1251"), (932, "cp932"), (65001, "utf-8"), (1, "utf-8"), (709, "utf-8")],
)
def test_text_of_old_is_read_by_its_code_page_and_an_unknown_one_costs_no_text(
    tmp_path: Path, code_page: int, encoding: str
) -> None:
    words = {"cp1251": "Цвет корпуса", "cp932": "船体の色"}.get(encoding, "Größe")
    old = {"001A001E": b"IPM.Note", "0037001E": words.encode(encoding), "1000001E": words.encode(encoding)}
    document = read(tmp_path, outlook(old | {"3FFD": code_page, "3FDE": code_page}))
    assert document.pages[0].text == f"Subject: {words}\n\n{words}"
    assert not document.warnings


def test_half_a_character_costs_only_itself(tmp_path: Path) -> None:
    assert "Kayak \ufffd" in text(
        tmp_path, outlook(NOTE | {"0037001F": "Kayak ".encode("utf-16-le") + b"\x00\xd8", "0037": ""})
    )


def test_a_damaged_attachment_is_told_of_and_the_rest_is_kept(tmp_path: Path) -> None:
    tree = outlook(NOTE, attach=[{"3707": "one.pdf"}, {"3707": "two.pdf"}, {"3707": "three.pdf"}])
    del tree["__attach_version1.0_#00000001"]["__properties_version1.0"]
    document = read(tmp_path, tree)
    assert document.pages[0].text.endswith("Blue it is.\n\nOr red.\n\nAttachments:\n\n- one.pdf\n- three.pdf")
    assert losses(document) == [(Code.PART_UNREADABLE, "attachment 2 of the mail")]


def test_a_damaged_html_leaves_the_text(tmp_path: Path) -> None:
    content = compound(outlook(NOTE | {"1013": b"<p>Too long</p>"}))
    document = read(tmp_path, resized(content, "__substg1.0_10130102", 1 << 30))
    assert document.pages[0].text.endswith("Blue it is.\n\nOr red.")
    assert losses(document) == [(Code.PART_UNREADABLE, "the HTML of the mail")]


def test_text_that_is_only_there_as_rtf_is_told_of(tmp_path: Path) -> None:
    document = read(tmp_path, outlook({"0037": "Hull colours", "1009": b"LZFu"}))
    assert document.pages[0].text == "Subject: Hull colours"
    assert losses(document) == [(Code.PART_UNREADABLE, "the RTF of the mail")]


@pytest.mark.parametrize(
    ("files", "stream"),
    [([{"3707": "x" * 100}] * 300, "__substg1.0_3707001F"), ([{}] * 300, "__properties_version1.0")],
    ids=["names", "tables"],
)
def test_streams_that_all_share_the_same_bytes_are_read_as_often_as_the_file_can_hold_them(
    tmp_path: Path, files: list[dict], stream: str
) -> None:
    """Some directory entries of 128 bytes that each say to be all there is."""
    content = compound(outlook(NOTE | {"1000": "Boat" * 200_000}, attach=files))
    where = content.index("__substg1.0_1000001F".encode("utf-16-le"))
    body, skipped = content[where + 116 : where + 128], 1 if stream == "__properties_version1.0" else 0
    name, where = stream.encode("utf-16-le"), -1
    while (where := content.find(name, where + 1)) >= 0:
        if skipped:
            skipped -= 1  # the table of the mail itself
        else:
            content = content[: where + 116] + body + content[where + 128 :]
    document = read(tmp_path, content)
    assert document.pages[0].text.startswith("Subject: Hull colours")
    assert len(losses(document)) > 50  # as many as are listed


def test_a_picture_that_is_shown_many_times_is_read_once(tmp_path: Path) -> None:
    picture = png() + b"\0" * 400_000
    html = b'<img src="cid:boat">' * 30
    document = read(
        tmp_path, outlook(NOTE | {"1013": html}, attach=[{"3712": "boat", "3701": picture, "3707": "boat.png"}])
    )
    assert not document.warnings
    assert len(document.pages[0].images) == 30


def test_a_damaged_picture_costs_nothing_but_itself(tmp_path: Path) -> None:
    html = b'<p>Before</p><img src="cid:boat"><p>Between</p><img src="cid:mast"><img src="cid:boat"><p>After</p>'
    files = [{"3712": "boat", "3701": png()}, {"3712": "mast", "3701": png()}]
    content = compound(outlook(NOTE | {"1013": html}, attach=files))
    document = read(tmp_path, resized(content, "__substg1.0_37010102", 1 << 30))
    assert [item.text for item in document.pages[0].items if item.text][1:4] == ["Before", "Between", "After"]
    assert losses(document) == [(Code.IMAGE_UNREADABLE, "the picture boat of the mail")]
    assert len(document.pages[0].images) == 1


def test_a_directory_that_is_a_list_is_read_as_any_other(tmp_path: Path) -> None:
    """The rules want a balanced tree; what walks it by calling itself ends at the first thousand of those in a row."""
    more = {f"x{number}": b"boat" for number in range(20_000)}
    assert text(tmp_path, outlook(NOTE) | more).startswith("Subject: Hull colours")


def test_a_directory_that_leads_in_circles_ends(tmp_path: Path) -> None:
    content = compound(outlook(NOTE))
    at = content.index("__substg1.0_1000001F".encode("utf-16-le")) + 68
    for pointer, number in ((0, 0), (0, 10_000), (8, 0), (8, 1)):  # to its left, and within it
        circle = content[: at + pointer] + struct.pack("<I", number) + content[at + pointer + 4 :]
        assert text(tmp_path, circle).endswith("Or red.")


def test_a_code_page_that_nobody_knows_costs_neither_times_nor_the_other_code_page(tmp_path: Path) -> None:
    old = {"0037001E": "Цвет".encode("cp1251"), "1000001E": "Цвет".encode("cp1251"), "0039": SENT}
    page = text(tmp_path, outlook(old | {"3FFD": 1251, "3FDE": 38598}))
    assert page.startswith("Subject: Цвет\nDate: Wed, 20 May 2026 10:30:00 +0000")
    assert "Date: Wed, 20 May 2026" in text(tmp_path, outlook(NOTE | {"3FFD": 709, "0039": SENT}))
    assert "Date: Wed, 20 May 2026" in text(tmp_path, outlook(NOTE | {"3FFD0048": 1252, "0039": SENT}))


def test_damaged_headers_leave_what_outlook_knows(tmp_path: Path) -> None:
    known = NOTE | {"007D": "From: x@y.example\r\n\r\n", "0C1A": "Yard", "0039": SENT}
    document = read(tmp_path, resized(compound(outlook(known)), "__substg1.0_007D001F", 1 << 30))
    assert document.pages[0].text.startswith("From: Yard\nSubject: Hull colours\nDate: Wed, 20 May 2026 10:30:00 +0000")
    assert losses(document) == [(Code.PART_UNREADABLE, "the Internet headers of the mail")]


@pytest.mark.parametrize(
    ("code_page", "words"), [(932, "①髙"), (936, "會議"), (949, "뷁"), (950, "會議"), (874, "เรือ"), (50220, "船体")]
)
def test_code_pages_of_windows_have_what_windows_added_to_their_standards(
    tmp_path: Path, code_page: int, words: str
) -> None:
    encoding = "iso2022_jp" if code_page == 50220 else f"cp{code_page}"
    old = {"0037001E": words.encode(encoding), "1000001E": words.encode(encoding)}
    assert text(tmp_path, outlook(old | {"3FFD": code_page, "3FDE": code_page})).startswith(f"Subject: {words}\n")


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + 600 * b"x",
        message("a", "b", "c", "d")[:1000],
        compound({"__substg1.0_0037001F": b"a\0"}),
        compound({"__substg1.0_0037001F": b"a\0", "__properties_version1.0": {}}),
    ],
    ids=["nonsense", "cut", "no table", "a folder for a table"],
)
def test_a_container_that_is_none_or_holds_no_mail_is_broken(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, content)
    assert caught.value.code is Code.FILE_IS_BROKEN


def test_an_empty_mail_has_no_data(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, outlook({"001A": "IPM.Note"}))
    assert caught.value.code is Code.NO_DATA_FOUND_IN_FILE


def resized(content: bytes, name: str, size: int) -> bytes:
    """A compound file in which a stream says that it has another size."""
    at = content.index(name.encode("utf-16-le")) + 120
    return content[:at] + struct.pack("<I", size) + content[at + 4 :]
