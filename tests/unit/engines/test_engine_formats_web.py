"""What a reader of a web page sees of it: raised and lowered text."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.reading import cells, read, written


def page(folder: Path, body: str) -> str:
    return written(folder, "a.html", f"<body>{body}</body>")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("<p>9 · 10<sup>12</sup> km</p>", "9 · 10¹² km"),
        ("<p>about 10<sup>−3</sup> g</p>", "about 10⁻³ g"),
        ("<p>SO<sub>4</sub></p>", "SO₄"),
        ("<p>the 4<sup>th</sup> mast of a<sub>n</sub></p>", "the 4<sup>th</sup> mast of a<sub>n</sub>"),
        ('<p>a<sup><a href="https://norrvik.example/b">2</a></sup></p>', "a[²](https://norrvik.example/b)"),
    ],
)
def test_raised_and_lowered_text_is_set_off(body: str, shown: str, tmp_path: Path) -> None:
    assert page(tmp_path, body) == shown


def test_raised_digits_in_cells_are_set_off_too(tmp_path: Path) -> None:
    document = read(tmp_path, "a.html", "<table><tr><th>Area</th><th>m<sup>2</sup></th></tr><tr><td>a<td>7</table>")
    assert cells(document.pages[0].items[0])[0] == ["Area", "m²"]


def test_raised_digits_are_characters_of_their_own_in_the_text_too(tmp_path: Path) -> None:
    document = read(tmp_path, "a.html", "<p>10<sup>6</sup> and the 4<sup>th</sup></p>")
    assert document.pages[0].text == "10⁶ and the 4th"
