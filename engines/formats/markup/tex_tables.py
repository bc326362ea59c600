"""Tables of LaTeX."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Nodes = Callable[[Iterable[Any]], str]
"""Makes nodes into HTML."""


def table_html(nodes: Iterable[Any], told: Nodes) -> str:
    """A table: `&` divides its cells, a double backslash its rows."""
    rows: list[list[list[Any]]] = [[[]]]
    for node in nodes:
        if getattr(node, "macroname", "") in ("\\", "tabularnewline"):
            rows.append([[]])
        elif getattr(node, "specials_chars", "") == "&":
            rows[-1].append([])
        else:
            rows[-1][-1].append(node)
    lines = ("".join(cell_html(cell, told) for cell in row) for row in rows if says_something(row))
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table><p>"


def says_something(row: list[list[Any]]) -> bool:
    """Whether a row is more than lines and blanks."""
    return len(row) > 1 or any(
        getattr(node, "chars", "x").strip()
        and getattr(node, "macroname", "") not in ("hline", "toprule", "midrule", "bottomrule")
        and not hasattr(node, "comment")
        for cell in row
        for node in cell
    )


def cell_html(nodes: list[Any], told: Nodes) -> str:
    """A cell, which may go over several columns or rows."""
    spans = ""
    inside: list[Any] = []
    for node in nodes:
        name = getattr(node, "macroname", "")
        if name in ("multicolumn", "multirow"):
            given = [one for one in node.nodeargd.argnlist if one is not None]
            count = given[0].latex_verbatim().strip("{} ") if given else ""
            kind = "colspan" if name == "multicolumn" else "rowspan"
            spans += f' {kind}="{count}"' if count.isdecimal() else ""
            inside += given[-1:]
        else:
            inside.append(node)
    return f"<td{spans}>{told(inside)}</td>"
