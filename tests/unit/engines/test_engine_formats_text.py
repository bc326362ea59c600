"""Web pages, mails, e-books, tables of text and plain text."""

from __future__ import annotations

import base64
import io
from email.message import EmailMessage
from pathlib import Path
from typing import Any, ClassVar

import pytest
from PIL import Image
from support.places import DOCUMENTS
from support.specimens import archive, epub

from engines import parse
from engines.build.images import ImageStore
from engines.context import Context, Source
from engines.document import Document, Item, ItemKind
from engines.errors import Code, DocumentError
from engines.formats.delimited import delimiter_of
from engines.formats.mail import mail_document
from engines.formats.mail.eml import InternetMail
from engines.formats.print.chromium import printed_by_chromium
from engines.parameters import ParseParameters
from engines.render import render
from engines.tools import Tools, find_tools

TOOLS = find_tools()


def read(folder: Path, name: str, content: str | bytes, tools: Tools = TOOLS, **parameters: Any) -> Document:
    path = folder / "content"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return parse(Source(path=path, name=name), ParseParameters(**parameters), Context(tools=tools))


def markdown(document: Document) -> str:
    return render(document, ParseParameters(), {})["output.md"].decode()


def web(folder: Path, body: str, **parameters: Any) -> list[Item]:
    return read(folder, "a.html", f"<body>{body}</body>", **parameters).pages[0].items


def code_of(folder: Path, name: str, content: str | bytes, **parameters: Any) -> Code:
    with pytest.raises(DocumentError) as caught:
        read(folder, name, content, **parameters)
    return caught.value.code


def cells(item: Item) -> list[list[str]]:
    return [[cell.text for cell in row] for row in item.rows]


# Web pages


def test_a_web_page_becomes_headings_nested_lists_tables_and_links() -> None:
    document = parse(Source(path=DOCUMENTS / "page.html", name="page.html"), ParseParameters(), Context())
    page = document.pages[0]
    kinds = [item.kind.value for item in page.items]
    assert kinds == ["text", "heading", "text", "heading", "list", "heading", "table", "text", "text"]
    assert [entry.level for entry in page.items[4].entries] == [1, 2, 2, 1, 1]
    table = page.items[6]
    assert (table.caption, table.header_rows) == ("All sizes of the Tern", 2)
    assert [(cell.text, cell.column_span, cell.row_span) for cell in table.rows[0]] == [
        ("Version", 1, 2), ("Size (cm)", 2, 1), ("Price (SEK)", 1, 2),
    ]  # fmt: skip
    assert "[Skarv 520](https://norrvik.example/boats/skarv)" in str(page.items[2].markdown)
    assert page.links[-1].url == "mailto:yard@norrvik.example"
    assert document.metadata == {"title": "Tern 470 – Norrvik Kayaks"}


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>x</p>",
        '<p style="display: none">x</p>',
        "<script>x</script>",
        "<style>x</style>",
        "<template>x</template>",
    ],
)
def test_what_nobody_sees_is_not_read(hidden: str, tmp_path: Path) -> None:
    assert [item.text for item in web(tmp_path, f"{hidden}<p>seen</p>")] == ["seen"]


@pytest.mark.parametrize(
    ("sheet", "is_hidden"),
    [
        (".gone, .b { DISPLAY : None }", True),
        ("/* a } remark */ .gone{color:red;visibility:hidden}", True),
        ("<!-- .gone{opacity:0} -->", True),
        ('.b{content:"}{";} .gone{content:"/*";display:none} .c{content:"*/"}', True),
        ('@import "a"; @font-face{font-family:F} .gone{display:none}', True),
        ("@media print{ .gone{display:none} .b{} }", False),
        (".b{ .gone{display:none} } .gone{color:red}", False),
        (".gone{ color:red; &:hover{display:block} display:none }", True),
        (".gone{backface-visibility:hidden}", False),
        (".gone{display:none} .gone{display:block}", False),
        ("} .gone{display:none}", True),
        ("/* open .gone{display:none}", False),
    ],
)
def test_style_sheets_say_what_is_seen(sheet: str, *, is_hidden: bool, tmp_path: Path) -> None:
    items = web(tmp_path, f"<style>{sheet}</style><p class=gone>x</p><p>seen</p>")
    assert [item.text for item in items] == (["seen"] if is_hidden else ["x", "seen"])


