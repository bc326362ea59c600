"""Tracked changes and comments of Word documents, with `annotate_revisions`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import specimens
from support.engine_runs import work
from support.revised import about, by, change, comment, cut, deleted, p, pages, r, revised, table, told

from engines.errors import Code
from engines.parameters import ParsingMode


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "draft.docx"


def test_what_was_added_is_told_with_its_words_and_what_was_deleted_with_its_place(path: Path) -> None:
    body = p(r("The fee is "), deleted("100"), change("ins", r("250")), r(" euro."))
    [page] = pages(path, revised(body))
    assert page["md"] == "The fee is 250 euro."
    common = {"author": "Ada", "startIndex": 11, "targetSpans": []}
    assert page["revisions"] == [
        {**common, "type": "deleted", "content": "100", "target": "", "endIndex": 11},
        {**common, "type": "inserted", "content": "250", "target": "250", "endIndex": 14},
    ]


def test_a_change_in_several_runs_is_one_and_those_of_others_are_their_own(path: Path) -> None:
    runs = [change("ins", r("very ")), change("ins", r("fine", "<w:b/>")), change("ins", r(" boat"), author="Ben")]
    assert told(path, revised(p(r("A "), *runs))) == [
        ("inserted", "very fine", "very fine"), ("inserted", " boat", " boat"),
    ]  # fmt: skip


def test_a_change_over_paragraphs_is_one_with_a_span_in_each(path: Path) -> None:
    mark = f"<w:rPr><w:ins {by()}/></w:rPr>"
    body = p(r("Old. "), change("ins", r("New.")), properties=mark) + p(change("ins", r("More.")), r(" Old."))
    [page] = pages(path, revised(body))
    [one] = page["revisions"]
    assert (one["content"], one["startIndex"], one["endIndex"]) == ("New.\nMore.", 5, 16)
    assert [(span["target"], span["startIndex"], span["endIndex"]) for span in one["targetSpans"]] == [
        ("New.", 5, 9), ("More.", 11, 16),
    ]  # fmt: skip


def test_paragraphs_that_were_deleted_are_told_before_what_follows_them(path: Path) -> None:
    gone = "".join(p(deleted(text), properties=f"<w:rPr><w:del {by()}/></w:rPr>") for text in ("One.", "Two."))
    assert told(path, revised(p(r("Kept.")) + gone + p(r("Also kept.")))) == [("deleted", "One.\nTwo.", "")]
    [page] = pages(path, revised(p(r("Kept.")) + gone))
    assert [one["startIndex"] for one in page["revisions"]] == [len("Kept.")]


def test_what_was_moved_is_told_where_it_was_and_where_it_is(path: Path) -> None:
    body = p(change("moveTo", r("First. ")), r("Second.")) + p(change("moveFrom", r("First. ")), r("Third."))
    assert told(path, revised(body)) == [("moved_to", "First. ", "First. "), ("moved_from", "First. ", "")]


def test_changed_formatting_is_told_in_words(path: Path) -> None:
    body = (
        p(r("A "), r("loud", f"<w:b/><w:sz w:val='28'/><w:rPrChange {by()}><w:rPr><w:i/></w:rPr></w:rPrChange>"))
        + p(r("title"), properties=f"<w:pStyle w:val='Heading1'/><w:pPrChange {by()}><w:pPr/></w:pPrChange>")
    )  # fmt: skip
    assert told(path, revised(body)) == [
        ("formatted", "bold, size: 14 pt, not italic", "loud"),
        ("formatted", "style: heading 1", "title"),
    ]


def test_runs_of_one_change_of_formatting_are_one(path: Path) -> None:
    bold = f"<w:b/><w:rPrChange {by()}><w:rPr/></w:rPrChange>"
    assert told(path, revised(p(r("one ", bold), r("two", bold), r(" three")))) == [("formatted", "bold", "one two")]


def test_a_comment_is_told_with_the_words_it_is_about(path: Path) -> None:
    body = p(r("Due "), about(0, r("in "), r("May", "<w:b/>")), r("."))
    [page] = pages(path, revised(body, comments=comment(0, "June?", "Ask Eve.")))
    assert page["md"] == "Due in **May**."
    [one] = page["revisions"]
    assert (one["type"], one["author"], one["content"], one["target"]) == (
        "comment",
        "Dora",
        "June?\nAsk Eve.",
        "in May",
    )
    assert cut(page["md"], one) == "in **May"


def test_a_comment_about_several_paragraphs_and_one_about_none(path: Path) -> None:
    body = (
        p(r("A "), '<w:commentRangeStart w:id="0"/>', r("first")) + p(r("second"))
        + p(r("third"), '<w:commentRangeEnd w:id="0"/>', '<w:r><w:commentReference w:id="0"/></w:r>', r(" end"))
        + p(r("Here"), '<w:r><w:commentReference w:id="7"/></w:r>')
    )  # fmt: skip
    comments = comment(0, "All of it") + comment(7, "A note")
    assert told(path, revised(body, comments=comments)) == [
        ("comment", "All of it", "first\nsecond\nthird"), ("comment", "A note", ""),
    ]  # fmt: skip


def test_answers_stand_after_what_they_answer_about_the_same_words(path: Path) -> None:
    answered = '<w15:commentEx w15:paraId="00000001" w15:paraIdParent="00000000" w15:done="0"/>'
    comments = comment(0, "June?") + comment(1, "Yes.", author="Eve")
    parts = {"comments": comments, "commentsExtended": f'<w15:commentEx w15:paraId="00000000"/>{answered}'}
    assert told(path, revised(p(about(0, r("May"))), **parts)) == [
        ("comment", "June?", "May"),
        ("comment", "Yes.", "May"),
    ]
    inside = about(0, about(1, r("May")))  # as Word writes it
    assert told(path, revised(p(inside), **parts)) == [("comment", "June?", "May"), ("comment", "Yes.", "May")]


def test_a_comment_about_deleted_words_stands_where_they_were(path: Path) -> None:
    start, *end = (f'<w:commentRange{edge} w:id="0"/>' for edge in ("Start", "End"))
    gone = change("del", start, "<w:r><w:delText>May</w:delText></w:r>", *end)
    body = p(r("Due "), gone, '<w:r><w:commentReference w:id="0"/></w:r>', r("soon"))
    assert told(path, revised(body, comments=comment(0, "Why?"))) == [("deleted", "May", ""), ("comment", "Why?", "")]


def test_revisions_of_headings_lists_and_code_are_found_where_they_are_written(path: Path) -> None:
    heading = p(r("On  the "), change("ins", r("new")), r(" *terms*"), properties='<w:pStyle w:val="Heading1"/>')
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="9"/><w:numFmt w:val="decimal"/>'
        '<w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    entry = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    entries = p(r("nine"), properties=entry) + p(r("t"), change("ins", r("e\n")), r("n"), properties=entry)
    body = heading + entries
    [page] = pages(path, revised(body, numbering=numbering))
    assert page["md"] == "# On the new \\*terms\\*\n\n9. nine\n10. te\n    n"
    assert told(path, revised(body, numbering=numbering)) == [("inserted", "new", "new"), ("inserted", "e\n", "e\n")]


@pytest.mark.parametrize("style", [{}, {"compact_markdown_table": True}, {"output_tables_as_html": True}])
def test_revisions_in_cells_are_found_in_every_form_of_table(path: Path, style: dict[str, bool]) -> None:
    header = f"{r('Net &amp; ')}{change('ins', r('&lt;gross&gt; | tax'))}"
    rows = [[r("Item"), header], [r("Oars"), about(0, r("9"))], [r("9"), f"{deleted('8')}{r('7')}"]]
    content = revised(p(r("9")) + table(*rows), comments=comment(0, "Each?"))
    [page] = pages(path, content, **style)
    added, remark, gone = page["revisions"]
    written = "Net &amp; &lt;gross&gt; | tax" if "output_tables_as_html" in style else "Net & <gross> \\| tax"
    assert cut(page["md"], added) == written.partition("; " if "html" in str(style) else "& ")[2]
    assert (remark["target"], cut(page["md"], remark)) == ("9", "9")
    assert page["md"][: remark["startIndex"]].count("Oars") == 1
    assert page["md"][gone["startIndex"] :].startswith("7")


def test_lines_of_a_cell_are_found_where_the_table_joins_them(path: Path) -> None:
    cell = f"{r('one ')}</w:p><w:p>{change('ins', r('two'))}"
    content = revised(table([cell, r("x")], [cell, r("y")]))
    [page] = pages(path, content)
    assert "one<br/>two" in page["md"]
    assert [cut(page["md"], one) for one in page["revisions"]] == ["two", "two"]


def test_a_comment_that_ends_at_a_picture_at_the_end_of_a_cell_ends_with_its_text(path: Path) -> None:
    picture = "<w:r><w:drawing><docPr descr='A kayak'/><blip/></w:drawing></w:r>"
    start, end = (f'<w:commentRange{edge} w:id="0"/>' for edge in ("Start", "End"))
    cell = f"{start}{r('Oars')}</w:p><w:p>{end}{picture}"
    assert told(path, revised(table([cell, r("x")]), comments=comment(0, "Each?"))) == [("comment", "Each?", "Oars")]


def test_what_is_said_of_an_equation_is_found_in_it(path: Path) -> None:
    equation = "<m:oMathPara><m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></m:oMathPara>".replace("m:", "")
    start, end = (f'<w:commentRange{edge} w:id="0"/>' for edge in ("Start", "End"))
    [page] = pages(path, revised(start + p(equation) + end + p(r("y")), comments=comment(0, "Two?")))
    assert [(one["target"], cut(page["md"], one)) for one in page["revisions"]] == [("x=1", "x=1")]


def test_rows_are_told_as_wholes(path: Path) -> None:
    rows = [[r(text), r(text)] for text in "abcdef"]
    added, gone = f"<w:ins {by()}/>", f"<w:del {by('Ben')}/>"
    rows[2] = [change("ins", r("c")), change("ins", r("c"))]  # Word marks the runs of an added row too
    content = revised(table(*rows, changes={0: gone, 2: added, 3: added, 5: gone}))
    assert told(path, content) == [
        ("deleted", "a\ta", ""), ("inserted", "c\nc\nd\nd", "c\nc\nd\nd"), ("deleted", "f\tf", ""),
    ]  # fmt: skip
    assert told(path, revised(p(r("x")) + table(*rows[:2], changes={0: gone, 1: gone}) + p(r("y")))) == [
        ("deleted", "a\ta\nb\tb", "")
    ]


def test_cells_and_the_form_of_a_table_are_told(path: Path) -> None:
    content = revised(table([r("a"), r("b")], [r("c"), r("d")]))
    changed = f"<w:tblPr><w:tblStyle w:val='Grid'/><w:tblPrChange {by()}><w:tblPr/></w:tblPrChange></w:tblPr>"
    body = table([r("a"), r("b")], [r("c"), r("d")]).replace("<w:tbl>", f"<w:tbl>{changed}")
    body = body.replace(f"<w:tc>{p(r('d'))}", f"<w:tc><w:tcPr><w:cellDel {by()}/></w:tcPr>{p(r('d'))}")
    assert told(path, content) == []
    assert told(path, revised(body)) == [("formatted", "style: Grid", "a\nb\nc\nd"), ("deleted", "d", "d")]


def test_notes_titles_and_text_boxes_are_told_of_too(path: Path) -> None:
    box = f"<w:r><w:pict><w:txbxContent>{p(change('ins', r('boxed')))}</w:txbxContent></w:pict></w:r>"
    note = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    section = '<w:sectPr><w:headerReference w:type="default" r:id="rheader"/></w:sectPr>'
    parts = {
        "header": p(r("Draft "), change("ins", r("two"))),
        "footnotes": f'<w:footnote w:id="2">{p(r("See "), deleted("there"), change("ins", r("here")))}</w:footnote>',
    }
    content = revised(p(r("Text"), box, note) + section, **parts)
    [page] = pages(path, content)
    assert page["pageHeaderMarkdown"] == "Draft two"
    assert [(one["type"], one["content"], one["startIndex"] is None) for one in page["revisions"]] == [
        ("inserted", "two", True), ("inserted", "boxed", False), ("deleted", "there", False), ("inserted", "here", False),
    ]  # fmt: skip
    told(path, content)


def test_a_revision_stands_on_the_page_where_it_begins(path: Path) -> None:
    new_page = '<w:r><w:br w:type="page"/></w:r>'
    body = (
        p(r("One"), about(0, r("x")))
        + p(new_page, '<w:commentRangeStart w:id="1"/>', r("Two"))
        + p(r("Also two"), new_page)
    )
    end = p(r("Three"), '<w:commentRangeEnd w:id="1"/>', r(" more"), change("ins", r("!")))
    content = revised(body + end, comments=comment(0, "a") + comment(1, "b"))
    found = [[(one["content"], one["target"]) for one in page["revisions"]] for page in pages(path, content)]
    assert found == [[("a", "x")], [("b", "Two\nAlso two")], [("!", "!")]]
    assert [page["page"] for page in pages(path, content, target_pages="2")] == [3]


def test_places_count_as_utf_16_does(path: Path) -> None:
    body = p(r("🛶 and "), change("ins", r("🚣 boat")), r("."))
    [page] = pages(path, revised(body))
    [one] = page["revisions"]
    assert (one["startIndex"], one["endIndex"]) == (7, 14)
    assert told(path, revised(body)) == [("inserted", "🚣 boat", "🚣 boat")]


def test_the_frame_of_a_page_moves_the_places(path: Path) -> None:
    content = revised(p(r("A "), change("ins", r("b"))))
    [page] = pages(path, content, page_prefix="[{pageNumber}] ")
    assert (page["md"], page["revisions"][0]["startIndex"]) == ("[1] A b", 6)


@pytest.mark.parametrize("mode", [{"parse_mode": ParsingMode.PARSE_PAGE_WITHOUT_LLM}, {"disable_reconstruction": True}])
def test_where_no_markdown_is_rebuilt_revisions_have_no_places_in_it(path: Path, mode: dict[str, object]) -> None:
    [page] = pages(path, revised(p(r("A "), change("ins", r("b")))), **mode)
    assert [(one["target"], one["startIndex"]) for one in page["revisions"]] == [("b", None)]


def test_hidden_words_are_not_told_as_added(path: Path) -> None:
    assert told(path, revised(p(r("A"), change("ins", r("secret", "<w:vanish/>"))))) == []


def test_pictures_that_were_deleted_are_told_by_their_description(path: Path) -> None:
    drawing = "<w:r><w:drawing><docPr descr='A red kayak'/></w:drawing></w:r>"
    assert told(path, revised(p(r("A"), change("del", drawing)))) == [("deleted", "A red kayak", "")]


def test_without_the_option_there_is_no_key_and_other_formats_say_that_they_know_none(tmp_path: Path) -> None:
    plain = work_on(tmp_path / "a.docx", revised(p(change("ins", r("b")))))
    assert "revisions" not in plain["pages"][0]
    other = work_on(tmp_path / "a.txt", b"text", annotate_revisions=True)
    assert [note["code"] for note in other["job_metadata"]["warnings"]] == [Code.PARAMETER_NOT_APPLICABLE]


def test_where_only_pictures_of_pages_are_read_a_warning_says_that_revisions_are_not(tmp_path: Path) -> None:
    content = specimens.word()
    seen = work_on(tmp_path / "a.docx", content, annotate_revisions=True, parse_mode=ParsingMode.PARSE_PAGE_WITH_LVM)
    assert "revisions" not in seen["pages"][0]
    assert [note["message"].rpartition(" (")[2] for note in seen["job_metadata"]["warnings"]] == [
        "annotate_revisions: pictures of pages, or no reader of this format)"
    ]


def work_on(path: Path, content: bytes, **parameters: object) -> dict[str, Any]:
    path.write_bytes(content)
    result: dict[str, Any] = json.loads(work(path, **parameters).outputs["output.json"])
    return result


# Damage


def test_a_damaged_part_with_comments_costs_only_these(path: Path) -> None:
    content = revised(p(about(0, r("May")), change("ins", r(" 2026"))), comments="<broken")
    result = work_on(path, content, annotate_revisions=True)
    assert [(one["type"], one["content"]) for one in result["pages"][0]["revisions"]] == [("inserted", " 2026")]
    assert [note["code"] for note in result["job_metadata"]["warnings"]] == [Code.PART_UNREADABLE]


def test_ranges_without_an_end_a_beginning_or_a_comment_harm_nothing(path: Path) -> None:
    body = (
        p('<w:commentRangeStart w:id="0"/>', r("one")) + p(r("two"), '<w:commentRangeEnd w:id="1"/>')
        + p('<w:commentRangeEnd w:id="2"/>', '<w:commentRangeStart w:id="2"/>', r("three"), '<w:commentRangeStart w:id="9"/>')
    )  # fmt: skip
    comments = comment(0, "no end") + comment(1, "no beginning") + comment(2, "the wrong way round")
    assert told(path, revised(body, comments=comments)) == [
        ("comment", "no end", ""),
        ("comment", "the wrong way round", ""),
    ]


def test_answers_in_a_circle_and_attributes_that_are_missing_harm_nothing(path: Path) -> None:
    pairs = "".join(f'<w15:commentEx w15:paraId="0000000{a}" w15:paraIdParent="0000000{b}"/>' for a, b in ("12", "21"))
    content = revised(
        p("<w:commentRangeStart/>", "<w:r><w:commentReference/></w:r>", f"<w:ins>{r('x')}</w:ins>"),
        comments=comment(1, "a") + comment(2, "b"),
        commentsExtended=pairs,
    )
    [page] = pages(path, content)
    found = [(one["content"], one["author"]) for one in page["revisions"]]
    assert found == [("x", None), ("a", "Dora"), ("b", "Dora")]


def test_revisions_in_each_other_are_read_as_deep_as_the_xml_is(path: Path) -> None:
    deep = "".join(f"<w:ins {by(day=day % 28 + 1)}>" for day in range(200))
    content = revised(p(r("a"), deep, r("b"), "</w:ins>" * 200))
    assert set(told(path, content)) == {("inserted", "b", "b")}


def test_twenty_thousand_revisions_are_told(path: Path) -> None:
    body = "".join(
        p(*(change("ins", r(f"{number} "), author=str(number % 2)) for number in range(100))) for _ in range(200)
    )
    result = work_on(path, revised(body), annotate_revisions=True)
    assert sum(len(page["revisions"]) for page in result["pages"]) == 20_000
    assert result["job_metadata"]["warnings"] == []


def test_a_deletion_in_twenty_thousand_pieces_is_one(path: Path) -> None:
    body = p(r("a"), *(deleted(f"{number % 10}") for number in range(20_000)))
    [page] = work_on(path, revised(body), annotate_revisions=True)["pages"]
    assert [one["content"] for one in page["revisions"]] == ["0123456789" * 2_000]


def test_of_far_too_many_words_under_comments_the_last_are_left_out_with_a_warning(path: Path) -> None:
    starts = "".join(f'<w:commentRangeStart w:id="{key}"/>' for key in range(3000))
    ends = "".join(f'<w:commentRangeEnd w:id="{key}"/>' for key in range(3000))
    body = p(starts) + p(r("word " * 50)) * 200 + p(r("end"), ends)
    comments = "".join(comment(key, "x") for key in range(3000))
    result = work_on(path, revised(body, comments=comments), annotate_revisions=True)
    [page] = result["pages"]
    assert 0 < len(page["revisions"]) < 3000
    assert page["md"].endswith("end")
    assert [note["message"].rpartition(" (")[2] for note in result["job_metadata"]["warnings"]] == ["revisions)"]
