"""Running headers and footers: what repeats near the edge of the pages, and what a document declares as such.

Source: `hide_headers` and `hide_footers` in docs/parameters.md. A title counts when its text, numbers taken for equal,
stands at the same height of most pages, or of most pages of one side as in books; also when it begins or ends with a number
there that goes on from page to page, whatever else it says, such as the title of a chapter. The only page of a document has
one where a short line at its very edge is set well apart from the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest

from engines.context import Context
from engines.document import Document, Item, ItemKind, Page, Role
from engines.parameters import ParseParameters
from engines.render.items import item_result
from engines.render.tables import TableStyle

BAND = 0.12
"""Share of the page's height, at the top and at the bottom, that titles stand in."""
FAR = 0.25
"""The same for what stands above or below all else, as in books with wide margins."""
EDGE = 0.07
"""The same for the only page of a document."""
SHARE = 0.6
"""Share of the pages that a title repeats on."""
HEIGHT = 12.0
"""Titles whose middles lie within the same so many points stand at the same height."""
APART = 18.0
"""Points between a title and the content of the only page of a document."""
LONGEST = 120
"""Letters of a title; what is longer is content."""
NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
COUNTED = re.compile(r"(\d{1,4})(?=\s|$)|.*?(?<=\s)(\d{1,4})$", re.DOTALL)
"""A title that begins or ends with a number; that at its beginning comes first."""
ONE_ROW = 3.0
"""Points by which the heights of titles in one row differ at most."""
STYLE = TableStyle.of(ParseParameters())
TITLES = frozenset({ItemKind.TEXT, ItemKind.HEADING, ItemKind.LINK})


@dataclass(frozen=True, slots=True)
class TitleCandidate:
    """An item near an edge."""

    item: Item
    role: Role
    text: str
    """With every number alike."""
    height: float
    """Distance of its middle from the edge, in points."""
    page: int


def find_titles(document: Document, _parameters: ParseParameters, _context: Context) -> None:
    """Mark the running titles among the items, and give each page the text of its own."""
    if len(document.pages) == 1:
        near = titles_apart(document.pages[0])
    else:
        near = [one for page in document.pages for one in title_candidates(page, BAND, outermost(page))]
        near = [*repeated_titles(near, document.pages), *numbered_titles(near, document.pages)]
    titles = Counter(page for page, _ in {(one.page, id(one.item)) for one in near})
    empty = {page.number for page in document.pages if titles[page.number] == len(page.items)}
    for one in near:
        if one.page not in empty:  # what is all that a page says is no title
            one.item.role = one.role
    for page in document.pages:
        page.header = titles_in(page, Role.HEADER) or page.header
        page.footer = titles_in(page, Role.FOOTER) or page.footer


def outermost(page: Page) -> list[Item]:
    """The items above and below all others of a page, where there are such: of books whose margins are wide they are titles."""
    boxes = [(item, item.box) for item in page.items if item.box is not None]
    if not boxes:
        return []
    first, first_box = min(boxes, key=lambda one: one[1].y)
    last, last_box = max(boxes, key=lambda one: one[1].y + one[1].height)
    others = [box for item, box in boxes if item is not first]
    found = [first] if all(box.y >= first_box.y + first_box.height for box in others) else []
    others = [box for item, box in boxes if item is not last]
    return [*found, last] if all(box.y + box.height <= last_box.y for box in others) else found


def title_candidates(page: Page, band: float, ends: Sequence[Item] = ()) -> Iterable[TitleCandidate]:
    """The items of a page that are near enough to an edge, and short enough; `band` is a share of the page's height.

    Where a document has several pages, `ends` are those above and below all else, which may be further away.
    """
    for item in page.items:
        if item.box is None or item.kind not in TITLES or not item.text or len(item.text) > LONGEST:
            continue
        text = " ".join(item.text.lower().split())
        if item.kind is not ItemKind.HEADING:  # "Chapter 1" and "Chapter 2" are two headings, not one title
            text = NUMBER.sub("#", text)
        middle = item.box.y + item.box.height / 2
        near = FAR if any(item is one for one in ends) else band
        if item.box.y + item.box.height <= near * page.height:
            yield TitleCandidate(item, Role.HEADER, text, middle, page.number)
        elif item.box.y >= (1 - near) * page.height:
            yield TitleCandidate(item, Role.FOOTER, text, page.height - middle, page.number)


def repeated_titles(near: list[TitleCandidate], pages: list[Page]) -> list[TitleCandidate]:
    """The candidates whose like stands on most pages, or on most of the even or the odd ones."""
    alike: dict[tuple[Role, str, int], list[TitleCandidate]] = {}
    for one in near:
        alike.setdefault((one.role, one.text, round(one.height / HEIGHT)), []).append(one)
    sides = Counter(page.number % 2 for page in pages)
    titles = []
    for group in alike.values():
        on = {one.page for one in group}
        by_side = Counter(number % 2 for number in on)
        is_common = len(on) > 1 and len(on) >= SHARE * len(pages)
        if is_common or any(count > 1 and count >= SHARE * sides[side] for side, count in by_side.items()):
            titles += group
    return titles


def numbered_titles(near: list[TitleCandidate], pages: list[Page]) -> list[TitleCandidate]:
    """The candidates in one row with a number that counts the pages, at one height of most of them."""
    counted: dict[tuple[Role, int, int], list[TitleCandidate]] = {}
    for one in near:
        found = None if one.item.kind is ItemKind.HEADING else COUNTED.match(one.item.text.strip())
        if found:
            step = int(found[1] or found[2]) - one.page
            counted.setdefault((one.role, round(one.height / HEIGHT), step), []).append(one)
    most = [some for some in counted.values() if len({one.page for one in some}) >= max(2, SHARE * len(pages))]
    rows: dict[tuple[Role, int], list[float]] = {}
    for one in (one for some in most for one in some):
        rows.setdefault((one.role, one.page), []).append(one.height)
    return [one for one in near if any(abs(at - one.height) < ONE_ROW for at in rows.get((one.role, one.page), ()))]


def titles_apart(page: Page) -> list[TitleCandidate]:
    """The lines at the very edges of the only page of a document that keep their distance from everything else."""
    boxes = [item.box for item in page.items if item.box is not None]
    if len(boxes) < 2:
        return []
    tops = nsmallest(2, (box.y for box in boxes))
    bottoms = nlargest(2, (box.y + box.height for box in boxes))
    return [one for one in title_candidates(page, EDGE) if stands_apart(one, tops, bottoms)]


def stands_apart(one: TitleCandidate, tops: Sequence[float], bottoms: Sequence[float]) -> bool:
    """Whether a line keeps its distance from all else; given are the two highest tops on the page, and the two lowest bottoms."""
    box = one.item.box
    if box is None or one.item.kind is ItemKind.HEADING:
        return False
    top, bottom = box.y, box.y + box.height
    if one.role is Role.HEADER:
        return tops[top == tops[0]] - bottom >= APART
    return top - bottoms[bottom == bottoms[0]] >= APART


def titles_in(page: Page, role: Role) -> str:
    """The titles of a page in this role as Markdown, one a line."""
    return "\n".join(item_result(item, STYLE)["md"] for item in page.items if item.role is role)
