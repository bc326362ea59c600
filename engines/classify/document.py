"""A document as the classifier sees it: which marks it has and how strongly, what stands at its top, its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath

from engines.classify.form import form_of
from engines.classify.kinds import Cue, found_in, phrases
from engines.classify.words import is_telling, stem, tokens

MOST_CHARACTERS = 12_000
"""Longer texts are judged by their beginning."""
FORM_CHARACTERS = 5_000
"""How a text looks is seen from its beginning too."""
WORDS_PER_CUE = 600
"""A mark that occurs once in so many words is half as strong as can be."""
HEAD_LINES, HEAD_LENGTH = 14, 120
"""What may be a title: so many lines at the top, of so many characters."""

OPENING_WORDS = 16
"""Of a text without lines, so many words may be its title and what stands beside it."""

NAME_PLACE = 0.5
"""How much a title in the name of a file counts, beside one in the first line."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen of one document."""

    strengths: Mapping[Cue, float]
    """Of words, phrases and looks, from 0 to 1."""
    counts: Counter[str]
    """Of stems that say something."""
    surfaces: Mapping[str, str]
    """Of each stem a word as it was written."""
    head: tuple[tuple[tuple[str, ...], float], ...]
    """The lines at the top as stems, and how much a title there counts."""


def look(text: str, name: str = "", shown: Mapping[str, float] | None = None) -> Sight:
    """See a document; `text` is cut where it is longer than MOST_CHARACTERS. `name` is that of its file.

    `shown` are marks that do not come from the text, with their strength (engines.classify.pages).
    """
    text = text[:MOST_CHARACTERS]
    words = tokens(text)
    surfaces = {word: stem(word) for word in set(words)}
    sequence = [surfaces[word] for word in words]
    size = len(sequence)
    counted = Counter(sequence)
    found = Counter(found_in(sequence, phrases()))
    strengths: dict[Cue, float] = {(word,): strength(n, size) for word, n in counted.items()}
    strengths |= {phrase: strength(n, size) for phrase, n in found.items()}
    seen = text[:FORM_CHARACTERS]
    form = form_of(seen, words[: max(1, round(size * len(seen) / len(text)))] if text else words)
    strengths |= {(mark,): value for mark, value in form.items()}
    strengths |= {(mark,): value for mark, value in (shown or {}).items()}
    telling = {one for word, one in surfaces.items() if is_telling(word)}
    return Sight(
        strengths,
        Counter({one: n for one, n in counted.items() if one in telling}),
        {stem(word): word for word in tokens(name)} | {one: word for word, one in surfaces.items()},
        (*head_of(text), *name_of(name)),
    )


def strength(count: int, size: int) -> float:
    """How strong a mark is that occurs so often among so many words, from 0 to 1."""
    return count / (count + size / WORDS_PER_CUE)


def name_of(file_name: str) -> list[tuple[tuple[str, ...], float]]:
    """The words of a file's name, which may be a title, with how little they count."""
    words = tuple(stem(word) for word in tokens(PurePath(file_name).stem.replace("_", " ")) if word.isalpha())
    return [(words, NAME_PLACE)] if words else []


def head_of(text: str) -> list[tuple[tuple[str, ...], float]]:
    """The lines at the top that may be titles, with how much they count: the first ones most."""
    lines = [line for line in text[: HEAD_LINES * 200].splitlines() if line.strip()][:HEAD_LINES]
    head = []
    for at, line in enumerate(lines):
        if len(line) <= HEAD_LENGTH:
            head.append((tuple(stem(word) for word in tokens(line)), max(0.4, 1 - 0.08 * at)))
        elif at == 0:
            head.append((tuple(stem(word) for word in tokens(line[:HEAD_LENGTH]))[:OPENING_WORDS], 0.6))
    return head