def test_hidden_elements_menus_and_banners_come_and_go_by_parameter(tmp_path: Path) -> None:
    body = '<nav>menu</nav><p hidden>hidden</p><div style="position:fixed">banner</div><main><header>top</header>text</main>'
    assert [item.text for item in web(tmp_path, body)] == ["menu", "banner", "top", "text"]
    assert "hidden" in [item.text for item in web(tmp_path, body, html_make_all_elements_visible=True)]
    assert [item.text for item in web(tmp_path, body, html_remove_navigation_elements=True)] == [
        "banner",
        "top",
        "text",
    ]
    assert "banner" not in [item.text for item in web(tmp_path, body, html_remove_fixed_elements=True)]


def test_formatting_is_markdown_and_marks_in_the_text_are_escaped(tmp_path: Path) -> None:
    (item,) = web(tmp_path, "<p>2*3 <b>bold </b><i>and</i> <code>a*b</code> <s>old</s></p>")
    assert item.text == "2*3 bold and a*b old"
    assert item.markdown == r"2\*3 **bold** *and* `a*b` ~~old~~"


def test_brackets_are_escaped_where_they_would_open_a_link(tmp_path: Path) -> None:
    (item,) = web(tmp_path, "<p>[1] a [b [c](d) [e] [f <b>g</b></p>")
    assert item.markdown == r"[1] a \[b \[c](d) [e] [f **g**"


def test_code_keeps_its_lines_and_language(tmp_path: Path) -> None:
    (item,) = web(tmp_path, '<pre><code class="language-python">if x:\n    y()</code></pre>')
    assert (item.kind, item.language, item.text) == (ItemKind.CODE, "python", "if x:\n    y()")


def test_numbered_lists_count_as_the_page_says(tmp_path: Path) -> None:
    (item,) = web(tmp_path, '<ol start="3" type="a"><li>x<p>more</p></li><li value="9">y</li></ol>')
    assert [(entry.marker, entry.text) for entry in item.entries] == [("c.", "x\nmore"), ("i.", "y")]


def test_a_table_that_lays_out_a_page_is_read_as_blocks(tmp_path: Path) -> None:
    items = web(
        tmp_path, '<table role="presentation"><tr><td><h1>News</h1><p>One</p></td><td><p>Two</p></td></tr></table>'
    )
    assert [(item.kind, item.text) for item in items] == [
        (ItemKind.HEADING, "News"), (ItemKind.TEXT, "One"), (ItemKind.TEXT, "Two"),
    ]  # fmt: skip


def test_pictures_in_the_source_are_kept_and_others_named(tmp_path: Path) -> None:
    target = io.BytesIO()
    Image.new("RGB", (9, 9)).save(target, "PNG")
    data = base64.b64encode(target.getvalue()).decode()
    page = read(
        tmp_path, "a.html", f'<img src="data:image/png;base64,{data}" alt="dot"><img src="b.png" alt="boat">'
    ).pages[0]
    assert [one.name for one in page.images] == ["img_p0_1.png"]
    assert [(item.text, item.url) for item in page.items] == [("dot", "img_p0_1.png"), ("boat", "b.png")]


