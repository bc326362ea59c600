"""Raised and lowered text: 10⁶ is not 106. Unicode has digits and signs of this kind; other text is marked in Markdown alone."""

from __future__ import annotations

RAISED = str.maketrans("0123456789+-−=()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾")
LOWERED = str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")


def set_off(text: str, raised: int) -> str:
    """The text as characters that Unicode has for it above (1) or below (-1) the line; as it is where it has letters."""
    return text.translate(RAISED if raised > 0 else LOWERED) if raised and has_characters(text) else text


def has_characters(text: str) -> bool:
    """Whether Unicode has raised and lowered forms of a text: of one with digits and without letters."""
    return any(map(str.isdigit, text)) and not any(map(str.isalpha, text))


def tagged(markdown: str, text: str, raised: int) -> str:
    """The Markdown of a text with HTML's tags for what is raised or lowered, where its characters do not say so themselves."""
    if not raised or has_characters(text):
        return markdown
    tag = "sup" if raised > 0 else "sub"
    return f"<{tag}>{markdown}</{tag}>"
