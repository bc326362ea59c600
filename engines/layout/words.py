"""Words of a page: characters that belong together, with their box, font and baseline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import bidirectional

from engines.build.scripts import set_off
from engines.containers.pdfium import Bounds, Font, PdfPage, TextRun

WORD_GAP = 0.16
"""Share of the size by which two characters may be apart within a word."""
BACK = 0.6
"""Share of the size by which a character may begin before the end of the one that it follows."""
SAME_BASELINE = 0.12
"""Share of the size by which baselines within a word may differ."""
INITIAL = 1.8
"""Ratio of the size of an initial over several lines to that of these at least."""
ANOTHER_LINE = 0.8
"""Share of the size by which the baselines of words on two lines differ at least."""
SMALLER = 0.9
"""Ratio of sizes below which a character may be a raised or lowered mark."""
SAME_BASELINE_OF_MARK = 0.05
"""Share of the size by which those of letters and of a mark between them may differ."""
SPACED_LETTERS = 5
"""Letters of a run that show whether it is set with letter spacing."""
SPACED = 0.08
"""Share of the size that letters set with letter spacing are apart."""
LEAN = frozenset({1, 2, 358, 359})
"""Degrees at which text still counts as upright."""
NOTE_SIZE = 10.0
"""Points of the text of notes on a page without any other."""

BLANKS = frozenset(" \t\r\n\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000")
NOTHING = frozenset("\u00ad\u200b\ufeff\u2060")
HYPHEN = "\x02"
"""What PDFium makes of a hyphen at the end of a line."""
UNKNOWN = "\ufffd"
"""A character that its font does not identify."""
SIMPLE = re.compile("[ -~\u00a1-\u00ac\u00ae-\u058f\u2010-\u2021\u2024-\u2027\u2030-\u205e\u20a0-\u214f]*")
"""What is written from left to right, and parted by nothing but blanks: letters, digits, punctuation; no bullets."""
RIGHT_TO_LEFT = frozenset({"R", "AL"})
LONGEST = 1000
"""Letters of a word; longer ones are an attack, and parted."""
FIRST_RECOGNISED = 1_000_000
"""Where words that OCR has read begin in the order of the content: far behind what else is on the page."""
LAST_LEFT_TO_RIGHT = "\u058f"
"""No character up to this one is written from right to left."""
SYMBOLS = {
    "\uf0b7": "•",
    "\uf0a7": "▪",
    "\uf06e": "■",
    "\uf0d8": "➢",
    "\uf0e0": "→",
    "\uf0fc": "✓",
    "\uf0fe": "☑",
    "\uf0a8": "☐",
    "\uf06f": "☐",
    "\uf076": "❖",
}
"""What single characters of the fonts Symbol and Wingdings show, whose codes are for private use."""
SURE_BULLETS = frozenset("•◦▪▫‣●■□➢➤⮚►▶❖")
"""Marks that part from what follows without a blank."""


@dataclass(slots=True)
class Word:
    """A word; lengths in points from the upper left corner of the page."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float
    font: Font
    glued: bool = False
    """True when no blank stands between it and the word before."""
    raised: int = 0
    """1 of a superscript, -1 of a subscript."""
    url: str = ""
    """Where a link on it leads to."""
    unlinked: tuple[int, int] = (0, 0)
    """Letters at its beginning and at its end that the link does not lie on."""
    place: int = 0
    """Where it comes in the order of the content."""

    @property
    def width(self) -> float:
        """Its width in points."""
        return self.right - self.left

    @property
    def middle(self) -> tuple[float, float]:
        """The point in the middle of its letters."""
        return (self.left + self.right) / 2, self.baseline - 0.3 * self.size


def words_of(page: PdfPage, angle: int = 0) -> list[Word]:
    """The words at this angle, in the order of the content; what stands outside of the page is left out."""
    words = WordBuilder(page)
    upright = [run for run in page.runs if run.angle == angle or (not angle and run.angle in LEAN)]
    for some in stretches(upright, words.gaps):
        words.add(some)
    words.end()
    found = with_initials(words.found)
    for number, word in enumerate(found):
        word.place = number
    return found


def stretches(runs: Iterable[TextRun], gaps: Sequence[float]) -> Iterator[list[TextRun]]:
    """Runs that follow each other on one baseline and look alike: many programs draw each word, or each letter, by itself.

    `gaps` are those behind the characters of the page.
    """
    some: list[TextRun] = []
    for run in runs:
        if some:
            last = some[-1]
            is_alike = run.font is last.font and run.size == last.size and run.baseline == last.baseline
            if not is_alike or run.start != last.end or abs(gaps[last.end - 1]) > WORD_GAP * run.size:
                yield some
                some = []
        some.append(run)
    if some:
        yield some


