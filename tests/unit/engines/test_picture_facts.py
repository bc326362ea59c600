"""What a file says of its pictures, found by an index of its streams."""

from __future__ import annotations

import pytest

from engines.containers.pdfium import picture_facts
from engines.containers.pdfium.picture_facts import PictureFacts

PIXELS = bytes(range(200))
PICTURE = (
    b"%d 0 obj\n<< /Subtype /Image /BitsPerComponent 8 /ColorSpace /DeviceGray %b >>\nstream\n%b\nendstream\nendobj\n"
)


def test_a_picture_is_found_by_its_bytes_wherever_it_stands() -> None:
    others = b"".join(PICTURE % (number, b"", bytes([number]) * 100) for number in range(1, 9))
    facts = PictureFacts(b"%PDF-1.7\n" + others + PICTURE % (9, b"", PIXELS))
    assert facts.is_plain(PIXELS)
    assert facts.depth(PIXELS) == 8
    assert not facts.is_plain(PIXELS + b"!")


def test_of_pictures_of_the_same_bytes_one_with_other_colours_speaks_for_all() -> None:
    plain, inverted = PICTURE % (1, b"", PIXELS), PICTURE % (2, b"/Decode [1 0]", PIXELS)
    assert PictureFacts(plain + plain).is_plain(PIXELS)
    assert not PictureFacts(plain + inverted).is_plain(PIXELS)


def test_a_file_of_nothing_but_beginnings_is_noted_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_facts, "MOST_PLACES", 20)
    picture = PICTURE % (1, b"", PIXELS)
    assert PictureFacts(b"stream\n" * 10 + picture).is_plain(PIXELS)
    assert not PictureFacts(b"stream\n" * 30 + picture).is_plain(PIXELS)
