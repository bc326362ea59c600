"""What no stream of a page draws: values of forms, layers that are switched off, files packed into a document."""

from __future__ import annotations

import io
from pathlib import Path

import pypdf
import pytest
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    NameObject,
    StreamObject,
    TextStringObject,
)
from reportlab.pdfgen.canvas import Canvas
from support import papers
from support.layouts import Read, drawn, markdown


def test_values_and_states_of_a_form_stand_where_their_fields_are(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Surname")
        canvas.acroForm.textfield(
            name="surname", value="Lindqvist", x=140, y=694, width=200, height=20, forceBorder=True
        )
        canvas.drawString(72, 660, "Electricity")
        canvas.acroForm.checkbox(name="power", checked=True, x=140, y=656, size=14)

    said = read(draw).pages[0].text
    assert [part in said for part in ("Surname", "Lindqvist", "Electricity", "[x]")] == [True] * 4


def test_what_no_viewer_shows_of_a_form_is_not_told(read: Read) -> None:
    def draw(canvas: Canvas) -> None:
        for at, (value, flags) in enumerate((("shown", "print"), ("concealed", "hidden"), ("unviewed", "noview"))):
            canvas.acroForm.textfield(
                name=value, value=value, x=140, y=600 - 40 * at, width=200, height=20, annotationFlags=flags
            )

    assert read(draw).pages[0].text == "shown"


def test_long_values_of_a_form_are_read_with_their_labels(read: Read) -> None:
    labels = ("Name of the owner of the boat", "Harbour in which she lies")
    values = ("Hedda Lindgren of Norrvik", "The old harbour at Norrvik")

    def draw(canvas: Canvas) -> None:
        for at, (label, value) in enumerate(zip(labels, values, strict=True)):
            canvas.drawString(72, 600 - 40 * at, label)
            canvas.acroForm.textfield(name=f"field{at}", value=value, x=300, y=590 - 40 * at, width=200, height=24)

    said = markdown(read(draw))
    assert said == "\n\n".join(f"{label} {value}" for label, value in zip(labels, values, strict=True))


def test_a_layer_that_is_switched_off_is_not_told(tmp_path: Path) -> None:
    path = papers.pdf(
        tmp_path / "layers.pdf", drawn((72, 100, "the price is 120 crowns"), (72, 130, "DRAFT 100 crowns"))
    )
    assert "DRAFT" in markdown(papers.read(path))
    path.write_bytes(with_hidden_layer(path.read_bytes(), b"(DRAFT 100 crowns) Tj"))
    said = markdown(papers.read(path))
    assert "120 crowns" in said
    assert "DRAFT" not in said


def test_files_packed_into_a_document_are_named(tmp_path: Path) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(papers.pdf(tmp_path / "cover.pdf", papers.chapter("Cover")).read_bytes()))
    writer.add_attachment("ledger.csv", b"a,b")
    path = tmp_path / "packed.pdf"
    writer.write(path)
    (warning,) = papers.read(path).warnings
    assert warning.code == "ATTACHMENT_LEFT_OUT"
    assert "ledger.csv" in warning.message


def with_hidden_layer(content: bytes, shown: bytes) -> bytes:
    """The document with what shows this text on a layer of its own that is switched off."""
    writer = pypdf.PdfWriter(io.BytesIO(content))
    group = writer._add_object(
        DictionaryObject({NameObject("/Type"): NameObject("/OCG"), NameObject("/Name"): TextStringObject("Draft")})
    )
    page = writer.pages[0]
    stream = page.get_contents()
    assert stream is not None
    assert shown in stream.get_data()
    replaced = pypdf.generic.DecodedStreamObject()
    replaced.set_data(stream.get_data().replace(shown, b"/OC /Layer BDC " + shown + b" EMC"))
    page[NameObject("/Contents")] = writer._add_object(replaced)
    page["/Resources"].get_object()[NameObject("/Properties")] = DictionaryObject({NameObject("/Layer"): group})
    writer.root_object[NameObject("/OCProperties")] = DictionaryObject(
        {
            NameObject("/OCGs"): ArrayObject([group]),
            NameObject("/D"): DictionaryObject({NameObject("/OFF"): ArrayObject([group])}),
        }
    )
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


DATA = b"""<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/">
<xfa:data><form><owner>Hedda Lindgren</owner><boats>4</boats><empty/></form></xfa:data>
</xfa:datasets>"""


def with_xfa(content: bytes, *, dynamic: bool) -> bytes:
    """The document as an XFA form with `DATA`."""
    writer = pypdf.PdfWriter(io.BytesIO(content))
    stream = StreamObject()
    stream.set_data(DATA)
    packets = ArrayObject([TextStringObject("datasets"), writer._add_object(stream)])
    form = DictionaryObject({NameObject("/Fields"): ArrayObject(), NameObject("/XFA"): packets})
    writer._root_object[NameObject("/AcroForm")] = writer._add_object(form)
    if dynamic:
        writer._root_object[NameObject("/NeedsRendering")] = BooleanObject(dynamic)
    writer.write(target := io.BytesIO())
    return target.getvalue()


OWNER, BOATS = ["owner", "Hedda Lindgren"], ["boats", "4"]


@pytest.mark.parametrize(("dynamic", "told"), [(True, [OWNER, BOATS]), (False, [OWNER])])
def test_what_an_xfa_form_holds_and_does_not_show_follows_its_pages(
    tmp_path: Path, *, dynamic: bool, told: list[list[str]]
) -> None:
    path = papers.pdf(
        tmp_path / "form.pdf", papers.lines("Please wait. You need another program, with 4 of its parts.")
    )
    path.write_bytes(with_xfa(path.read_bytes(), dynamic=dynamic))
    document = papers.read(path)
    assert [note.code for note in document.warnings] == ["XFA_FORM"]
    [*_, table] = document.pages[0].items
    assert [[cell.text for cell in row] for row in table.rows] == [["Field", "Value"], *told]
    assert "owner: Hedda Lindgren" in document.pages[0].text


def test_an_xfa_form_that_shows_all_of_its_data_leaves_no_warning(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "form.pdf", papers.lines("Owner: Hedda Lindgren", "Boats: 4"))
    path.write_bytes(with_xfa(path.read_bytes(), dynamic=False))
    assert papers.read(path).warnings == []
