r"""Characters of formulas as LaTeX, as LaTeX with amsmath and amssymb, KaTeX and MathJax know it.

`latex_of` is what readers of formulas call; a command that ends in a letter is followed by a blank, which `tidied` takes away
where it parts nothing.
"""

from __future__ import annotations

import re
import unicodedata

PLAIN = {
    "−": "-", "–": "-", "‐": "-", "‑": "-", "⁄": "/", "∕": "/", "∗": "*", "∶": ":", "’": "'", "‘": "`", "′": "'", "″": "''",
    "‴": "'''", "⁗": "''''", "{": r"\{", "}": r"\}", "%": r"\%", "#": r"\#", "$": r"\$", "&": r"\&", "_": r"\_",
    "‖": r"\|", "∥": r"\|", "\u00a0": "~", "\u2003": r"\quad ", "\u2002": r"\enspace ", "\u2005": r"\:", "\u2004": r"\;",
    "\u2009": r"\,", "\u200a": r"\,", "\u202f": r"\,", "\u205f": r"\:", "\u200b": "", "\u200c": "", "\u200d": "",
    "\u2061": "", "\u2062": "", "\u2063": "", "\u2064": "", "\u2060": "", "\ufeff": "",
}  # fmt: skip
"""Characters that are no commands of letters; what is invisible (`\\u2061` applies a function) is nothing."""
COMMANDS = (
    "α alpha β beta γ gamma δ delta ε varepsilon ϵ epsilon ζ zeta η eta θ theta ϑ vartheta ι iota κ kappa ϰ varkappa λ lambda "
    "μ mu µ mu ν nu ξ xi π pi ϖ varpi ρ rho ϱ varrho σ sigma ς varsigma τ tau υ upsilon φ varphi ϕ phi χ chi ψ psi ω omega "
    "Γ Gamma Δ Delta ∆ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega Ω Omega ϝ digamma "
    "\\ backslash ~ sim × times ÷ div ± pm ∓ mp · cdot ⋅ cdot ∙ bullet • bullet ∘ circ ⋆ star ★ bigstar ∖ setminus "
    "⊕ oplus ⊖ ominus ⊗ otimes ⊘ oslash ⊙ odot ⊞ boxplus ⊟ boxminus ⊠ boxtimes ⊡ boxdot † dagger ‡ ddagger ⨿ amalg ≀ wr "
    "∩ cap ∪ cup ⊎ uplus ⊓ sqcap ⊔ sqcup ∧ wedge ∨ vee ⊻ veebar ⊼ barwedge ⋄ diamond ◇ diamond △ triangle ▽ triangledown "
    "◃ triangleleft ▹ triangleright ⊲ vartriangleleft ⊳ vartriangleright ⋉ ltimes ⋊ rtimes ⋈ bowtie "
    "≤ leq ≥ geq ≦ leqq ≧ geqq ⩽ leqslant ⩾ geqslant ≪ ll ≫ gg ⋘ lll ⋙ ggg ≠ neq ≡ equiv ≈ approx ≃ simeq ≅ cong ∼ sim "
    "≁ nsim ≇ ncong ∝ propto ≐ doteq ≔ coloneqq ≜ triangleq ≺ prec ≻ succ ≼ preceq ≽ succeq ⪯ preceq ⪰ succeq "
    "≮ nless ≯ ngtr ≰ nleq ≱ ngeq ≲ lesssim ≳ gtrsim ≶ lessgtr ≷ gtrless ≍ asymp ⊥ perp ∣ mid ∤ nmid ∦ nparallel "
    "⊢ vdash ⊣ dashv ⊨ models ⊩ Vdash ⊤ top ⌢ frown ⌣ smile "
    "∈ in ∉ notin ∋ ni ⊂ subset ⊃ supset ⊆ subseteq ⊇ supseteq ⊊ subsetneq ⊋ supsetneq ⊄ not\\subset ⊈ nsubseteq ⊉ nsupseteq "
    "⊏ sqsubset ⊐ sqsupset ⊑ sqsubseteq ⊒ sqsupseteq ∅ emptyset ⌀ emptyset ∀ forall ∃ exists ∄ nexists ¬ neg "
    "∴ therefore ∵ because ∎ blacksquare □ square ■ blacksquare ∞ infty ∂ partial ∇ nabla √ surd ∠ angle ∡ measuredangle "
    "∢ sphericalangle ° circ ℏ hbar ħ hbar ℓ ell ℑ Im ℜ Re ℘ wp ℵ aleph ℶ beth ℷ gimel ℸ daleth ð eth ı imath ȷ jmath ∁ complement "
    "← leftarrow → to ↑ uparrow ↓ downarrow ↔ leftrightarrow ↕ updownarrow ↖ nwarrow ↗ nearrow ↘ searrow ↙ swarrow "
    "⇐ Leftarrow ⇒ Rightarrow ⇑ Uparrow ⇓ Downarrow ⇔ Leftrightarrow ⇕ Updownarrow ⟵ longleftarrow ⟶ longrightarrow "
    "⟷ longleftrightarrow ⟸ Longleftarrow ⟹ Longrightarrow ⟺ Longleftrightarrow ↦ mapsto ⟼ longmapsto ↪ hookrightarrow "
    "↩ hookleftarrow ↠ twoheadrightarrow ↞ twoheadleftarrow ↣ rightarrowtail ↢ leftarrowtail ⇌ rightleftharpoons "
    "⇋ leftrightharpoons ⇀ rightharpoonup ⇁ rightharpoondown ↼ leftharpoonup ↽ leftharpoondown ⇄ rightleftarrows "
    "⇆ leftrightarrows ↛ nrightarrow ↚ nleftarrow ⇏ nRightarrow ⇍ nLeftarrow ⇎ nLeftrightarrow ⇝ leadsto ↺ circlearrowleft "
    "↻ circlearrowright … ldots ⋯ cdots ⋮ vdots ⋱ ddots ∑ sum ∏ prod ∐ coprod ∫ int ∬ iint ∭ iiint ⨌ iiiint ∮ oint ∯ oiint "
    "∰ oiiint ⋂ bigcap ⋃ bigcup ⋀ bigwedge ⋁ bigvee ⨀ bigodot ⨁ bigoplus ⨂ bigotimes ⨄ biguplus ⨆ bigsqcup "
    "⟨ langle ⟩ rangle 〈 langle 〉 rangle ⌈ lceil ⌉ rceil ⌊ lfloor ⌋ rfloor ⎰ lmoustache ⎱ rmoustache ⟮ lgroup ⟯ rgroup "
    "⌜ ulcorner ⌝ urcorner ⌞ llcorner ⌟ lrcorner ♠ spadesuit ♡ heartsuit ♢ diamondsuit ♣ clubsuit ♭ flat ♮ natural ♯ sharp "
    "✓ checkmark ⊺ intercal ⋔ pitchfork ⊸ multimap ℧ mho Ⅎ Finv § S ¶ P £ pounds"
)
"""Characters and the commands for them, one after the other."""
LISTED = COMMANDS.split(" ")
NAMES = dict(zip(LISTED[::2], LISTED[1::2], strict=True))
SYMBOLS = PLAIN | {character: f"\\{name} " for character, name in NAMES.items()}
"""LaTeX by character."""
ACCENTS = {
    "\u0300": "grave", "\u0301": "acute", "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "overline",
    "\u0306": "breve", "\u0307": "dot", "\u0308": "ddot", "\u030a": "mathring", "\u030c": "check", "\u20d7": "vec",
    "\u20db": "dddot",
    "\u20dc": "ddddot", "\u20d6": "overleftarrow", "\u20e1": "overleftrightarrow", "\u0331": "underline", "\u0332": "underline",
    "\u0338": "not", "`": "grave", "´": "acute", "^": "hat", "ˆ": "hat", "~": "tilde", "˜": "tilde", "¯": "bar", "‾": "overline",
    "˘": "breve", "˙": "dot", "¨": "ddot", "ˇ": "check", "→": "vec", "←": "overleftarrow", "↔": "overleftrightarrow",
    "_": "underline",
    "⏞": "overbrace", "⏟": "underbrace", "⏠": "overparen", "⏡": "underparen", "⎴": "overbracket", "⎵": "underbracket",
    "\u20d0": "overset{\\leftharpoonup}", "\u20d1": "overset{\\rightharpoonup}",
    "\u20ee": "underleftarrow", "\u20ef": "underrightarrow",
}  # fmt: skip
"""Commands that put a mark over or under something, by the character of the mark."""
WIDE = {"hat": "widehat", "tilde": "widetilde", "bar": "overline", "vec": "overrightarrow"}
"""Those that grow with what they stand over, by the ones that do not."""
FUNCTIONS = frozenset((
    "arccos", "arcsin", "arctan", "arg", "cos", "cosh", "cot", "coth", "csc", "deg", "det", "dim", "exp", "gcd", "hom", "inf",
    "ker", "lg", "lim", "liminf", "limsup", "ln", "log", "max", "min", "Pr", "sec", "sin", "sinh", "sup", "tan", "tanh",
))  # fmt: skip
"""Names of functions that LaTeX knows."""
ALPHABETS = (
    ("DOUBLE-STRUCK", "mathbb"), ("FRAKTUR", "mathfrak"), ("BLACK-LETTER", "mathfrak"), ("SCRIPT", "mathcal"),
    ("MONOSPACE", "mathtt"), ("SANS-SERIF", "mathsf"),
)  # fmt: skip
"""Words in the names of letters of mathematical alphabets, and the commands for these; bold and italic are told aside."""
SCRIPTS = {"<super>": "^", "<sub>": "_"}
COMMAND = re.compile(r"\\[A-Za-z]+")
TIDY = re.compile(r"(\\[A-Za-z]+) (?![A-Za-z0-9\\ ])")
BLANKS = re.compile(r" {2,}")
TEXT_SPECIAL = re.compile(r"[\\{}$&#%_^~]")
IN_TEXT = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}


