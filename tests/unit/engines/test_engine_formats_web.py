"""What a reader of a web page sees of it: raised text, formulas, lists, notes, cells, readings and menus."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.reading import cells, read, written

from engines.containers.math.mathml import latex_of_markup


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


# Formulas


def math(inside: str) -> str:
    return latex_of_markup(f"<math>{inside}</math>")


SQUARE = "<msup><mi>a</mi><mn>2</mn></msup>"
MATRIX = "<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mi>k</mi></mtd></mtr></mtable>"
TEX = '<annotation encoding="application/x-tex">{\\displaystyle w_{k}}</annotation>'


@pytest.mark.parametrize(
    ("inside", "latex"),
    [
        (SQUARE, "a^{2}"),
        ("<mfrac><mn>3</mn><mi>k</mi></mfrac>", r"\frac{3}{k}"),
        ("<mroot><mi>k</mi><mn>3</mn></mroot><msqrt><mi>k</mi><mo>+</mo><mn>1</mn></msqrt>", r"\sqrt[3]{k}\sqrt{k+1}"),
        ("<msubsup><mi>w</mi><mi>k</mi><mn>2</mn></msubsup>", "w_{k}^{2}"),
        ("<munderover><mo>∑</mo><mi>k</mi><mi>n</mi></munderover><mi>k</mi>", r"\sum_{k}^{n}k"),
        ("<munder><mi>max</mi><mi>k</mi></munder><mi>w</mi>", r"\max_{k}w"),
        ("<mover><mi>k</mi><mo>→</mo></mover>", r"\vec{k}"),
        ("<mover><mo>→</mo><mtext>dry</mtext></mover>", r"\xrightarrow{\text{dry}}"),
        (f"<mo>[</mo>{MATRIX}<mo>]</mo>", r"\begin{bmatrix}1 & k\end{bmatrix}"),
        (f"<mo>{{</mo>{MATRIX}", r"\begin{cases}1 & k\end{cases}"),
        ("<mo>(</mo><mfrac><mn>1</mn><mi>k</mi></mfrac><mo>)</mo>", r"\left(\frac{1}{k}\right)"),
        ("<mi>sin</mi><mo>&#x2061;</mo><mi>θ</mi><mo>≤</mo><mn>1</mn>", r"\sin \theta \leq 1"),
        ("<msup><mi>f</mi><mo>′</mo></msup><mi mathvariant='bold'>v</mi>", r"f'\mathbf{v}"),
        (
            "<mmultiscripts><mi>U</mi><none/><none/><mprescripts/><mn>92</mn><mn>238</mn></mmultiscripts>",
            "{}_{92}^{238}U",
        ),
        (f"<semantics>{SQUARE}{TEX}</semantics>", "w_{k}"),
        ("<mfenced open='|' close='|'><mi>k</mi></mfenced>", r"\left|k\right|"),
    ],
)
def test_mathml_is_told_as_latex(inside: str, latex: str) -> None:
    assert math(inside) == latex


def test_a_formula_stands_in_its_sentence_or_apart(tmp_path: Path) -> None:
    shown = page(
        tmp_path, f"<p>Take <math>{SQUARE}</math> of it.<math display='block'><mi>k</mi></math>Then go on.</p>"
    )
    assert shown == "Take $a^{2}$ of it.\n\n$k$\n\nThen go on."


@pytest.mark.parametrize(
    "formula",
    [
        f'<span class="katex"><math><semantics>{SQUARE}</semantics></math><span class="katex-html">a2</span></span>',
        '<script type="math/tex">a^{2}</script>',
        '<img class="mwe-math-fallback-image-inline" alt="{\\displaystyle a^{2}}" src="x.svg">',
    ],
)
def test_what_scripts_make_of_formulas_is_told_once(formula: str, tmp_path: Path) -> None:
    assert page(tmp_path, f"<p>So {formula} it is.</p>") == "So $a^{2}$ it is."


# Lists


@pytest.mark.parametrize(
    ("start", "marks"),
    [
        ("<ol reversed>", ["2.", "1."]),
        ('<ol reversed start="7">', ["7.", "6."]),
        ('<ol type="I" start="4">', ["IV.", "V."]),
        ('<ol style="list-style-type: lower-alpha">', ["a.", "b."]),
        ("<ul>", ["-", "-"]),
    ],
)
def test_lists_are_numbered_as_the_page_shows(start: str, marks: list[str], tmp_path: Path) -> None:
    document = read(tmp_path, "a.html", f"{start}<li>Tern</li><li>Skarv</li></{start[1:3]}>")
    assert [entry.marker for entry in document.pages[0].items[0].entries] == marks


# Text


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("<p># no heading</p>", r"\# no heading"),
        ("<p>- no list</p>", r"\- no list"),
        ("<p>&gt; no quote</p>", r"\> no quote"),
        ("<p>a ~~b~~ c</p>", r"a \~\~b\~\~ c"),
        ("<p>write &amp;amp;lt; for it</p>", r"write \&amp;lt; for it"),
        ("<p>boat&shy;yard and sail&#8203;maker</p>", "boatyard and sailmaker"),
        ("<p><ruby>港<rp>(</rp><rt>みなと</rt><rp>)</rp></ruby>まで</p>", "港(みなと)まで"),
        ("<p>He said <q>go</q>.</p>", "He said “go”."),
        ("<blockquote><p>Go west.</p><p>Then north.</p></blockquote>", "> Go west.\n\n> Then north."),
        ("<pre>one<br>two</pre>", "```\none\ntwo\n```"),
        ('<p>Well done <img alt="🎉" src="x.png">, all!</p>', "Well done 🎉, all!"),
        ("<details><summary>More</summary><p>Here.</p></details>", "More\n\nHere."),
        ('<picture><source srcset="a.webp"><img src="a.png" alt="A hull"></picture>', "![A hull](a.png)"),
    ],
)
def test_text_reads_as_the_page_shows_it(body: str, shown: str, tmp_path: Path) -> None:
    assert page(tmp_path, body) == shown


def test_cells_keep_what_stands_in_them(tmp_path: Path) -> None:
    table = (
        "<table><tr><th>Boat</th><th>Note</th></tr><tr><td><b>Tern</b> <a href='https://norrvik.example/t'>plan</a></td>"
        f"<td><ul><li>dry</li><li><code>x_1</code> <math>{SQUARE}</math></li></ul></td></tr></table>"
    )
    assert page(tmp_path, table).splitlines()[2].split("|")[1:3] == [
        " **Tern** [plan](https://norrvik.example/t) ", " - dry<br/>- `x_1` $a^{2}$ ",
    ]  # fmt: skip
    assert [link.url for link in read(tmp_path, "a.html", table).pages[0].links] == ["https://norrvik.example/t"]


def test_marks_that_lead_to_a_note_are_footnotes(tmp_path: Path) -> None:
    body = (
        "<p>It floats<sup id='r1'><a href='#n1'>1</a></sup> well.</p><h2>See <a href='#top'>above</a></h2>"
        "<ol><li id='n1'>In fresh water. <a href='#r1'>↩</a></li></ol>"
    )
    assert page(tmp_path, body) == "It floats[^1] well.\n\n## See above\n\n[^1]: In fresh water."


@pytest.mark.parametrize(
    "menu",
    [
        '<div class="main-menu">x</div>',
        '<ul class="breadcrumb"><li>x</ul>',
        '<div id="nav">x</div>',
        '<div role="navigation">x</div>',
        '<ol aria-label="Breadcrumb"><li>x</ol>',
    ],
)
def test_menus_are_known_by_their_classes_too(menu: str, tmp_path: Path) -> None:
    body = f'{menu}<main><p>Soup <span class="menu">of the day</span></p></main>'
    assert written(tmp_path, "a.html", body, html_remove_navigation_elements=True) == "Soup of the day"
    assert "x" in page(tmp_path, body)
