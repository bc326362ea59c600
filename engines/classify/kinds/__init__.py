"""What is known of common kinds of documents, before any rule is read: the `.toml` files of this folder, a table a kind.

`names`: what people call it, `asked`: words by which rules describe it; both tell which kinds a rule means. The rest tells
whether a document is of the kind: `title`: what stands at its top; `sure`, `strong` and `cues`: words and phrases found
in it, the first two rarely elsewhere; `form`: how it looks (engines.classify.form); `against`: words and looks that speak against
it. A kind with a `parent` is a sort of that and shares its marks. All are written from general knowledge of such
documents, in English and with the commonest words of other languages; none was drawn from a set that is measured on.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.classify.words import is_telling, stems, tokens

Cue = tuple[str, ...]
"""A word or a phrase as stems, or a single `#form`."""

SURE, STRONG, PLAIN, FORM, AGAINST = 2.5, 1.0, 0.35, 1.0, -0.7
"""Weights of the marks of a kind; those of its parent count half."""
PARENTS_SHARE = 0.5
MOST_LOOKS = 2.0
"""How a document looks speaks for a kind at most so many times as much as its words do, unless it is a sure sign."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document."""

    key: str
    parent: str | None
    names: tuple[Cue, ...]
    asked: tuple[Cue, ...]
    titles: Mapping[Cue, float]
    marks: Mapping[Cue, float]
    """Weights, negative for what speaks against the kind."""


@functools.cache
def kinds() -> Mapping[str, Kind]:
    """All kinds that are known."""
    tables: dict[str, dict[str, str]] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        tables |= tomllib.loads(path.read_text(encoding="utf-8"))
    rarity = Rarity(set(split(one.get("strong", ""))) | set(split(one.get("cues", ""))) for one in tables.values())
    own = {key: own_marks(table, rarity) for key, table in tables.items()}
    titled = Rarity(set(split(table.get("title", ""))) for table in tables.values())
    return {
        key: Kind(
            key,
            table.get("parent"),
            tuple(split(table["names"])),
            tuple(split(table.get("asked", ""))),
            {title: titled[title] for title in split(table.get("title", ""))},
            inherited(key, tables, own),
        )
        for key, table in tables.items()
    }


def own_marks(table: Mapping[str, str], rarity: Rarity) -> dict[Cue, float]:
    """The marks of a kind without those of its parent; rarer among the kinds, they weigh more."""
    marks: dict[Cue, float] = {}
    for field, weight in (("cues", PLAIN), ("strong", STRONG)):
        marks |= {cue: weight * rarity[cue] for cue in split(table.get(field, ""))}
    marks |= dict.fromkeys(split(table.get("form", "")), FORM)
    marks |= dict.fromkeys(split(table.get("sure", "")), SURE)
    return marks | dict.fromkeys(split(table.get("against", "")), AGAINST)


def inherited(
    key: str, tables: Mapping[str, Mapping[str, str]], own: Mapping[str, dict[Cue, float]]
) -> dict[Cue, float]:
    """The marks of a kind and, weaker, of those it is a sort of."""
    marks: dict[Cue, float] = {}
    share, at = 1.0, key
    while at:
        marks = {cue: share * weight for cue, weight in own[at].items()} | marks
        share, at = PARENTS_SHARE, tables[at].get("parent", "")
    return marks


class Rarity:
    """How little is shared: 1 for what stands in one list only, less the more lists have it."""

    def __init__(self, lists: Iterable[set[Cue]]) -> None:
        counts: Counter[Cue] = Counter()
        total = 0
        for one in lists:
            counts.update(one)
            total += 1
        self._counts, self._log = counts, math.log(total + 1)

    def __getitem__(self, cue: Cue) -> float:
        return 1 - math.log(max(1, self._counts[cue])) / self._log


def split(field: str) -> Iterator[Cue]:
    """The entries of a list with commas; those that say nothing, as a single letter, are left out."""
    for entry in field.split(","):
        one = entry.strip()
        if one.startswith("#"):
            yield (one,)
        elif any(is_telling(word) for word in tokens(one)):
            yield stems(one)


def contains(words: Cue, name: Cue) -> bool:
    """Whether a name stands in some words, its words side by side."""
    size = len(name)
    return any(words[at : at + size] == name for at in range(len(words) - size + 1))


@functools.cache
def bearers() -> Mapping[Cue, tuple[tuple[str, float], ...]]:
    """Of each mark the kinds that it speaks for or against, with its weight."""
    found: defaultdict[Cue, list[tuple[str, float]]] = defaultdict(list)
    for key, kind in kinds().items():
        for cue, weight in kind.marks.items():
            found[cue].append((key, weight))
    return {cue: tuple(one) for cue, one in found.items()}


@functools.cache
def titled() -> Mapping[Cue, tuple[tuple[str, float], ...]]:
    """Of each title the kinds that bear it, with how rare it is among the kinds."""
    found: defaultdict[Cue, list[tuple[str, float]]] = defaultdict(list)
    for key, kind in kinds().items():
        for title, rarity in kind.titles.items():
            found[title].append((key, rarity))
    return {title: tuple(one) for title, one in found.items()}


Starts = Mapping[str, Mapping[str, tuple[Cue, ...]]]
"""Phrases by their first word, and by their second, which is empty where they have one word only."""


def by_start(cues: Iterable[Cue]) -> Starts:
    """Phrases ready to be found."""
    found: dict[str, dict[str, tuple[Cue, ...]]] = {}
    for cue in sorted(cues):
        second = cue[1] if len(cue) > 1 else ""
        of_first = found.setdefault(cue[0], {})
        of_first[second] = (*of_first.get(second, ()), cue)
    return found


@functools.cache
def phrases() -> Starts:
    """The marks of several words, by their first."""
    return by_start(cue for cue in bearers() if len(cue) > 1)


@functools.cache
def titles() -> Starts:
    """The titles, by their first word."""
    return by_start(titled())


def found_in(words: Sequence[str], starts: Starts) -> list[Cue]:
    """Those of some phrases that stand in some words, each as often as it does."""
    found: list[Cue] = []
    for at, word in enumerate(words):
        followed = starts.get(word)
        if followed is None:
            continue
        found.extend(followed.get("", ()))
        begun = followed.get(words[at + 1]) if at + 1 < len(words) else None
        if begun:
            found.extend(one for one in begun if len(one) == 2 or tuple(words[at : at + len(one)]) == one)
    return found


def evidence_of(strengths: Mapping[Cue, float]) -> dict[str, float]:
    """How much marks of these strengths speak for each kind; never negative, and 0 where no word speaks for it."""
    index = bearers()
    words, looks = dict.fromkeys(kinds(), 0.0), dict.fromkeys(kinds(), 0.0)
    for cue, strength in strengths.items():
        is_look = cue[0].startswith("#")
        for key, weight in index.get(cue, ()):
            (looks if is_look and weight < SURE else words)[key] += weight * strength
    return {key: max(0.0, total + min(looks[key], MOST_LOOKS * max(0.0, total))) for key, total in words.items()}