def latex_of(text: str) -> str:
    """Characters of a formula as LaTeX, commands followed by a blank; marks that combine are put over what they follow."""
    if text.isascii() and text.isalnum():
        return text
    parts: list[str] = []
    for character in text:
        if unicodedata.combining(character) and parts and character in ACCENTS:
            parts.append(accented(ACCENTS[character], parts.pop().strip()))
            continue
        told = SYMBOLS[character] if character in SYMBOLS else character_of(character)
        if parts and told[:2] in ("^{", "_{") and parts[-1].startswith(told[:2]):
            told = parts.pop()[:-1] + told[2:]
        parts.append(told)
    return "".join(parts)


def character_of(character: str) -> str:
    """A character that has no command of its own: a letter of an alphabet, one that is raised, or itself."""
    if character.isascii():
        return character
    kind = unicodedata.decomposition(character).partition(" ")[0]
    plain = unicodedata.normalize("NFKC", character)
    if kind in SCRIPTS:
        return f"{SCRIPTS[kind]}{{{latex_of(plain)}}}"
    if kind == "<font>":
        return lettered(unicodedata.name(character, ""), SYMBOLS.get(plain, plain).strip())
    return character


def lettered(name: str, letter: str) -> str:
    """A letter of the mathematical alphabet that a character of this name is of."""
    command = next((command for word, command in ALPHABETS if word in name), "")
    if "BOLD" in name and not command:
        return f"\\{'boldsymbol' if 'ITALIC' in name or letter.startswith(chr(92)) else 'mathbf'}{{{letter}}}"
    return f"\\{command}{{{letter}}}" if command else f"{letter} " if letter.startswith("\\") else letter


def accented(command: str, inner: str) -> str:
    """Something under or over which a mark stands; marks over more than a letter are wide."""
    is_single = len(inner) == 1 or COMMAND.fullmatch(inner)
    return f"\\{command if is_single else WIDE.get(command, command)}{{{inner}}}"


def in_text(text: str) -> str:
    """Words among a formula."""
    if not text:
        return ""
    return f"\\text{{{TEXT_SPECIAL.sub(lambda found: IN_TEXT.get(found[0], chr(92) + found[0]), text)}}}"


def named(name: str) -> str:
    """A function or an operator by its name."""
    return f"\\{name} " if name in FUNCTIONS else f"\\operatorname{{{name}}}" if len(name) > 1 else latex_of(name)


def tidied(latex: str) -> str:
    """LaTeX without the blanks that part nothing."""
    return BLANKS.sub(" ", TIDY.sub(r"\1", latex)).strip()