@pytest.mark.parametrize(
    "content",
    [
        '<meta charset="windows-1252"><p>Größe</p>'.encode("cp1252"),
        "<p>Größe</p>".encode(),
        b"\xff\xfe" + "<p>Größe</p>".encode("utf-16-le"),
        "<p>Größe</p><p>Die Straße führt über die Brücke nach Süden</p>".encode("cp1252"),
    ],
    ids=["declared", "utf-8", "marked", "guessed"],
)
def test_the_encoding_of_a_page_is_found(content: bytes, tmp_path: Path) -> None:
    assert read(tmp_path, "a.html", content).pages[0].items[0].text == "Größe"


def test_a_page_nested_beyond_reason_costs_no_more_than_its_length(tmp_path: Path) -> None:
    assert read(tmp_path, "a.html", "<div>" * 200_000 + "deep").pages[0].text == "deep"


def test_spans_far_beyond_the_content_count_as_one(tmp_path: Path) -> None:
    row = "<tr>" + '<td colspan="1000" rowspan="1000">x</td>' * 20 + "</tr>"
    (item,) = web(tmp_path, f"<table>{row * 500}</table>")
    assert {(cell.column_span, cell.row_span) for line in item.rows for cell in line} == {(1, 1)}


def test_a_page_without_words_has_no_data(tmp_path: Path) -> None:
    assert code_of(tmp_path, "a.html", "<p> </p>") is Code.NO_DATA_FOUND_IN_FILE


def test_a_printed_page_shows_nothing_else_of_this_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("kept to itself")
    secret.chmod(0o644)
    page = (
        f'<h1>Page</h1><iframe src="{secret.as_uri()}"></iframe><object data="{secret.as_uri()}"></object>'
        f'<meta http-equiv="refresh" content="0;url={secret.as_uri()}"><script>document.write("ran")</script>'
    )
    with printed_by_chromium(page, Context(tools=TOOLS)) as content:
        document = read(tmp_path, "a.pdf", content)
    assert document.pages[0].text.split() == ["Page"]


def test_a_picture_of_a_web_page_is_taken_by_chromium(tmp_path: Path) -> None:
    page = read(tmp_path, "a.html", "<h1>Hello</h1>", take_screenshot=True).pages[0]
    assert [one.name for one in page.images] == ["page_1.jpg"]
    document = read(tmp_path, "a.html", "<h1>Hello</h1>", Tools(), take_screenshot=True)
    assert [one.code for one in document.warnings] == [Code.SCREENSHOT_UNAVAILABLE]


# Mails


def test_a_mail_has_its_headers_its_richest_text_and_the_names_of_what_is_attached() -> None:
    document = parse(Source(path=DOCUMENTS / "mail.eml", name="mail.eml"), ParseParameters(), Context())
    text = document.pages[0].text
    assert text.startswith("From: Storholmen Sea School <office@storholmen.example>\nTo: Norrvik Kayaks")
    assert "Subject: Scratches on two of the boats" in text
    assert text.endswith("Attachments:\n\n- scratches.csv")
    assert text.count("thank you for the delivery") == 1
    assert "**Two of the four Skarv 520**" in markdown(document)


def test_pictures_that_a_mail_carries_for_its_own_text_are_part_of_it(tmp_path: Path) -> None:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, "PNG")
    mail = EmailMessage()
    mail["Subject"] = "Look"
    mail.set_content('<p>See</p><img src="cid:boat" alt="boat">', subtype="html")
    mail.add_related(target.getvalue(), "image", "png", cid="<boat>")
    page = read(tmp_path, "a.eml", bytes(mail)).pages[0]
    assert [one.name for one in page.images] == ["img_p0_1.png"]


class ReadMail(InternetMail):
    """A mail that remembers which of its pictures were read."""

    def content(self, content_id: str) -> bytes | None:
        self.read.append(content_id)
        return super().content(content_id)

    read: ClassVar[list[str]] = []


def test_a_picture_that_a_mail_shows_many_times_is_decoded_once() -> None:
    target = io.BytesIO()
    Image.new("RGB", (8, 8)).save(target, "PNG")
    message = EmailMessage()
    message.set_content('<img src="cid:boat">' * 30, subtype="html")
    message.add_related(target.getvalue(), "image", "png", cid="<boat>")
    store = ImageStore(ParseParameters())
    mail = ReadMail(message, store.losses)
    document = mail_document(mail, "message/rfc822", ParseParameters(), store)
    assert (mail.read, len(document.pages[0].images)) == (["boat"], 30)


