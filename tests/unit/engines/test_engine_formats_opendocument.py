"""OpenDocument: formulas, charts, fields of forms, raised text, notes, list headers, and what cells keep."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.engine_runs import written
from support.specimens import opendocument

MATH = 'xmlns:m="http://www.w3.org/1998/Math/MathML"'
FORM = 'xmlns:form="urn:oasis:names:tc:opendocument:xmlns:form:1.0"'
CHART = 'xmlns:chart="urn:oasis:names:tc:opendocument:xmlns:chart:1.0"'
FIELD = 'xmlns:field="urn:openoffice:names:experimental:ooo-ms-interop:xmlns:field:1.0"'
NAMED = "com.example.vnd.oasis.opendocument.field"
STYLES = (
    '<style:style style:name="S" style:family="text"><style:text-properties style:text-position="super 58%"/></style:style>'
    '<style:style style:name="L" style:family="text"><style:text-properties style:text-position="-33% 58%"/></style:style>'
    '<style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>'
    '<style:style style:name="W" style:family="text"><style:text-properties style:font-name="Wingdings"/></style:style>'
    '<style:style style:name="Quotations" style:family="paragraph"/>'
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "letter.fodt"


def markdown(path: Path, content: str) -> str:
    path.write_bytes(opendocument("text", content, styles=STYLES, is_flat=True))
    return written(path)[1]


def formula(letter: str) -> str:
    square = f"<m:math {MATH}><m:msup><m:mi>{letter}</m:mi><m:mn>2</m:mn></m:msup></m:math>"
    return f"<draw:frame><draw:object>{square}</draw:object></draw:frame>"


def span(style: str, text: str) -> str:
    return f'<text:span text:style-name="{style}">{text}</text:span>'


def test_formulas_stand_in_their_lines_or_on_their_own(path: Path) -> None:
    body = f"<text:p>With {formula('v')}{formula('w')} more</text:p><text:p>{formula('E')}</text:p>"
    assert markdown(path, body) == "With $v^{2}$ $w^{2}$ more\n\n$$E^{2}$$"


def test_a_chart_is_the_table_behind_it(path: Path) -> None:
    def cell(text: str, value: str = "") -> str:
        inner = f"<text:p>{text}</text:p>" if text else ""
        return f'<table:table-cell office:value="{value}">{inner}</table:table-cell>'

    rows = [cell("") + cell("Boats"), cell("May") + cell("", "4"), cell("June") + cell("", "7.5")]
    lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    table = f'<table:table table:name="local-table">{lines}</table:table>'
    chart = f'<chart:chart {CHART} chart:class="chart:bar"><chart:title><text:p>Hire</text:p></chart:title>{table}</chart:chart>'
    shown = f"<office:document><office:body><office:chart>{chart}</office:chart></office:body></office:document>"
    told = markdown(path, f"<text:p><draw:frame><draw:object>{shown}</draw:object></draw:frame></text:p>")
    assert [line.split() for line in told.splitlines()[:1]] == [["Hire"]]
    assert "| June | 7.5   |" in told


def test_controls_and_fields_of_forms_show_what_was_ticked_and_chosen(path: Path) -> None:
    forms = (
        f'<office:forms><form:form {FORM}><form:checkbox form:id="a" form:label="Sails" form:current-state="checked"/>'
        '<form:listbox form:id="b"><form:option form:label="Bergen"/><form:option form:label="Oslo" form:selected="true"/>'
        '</form:listbox><form:text form:id="c" form:current-value="Ada"/></form:form></office:forms>'
    )
    controls = " ".join(f'<draw:control draw:control="{key}"/>' for key in "abc")
    ticked = '<field:param field:name="Checkbox_Checked" field:value="true"/>'
    box = f'<field:fieldmark {FIELD} field:type="{NAMED}.FORMCHECKBOX">{ticked}'
    assert (
        markdown(path, f"{forms}<text:p>{controls} {box}</field:fieldmark> paid</text:p>") == "☒ Sails Oslo Ada ☒ paid"
    )


def test_raised_digits_and_signs_are_told_apart_and_quotations_quoted(path: Path) -> None:
    first = f"<text:p>3 · 10{span('S', '8')} m, H{span('L', '2')}O {span('W', 'þ')}</text:p>"
    quoted = '<text:p text:style-name="Quotations">Row on</text:p>'
    assert markdown(path, first + quoted) == "3 · 10⁸ m, H₂O ☑\n\n> Row on"


def test_notes_have_labels_of_their_own(path: Path) -> None:
    def note(kind: str, mark: str, text: str) -> str:
        body = (
            f"<text:note-citation>{mark}</text:note-citation><text:note-body><text:p>{text}</text:p></text:note-body>"
        )
        return f'<text:note text:note-class="{kind}">{body}</text:note>'

    body = f"<text:p>Fog{note('footnote', '1', 'Seen')} fell{note('endnote', '1', span('B', 'Late'))}</text:p>"
    assert markdown(path, body).split("\n\n") == ["Fog[^1] fell[^1-2]", "[^1]: Seen", "[^1-2]: **Late**"]


def test_the_header_of_a_list_stands_above_its_entries(path: Path) -> None:
    header = "<text:list-header><text:p>To bring</text:p></text:list-header>"
    entries = "".join(f"<text:list-item><text:p>{one}</text:p></text:list-item>" for one in ("Oars", "Rope"))
    assert markdown(path, f"<text:list>{header}{entries}</text:list>") == "To bring\n\n- Oars\n- Rope"


def test_cells_keep_links_and_bold_words(path: Path) -> None:
    link = '<text:a xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="https://skarv.example/kit#oars">kit</text:a>'
    cells = "".join(f"<table:table-cell><text:p>{one}</text:p></table:table-cell>" for one in (link, span("B", "now")))
    told = markdown(path, f"<table:table><table:table-row>{cells}</table:table-row></table:table>")
    assert told.startswith("| [kit](https://skarv.example/kit#oars) | **now** |")


def test_comments_are_told_without_being_asked_for(path: Path) -> None:
    remark = "<office:annotation><text:p>Or June?</text:p></office:annotation>"
    path.write_bytes(opendocument("text", f"<text:p>Due in May{remark}</text:p>", is_flat=True))
    text, _, [page] = written(path)
    assert text.strip() == "Due in May"
    assert [one["content"] for one in page["revisions"]] == ["Or June?"]


def test_a_list_without_marks_is_paragraphs_and_lists_of_two_shapes_are_two(tmp_path: Path) -> None:
    blank = '<text:list-style style:name="N"><text:list-level-style-number text:level="1" style:num-format=""/></text:list-style>'

    def shape(words: str, x: int, width: int, style: str = "") -> str:
        entry = f'<text:list text:style-name="{style}"><text:list-item><text:p>{words}</text:p></text:list-item></text:list>'
        place = f'svg:x="{x}cm" svg:y="5cm" svg:width="{width}cm" svg:height="2cm"'
        return f"<draw:frame {place}><draw:text-box>{entry}</draw:text-box></draw:frame>"

    slide = f'<draw:page draw:name="one">{shape("Rope", 12, 6)}{shape("To bring", 1, 5, "N")}{shape("Oars", 6, 7)}</draw:page>'
    path = tmp_path / "deck.fodp"
    path.write_bytes(opendocument("presentation", slide, styles=blank, is_flat=True))
    assert written(path)[1] == "To bring\n\n- Oars\n\n- Rope"


def test_entries_of_a_list_in_a_cell_stay_lines(path: Path) -> None:
    entries = "".join(f"<text:list-item><text:p>{one}</text:p></text:list-item>" for one in ("Oars", "Rope"))
    head = "<table:table-row><table:table-cell><text:p>Kit</text:p></table:table-cell></table:table-row>"
    cell = f"<table:table-cell><text:list>{entries}</text:list></table:table-cell>"
    told = markdown(path, f"<table:table>{head}<table:table-row>{cell}</table:table-row></table:table>")
    assert told.splitlines()[-1] == "| - Oars<br/>- Rope |"
