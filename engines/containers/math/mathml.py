"""Formulas of web pages, e-books and OpenDocument (MathML Core) as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lxml import etree

from engines.containers.math.symbols import ACCENTS, FUNCTIONS, accented, in_text, latex_of, named, tidied
from engines.containers.ooxml import Element, attribute, local_name

TEX = ("application/x-tex", "tex", "latex", "text/x-tex")
"""Encodings of annotations that are LaTeX."""
DISPLAYED = re.compile(r"\{\s*\\(?:display|text)style\s+(.*)\}", re.DOTALL)
"""What converters put around the LaTeX that a formula was made of."""
BIG = frozenset("∑∏∐∫∬∭∮⋂⋃⋀⋁⨀⨁⨂⨄⨆")
OPENING, CLOSING = frozenset("([{|‖⟨⌈⌊"), frozenset(")]}|‖⟩⌉⌋")
TALL = frozenset(("mfrac", "mtable", "munderover", "munder", "mover", "msqrt", "mroot"))
MATRICES = {"(": "pmatrix", "[": "bmatrix", "|": "vmatrix", "‖": "Vmatrix", "{": "Bmatrix"}
VARIANTS = {
    "normal": "mathrm", "bold": "mathbf", "bold-italic": "boldsymbol", "double-struck": "mathbb", "fraktur": "mathfrak",
    "bold-fraktur": "mathfrak", "script": "mathcal", "bold-script": "mathcal", "sans-serif": "mathsf", "monospace": "mathtt",
}  # fmt: skip
ARROWS = {"→": "xrightarrow", "←": "xleftarrow", "⇒": "xRightarrow", "⇔": "xLeftrightarrow", "⇌": "xrightleftharpoons"}
ENCLOSED = {
    "box": "boxed", "roundedbox": "boxed", "updiagonalstrike": "cancel", "downdiagonalstrike": "bcancel", "radical": "sqrt",
    "top": "overline", "bottom": "underline",
}  # fmt: skip
SINGLE = re.compile(r"[^\\^_{}\s]|\\[A-Za-z]+|\\[^A-Za-z]|\d+|\\[A-Za-z]+\{[^{}]*\}")
"""LaTeX that takes a script without braces around it."""
WIDTH = re.compile(r"(-?[0-9.]+)em")
UNREAD = frozenset(("annotation", "annotation-xml", "none", "mprescripts", "malignmark", "maligngroup"))
NEXT_ROW = r" \\ "


def latex_of_markup(markup: str) -> str:
    """The LaTeX of the source of a `math` element, as well-formed as a tree of HTML writes it; empty when it is not."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, remove_comments=True)
    root = etree.fromstring(markup.encode(), parser)
    return "" if root is None else latex(root)


def latex(root: Element) -> str:
    """The LaTeX of a formula, without dollar signs: the one it was made of, where it says that."""
    for one in root.iter("{*}annotation", "annotation"):
        if attribute(one, "encoding").lower() in TEX and (one.text or "").strip():
            return undisplayed(one.text or "")
    return tidied(read(root))


def undisplayed(tex: str) -> str:
    """LaTeX on one line, without what only says how large it is."""
    tex = " ".join(tex.split())
    whole = DISPLAYED.fullmatch(tex)
    return whole[1].strip() if whole else tex


def read(element: Element) -> str:
    """The LaTeX of an element, a blank after each command; of one that is not known that of what is in it."""
    tag = local_name(element)
    if tag in UNREAD:
        return ""
    handler = HANDLERS.get(tag)
    return handler(element) if handler else row(list(element)) or latex_of(text_of(element))


def text_of(element: Element) -> str:
    """The characters of an element, blanks once."""
    return " ".join("".join(map(str, element.itertext())).split())


def parts(element: Element) -> list[str]:
    """The LaTeX of each child."""
    return [tidied(read(one)) for one in element]


def two_of(element: Element) -> tuple[str, str]:
    """The LaTeX of the first two children, empty where one is missing."""
    told = [*parts(element), "", ""]
    return told[0], told[1]


def base_and_others(element: Element) -> tuple[str, list[str]]:
    """The LaTeX of the first child, and of the others."""
    told = parts(element)
    return "".join(told[:1]), told[1:]


def row(elements: list[Element]) -> str:
    """Elements that stand one after the other; brackets around something tall grow with it."""
    if fenced := in_fences(elements):
        return fenced
    told: list[str] = []
    for one in map(read, elements):
        if told and re.search(r"\\[A-Za-z]+$", told[-1]) and one[:1].isalpha():
            told.append(" ")
        told.append(one)
    return "".join(told)


