"""Formulas of Office documents (OMML, ECMA-376 part 1, 22.1) as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy as copy

from engines.containers.math.symbols import ACCENTS, FUNCTIONS, SYMBOLS, accented, in_text, latex_of, named, tidied
from engines.containers.ooxml import Element, child, is_on, local_name, preferred, val_of

UNREAD = frozenset(("del", "moveFrom", "proofErr", "bookmarkStart", "bookmarkEnd"))
NEXT_ROW = r" \\ "
ALPHABETS = {
    "double-struck": "mathbb", "fraktur": "mathfrak", "script": "mathcal", "sans-serif": "mathsf", "monospace": "mathtt",
}  # fmt: skip
"""Commands of the values of `m:scr`."""
MATRICES = {"(": "pmatrix", "[": "bmatrix", "|": "vmatrix", "‖": "Vmatrix", "∥": "Vmatrix", "{": "Bmatrix"}
CLOSING = {"(": ")", "[": "]", "{": "}"}
"""What closes a bracket; other signs close themselves."""
BRACES = {
    "⏟": "underbrace",
    "⏞": "overbrace",
    "⎵": "underbracket",
    "⎴": "overbracket",
    "⏡": "underparen",
    "⏠": "overparen",
}
ARROWS = {
    "→": "xrightarrow",
    "←": "xleftarrow",
    "⇒": "xRightarrow",
    "⇐": "xLeftarrow",
    "↔": "xleftrightarrow",
    "⇌": "xrightleftharpoons",
}
STRIKES = {"strikeBLTR": "cancel", "strikeTLBR": "bcancel"}
UPRIGHT_WORD = re.compile(r"([A-Za-z]{2,})")
COMMAND_END = re.compile(r"\\[A-Za-z]+$")
LONE_CARET = re.compile(r"\^(?=\s|$)")
FUNCTION_WORD = re.compile(r"^\\(?:mathrm|text|operatorname)\{([^{}]*)\}$")
BETWEEN_WORDS = re.compile(r"(?<=[^\W\d_]{2}) (?=[^\W\d_]{2})")
ALIGNED = re.compile(r"(\\&)")


def latex(element: Element) -> str:
    """The LaTeX of a formula or of a part of one, without dollar signs."""
    return tidied(read(element))


def read(element: Element) -> str:
    """The LaTeX of an element, a blank after each command; of an element that is not known that of its children."""
    tag = local_name(element)
    handler = HANDLERS.get(tag)
    if handler is not None:
        return handler(element)
    if tag == "AlternateContent":
        return inner(preferred(element))
    return "" if tag in UNREAD or tag.endswith("Pr") else inner(element)


def inner(element: Element) -> str:
    """The LaTeX of what stands in an element, one after the other."""
    parts: list[str] = []
    for told in map(read, merged(element)):
        if told and parts and is_word_end(parts[-1]) and told[0].isalpha():
            parts.append(" ")
        if told:
            parts.append(told)
    return "".join(parts)


def merged(element: Element) -> Iterator[Element]:
    """The children of an element, those runs as one that follow each other in one style; a name of a function ends one."""
    first: Element | None = None
    for one in element:
        if local_name(one) == "r" and not is_on(one, "rPr", "nor"):
            if first is not None and style_of(first) == style_of(one) and text_of(first).strip() not in FUNCTIONS:
                first.extend(copy(each) for each in one if local_name(each) == "t")
                continue
            if first is not None:
                yield first
            first = copy(one)
            continue
        if first is not None:
            yield first
            first = None
        yield one
    if first is not None:
        yield first


def style_of(run: Element) -> tuple[str | None, str | None]:
    """What a run says of its letters."""
    return val_of(run, "rPr", "sty"), val_of(run, "rPr", "scr")


def text_of(run: Element) -> str:
    """The text of a run."""
    return "".join(one.text or "" for one in run if local_name(one) == "t")


def is_word_end(told: str) -> bool:
    """Whether a command stands at the end, which a letter after it would make another one."""
    return bool(COMMAND_END.search(told))


def part(element: Element, tag: str) -> str:
    """The LaTeX of the child of this tag; empty when there is none."""
    found = child(element, tag)
    return "" if found is None else tidied(inner(found))


def children(element: Element | None) -> list[Element]:
    """What stands in an element, which may be missing."""
    return [] if element is None else list(element)


def parts_of(element: Element) -> list[str]:
    """The LaTeX of each of the arguments (`m:e`) of an element."""
    return [tidied(inner(one)) for one in element if local_name(one) == "e"]


def run(element: Element) -> str:
    """Letters and signs of one style."""
    text = text_of(element)
    properties = child(element, "rPr")
    if not text:
        return ""
    if is_on(properties, "nor"):
        return normal_text(text)
    style, script = val_of(properties, "sty"), ALPHABETS.get(val_of(properties, "scr") or "")
    if script:
        return f"\\{script}{{{tidied(latex_of(text))}}}"
    if style in ("b", "bi") and any(map(str.isalnum, text)):
        return f"\\{'mathbf' if style == 'b' else 'boldsymbol'}{{{tidied(latex_of(text))}}}"
    if style == "p":
        return upright(text)
    return BETWEEN_WORDS.sub(r"\\ ", caret(latex_of(text)))


def normal_text(text: str) -> str:
    """Text that is no formula: words as such, numbers and signs as they are."""
    if text.strip() in FUNCTIONS:
        return named(text.strip())
    if len(text.strip()) == 1 and text.strip().isalpha():
        return f"\\mathrm{{{latex_of(text.strip()).strip()}}}"
    return in_text(text) if any(map(str.isalpha, text)) else caret(latex_of(text))


def upright(text: str) -> str:
    """Upright letters: names of functions and units. Other signs are upright in any case."""
    parts = UPRIGHT_WORD.split(text)
    words = [*map(upright_word, parts[1::2]), ""]
    told = (caret(latex_of(sign)) + word for sign, word in zip(parts[::2], words, strict=True))
    return "".join(told)


def upright_word(word: str) -> str:
    """A word of upright letters."""
    return named(word) if word in FUNCTIONS else f"\\mathrm{{{word}}}"


def caret(told: str) -> str:
    """A typed caret with nothing to raise is a sign of its own."""
    return LONE_CARET.sub(lambda _: r"\wedge ", told) if "^" in told else told


def scripts(element: Element) -> str:
    """A base with what stands below and above it."""
    base = part(element, "e")
    if ("^" in base and not base.endswith("}")) or base.startswith(("\\frac", "-")):
        base = f"{{{base}}}"
    return base + raised(element)


def raised(element: Element, *, hides: str = "") -> str:
    """What stands below and above; `hides` is the tag of the properties that may switch them off."""
    told = ""
    for tag, sign in (("sub", "_"), ("sup", "^")):
        found = part(element, tag)
        if found and not (hides and is_on(element, hides, f"{tag}Hide")):
            told += f"{sign}{{{found}}}"
    return told


def prescripts(element: Element) -> str:
    """A base with what stands before it."""
    return f"{{}}{raised(element)}{part(element, 'e')}"


def fraction(element: Element) -> str:
    """A fraction: below each other, in a line, or without a bar."""
    over, under, kind = part(element, "num"), part(element, "den"), val_of(element, "fPr", "type")
    if kind in ("lin", "skw"):
        return f"{grouped(over)}/{grouped(under)}" if kind == "lin" else f"{{}}^{{{over}}}/_{{{under}}}"
    return f"\\genfrac{{}}{{}}{{0pt}}{{}}{{{over}}}{{{under}}}" if kind == "noBar" else f"\\frac{{{over}}}{{{under}}}"


def grouped(told: str) -> str:
    """A side of a fraction in a line, in brackets where its parts would come apart."""
    return f"({told})" if ("+" in told or "-" in told) and not told.startswith(r"\left") else told


def radical(element: Element) -> str:
    """A root."""
    degree = "" if is_on(element, "radPr", "degHide") else part(element, "deg")
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{part(element, 'e')}}}"


def big_operator(element: Element) -> str:
    """A sum, product or integral with its limits; without a sign it is an integral."""
    sign = val_of(element, "naryPr", "chr")
    symbol = SYMBOLS.get(sign, sign).strip() if sign else r"\int" if sign is None else ""
    limits, told = raised(element, hides="naryPr"), part(element, "e")
    return f"{symbol}{limits}{'' if limits or not told[:1].isalnum() else ' '}{told}"


def delimited(element: Element) -> str:
    """Brackets around one or more parts: around a matrix or a fraction without a bar, and before cases, environments say them."""
    properties, parts = child(element, "dPr"), parts_of(element)
    begin, end = val_of(properties, "begChr"), val_of(properties, "endChr")
    begin, end = "(" if begin is None else begin, ")" if end is None else end
    if len(parts) == 1 and (whole := environment(element, parts[0], begin, end)):
        return whole
    between = val_of(properties, "sepChr")
    separator = latex_of("|" if between is None else between)
    return f"\\left{fence(begin)}{separator.join(parts)}\\right{fence(end)}"


def environment(element: Element, told: str, begin: str, end: str) -> str:
    """Brackets and what they hold as one environment; empty when there is none for it."""
    held = [one for one in children(child(element, "e")) if not local_name(one).endswith("Pr")]
    tag = local_name(held[0]) if len(held) == 1 else ""
    if tag == "m" and begin in MATRICES and end == CLOSING.get(begin, begin):
        return told.replace("{matrix}", f"{{{MATRICES[begin]}}}") if told.count("{matrix}") == 2 else ""
    if tag == "eqArr" and (begin, end) == ("{", ""):
        return told.replace("{aligned}", "{cases}") if told.count("{aligned}") == 2 else ""
    if tag == "f" and (begin, end) == ("(", ")") and told.startswith(r"\genfrac{}{}{0pt}{}"):
        return told.replace(r"\genfrac{}{}{0pt}{}", r"\binom", 1)
    return ""


def fence(sign: str) -> str:
    """A bracket as it stands after `\\left` or `\\right`; an empty one is a point."""
    told = SYMBOLS.get(sign, sign).strip()
    return told + " " if told[-1:].isalpha() else told or "."


def function(element: Element) -> str:
    """A named function and its argument."""
    name, told = function_name(part(element, "fName")), part(element, "e")
    return f"{name} {told}" if told and name[-1:].isalpha() and told[0] not in "\\({[" else f"{name}{told}"


def function_name(told: str) -> str:
    """The name of a function as a command, with limits that stand at it; what is no name of a function stays as it is."""
    plain, _, limits = told.partition("_")
    bare = FUNCTION_WORD.sub(r"\1", plain).strip()
    if bare.isascii() and bare.isalpha() and len(bare) > 1:
        return named(bare).strip() + (f"_{limits}" if limits else "")
    return told


def matrix(element: Element) -> str:
    """A matrix."""
    rows = [" & ".join(parts_of(row)) for row in element if local_name(row) == "mr"]
    return f"\\begin{{matrix}}{NEXT_ROW.join(rows)}\\end{{matrix}}"


def lines(element: Element) -> str:
    """Formulas below each other; a typed `&` is where they are aligned."""
    rows = [ALIGNED.sub("&", one) for one in parts_of(element)]
    return rows[0] if len(rows) == 1 else f"\\begin{{aligned}}{NEXT_ROW.join(rows)}\\end{{aligned}}"


def accent(element: Element) -> str:
    """Something with a mark over it."""
    sign = val_of(element, "accPr", "chr")
    return accented(ACCENTS.get("\u0302" if sign is None else sign, "hat"), part(element, "e"))


def bar(element: Element) -> str:
    """A line over or under something."""
    command = "overline" if val_of(element, "barPr", "pos") == "top" else "underline"
    return f"\\{command}{{{part(element, 'e')}}}"


def group_sign(element: Element) -> str:
    """Something with a brace or an arrow along it."""
    sign, told = val_of(element, "groupChrPr", "chr"), part(element, "e")
    is_above = val_of(element, "groupChrPr", "pos") == "top"
    sign = ("⏞" if is_above else "⏟") if sign is None else sign
    if sign in BRACES:
        return f"\\{BRACES[sign]}{{{told}}}"
    if sign in ARROWS:
        return f"\\{ARROWS[sign]}[{told}]{{}}" if is_above else f"\\{ARROWS[sign]}{{{told}}}"
    return f"\\{'overset' if is_above else 'underset'}{{{latex_of(sign).strip()}}}{{{told}}}"


def limit(sign: str, command: str, braces: Sequence[str]) -> Callable[[Element], str]:
    """Something with a limit below (`_`) or above (`^`): functions and braces take it as theirs, above others it is set."""

    def read_limit(element: Element) -> str:
        base, told = function_name(part(element, "e")), part(element, "lim")
        if base.startswith(r"\operatorname{"):
            base = base.replace("{", "*{", 1)
        takes = base.startswith(("\\operatorname", *braces)) or base.removeprefix("\\") in FUNCTIONS
        return f"{base}{sign}{{{told}}}" if takes else f"\\{command}{{{told}}}{{{base}}}"

    return read_limit


def phantom(element: Element) -> str:
    """Something that takes room, and is shown or not."""
    told, properties = part(element, "e"), child(element, "phantPr")
    if is_on(properties, "show") is not False:
        return told
    return f"\\{'vphantom' if is_on(properties, 'zeroWid') else 'phantom'}{{{told}}}"


def border_box(element: Element) -> str:
    """Something in a box, or crossed out."""
    told, properties = part(element, "e"), child(element, "borderBoxPr")
    struck = next((command for tag, command in STRIKES.items() if is_on(properties, tag)), "")
    told = f"\\{struck}{{{told}}}" if struck else told
    has_sides = not all(is_on(properties, f"hide{side}") for side in ("Top", "Bot", "Left", "Right"))
    return f"\\boxed{{{told}}}" if has_sides else told


HANDLERS: dict[str, Callable[[Element], str]] = {
    "r": run, "sSub": scripts, "sSup": scripts, "sSubSup": scripts, "sPre": prescripts, "f": fraction, "rad": radical,
    "nary": big_operator, "d": delimited, "func": function, "m": matrix, "eqArr": lines, "acc": accent, "bar": bar,
    "groupChr": group_sign, "phant": phantom, "borderBox": border_box,
    "limLow": limit("_", "underset", (r"\underbrace", r"\underbracket", r"\underparen")),
    "limUpp": limit("^", "overset", (r"\overbrace", r"\overbracket", r"\overparen")),
}  # fmt: skip
