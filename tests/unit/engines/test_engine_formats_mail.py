"""What mails show in which order, what is attached to them, and how their headers are read."""

from __future__ import annotations

import struct
from email.message import EmailMessage
from pathlib import Path

import pytest
from support.compound import compound
from support.reading import read, written

from engines.formats.mail.mime import unflowed
from engines.formats.mail.rtf import text_of_rtf, unpack

HEAD = "From: yard@norrvik.example\nSubject: Boats\nMIME-Version: 1.0\n"
SHOWN = "**From:** yard@norrvik.example  \n**Subject:** Boats"


def mail(folder: Path, *lines: str) -> str:
    """The Markdown of a mail, without its headers."""
    text = written(folder, "a.eml", HEAD + "\n".join(lines))
    assert text.startswith(SHOWN)
    return text.removeprefix(SHOWN).strip()


def multipart(kind: str, *parts: str) -> list[str]:
    """The lines of a part of a mail that holds others, each with its own headers."""
    inside = [line for part in parts for line in ("--x" + kind, part)]
    return [f'Content-Type: multipart/{kind}; boundary="x{kind}"', "", *inside, f"--x{kind}--"]


def part(kind: str, text: str, *headers: str) -> str:
    return "\n".join([f"Content-Type: {kind}", *headers, "", text])


def test_all_texts_of_a_mail_come_out_in_their_order(tmp_path: Path) -> None:
    mixed = multipart(
        "mixed", part("text/plain", "above"), part("text/html", "<p>between</p>"), part("text/plain", "-- list")
    )
    assert mail(tmp_path, *mixed) == "above\n\nbetween\n\n-- list"


def test_of_several_forms_of_a_text_the_richest_is_read(tmp_path: Path) -> None:
    forms = multipart("alternative", part("text/plain", "poor"), part("text/html", "<p><b>rich</b></p>"))
    assert mail(tmp_path, *forms) == "**rich**"
    nothing = multipart("alternative", part("text/plain", "poor"), part("text/html", "<p> </p>"))
    assert mail(tmp_path, *nothing) == "poor"
    inside = "\n".join(
        multipart("related", part("text/html", "<p>rich</p>"), part("image/png", "x", "Content-ID: <a>"))
    )
    assert mail(tmp_path, *multipart("alternative", part("text/plain", "poor"), inside)) == "rich"


def test_an_attached_page_does_not_stand_in_for_the_text(tmp_path: Path) -> None:
    named = part("text/html", "<p>the report</p>", 'Content-Disposition: inline; filename="report.html"')
    shown = mail(tmp_path, *multipart("mixed", named, part("text/plain", "See the report.")))
    assert shown == "See the report.\n\n**Attachments:**\n\n- report.html"
    assert mail(tmp_path, *multipart("mixed", named)) == "the report"


def test_a_mail_inside_of_a_mail_is_a_part_of_its_own(tmp_path: Path) -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "eva@storholmen.example", "Paddles"
    inner.set_content("Two are broken.")
    inner.add_attachment(b"x", "application", "pdf", filename="bill.pdf")
    outer = EmailMessage()
    outer["Subject"] = "Fwd: Paddles"
    outer.set_content("Please see below.")
    outer.add_attachment(inner, filename="paddles.eml")
    assert written(tmp_path, "a.eml", bytes(outer)).split("\n\n") == [
        "**Subject:** Fwd: Paddles",
        "Please see below.",
        "## Paddles",
        "**From:** eva@storholmen.example  \n**Subject:** Paddles",
        "Two are broken.",
        "**Attachments:**",
        "- bill.pdf",
    ]


def test_each_mail_of_a_digest_is_a_part_of_its_own(tmp_path: Path) -> None:
    inside = ["From: eva@storholmen.example\nSubject: Tides\n\nHigh at six.", "Subject: Wind\n\nFrom the west."]
    digest = multipart("digest", *(f"\n{one}" for one in inside))
    lines = mail(tmp_path, *digest).split("\n\n")
    assert [line for line in lines if not line.startswith("**")] == [
        "## Tides",
        "High at six.",
        "## Wind",
        "From the west.",
    ]


