"""The pages of one range as the native reader gives them; some of them may have to be read anew, with further options."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from engines.containers import pdf_native
from engines.page_selection import consecutive, page_expression


class NativePages:
    """Pages by number, read with `options`. `report` is called before each further reading, and may raise to stop the work."""

    def __init__(
        self, content: bytes, options: dict[str, Any], pages: Iterable[Any], report: Callable[[], None]
    ) -> None:
        self._content = content
        self._options = options
        self._report = report
        self._further: dict[int, dict[str, Any]] = {}
        self.by_number = {one.page_num: one for one in pages}

    def options_of(self, number: int) -> dict[str, Any]:
        """The options with which a page was read."""
        return self._options | self._further.get(number, {})

    def seen_with(self, numbers: Iterable[int], further: dict[str, Any]) -> dict[int, Any]:
        """Pages, by number, as they are with further options; those that then cannot be read are missing."""
        self._report()
        pages = pdf_native.read(self._content, page_expression(consecutive(numbers)), **self._options | further).pages
        return {one.page_num: one for one in pages}

    def read_anew(self, numbers: Iterable[int], further: dict[str, Any]) -> None:
        """Take pages as they are with further options from now on.

        All pages of the range are read with them, as the levels of headings are judged over all.
        """
        groups: list[tuple[dict[str, Any], list[int]]] = []
        for number in numbers:
            whole = self._further.get(number, {}) | further
            group = next((group for options, group in groups if options == whole), None)
            if group is None:
                groups.append((whole, [number]))
            else:
                group.append(number)
        for options, group in groups:
            pages = self.seen_with(self.by_number, options)
            for number in group:
                if number in pages:
                    self._further[number], self.by_number[number] = options, pages[number]


def key_of(piece: Any) -> tuple[str, int, int]:
    """What a piece of text is recognised by in another reading of its page."""
    return piece.text, round(piece.x), round(piece.y)
