"""What Word writes otherwise than as plain runs: signs, fields, notes, formulas, raised text, parts of other formats, comments."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from support.engine_runs import work, written
from support.revised import about, change, comment, p, r, revised, table
from support.specimens import archive, saved, word

from engines.tools import find_tools

M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
TRIED = '<w:pPr><w:rPr><w:del w:id="1" w:author="Ada"/></w:rPr></w:pPr>'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "letter.docx"


def markdown(path: Path, body: str, **parts: str) -> str:
    path.write_bytes(revised(body, **parts))
    return written(path)[1]


def linked(content: bytes, target: str, part: str | bytes, name: str) -> bytes:
    """A document with a part that a relation `rX` leads to, or an address."""
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        parts: dict[str, str | bytes] = {one: source.read(one) for one in source.namelist()}
    outside = ' TargetMode="External"' if "://" in target else ""
    relation = f'<Relationship Id="rX" Type="http://x/{name}" Target="{target}"{outside}/></Relationships>'
    key = "word/_rels/document.xml.rels"
    parts[key] = str(parts[key], "utf-8").replace("</Relationships>", relation)  # type: ignore[arg-type]
    if part:
        parts[f"word/{target}"] = part
    return archive(parts)


def formula(letter: str) -> str:
    return f"<m:oMath {M}><m:r><m:t>{letter}</m:t></m:r></m:oMath>"


def sym(font: str, char: str) -> str:
    return f'<w:r><w:sym w:font="{font}" w:char="{char}"/></w:r>'


def test_signs_of_symbol_fonts_are_the_characters_they_show(path: Path) -> None:
    body = p(r("Moored "), sym("Wingdings", "F0FE"), sym("Wingdings 2", "F0A3"), r(" at "), sym("Symbol", "F062"))
    typed = p(r("ab", '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>'), r(" "), sym("Arial", "00B5"))
    assert markdown(path, body + typed) == "Moored ☑☐ at β\n\nαβ µ"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ('<w:vertAlign w:val="superscript"/>', "8 · 10⁶ J"),
        ('<w:vertAlign w:val="subscript"/>', "8 · 10₆ J"),
        ('<w:position w:val="6"/>', "8 · 10⁶ J"),
        ('<w:position w:val="-2"/><w:sz w:val="12"/>', "8 · 10₆ J"),
        ('<w:position w:val="-2"/>', "8 · 106 J"),
        ('<w:rStyle w:val="High"/>', "8 · 10⁶ J"),
        ('<w:rStyle w:val="High"/><w:vertAlign w:val="baseline"/>', "8 · 106 J"),
    ],
)
def test_raised_and_lowered_digits_are_told_apart(path: Path, properties: str, expected: str) -> None:
    style = (
        '<w:style w:styleId="High"><w:name w:val="High"/><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
    )
    assert markdown(path, p(r("8 · 10"), r("6", properties), r(" J")), styles=style) == expected


def test_a_paragraph_that_is_lifted_as_a_whole_is_not_raised(path: Path) -> None:
    assert markdown(path, p(r("42", '<w:position w:val="6"/>'))) == "42"


def test_words_under_a_reading_stay_together(path: Path) -> None:
    one = "<w:ruby><w:rt>{}</w:rt><w:rubyBase>{}</w:rubyBase></w:ruby>"
    runs = "".join(f"<w:r>{one.format(r(rt), r(base))}</w:r>" for base, rt in (("横", "よこ"), ("浜", "はま")))
    assert markdown(path, p(runs, r("港"))) == "横浜港"


def field(data: str, instruction: str = " FORMCHECKBOX ", result: str = "") -> str:
    begin = f'<w:r><w:fldChar w:fldCharType="begin">{data}</w:fldChar></w:r><w:r><w:instrText>{instruction}</w:instrText></w:r>'
    return (
        begin
        + '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        + result
        + '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def test_fields_of_forms_show_what_was_ticked_and_chosen(path: Path) -> None:
    ticked = field('<w:ffData><w:checkBox><w:default w:val="0"/><w:checked/></w:checkBox></w:ffData>')
    empty = field('<w:ffData><w:checkBox><w:default w:val="0"/></w:checkBox></w:ffData>')
    entries = '<w:listEntry w:val="Bergen"/><w:listEntry w:val="Malmö"/>'
    chosen = field(
        f'<w:ffData><w:ddList><w:result w:val="1"/>{entries}</w:ddList></w:ffData>', " FORMDROPDOWN ", r("Oslo")
    )
    typed = field("<w:ffData><w:textInput/></w:ffData>", " FORMTEXT ", r("Ada Berg"))
    control = '<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val="1"/></w14:checkbox></w:sdtPr><w:sdtContent/></w:sdt>'
    body = p(ticked, r(" sails, "), empty, r(" rows, from "), chosen, r(": "), typed, r(" "), control)
    assert markdown(path, body) == "☒ sails, ☐ rows, from Malmö: Ada Berg ☒"


def test_fields_with_signs_and_places_to_click_are_read(path: Path) -> None:
    sign = field("", " SYMBOL 252 \\f Wingdings ")
    click = field("", " MACROBUTTON NoMacro [Name of the boat] ")
    assert markdown(path, p(sign, r(" "), click)) == "✓ [Name of the boat]"


def test_a_field_in_the_instruction_of_another_is_not_shown(path: Path) -> None:
    begin = '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> IF </w:instrText></w:r>'
    end = f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{r("moored")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    assert markdown(path, p(begin, field("", " MERGEFIELD boat ", r("Skarv")), end)) == "moored"


def test_footnotes_and_endnotes_have_labels_of_their_own(path: Path) -> None:
    def refer(kind: str, key: int, mark: str = "") -> str:
        custom = f' w:customMarkFollows="1"/><w:t>{mark}</w:t>' if mark else "/>"
        return f'<w:r><w:{kind}Reference w:id="{key}"{custom}</w:r>'

    body = p(r("Fog"), refer("footnote", 2), r(" fell"), refer("endnote", 2), r(" fast"), refer("footnote", 3, "*"))
    notes = f'<w:footnote w:id="2">{p(r("Seen "), r("twice", "<w:b/>"))}</w:footnote>'
    notes += f'<w:footnote w:id="3">{p(r("By us"))}</w:footnote>'
    ends = f'<w:endnote w:id="2">{p(r("By night"))}</w:endnote>'
    assert markdown(path, body, footnotes=notes, endnotes=ends).split("\n\n") == [
        "Fog[^1] fell[^i] fast[^*]", "[^1]: Seen **twice**", "[^i]: By night", "[^*]: By us",
    ]  # fmt: skip


def test_equations_beside_each_other_and_in_cells_are_apart(path: Path) -> None:
    assert markdown(path, p(formula("a"), formula("b"))) == "$a$ $b$"
    displayed = f"<m:oMathPara {M}>{formula('c')}</m:oMathPara>"
    assert markdown(path, p(r("As"), displayed, r("says"))) == "As\n\n$$c$$\n\nsays"
    rows = markdown(path, table([r("x"), displayed], [r("y"), formula("d") + r(" | e")]))
    assert "$c$" in rows
    assert "$d$ \\| e" in rows


def test_a_link_keeps_its_place_on_the_page_and_stands_in_cells(path: Path) -> None:
    link = f'<w:hyperlink r:id="rX" w:anchor="oars">{r("the oars")}</w:hyperlink>'
    coded = field("", ' HYPERLINK "https://skarv.example/faq" \\l "q7" ', r("a question"))
    simple = f'<w:fldSimple w:instr="HYPERLINK &quot;https://skarv.example/b&quot;">{r("boats")}</w:fldSimple>'
    body = p(link, r(", "), coded, r(", "), simple) + table([r("Rig"), link], [r("now", "<w:b/>"), r("x")])
    path.write_bytes(linked(revised(body), "https://skarv.example/kit", "", "hyperlink"))
    _, told, [page] = written(path)
    assert told.startswith(
        "[the oars](https://skarv.example/kit#oars), [a question](https://skarv.example/faq#q7), [boats](https://skarv.example/b)"
    )
    assert "| Rig     | [the oars](https://skarv.example/kit#oars) |\n" in told
    assert "| **now** | x" in told
    [item] = [one for one in page["items"] if one["type"] == "table"]
    assert "<td><strong>now</strong></td>" in item["html"]
    assert item["rows"] == [["Rig", "the oars"], ["now", "x"]]


def test_paragraphs_whose_mark_is_deleted_are_one(path: Path) -> None:
    body = f"<w:p>{TRIED}{r('Half a sentence ')}</w:p>" + p(r("and the rest.")) + p(r("Alone."))
    assert markdown(path, body) == "Half a sentence and the rest.\n\nAlone."
    assert markdown(path, f"<w:p>{TRIED}{r('The last.')}</w:p>" + table([r("a"), r("b")])).startswith("The last.\n\n|")


def test_a_drop_cap_is_the_first_letter_of_its_paragraph(path: Path) -> None:
    cap = p(r("O", "<w:b/>"), properties='<w:framePr w:dropCap="drop" w:lines="3"/>')
    assert markdown(path, cap + p(r("nce more."))) == "Once more."


def test_quotations_are_quoted_and_typed_brackets_stay_brackets(path: Path) -> None:
    style = '<w:style w:styleId="Q"><w:name w:val="Intense Quote"/></w:style>'
    body = p(r("Row "), r("on", "<w:b/>"), properties='<w:pStyle w:val="Q"/>') + p(r("Dear &lt;Name&gt;, 2 * 3"))
    assert markdown(path, body, styles=style) == "> Row **on**\n\nDear \\<Name>, 2 \\* 3"


def test_what_begins_a_typed_line_stays_text_and_typed_lists_stay_lists(path: Path) -> None:
    body = "".join(p(r(one)) for one in ("# not a heading", "&gt; no quotation", "---", "- oars", "\uf0b7 rope"))
    assert markdown(path, body).split("\n\n") == ["\\# not a heading", "\\> no quotation", "\\---", "- oars", "• rope"]


def test_fonts_of_a_fixed_width_are_code_unless_a_letter_is_written_in_them(path: Path) -> None:
    mono = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas"/>'
    inline = p(r("Call "), r("row()", mono), r(" twice."))
    block = p(r("while (wind) {", mono)) + p(r("    sail();", mono)) + p(r("}", mono))
    memo = p(r("The boats came home late.", '<w:rFonts w:ascii="Courier New"/>'))
    expected = "Call `row()` twice.\n\n```\nwhile (wind) {\n    sail();\n}\n```"
    assert markdown(path, inline + block) == expected
    assert markdown(path, memo) == "The boats came home late."
    assert "| `sail();` |" in markdown(path, table([r("Do"), r("x")], [r("y"), r("sail();", mono)]))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", b"<html><body><p>From <b>another</b> file</p></body></html>"),
        ("a.mht", b'MIME-Version: 1.0\nContent-Type: text/html; charset="utf-8"\n\n<p>From <b>another</b> file</p>'),
        ("a.rtf", rb"{\rtf1\ansi From {\b another} file\par}"),
        ("a.docx", revised(p(r("From "), r("another", "<w:b/>"), r(" file")))),
    ],
)
def test_documents_that_are_taken_in_stand_in_their_place(path: Path, name: str, content: bytes) -> None:
    body = p(r("Before.")) + '<w:altChunk r:id="rX"/>' + p(r("After."))
    path.write_bytes(linked(revised(body), name, content, "aFChunk"))
    assert written(path)[1].split("\n\n") == ["Before.", "From **another** file", "After."]


def test_numbers_are_those_that_the_document_prints(path: Path) -> None:
    def level(number: int, form: str, text: str, more: str = "") -> str:
        return f'<w:lvl w:ilvl="{number}"><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'

    kept = '<w:lvlRestart w:val="0"/>'
    levels = level(0, "upperRoman", "Part %1") + level(1, "decimal", "%1.%2", "<w:isLgl/>")
    levels += level(2, "ordinal", "%3", kept) + level(3, "none", "") + level(4, "bullet", " ")
    numbering = f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
    numbering += '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'

    def entry(words: str, depth: int) -> str:
        return p(r(words), properties=f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="1"/></w:numPr>')

    body = "".join(entry(*one) for one in (("a", 0), ("b", 1), ("c", 2), ("d", 1), ("e", 2), ("f", 0), ("g", 1)))
    path.write_bytes(revised(body + entry("plain", 3) + entry("bare", 4), numbering=numbering))
    lines = [" ".join(line.split()) for line in written(path)[0].splitlines() if line.strip()]
    assert lines == ["Part I a", "1.1 b", "1st c", "1.2 d", "2nd e", "Part II f", "2.1 g", "plain", "bare"]


def test_comments_are_told_and_tracked_changes_only_when_asked_for(path: Path) -> None:
    body = p(r("Due in "), about(0, r("May")), change("ins", r(" at noon")))
    path.write_bytes(revised(body, comments=comment(0, "Or June?")))
    text, _, [page] = written(path)
    assert text.strip() == "Due in May at noon"
    assert [(one["type"], one["content"], one["target"]) for one in page["revisions"]] == [
        ("comment", "Or June?", "May")
    ]
    path.write_bytes(revised(p(r("Due in May")), comments=comment(0, "About all of it.")))
    [one] = written(path)[2][0]["revisions"]
    assert (one["content"], one["target"], one["startIndex"]) == ("About all of it.", "", None)
    path.write_bytes(word())
    assert "revisions" not in written(path)[2][0]


def test_words_of_a_diagram_are_a_list_with_its_levels(path: Path) -> None:
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    d = 'xmlns:dgm="http://schemas.openxmlformats.org/drawingml/2006/diagram"'

    def point(key: str, words: str, kind: str = "node") -> str:
        inner = f"<dgm:t><a:p><a:r><a:t>{words}</a:t></a:r></a:p></dgm:t>" if words else ""
        return f'<dgm:pt modelId="{key}" type="{kind}">{inner}</dgm:pt>'

    def under(above: str, below: str, order: int) -> str:
        return f'<dgm:cxn modelId="c{below}" srcId="{above}" destId="{below}" srcOrd="{order}" destOrd="0"/>'

    points = (
        point("0", "", "doc") + point("2", "Rig") + point("1", "Plan") + point("3", "Draw") + point("4", "Lost", "pres")
    )
    data = (
        f"<dgm:dataModel {a} {d}><dgm:ptLst>{points}</dgm:ptLst>"
        f"<dgm:cxnLst>{under('0', '2', 1)}{under('0', '1', 0)}{under('1', '3', 0)}</dgm:cxnLst></dgm:dataModel>"
    )
    drawn = '<w:r><w:drawing><x xmlns:r2="r" r2:dm="rX"/></w:drawing></w:r>'.replace("<x ", "<relIds ").replace(
        "</x", "</relIds"
    )
    path.write_bytes(linked(revised(p(r("How:"), drawn)), "data1.xml", data, "diagramData"))
    assert written(path)[1] == "How:\n\n- Plan\n    - Draw\n- Rig"


def boats() -> bytes:
    """A document over several sheets of paper that does not say where they end."""
    made = docx.Document()
    for number in range(40):
        made.add_paragraph(
            f"Boat {number} " + "was painted by the crew of the harbour master in the week after the storm. " * 5
        )
    return saved(made)


def test_pages_that_a_job_asks_for_are_those_of_the_paper(path: Path) -> None:
    path.write_bytes(boats())
    [second] = written(path, target_pages="1")[2]
    assert second["page"] == 2
    assert "Boat 0 " not in second["text"]
    assert 3 < second["text"].count("Boat") < 15
    assert len(written(path)[2]) == 1


def test_that_pages_are_unknown_is_said_where_nothing_can_tell_them(path: Path) -> None:
    path.write_bytes(boats())
    tools = replace(find_tools(), soffice=None)
    assert [note["code"] for note in work(path, tools, max_pages=3).warnings] == ["PAGES_UNKNOWN"]
    assert work(path, tools).warnings == []
    path.write_bytes(word())
    assert work(path, tools, max_pages=3).warnings == []