class WordBuilder:
    """Gathers characters into words."""

    def __init__(self, page: PdfPage) -> None:
        self._text, self._bounds, self.gaps = page.characters, page.bounds, page.bounds.gaps()
        self._width, self._height = page.width, page.height
        self.found: list[Word] = []
        self._open: Word | None = None
        self._run: TextRun | None = None
        """The run that the open word began in."""
        self._after_blank = True
        self._last = 0
        """The place of the last character of the open word."""

    def add(self, runs: Sequence[TextRun]) -> None:
        """Go through the characters of a stretch of runs: of all of them at once where they stand close together."""
        run, start, end = runs[0], runs[0].start, runs[-1].end
        text, gaps = self._text[start:end], self.gaps[start : end - 1]
        limit = WORD_GAP * run.size
        goes_back, is_loose = (min(gaps) <= -limit, max(gaps) > limit) if gaps else (False, False)
        box = self._bounds.stretch(start, end - 1)
        if len(runs) > 1 and (goes_back or is_loose or not self._is_inside(box)):
            for one in runs:
                self.add([one])
            return
        if goes_back or is_loose:
            limit += letter_spacing(text, gaps, run)
        if goes_back or not SIMPLE.fullmatch(text) or not self._is_seen(box):
            self._add_each(text, start, run, limit)
        else:
            self._add_parts(text, run, limit, is_loose=is_loose)

    def _add_parts(self, text: str, run: TextRun, limit: float, *, is_loose: bool) -> None:
        """Go through a run that is parted by blanks, and where it is loose by gaps, without looking at each character."""
        at = run.start
        for number, part in enumerate(text.split(" ")):
            if number:
                self.end()
                self._after_blank = True
            end = at + len(part)
            if is_loose and max(self.gaps[at : end - 1], default=0.0) > limit:
                self._add_each(part, at, run, limit)
            elif part:
                self._put(part, at, self._bounds.stretch(at, end - 1), run, limit)
            at = end + 1

    def _add_each(self, text: str, start: int, run: TextRun, limit: float) -> None:
        """Go through the characters of a run, or of a part of it, one by one."""
        for at, one in enumerate(text, start):
            if one in BLANKS:
                self.end()
                self._after_blank = True
            elif one not in NOTHING and self._is_seen(box := self._bounds.stretch(at, at)):
                character = one if one >= " " else "-" if one == HYPHEN else UNKNOWN
                self._put(character, at, box, run, limit)

    def _is_inside(self, box: Bounds) -> bool:
        """Whether all of something lies on the page."""
        left, top, right, bottom = box
        width, height = self._width, self._height
        return not width or (left >= 1 and top >= 1 and right <= width - 1 and bottom <= height - 1)

    def _is_seen(self, box: Bounds) -> bool:
        """Whether something reaches into the page: a run that does is kept whole. A space without edges has no outside."""
        width, height = self._width, self._height
        return not width or (box[2] >= 1 and box[0] <= width - 1 and box[3] >= 1 and box[1] <= height - 1)

    def end(self) -> None:
        """End the open word."""
        if self._open is not None:
            self._open.text = SYMBOLS.get(self._open.text, self._open.text)
            self.found.append(self._open)
            self._open = None

    def _put(self, text: str, at: int, box: Bounds, run: TextRun, limit: float) -> None:
        """Go on with what stands in a box, from a place on."""
        word, last = self._open, self._last
        self._last = at + len(text) - 1
        if word is not None and len(word.text) >= LONGEST:
            self.end()
            self._after_blank = False
        elif word is not None:
            gap = box[0] - word.right
            if box[0] == self._bounds.left(last):  # parts of a ligature share their place
                gap = 0.0
            elif gap < 0:
                gap = distance(word, text, box)
            if gap > limit or gap < -BACK * run.size:
                self.end()
                self._after_blank = not is_initial(word, run.baseline, run.size)
            elif self._run and (word.text in SURE_BULLETS or (run is not self._run and is_another(run, self._run))):
                self.end()
                self._after_blank = abs(run.baseline - self._run.baseline) > ANOTHER_LINE * max(
                    run.size, self._run.size
                )
        if self._open is None:
            self._open = Word(text, *box, run.baseline, run.size, run.font, glued=not self._after_blank)
            self._run, self._after_blank = run, False
        else:
            extend(self._open, text, box)


def with_initials(words: list[Word]) -> list[Word]:
    """The words, with each initial that stands over several lines put to the word it begins."""
    initials = {at for at, (one, other) in enumerate(pairwise(words)) if len(one.text) == 1 and begins(one, other)}
    for at in sorted(initials):
        word = words[at + 1]
        word.text = words[at].text + ("" if word.glued else " ") + word.text
        word.glued = words[at].glued
    return [word for at, word in enumerate(words) if at not in initials] if initials else words