def test_what_the_text_shows_is_not_attached_as_well(tmp_path: Path) -> None:
    html = part("text/html", '<p>See</p><img src="cid:hull" alt="hull">')
    image = part("image/png", "x", "Content-ID: <hull>", 'Content-Disposition: inline; filename="hull.png"')
    other = part("image/png", "x", "Content-ID: <keel>", 'Content-Disposition: inline; filename="keel.png"')
    shown = mail(tmp_path, *multipart("related", html, image, other))
    assert shown.endswith("- keel.png")
    assert "hull.png" not in shown


def test_a_report_of_delivery_says_what_became_of_the_mail(tmp_path: Path) -> None:
    status = "Reporting-MTA: dns; norrvik.example\n\nFinal-Recipient: rfc822; eva@storholmen.example\nAction: failed"
    report = multipart("report", part("text/plain", "It was not delivered."), part("message/delivery-status", status))
    assert mail(tmp_path, *report).endswith("Final-Recipient: rfc822; eva@storholmen.example\nAction: failed")


# Headers


@pytest.mark.parametrize(
    ("subject", "charset"),
    [
        ("测试邮件", "gb2312"),
        ("測試郵件", "big5"),
        ("Größe und Übersicht", "iso-8859-1"),
        ("Привет из гавани", "windows-1251"),
        ("船の一覧", "iso-2022-jp"),
        ("Żółta łódź", "utf-8"),
    ],
)
def test_bare_bytes_in_a_header_are_in_the_encoding_of_the_body(subject: str, charset: str, tmp_path: Path) -> None:
    content = f"Subject: {subject}\nContent-Type: text/plain; charset={charset}\n\nx".encode(charset)
    assert written(tmp_path, "a.eml", content) == f"**Subject:** {subject}\n\nx"


def test_utf_8_in_a_header_is_read_whatever_the_body_says(tmp_path: Path) -> None:
    content = "Subject: Łódź 47\nContent-Type: text/plain; charset=iso-8859-1\n\nx".encode()
    assert written(tmp_path, "a.eml", content) == "**Subject:** Łódź 47\n\nx"


@pytest.mark.parametrize(
    "header",
    [
        "=?gb2312?B?suLK1NPKvP4=?=",
        "=?gb2312?B?suLK?= =?gb2312?B?1NPKvP4=?=",
        "=?utf-16?B?//5LbdWLrpD2Tg==?=",
    ],
)
def test_encoded_words_are_read_even_if_they_part_a_character(header: str, tmp_path: Path) -> None:
    assert written(tmp_path, "a.eml", f"Subject: {header}\n\nx") == "**Subject:** 测试邮件\n\nx"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_a_mail_saved_as_unicode_text_is_read(encoding: str, tmp_path: Path) -> None:
    text = "Subject: Łódź\r\nContent-Type: text/plain; charset=iso-8859-2\r\n\r\nZażółć"
    assert written(tmp_path, "a.eml", text.encode(encoding)) == "**Subject:** Łódź\n\nZażółć"


# Texts


def test_lines_that_were_broken_to_be_sent_are_put_together(tmp_path: Path) -> None:
    text = "This line goes \non here.\n\n>> quoted and \n>> long\n> answer\n\n-- \nEva"
    assert unflowed(text, False) == "This line goes on here.\n\n> > quoted and long\n> answer\n\n--\nEva"
    assert unflowed("船は \n海にある", True) == "船は海にある"
    shown = mail(tmp_path, "Content-Type: text/plain; format=flowed", "", "This line goes ", "on.")
    assert shown == "This line goes on."


HELLO = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)
"""The first example of MS-OXRTFCP (3.1)."""


def test_packed_rtf_is_unpacked() -> None:
    assert unpack(HELLO) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    plain = b"{\\rtf1 hello}"
    assert unpack(struct.pack("<IIII", len(plain) + 12, len(plain), 0x414C454D, 0) + plain) == plain


def test_rtf_is_read_in_its_encodings() -> None:
    fonts = rb"{\fonttbl{\f0 Arial;}{\f1\fcharset128 MS;}}"
    rtf = rb"{\rtf1\ansi\ansicpg1251" + fonts + rb"\f0 \'cf\'f0\'e8\par{\*\x y}\f1 \'91D\f0\par\uc1\u322?}"
    assert text_of_rtf(rtf).plain == "При\n\n船\n\nł"