def test_a_mail_in_an_old_encoding_with_bare_bytes_in_its_header_is_read(tmp_path: Path) -> None:
    content = "Subject: Grüße aus der Werft\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\nSchöne Größe".encode(
        "cp1252"
    )
    text = read(tmp_path, "a.eml", content).pages[0].text
    assert "Schöne Größe" in text
    assert "aus der Werft" in text
    text.encode()


# E-books


def test_each_chapter_of_a_book_is_a_page() -> None:
    source = Source(path=DOCUMENTS / "handbook.epub", name="handbook.epub")
    document = parse(source, ParseParameters(), Context())
    assert [page.items[0].text for page in document.pages] == ["Before you go", "On the water", "Afterwards"]
    assert document.metadata == {"title": "The small handbook of paddling"}
    second = parse(source, ParseParameters(target_pages="1"), Context())
    assert [page.number for page in second.pages] == [2]
    assert second.total_pages == 3


def test_a_book_under_lock_needs_its_key(tmp_path: Path) -> None:
    encryption = '<encryption><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/></encryption>'
    content = archive({"mimetype": "application/epub+zip", "META-INF/encryption.xml": encryption})
    assert code_of(tmp_path, "a.epub", content) is Code.FILE_IS_PROTECTED


def test_half_a_book_is_broken(tmp_path: Path) -> None:
    assert code_of(tmp_path, "a.epub", epub()[:200]) is Code.FILE_IS_BROKEN


# Tables of text


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","), ("a;b\n1,5;2,5\n", ";"), ("a\tb\n1,0\t2\n", "\t"), ("a|b\n1|2\n", "|"),
        ('name,note\n"x","one; two; three"\n', ","), ("alone\n1\n", ","),
    ],
)  # fmt: skip
def test_the_delimiter_is_what_divides_all_lines_alike(text: str, delimiter: str) -> None:
    assert delimiter_of(text) == delimiter


def test_a_table_of_text_is_a_table(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "a.csv", '\ufeffsep=;\nboat;"size\nand more"\nSkarv;5\n\n').pages[0].items
    assert cells(item) == [["boat", "size\nand more"], ["Skarv", "5"]]
    (item,) = read(tmp_path, "a.tsv", "a, b\tc\n1\t2\n").pages[0].items
    assert cells(item) == [["a, b", "c"], ["1", "2"]]


def test_two_blocks_of_a_table_of_text_are_told_apart_when_asked(tmp_path: Path) -> None:
    items = read(tmp_path, "a.csv", "a,b\n1,2\n\nc,d\n3,4\n", spreadsheet_extract_sub_tables=True).pages[0].items
    assert [cells(item) for item in items] == [[["a", "b"], ["1", "2"]], [["c", "d"], ["3", "4"]]]


# Text


def test_markdown_stays_as_it_is_written_and_its_items_say_what_it_means() -> None:
    source = Source(path=DOCUMENTS / "notes.md", name="notes.md")
    document = parse(source, ParseParameters(), Context())
    assert markdown(document).strip() == (DOCUMENTS / "notes.md").read_text().strip()
    kinds = [item.kind.value for item in document.pages[0].items]
    assert kinds == ["heading", "text", "heading", "list", "heading", "table", "text", "code", "text"]
    assert [entry.level for entry in document.pages[0].items[3].entries] == [1, 1, 1, 2, 2]


MARKDOWN = """\
---
title: Boat log
tags: [hulls, ovens]
---
A "quote" with **bold**, ~~old~~ and `code`.[^1]

5. five

   more of it
6. six
   - deep

<div>
<b>markup</b>
</div>

| a | b |
|---|---|
| c | [d](https://norrvik.example/d) |

![A hull](https://norrvik.example/hull.png)

$$
x^2
$$

[^1]: https://norrvik.example/note
"""