def in_fences(elements: list[Element]) -> str:
    """A row that begins and ends with brackets around something tall, as a matrix, as cases or with brackets that grow."""
    signs = [text_of(one) if local_name(one) == "mo" else "" for one in elements]
    if len(elements) < 2 or signs[0] not in OPENING:
        return ""
    closes = signs[-1] in CLOSING
    inside = elements[1:-1] if closes else elements[1:]
    if len(inside) == 1 and (whole := environment(inside[0], signs[0], closes=closes)):
        return whole
    if not closes or any(one in OPENING | CLOSING for one in signs[1:-1] if one):
        return ""
    is_tall = any(local_name(one) in TALL for outer in inside for one in outer.iter("{*}*"))
    return f"\\left{fence(signs[0])}{row(inside)}\\right{fence(signs[-1])}" if is_tall else ""


def environment(element: Element, begin: str, *, closes: bool) -> str:
    """A matrix in brackets, or cases after a brace; empty for anything else."""
    while local_name(element) in ("mrow", "mstyle", "mpadded") and len(element) == 1:
        element = element[0]
    if local_name(element) != "mtable":
        return ""
    if not closes:
        return f"\\begin{{cases}}{rows_of(element)}\\end{{cases}}" if begin == "{" else ""
    name = MATRICES.get(begin)
    return f"\\begin{{{name}}}{rows_of(element)}\\end{{{name}}}" if name else ""


def fence(sign: str) -> str:
    """A bracket as it stands after `\\left` or `\\right`; an empty one is a point."""
    told = latex_of(sign).strip()
    return f"{told} " if told[-1:].isalpha() else told or "."


def identifier(element: Element) -> str:
    """A letter, or the name of something."""
    text = text_of(element)
    variant = VARIANTS.get(attribute(element, "mathvariant"))
    if variant and (len(text) > 1 or variant != "mathrm") and text not in FUNCTIONS:
        return f"\\{variant}{{{tidied(latex_of(text))}}}"
    if len(text) > 1 and text.isascii() and text.isalpha():
        return named(text) if text in FUNCTIONS else f"\\mathrm{{{text}}}"
    return latex_of(text)


def sign(element: Element) -> str:
    """An operator or a bracket; one of letters is a function or a word between others."""
    text = text_of(element)
    if len(text) > 1 and text.isascii() and text.isalpha():
        return named(text) if text in FUNCTIONS else f"\\operatorname{{{text}}}"
    return latex_of(text)


def words(element: Element) -> str:
    """Words among a formula, with the blanks around them."""
    text = re.sub(r"[\s\u00a0]+", " ", "".join(map(str, element.itertext())))
    return in_text(text) if text.strip() else r"\ " if text else ""


def space(element: Element) -> str:
    """Room: none that is negative."""
    width = WIDTH.match(attribute(element, "width"))
    amount = float(width[1]) if width and width[1].count(".") < 2 and width[1] not in ("-", ".") else 0.0
    return r"\quad " if amount >= 1 else r"\," if amount > 0 else ""


def fraction(element: Element) -> str:
    """A fraction; one without a bar is a stack."""
    over, under = two_of(element)
    if attribute(element, "linethickness") in ("0", "0px", "0pt", "0em"):
        return f"\\genfrac{{}}{{}}{{0pt}}{{}}{{{over}}}{{{under}}}"
    return f"{over}/{under}" if attribute(element, "bevelled") == "true" else f"\\frac{{{over}}}{{{under}}}"


def square_root(element: Element) -> str:
    """A square root of all that is in it."""
    return f"\\sqrt{{{tidied(row(list(element)))}}}"


def root_of_degree(element: Element) -> str:
    """A root with its degree."""
    base, degree = two_of(element)
    return f"\\sqrt[{degree}]{{{base}}}"


def based(told: str) -> str:
    """A base that takes scripts, in braces where it is more than one piece."""
    is_fenced = told.startswith(("\\left", "(", "[", "|")) and told.endswith((")", "]", "|"))
    return told if is_fenced or SINGLE.fullmatch(told) else f"{{{told}}}"


def scripts(below: str, above: str) -> str:
    """What stands below and above; primes are typed as such."""
    told = f"_{{{below}}}" if below else ""
    if above and not above.strip("'"):
        return told + above
    return told + (f"^{{{above}}}" if above else "")


def scripted(order: str) -> Callable[[Element], str]:
    """Something with scripts, which stand in this order: `_` below, `^` above."""

    def read_scripts(element: Element) -> str:
        base, rest = base_and_others(element)
        found = dict(zip(order, rest, strict=False))
        return based(base) + scripts(found.get("_", ""), found.get("^", ""))

    return read_scripts