def test_html_that_is_hidden_in_rtf_comes_out() -> None:
    rtf = (
        rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\b\htmlrtf0 bold {\*\htmltag84 &nbsp;}\htmlrtf }\htmlrtf0"
        rb"{\*\htmltag72 </p>}}"
    )
    assert text_of_rtf(rtf).html == "<p>bold &nbsp;</p>"


def outlook(properties: dict[str, str | bytes], header: int = 32, **inside: dict) -> dict:
    """A message of Outlook as its storage; properties by number and type."""
    streams = {
        f"__substg1.0_{name}": value if isinstance(value, bytes) else value.encode("utf-16-le")
        for name, value in properties.items()
    }
    return {"__properties_version1.0": bytes(header), **streams, **inside}


def test_a_mail_of_outlook_that_is_only_rtf_is_read(tmp_path: Path) -> None:
    content = compound(outlook({"0037001F": "Note", "10090102": HELLO}))
    assert written(tmp_path, "a.msg", content) == "**Subject:** Note\n\nhello world"


def test_a_mail_inside_of_one_of_outlook_is_a_part_of_its_own(tmp_path: Path) -> None:
    inner = outlook({"0037001F": "Tides", "1000001F": "High at six."}, 24)
    attached = outlook({"3707001F": "Tides.msg"}, 8, **{"__substg1.0_3701000D": inner})
    outer = outlook({"0037001F": "Fwd", "1000001F": "See below."}, **{"__attach_version1.0_#00000000": attached})
    assert written(tmp_path, "a.msg", compound(outer)).split("\n\n") == [
        "**Subject:** Fwd", "See below.", "## Tides", "**Subject:** Tides", "High at six.",
    ]  # fmt: skip


def tnef(*attributes: tuple[int, bytes]) -> bytes:
    """A package of Outlook (MS-OXTNEF)."""
    parts = [struct.pack("<BII", 1, identity, len(value)) + value + b"\0\0" for identity, value in attributes]
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(parts)


def properties(*values: tuple[int, int, bytes]) -> bytes:
    parts = [
        struct.pack("<HHII", kind, number, 1, len(value)) + value.ljust((len(value) + 3) // 4 * 4, b"\0")
        for kind, number, value in values
    ]
    return struct.pack("<I", len(parts)) + b"".join(parts)


def packed(folder: Path, content: bytes) -> str:
    message = EmailMessage()
    message["Subject"] = "Packed"
    message.set_content(" ")
    message.add_attachment(content, "application", "ms-tnef", filename="winmail.dat")
    return written(folder, "a.eml", bytes(message))


def test_what_outlook_packs_into_winmail_dat_is_read(tmp_path: Path) -> None:
    html = properties((0x0102, 0x1013, b"<p>The <b>hull</b> is dry.</p>"))
    name = properties((0x1F, 0x3707, "plan of the hull.dwg\0".encode("utf-16-le")))
    attached = [(0x00069002, bytes(14)), (0x00018010, b"PLANOF~1.DWG\0"), (0x00069005, name)]
    assert packed(tmp_path, tnef((0x00069003, html), *attached)).split("\n\n") == [
        "**Subject:** Packed", "The **hull** is dry.", "**Attachments:**", "- plan of the hull.dwg",
    ]  # fmt: skip
    assert "hello world" in packed(tmp_path, tnef((0x00069003, properties((0x0102, 0x1009, HELLO)))))
    assert "Dry dock." in packed(tmp_path, tnef((0x0002800C, b"Dry dock.\0")))


def test_a_damaged_package_is_attached_and_told_of(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "Packed"
    message.set_content("Words.")
    message.add_attachment(b"junk", "application", "ms-tnef", filename="winmail.dat")
    document = read(tmp_path, "a.eml", bytes(message))
    assert document.pages[0].text.endswith("- winmail.dat")
    assert [one.code for one in document.warnings] == ["PART_UNREADABLE"]
