"""What stands around pages: prefix, suffix, and the separator between two of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from engines.parameters import PARAMETERS, ParseParameters
from engines.results import PageResult

PLACEHOLDERS = ("{pageNumber}", "{page_number}")
"""Both spellings occur in the documentation of the hosted service."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The strings of a job, placeholders not yet filled in."""

    separator: str
    markdown_separator: str
    """The same, unless tables were merged: then the Markdown is not paged."""
    prefix: str
    suffix: str

    @classmethod
    def of(cls, parameters: ParseParameters) -> Self:
        """The frame that a job asks for."""
        default = PARAMETERS["page_separator"].default
        separator = default if parameters.page_separator is None else parameters.page_separator
        is_merged = parameters.merge_tables_across_pages_in_markdown
        paging = "\n\n" if is_merged and not parameters.keep_page_separator_when_merging_tables else separator
        return cls(separator, paging, parameters.page_prefix or "", parameters.page_suffix or "")

    def around(self, content: str, page: int) -> str:
        """A page, by its number from 1, between its prefix and suffix."""
        if not self.prefix and not self.suffix:
            return content
        return numbered(self.prefix, page) + content + numbered(self.suffix, page)

    def joined(self, pages: list[PageResult], key: Literal["md", "text"]) -> str:
        """All pages; in a separator the placeholder is the number of the page that follows. Of nothing but empty pages, nothing."""
        if not any(page[key] for page in pages):
            return ""
        separator = self.markdown_separator if key == "md" else self.separator
        if separator != self.separator:
            return separator.join(page[key] for page in pages if page[key])
        parts: list[str] = []
        for page in pages:
            if parts:
                parts.append(numbered(separator, page["page"]))
            parts.append(page[key])
        return "".join(parts)


def numbered(text: str, page: int) -> str:
    """The text with the page's number in place of the placeholders."""
    if "{" in text:
        for placeholder in PLACEHOLDERS:
            text = text.replace(placeholder, str(page))
    return text
