"""What a model writes of a page, held against what the page says: no peer can be believed that only asks the model."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

WORD = re.compile(r"[^\W_]+(?:['’.,:/-][^\W_]+)*")
"""A word or a number with what holds its parts together."""
MARKUP = re.compile(
    r"<[^<>]*>|\]\([^()\s]*\)|\\[A-Za-z]+|^```\w*|^[ \t]*\d+[.)](?=\s)|^[ \t]*+\|?+(?:[ \t]*+:?-++:?[ \t]*+\|)++[ \t:-]*+$",
    re.MULTILINE,
)
"""What Markdown, HTML and LaTeX add to words: tags, addresses, commands, fences, the numbers of lists, rules of tables."""
BREAK = re.compile(r"[-\u00ad\u2010]\s*\n\s*")
"""A word divided at the end of a line."""
SHORTEST_PART = 4
"""Letters of a word that may be found inside of others, since blanks are lost and found."""
MOST_NAMED = 5
"""How many invented numbers or names a warning tells."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """How well an answer and its page agree."""

    share: float
    """Of the answer's words those that the page has, from 0 to 1; 1 of an empty answer."""
    kept: float
    """Of the page's words those that the answer has; 1 of an empty page."""
    words: int
    """How many the answer has."""
    numbers: tuple[str, ...]
    """Numbers that the answer has and the page has not."""
    names: tuple[str, ...]
    """Capitalised words that the answer has and the page has not."""
    lost: tuple[str, ...]
    """Words that the page has and the answer has not."""

    @property
    def invented(self) -> str:
        """In words, what the page does not say; empty when there is no such thing."""
        told = (("numbers", self.numbers), ("names", self.names))
        return "; ".join(f"{what}: {', '.join(some[:MOST_NAMED])}" for what, some in told if some)


class Words:
    """The words of a text in a form that can be compared."""

    def __init__(self, text: str) -> None:
        plain = unicodedata.normalize("NFKC", MARKUP.sub(" ", text))
        self.written = WORD.findall(BREAK.sub("", plain))
        self.count = Counter(map(normal, self.written))
        self.count.update(normal(part) for word in self.written for part in re.split(r"\W+", word) if part != word)
        self._squeezed = re.sub(r"[\W_]+", "", BREAK.sub("", plain)).casefold()

    def has(self, word: str) -> bool:
        """Whether a word is among them; a long one may be a part of others."""
        key = normal(word)
        if key in self.count:
            return True
        if key.isdigit() and len(key) < SHORTEST_PART:
            return False
        return len(key) >= SHORTEST_PART and key in self._squeezed


words_of = functools.lru_cache(maxsize=4)(Words)
"""Many pages may be held against the same document."""


def normal(word: str) -> str:
    """A word without its case and what stands between its parts: `1,234.50` and `1234.50` are the same number."""
    return re.sub(r"[\W_]+", "", word).casefold()


def judged(answer: str, page: str, owed: str | None = None) -> Judgement:
    """Hold an answer against what the page says, and against what of it the answer owes: all, unless that is given."""
    written, said = Words(answer), words_of(page)
    due = said if owed is None else words_of(owed)
    strange = [word for word in written.written if not said.has(word)]
    lost = [word for word in due.written if not written.has(word)]
    return Judgement(
        share=1 - len(strange) / len(written.written) if written.written else 1.0,
        kept=1 - len(lost) / len(due.written) if due.written else 1.0,
        words=len(written.written),
        numbers=tuple(dict.fromkeys(word for word in strange if any(map(str.isdigit, word)))),
        names=tuple(dict.fromkeys(word for word in strange if word[0].isupper() and word.isalpha() and len(word) > 2)),
        lost=tuple(dict.fromkeys(lost)),
    )
