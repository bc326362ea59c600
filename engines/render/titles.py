"""Running titles in the Markdown of a page: left where they stand, set between prefix and suffix, or left out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from engines.document import Page, Role
from engines.parameters import ParseParameters

GAP = "\n\n"


def joined_blocks(blocks: Iterable[tuple[Role, str]], page: Page, parameters: ParseParameters) -> str:
    """The Markdown of a page of the blocks it consists of, each with its role.

    A title that only the format declares (a Word document has it apart from its pages) is written when the job marks titles.
    """
    written = [(role, markdown) for role, markdown in blocks if markdown]
    roles = {role for role, _ in written}
    if page.header and Role.HEADER not in roles and has_marks(Role.HEADER, parameters):
        written.insert(0, (Role.HEADER, page.header))
    if page.footer and Role.FOOTER not in roles and has_marks(Role.FOOTER, parameters):
        written.append((Role.FOOTER, page.footer))
    parts: list[str] = []
    for role, group in groupby(written, key=itemgetter(0)):
        texts = [markdown for _, markdown in group]
        if role is Role.BODY:
            parts += texts
        elif not is_title_hidden(role, parameters):
            prefix, suffix = marks(role, parameters)
            parts.append(f"{prefix}{GAP.join(texts)}{suffix}")
    return GAP.join(parts)


def is_title_hidden(role: Role, parameters: ParseParameters) -> bool:
    """Whether titles of this kind are left out; where the Markdown is not paged they would stand amid the text."""
    if parameters.merge_tables_across_pages_in_markdown and not parameters.keep_page_separator_when_merging_tables:
        return True
    return bool(parameters.hide_headers if role is Role.HEADER else parameters.hide_footers)


def marks(role: Role, parameters: ParseParameters) -> tuple[str, str]:
    """What stands before and after a title of this kind."""
    if role is Role.HEADER:
        return parameters.page_header_prefix or "", parameters.page_header_suffix or ""
    return parameters.page_footer_prefix or "", parameters.page_footer_suffix or ""


def has_marks(role: Role, parameters: ParseParameters) -> bool:
    """Whether the job marks titles of this kind."""
    return any(marks(role, parameters))
