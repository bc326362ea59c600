"""Fields of PDF forms, as the reader of PDFs names them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from support import papers

from engines.document import FieldKind
from engines.errors import DocumentError
from engines.formats.pdf.form_fields import SEVERAL, fields_of


def test_what_is_chosen_in_a_long_list_is_asked_for_once_not_for_each_entry() -> None:
    asked = 0

    class ListBox(SimpleNamespace):
        """A list that counts how often it is asked for what is chosen: the reader copies all of that each time."""

        @property
        def selected_options(self) -> list[str]:
            nonlocal asked
            asked += 1
            return ["Entry 3", "Entry 7"]

    entries = [f"Entry {number}" for number in range(100)]
    box = ListBox(
        field_type="listbox", field_flags=SEVERAL, name="Goods", alternate_name="", rect=None, value="", options=entries
    )
    [field] = fields_of([box])
    assert (field.kind, [one.is_chosen for one in field.options].count(True)) == (FieldKind.MULTI_SELECT, 2)
    assert [field.options[index].is_chosen for index in (3, 7)] == [True, True]
    assert asked == 1


def test_a_form_that_is_blank_but_for_its_fields_is_told_when_it_is_asked_for(tmp_path: Path) -> None:
    path = papers.pdf(tmp_path / "blank.pdf", lambda canvas: canvas.acroForm.textfield(name="a", tooltip="Surname"))
    with pytest.raises(DocumentError):
        papers.read(path, disable_ocr=True)
    [page] = papers.read(path, disable_ocr=True, extract_forms=True).pages
    assert [one.label for one in page.form_fields or ()] == ["Surname"]
