"""Formulas on web pages: MathML, and what scripts and converters make of LaTeX, each told once."""

from __future__ import annotations

from lxml import etree
from selectolax.lexbor import LexborNode

from engines.containers.math.mathml import latex_of_markup, undisplayed

TWINS = frozenset(("katex-html", "mjx-math", "mathjax_preview", "mathjax_svg", "mathjax_chtml"))
"""Classes of what draws a formula that stands beside it as MathML or LaTeX."""
PICTURES = ("mwe-math-fallback", "tex", "latex", "math")
"""What classes of pictures of formulas begin with; their alternative text is LaTeX."""


def is_twin(node: LexborNode) -> bool:
    """Whether an element only draws what another one says."""
    if node.tag == "mjx-math":
        return True
    return node.tag in ("span", "div") and bool(TWINS & set((node.attributes.get("class") or "").lower().split()))


def is_written(node: LexborNode) -> bool:
    """Whether a script is the LaTeX of a formula (MathJax 2)."""
    return node.tag == "script" and (node.attributes.get("type") or "").startswith("math/tex")


def latex_of(node: LexborNode) -> str:
    """The LaTeX of a `math` element or of such a script; empty for what is none."""
    if node.tag == "script":
        return " ".join(node.text().split())
    try:
        return latex_of_markup(node.html or "")
    except etree.XMLSyntaxError:
        return ""


def latex_of_picture(node: LexborNode) -> str:
    """The LaTeX that a picture of a formula gives as its alternative text; empty for any other picture."""
    names = (node.attributes.get("class") or "").lower().split()
    alt = node.attributes.get("alt") or ""
    return undisplayed(alt) if alt and any(name.startswith(PICTURES) for name in names) else ""
