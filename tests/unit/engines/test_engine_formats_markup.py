"""Markup that people write by hand: what a reader of the printed document gets."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.reading import read, written

from engines.errors import Code, DocumentError

ASCIIDOC = {
    "IMPORTANT: Reef early.": "**Important:** Reef early.",
    "[CAUTION]\n====\nTwo ropes.\n\n* a short one\n====": "**Caution:**\n\nTwo ropes.\n\n- a short one",
    "Before.\n// unseen\n\n////\nunseen\n////\n\nAfter.": "Before.\n\nAfter.",
    "* hull\n** keel\n* mast\n+\nof ash": "- hull\n    - keel\n- mast\n    of ash",
    ". first\n.. inner\n. second": "1. first\n    1. inner\n2. second",
    "keel:: below\nmast:: above": "- **keel**\n    - below\n- **mast**\n    - above",
    "CO~2~ at 10^6^ with *bold*, _lean_ and `x_1`": "CO₂ at 10⁶ with **bold**, *lean* and `x_1`",
    "See https://norrvik.example/a[the yard], {boat}.": "See [the yard](https://norrvik.example/a), {boat}.",
    ":boat: Tern 470\n\nThe {boat}.": "The Tern 470.",
    "It floats.footnote:[In water.] Well.": "It floats.[^1] Well.\n\n[^1]: In water.",
    '[cols="1,2"]\n|===\n|A |B\n\n|1\n|*2*\n|===': "| A   | B     |\n| --- | ----- |\n| 1   | **2** |",
    "[%header,format=csv]\n|===\nA,B\n1,2\n|===": "| A   | B   |\n| --- | --- |\n| 1   | 2   |",
    "[source,ruby]\n----\nputs 1\n----": "```ruby\nputs 1\n```",
    ".Plan\nimage::plan.png[The plan]": "**Plan**\n\n![The plan](plan.png)",
    "[quote, Eva]\n____\nGo.\n____": "> Go.\n\n> Eva",
}
RST = {
    ".. danger:: Reef early.": "**Danger:**\n\nReef early.",
    ".. unseen\n\nSeen.": "Seen.",
    "- hull\n\n  - keel\n- mast": "- hull\n    - keel\n- mast",
    "CO\\ :sub:`2` and ``x_1`` and :math:`a^2`": "CO₂ and `x_1` and $a^2$",
    "See :ref:`the yard <yard>` and :py:func:`sail`.": "See the yard and `sail`.",
    ".. tip-of-ours:: Ropes\n\n   Two of *ash*.": "**Ropes**\n\nTwo of *ash*.",
    "It floats [1]_.\n\n.. [1] In water.": "It floats [^1].\n\n[^1]: In water.",
    "== ==\nA  B\n== ==\n1  2\n== ==": "| A   | B   |\n| --- | --- |\n| 1   | 2   |",
    ".. code-block:: ruby\n\n   puts 1": "```ruby\nputs 1\n```",
    ".. include:: /etc/passwd\n\nSeen.": "Seen.",
}
ORG = {
    "# unseen\nSeen.": "Seen.",
    "- hull\n  - keel\n- mast": "- hull\n    - keel\n- mast",
    "- keel :: below": "- **keel**\n    - below",
    "CO_{2} at 10^6 with *bold*, /lean/ and =x_1=": "CO₂ at 10⁶ with **bold**, *lean* and `x_1`",
    "It floats[fn:a].\n[fn:a] In water.": "It floats[^1].\n\n[^1]: In water.",
    "| A | B |\n|---+---|\n| 1 | 2 |": "| A   | B   |\n| --- | --- |\n| 1   | 2   |",
    "#+begin_src ruby\nputs 1\n#+end_src": "```ruby\nputs 1\n```",
    "[[https://norrvik.example/a][the yard]]": "[the yard](https://norrvik.example/a)",
    "* Boats :tag:\n:PROPERTIES:\n:ID: 7\n:END:\n** TODO Hull": "# Boats\n\n## Hull",
}
TEX = {
    r"Sm\o rrebr\o d, \AA se, na\"{\i}f, \v{S}koda, stra\ss e.": "Smørrebrød, Åse, naïf, Škoda, straße.",
    "50\\% of it. % unseen\nSeen.": "50% of it. Seen.",
    r"``So'' -- he said --- see~Fig.~7.": "“So” – he said — see Fig. 7.",
    r"\section{}Behind it.": "Behind it.",
    r"\newcommand{\boat}[1]{the \emph{#1}}Sail \boat{Tern}.": "Sail the *Tern*.",
    r"Take $a^2$ and \[ b = \frac{1}{2} \] of it.": "Take $a^2$ and\n\n$b = \\frac{1}{2}$\n\nof it.",
    r"\begin{align}a &= b \label{x}\\ c &= d\end{align}": "$\\begin{aligned}a &= b \\\\ c &= d\\end{aligned}$",
    r"\begin{enumerate}\item hull\begin{itemize}\item keel\end{itemize}\item mast\end{enumerate}": (
        "1. hull\n    - keel\n2. mast"
    ),
    r"\begin{tabular}{lr}\hline A & B \\ \multicolumn{2}{c}{C} \\ \end{tabular}": (
        "| A   | B   |\n| --- | --- |\n| C   |     |"
    ),
    r"It floats\footnote{In water.}.": "It floats[^1].\n\n[^1]: In water.",
    r"\href{https://norrvik.example/a}{the yard}": "[the yard](https://norrvik.example/a)",
    "\\begin{verbatim}\n% seen \\o\n\\end{verbatim}": "```\n% seen \\o\n```",
    r"\textbf{bold} {\it lean} H\textsubscript{2}O": "**bold** *lean* H₂O",
    "One.\n\nTwo.": "One.\n\nTwo.",
}


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        (f"a.{extension}", text, shown)
        for extension, texts in {"adoc": ASCIIDOC, "rst": RST, "org": ORG, "tex": TEX}.items()
        for text, shown in texts.items()
    ],
)
def test_markup_reads_as_it_is_printed(name: str, text: str, shown: str, tmp_path: Path) -> None:
    assert written(tmp_path, name, text) == shown


def test_what_stands_before_a_document_of_latex_is_not_read_but_for_its_title(tmp_path: Path) -> None:
    text = (
        r"\documentclass{book}\title{Boats}\author{Eva}\begin{document}\maketitle\section{Hull}Of ash.\end{document}x"
    )
    assert written(tmp_path, "a.latex", text) == "# Boats\n\nEva\n\n## Hull\n\nOf ash."


def test_macros_that_grow_without_end_are_refused(tmp_path: Path) -> None:
    text = r"\newcommand{\a}{\b\b\b\b\b\b\b\b\b\b}\newcommand{\b}{" + "x" * 100_000 + r"}" + r"\a" * 1000
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, "a.tex", text)
    assert caught.value.code is Code.OUTPUT_TOO_LARGE


BOOK = """<?xml version="1.0"?><FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink">
<description><title-info><author><first-name>Eva</first-name><last-name>Dahl</last-name></author><book-title>Boats</book-title>
</title-info></description><body><section><title><p>Hull</p></title><p>CO<sub>2</sub>, see <a l:href="https://norrvik.example/a">the
yard</a> and <strong>more</strong><a l:href="#n7" type="note">[7]</a>.</p><poem><stanza><v>Go</v><v>west</v></stanza></poem>
<cite><p>Said.</p></cite><table><tr><th>A</th></tr><tr><td>1</td></tr></table></section></body><body name="notes">
<section id="n7"><title><p>7</p></title><p>In water.</p></section></body></FictionBook>"""


def test_an_e_book_of_fictionbook_keeps_its_marks_notes_and_verses(tmp_path: Path) -> None:
    assert written(tmp_path, "a.fb2", BOOK) == (
        "# Boats\n\nEva Dahl\n\n## Hull\n\nCO₂, see [the yard](https://norrvik.example/a) and **more**[^7].\n\nGo\nwest\n\n"
        "> Said.\n\n| A   |\n| --- |\n| 1   |\n\n[^7]: In water."
    )
