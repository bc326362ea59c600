"""Equations of Office documents (OMML) as LaTeX."""

from __future__ import annotations

from collections.abc import Callable

from engines.containers.ooxml import Element, child, local_name, val_of

SYMBOLS = {
    "×": r"\times ", "÷": r"\div ", "±": r"\pm ", "·": r"\cdot ", "≤": r"\leq ", "≥": r"\geq ", "≠": r"\neq ",
    "≈": r"\approx ", "∞": r"\infty ", "∂": r"\partial ", "∇": r"\nabla ", "∈": r"\in ", "→": r"\to ",
    "⇒": r"\Rightarrow ", "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "√": r"\surd ", "∀": r"\forall ",
    "∃": r"\exists ", "…": r"\ldots ", "α": r"\alpha ", "β": r"\beta ", "γ": r"\gamma ", "δ": r"\delta ",
    "ε": r"\epsilon ", "θ": r"\theta ", "λ": r"\lambda ", "μ": r"\mu ", "π": r"\pi ", "ρ": r"\rho ",
    "σ": r"\sigma ", "τ": r"\tau ", "φ": r"\phi ", "ω": r"\omega ", "η": r"\eta ", "Δ": r"\Delta ",
    "Σ": r"\Sigma ", "Ω": r"\Omega ", "Π": r"\Pi ", "Φ": r"\Phi ", "Γ": r"\Gamma ", "∪": r"\cup ",
    "∩": r"\cap ", "⋃": r"\bigcup", "⋂": r"\bigcap", "⋁": r"\bigvee", "⋀": r"\bigwedge", "∬": r"\iint",
    "∭": r"\iiint", "∮": r"\oint", "⋅": r"\cdot ", "−": "-", "ϵ": r"\epsilon ", "Λ": r"\Lambda ", "{": r"\{",
    "}": r"\}", "%": r"\%", "#": r"\#", "$": r"\$", "&": r"\&", "_": r"\_",
}  # fmt: skip
ACCENTS = {"̂": "hat", "̃": "tilde", "̅": "bar", "̇": "dot", "̈": "ddot", "⃗": "vec", "→": "vec", "¯": "bar"}
FUNCTIONS = frozenset(("sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "lim", "min", "max", "det", "gcd"))
COMMAND = "\\"
NEXT_ROW = r" \\ "
UNREAD = frozenset(("rPr", "ctrlPr"))


def latex(element: Element) -> str:
    """The LaTeX of an equation (OMML, ECMA-376 part 1, 22.1) or of a part of one, without dollar signs.

    Of an element that is not known it is that of its children.
    """
    handler = HANDLERS.get(local_name(element))
    if handler is not None:
        return handler(element)
    tag = local_name(element)
    return "" if tag in UNREAD or tag.endswith("Pr") else "".join(latex(one) for one in element)


def part(element: Element, tag: str) -> str:
    """The LaTeX of the child of this tag; empty when there is none."""
    inner = child(element, tag)
    return "" if inner is None else latex(inner).strip()


def characters(element: Element) -> str:
    """Letters and signs."""
    return "".join(SYMBOLS.get(letter, letter) for letter in element.text or "")


def scripts(element: Element) -> str:
    """A base with what stands below and above it."""
    below, above = part(element, "sub"), part(element, "sup")
    return part(element, "e") + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")


def prescripts(element: Element) -> str:
    """A base with what stands before it."""
    return f"{{}}_{{{part(element, 'sub')}}}^{{{part(element, 'sup')}}}{part(element, 'e')}"


def fraction(element: Element) -> str:
    """A fraction; one without a bar is a stack."""
    command = "binom" if val_of(element, "fPr", "type") == "noBar" else "frac"
    return f"\\{command}{{{part(element, 'num')}}}{{{part(element, 'den')}}}"


def radical(element: Element) -> str:
    """A root."""
    degree = part(element, "deg")
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{part(element, 'e')}}}"


def big_operator(element: Element) -> str:
    """A sum, product or integral with its limits; without a sign it is an integral."""
    sign = val_of(element, "naryPr", "chr")
    below, above = part(element, "sub"), part(element, "sup")
    limits = (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")
    return f"{SYMBOLS.get(sign, sign) if sign else SYMBOLS['∫']}{limits}{{{part(element, 'e')}}}"


def delimited(element: Element) -> str:
    """Brackets around one or more parts."""
    properties = child(element, "dPr")
    begin, end = val_of(properties, "begChr"), val_of(properties, "endChr")
    inner = (val_of(properties, "sepChr") or "|").join(latex(one).strip() for one in element if local_name(one) == "e")
    left, right = (SYMBOLS.get(one, one) for one in ("(" if begin is None else begin, ")" if end is None else end))
    return f"\\left{left or '.'}{inner}\\right{right or '.'}"


def function(element: Element) -> str:
    """A named function and its argument."""
    command = part(element, "fName")
    return f"{COMMAND if command in FUNCTIONS else ''}{command}{{{part(element, 'e')}}}"


def matrix(element: Element) -> str:
    """A matrix."""
    rows = [
        " & ".join(latex(one).strip() for one in row if local_name(one) == "e")
        for row in element
        if local_name(row) == "mr"
    ]
    return "\\begin{matrix}" + NEXT_ROW.join(rows) + "\\end{matrix}"


def lines(element: Element) -> str:
    """Equations below each other."""
    rows = [latex(one).strip() for one in element if local_name(one) == "e"]
    if len(rows) == 1:
        return rows[0]
    return "\\begin{aligned}" + NEXT_ROW.join(rows) + "\\end{aligned}"


def accent(element: Element) -> str:
    """A letter with a mark over it."""
    return f"\\{ACCENTS.get(val_of(element, 'accPr', 'chr') or '̂', 'hat')}{{{part(element, 'e')}}}"


def bar(element: Element) -> str:
    """A line over or under something."""
    command = "overline" if val_of(element, "barPr", "pos") == "top" else "underline"
    return f"\\{command}{{{part(element, 'e')}}}"


def limit(sign: str) -> Callable[[Element], str]:
    """Something with a limit below (`_`) or above (`^`)."""

    def read(element: Element) -> str:
        base = part(element, "e")
        return f"{COMMAND if base in FUNCTIONS else ''}{base}{sign}{{{part(element, 'lim')}}}"

    return read


HANDLERS: dict[str, Callable[[Element], str]] = {
    "t": characters, "sSub": scripts, "sSup": scripts, "sSubSup": scripts, "sPre": prescripts, "f": fraction,
    "rad": radical, "nary": big_operator, "d": delimited, "func": function, "m": matrix, "eqArr": lines, "acc": accent,
    "bar": bar, "limLow": limit("_"), "limUpp": limit("^"),
}  # fmt: skip