def test_items_of_markdown_keep_its_own_numbers_quotes_and_footnotes(tmp_path: Path) -> None:
    page = read(tmp_path, "a.md", MARKDOWN).pages[0]
    front, text, listing, markup, table, image, formula, note = page.items
    assert front.text == "title: Boat log\ntags: [hulls, ovens]"
    assert text.markdown == 'A "quote" with **bold**, ~~old~~ and `code`.[^1]'
    entries = [(entry.level, entry.marker, entry.text) for entry in listing.entries]
    assert entries == [(1, "5.", "five\nmore of it"), (1, "6.", "six"), (2, "-", "deep")]
    assert (markup.kind, markup.language, markup.text) == (ItemKind.CODE, "html", "<div>\n<b>markup</b>\n</div>")
    assert [[cell.text for cell in row] for row in table.rows] == [["a", "b"], ["c", "d"]]
    assert (image.kind, image.text, image.url) == (ItemKind.IMAGE, "A hull", "https://norrvik.example/hull.png")
    assert formula.markdown == "$x^2$"
    assert note.text == "[^1]: https://norrvik.example/note"
    assert [(link.url, link.text) for link in page.links] == [("https://norrvik.example/d", "d")]


@pytest.mark.parametrize("front", ["---\njust text\n---\n", "---\n---\n", "+++\n"])
def test_what_only_looks_like_front_matter_is_text(front: str, tmp_path: Path) -> None:
    assert read(tmp_path, "a.md", f"{front}\nHulls").pages[0].items[-1].text == "Hulls"


def test_plain_text_keeps_its_lines_and_turns_pages_at_form_feeds(tmp_path: Path) -> None:
    document = read(tmp_path, "a.txt", "one\n  two\n\nthree\f\nfour\n")
    assert [page.text for page in document.pages] == ["one\n  two\n\nthree", "four"]
    assert [len(page.items) for page in document.pages] == [2, 1]
    assert markdown(document) == "one\n  two\n\nthree\n\n---\n\nfour"


@pytest.mark.parametrize("encoding", ["cp1251", "shift_jis", "utf-16", "utf-16-le"])
def test_text_in_other_encodings_is_read(encoding: str, tmp_path: Path) -> None:
    text = (
        "これは日本語のテキストです。文字コードを確認します。"
        if encoding == "shift_jis"
        else "Привет, мир. Это обычный русский текст."
    )
    text = "A plain text in two bytes a letter" if encoding == "utf-16-le" else text
    assert read(tmp_path, "a.txt", text.encode(encoding)).pages[0].text == text


def test_data_is_shown_as_it_is(tmp_path: Path) -> None:
    (item,) = read(tmp_path, "a.json", '{\n  "boat": "kayak"\n}\n').pages[0].items
    assert (item.kind, item.language, item.text) == (ItemKind.CODE, "json", '{\n  "boat": "kayak"\n}')
    assert code_of(tmp_path, "a.txt", " \n\n ") is Code.NO_DATA_FOUND_IN_FILE


def test_terms_and_what_they_mean_are_a_list_of_two_levels(tmp_path: Path) -> None:
    markup = "<dl><dt>Coffee<dd>Black<dd>Hot<dt>Milk<dd>White <dl><dt>Oat<dd>Beige</dl></dl><p>After."
    document = read(tmp_path, "a.html", markup)
    [listing, after] = document.pages[0].items
    assert [(entry.level, entry.markdown or entry.text) for entry in listing.entries] == [
        (1, "**Coffee**"),
        (2, "Black"),
        (2, "Hot"),
        (1, "**Milk**"),
        (2, "White"),
        (3, "**Oat**"),
        (4, "Beige"),
    ]
    assert after.text == "After."