def begins(initial: Word, word: Word) -> bool:
    """Whether an initial begins the word after it."""
    return is_initial(initial, word.baseline, word.size) and -1 < (word.left - initial.right) / word.size < 2


def is_initial(word: Word, baseline: float, size: float) -> bool:
    """Whether a word is a large capital beside a line that has this baseline and size, and beside the one below."""
    if len(word.text) != 1 or word.size < INITIAL * size or not word.text.isupper():
        return False
    return 0.8 * size < word.baseline - baseline < word.size


def extend(word: Word, character: str, box: Bounds) -> None:
    """Put a character to the end of a word."""
    left, top, right, bottom = box
    is_after = left > word.left and right > word.right
    if is_after and character > LAST_LEFT_TO_RIGHT and is_right_to_left(character[0]):
        word.text = character + word.text
    else:
        word.text += character
    word.right = max(word.right, right)
    if left < word.left or top < word.top or bottom > word.bottom:  # few do
        word.left, word.top, word.bottom = min(word.left, left), min(word.top, top), max(word.bottom, bottom)


def distance(word: Word, character: str, box: Bounds) -> float:
    """Points between a word and the character after it, in the direction in which these are written."""
    gap = box[0] - word.right
    if gap >= 0 or (character <= LAST_LEFT_TO_RIGHT and word.text[-1] <= LAST_LEFT_TO_RIGHT):
        return gap
    if is_right_to_left(character[0]):
        return max(gap, word.left - box[2])
    is_mark = is_right_to_left(word.text[-1]) and not character.isalnum()
    return word.left - box[2] if is_mark else gap


def is_right_to_left(character: str) -> bool:
    """Whether a letter is of a script that is written from right to left."""
    return bidirectional(character) in RIGHT_TO_LEFT


def is_another(run: TextRun, first: TextRun) -> bool:
    """Whether a run cannot go on with the word that another one began: it stands higher, or looks otherwise."""
    one, other = run.font, first.font
    if one is other and run.baseline == first.baseline:
        return False
    looks_alike = one is other or (one.bold, one.italic, one.fixed) == (other.bold, other.italic, other.fixed)
    may_be_mark = min(run.size, first.size) < SMALLER * max(run.size, first.size)
    same = SAME_BASELINE_OF_MARK if may_be_mark else SAME_BASELINE
    return not looks_alike or abs(run.baseline - first.baseline) > same * run.size


def letter_spacing(characters: Sequence[str], gaps: Sequence[float], run: TextRun) -> float:
    """Points that the letters of a run are set apart, when they all are; else 0. `gaps` are those after each but the last."""
    inner = [
        gap
        for gap, (one, other) in zip(gaps, pairwise(characters), strict=True)
        if one not in BLANKS and other not in BLANKS
    ]
    if len(inner) < SPACED_LETTERS - 1:
        return 0.0
    middle = sorted(inner)[len(inner) // 2]
    return middle if middle > SPACED * run.size else 0.0


def words_of_notes(page: PdfPage) -> list[Word]:
    """Words of what no content stream draws, in the boxes of their fields and remarks."""
    sizes = sorted(run.size for run in page.runs)
    usual = sizes[len(sizes) // 2] if sizes else NOTE_SIZE
    words = [word for note in page.notes for word in note_words(note.text.splitlines(), note.bounds, usual)]
    baselines = [run.baseline for run in page.runs if not run.angle]
    for number, word in enumerate(words):
        word.place = -2 * number - 2  # they follow nothing
        beside = [one for one in baselines if abs(one - word.baseline) < 0.6 * word.size]
        word.baseline = min(beside, key=lambda one: abs(one - word.baseline), default=word.baseline)
    return words


def note_words(lines: Sequence[str], bounds: Bounds, usual: float) -> Iterator[Word]:
    """The words of some lines that fill a box; letters are taken for half as wide as high."""
    left, top, right, bottom = bounds
    height = (bottom - top) / len(lines)
    size = min(usual, 0.8 * height) or usual
    for number, line in enumerate(lines):
        middle = top + height * (number + 0.5)
        at = left + 1
        for text in line.split():
            end = at + min(0.5 * size * len(text), max(1.0, right - at))
            yield Word(text, at, middle - size / 2, end, middle + size / 2, middle + 0.33 * size, size, Font(""))
            at = end + 0.25 * size


def shown(word: Word) -> str:
    """The text of a word; digits set above or below the line are the characters that Unicode has for these."""
    return set_off(word.text, word.raised)