def many_scripts(element: Element) -> str:
    """Something with scripts on both sides."""
    base = ""
    before: list[str] = []
    side = after = list[str]()
    for number, one in enumerate(element):
        if number == 0:
            base = tidied(read(one))
        elif local_name(one) == "mprescripts":
            side = before
        else:
            side.append(tidied(read(one)))
    ahead = "".join("{}" + scripts(*pair) for pair in paired(before))
    return ahead + based(base) + "".join(scripts(*pair) for pair in paired(after))


def paired(one_by_one: list[str]) -> Iterable[tuple[str, str]]:
    """Scripts by two, below and above."""
    even = [*one_by_one, ""] if len(one_by_one) % 2 else one_by_one
    return zip(even[::2], even[1::2], strict=True)


def limits(order: str) -> Callable[[Element], str]:
    """Something with what stands under and over it, in this order: limits of an operator, marks, braces and arrows."""

    def read_limits(element: Element) -> str:
        base, rest = base_and_others(element)
        found = dict(zip(order, rest, strict=False))
        first = element[0] if len(element) else element
        if takes_limits(base, text_of(first)):
            return base + scripts(found.get("_", ""), found.get("^", ""))
        marks = {place: text_of(one) for place, one in zip(order, list(element)[1:], strict=False)}
        told = base
        for place, limit in found.items():
            told = placed(told, limit, marks.get(place, ""), text_of(first), is_above=place == "^")
        return told

    return read_limits


def takes_limits(base: str, text: str) -> bool:
    """Whether what stands under and over a base are limits of it."""
    return (
        text in BIG or base.removeprefix("\\").strip() in FUNCTIONS or base.startswith((r"\underbrace", r"\overbrace"))
    )


def placed(base: str, limit: str, mark: str, text: str, *, is_above: bool) -> str:
    """A base with something under or over it: a mark, words along an arrow, or anything else."""
    if not limit:
        return base
    if mark in ACCENTS and (is_above or mark in "_⏟⎵⏡\u0332"):
        return accented(ACCENTS[mark], base)
    if not is_above and mark in ("¯", "‾", "―"):
        return f"\\underline{{{base}}}"
    if text in ARROWS:
        return f"\\{ARROWS[text]}{{{limit}}}" if is_above else f"\\{ARROWS[text]}[{limit}]{{}}"
    return f"\\{'overset' if is_above else 'underset'}{{{limit}}}{{{base}}}"


def rows_of(table: Element) -> str:
    """The rows of a table."""
    lines = [one for one in table if local_name(one) in ("mtr", "mlabeledtr")]
    cells = ([one for one in line if local_name(one) == "mtd"] for line in lines)
    return NEXT_ROW.join(" & ".join(tidied(row(list(cell))) for cell in line) for line in cells)


def table(element: Element) -> str:
    """A matrix, or formulas below each other that are aligned."""
    is_aligned = attribute(element, "columnalign").startswith("right left")
    name = "aligned" if is_aligned else "matrix"
    return f"\\begin{{{name}}}{rows_of(element)}\\end{{{name}}}"


def fenced(element: Element) -> str:
    """Parts between brackets that are given as attributes."""
    begin, end = attribute(element, "open", "("), attribute(element, "close", ")")
    if len(element) == 1 and (whole := environment(element[0], begin, closes=bool(end))):
        return whole
    separator = latex_of(attribute(element, "separators", ",").strip()[:1])
    return f"\\left{fence(begin)}{separator.join(parts(element))}\\right{fence(end)}"


def enclosed(element: Element) -> str:
    """Something in a box, crossed out, or with a line along it."""
    told = tidied(row(list(element)))
    for notation in attribute(element, "notation").split():
        told = f"\\{ENCLOSED[notation]}{{{told}}}" if notation in ENCLOSED else told
    return told


def phantom(element: Element) -> str:
    """Something that takes room and is not shown."""
    return f"\\phantom{{{tidied(row(list(element)))}}}"


def first_of(element: Element) -> str:
    """The first of several forms of the same."""
    return read(element[0]) if len(element) else ""


HANDLERS: dict[str, Callable[[Element], str]] = {
    "mi": identifier, "mn": lambda one: latex_of(text_of(one)), "mo": sign, "mtext": words, "ms": words, "mspace": space,
    "mfrac": fraction, "msqrt": square_root, "mroot": root_of_degree, "msub": scripted("_"), "msup": scripted("^"),
    "msubsup": scripted("_^"), "munder": limits("_"), "mover": limits("^"), "munderover": limits("_^"),
    "mmultiscripts": many_scripts, "mtable": table, "mfenced": fenced, "menclose": enclosed, "mphantom": phantom,
    "semantics": first_of, "maction": first_of,
}  # fmt: skip
