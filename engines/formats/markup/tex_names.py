"""The macros and environments of LaTeX that mean something here, and how their arguments are written."""

from __future__ import annotations

from typing import Any

from pylatexenc import latexwalker, macrospec  # type: ignore[import-untyped]


def by_name(by_arguments: dict[str, str]) -> dict[str, str]:
    """Macros with their arguments, from those that are written alike."""
    return {name: arguments for arguments, names in by_arguments.items() for name in names.split()}


LEVELS = {"part": 1, "chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4, "subparagraph": 5}
STYLES = {
    "textbf": "b", "emph": "em", "textit": "em", "textsl": "em", "texttt": "code", "textsuperscript": "sup",
    "textsubscript": "sub", "sout": "s", "st": "s", "enquote": "q", "lstinline": "code", "path": "code",
}  # fmt: skip
SWITCHES = {
    "bf": "b",
    "bfseries": "b",
    "it": "em",
    "itshape": "em",
    "em": "em",
    "sl": "em",
    "tt": "code",
    "ttfamily": "code",
}
"""Macros that set all that follows in their group."""
SILENT = by_name(
    {
        "[{": "documentclass usepackage captionsetup",
        "{": "label pagestyle thispagestyle bibliographystyle bibliography input include graphicspath theoremstyle hypersetup "
        "geometry newlength pagenumbering nocite index color cline cmidrule lstset usetikzlibrary hyphenation",
        "*{": "vspace hspace",
        "{{": "setlength addtolength setcounter addtocounter fontsize",
        "*{[{[": "newtheorem",
        "{{{": "addcontentsline definecolor newenvironment renewenvironment",
        "": "vskip selectfont tableofcontents listoffigures listoftables noindent indent centering raggedright newpage clearpage "
        "pagebreak smallskip medskip bigskip hfill vfill appendix frontmatter mainmatter backmatter small large Large huge "
        "footnotesize scriptsize normalsize protect makeatletter makeatother hline toprule midrule bottomrule today sloppy "
        "onecolumn and",
        "[": "twocolumn",
    }
)
"""Macros that show nothing, with their arguments."""
SHOWN = by_name(
    {
        "[{": "title author footnote footnotetext bibitem",
        "{": "date thanks url nolinkurl ref eqref pageref autoref cref Cref mbox fbox",
        "": "maketitle newline linebreak",
        "*[{": "caption",
        "{{": "href textcolor colorbox texorpdfstring raisebox",
        "[[{": "cite textcite parencite makebox",
        "*[[{": "citep citet includegraphics",
        "[": "item footnotemark",
        "{{{": "multicolumn",
        "[{[{{": "multirow",
        "[{{": "parbox",
    }
) | {
    **dict.fromkeys(LEVELS, "*[{"),
    **dict.fromkeys(STYLES, "{"),
    **dict.fromkeys(SWITCHES, ""),
}
LISTS = {"itemize": "ul", "enumerate": "ol", "description": "dl", "compactitem": "ul", "compactenum": "ol"}
QUOTES = frozenset(("quote", "quotation", "verse", "displayquote"))
CODE = frozenset(("verbatim", "Verbatim", "lstlisting", "minted", "alltt", "verbatim*"))
TABLES = {"tabular": "[{", "tabular*": "{[{", "tabularx": "{[{", "tabulary": "{[{", "longtable": "[{", "array": "[{"}
MATH = frozenset(("equation", "align", "gather", "multline", "eqnarray", "displaymath", "math", "alignat", "flalign"))
ALIGNED = frozenset(("align", "eqnarray", "alignat", "flalign"))
CLAIMS = frozenset((
    "theorem", "lemma", "proof", "definition", "corollary", "proposition", "remark", "example", "abstract", "exercise", "claim",
))  # fmt: skip
"""Environments that say what they are."""
UNREAD = frozenset(("tikzpicture", "comment", "filecontents", "pgfpicture", "picture"))
WITH_ARGUMENT = {
    "minipage": "[{",
    "multicols": "{",
    "wrapfigure": "{{",
    "figure": "[",
    "table": "[",
    "thebibliography": "{",
}


def known() -> Any:
    """What pylatexenc knows of macros and environments, and what this reader does."""
    database = latexwalker.get_default_latex_context_db()
    macros = [macrospec.std_macro(name, arguments) for name, arguments in (SILENT | SHOWN).items()]
    environments = [
        macrospec.EnvironmentSpec(name, macrospec.MacroStandardArgsParser(arguments))
        for name, arguments in (TABLES | WITH_ARGUMENT).items()
    ]
    environments += [
        macrospec.EnvironmentSpec(f"{name}{star}", is_math_mode=True)
        for name in MATH - {"alignat"}
        for star in ("", "*")
    ]
    environments += [
        macrospec.EnvironmentSpec(name, macrospec.VerbatimArgsParser("verbatim-environment")) for name in CODE
    ]
    database.add_context_category("sheaf", prepend=True, macros=macros, environments=environments)
    return database


KNOWN = known()
