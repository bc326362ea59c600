"""Documents that a model rebuilds as a whole, so that headings have the same levels on all pages and tables go on over them.

One question is about as many pages as fit into it. Where its answer does not say which page is which, its pages are asked about
one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engines.context import Context
from engines.document import Document
from engines.llm.asking import ModelRequest
from engines.llm.pages import Work, ask, finish, request_for, role_for, works_of
from engines.llm.prompting import Wording, prompt, question, unwrapped, wording_of
from engines.parameters import ParseParameters
from engines.parameters.model_use import looks

MARK = re.compile(r"^<!-- page (\d{1,9}) -->[ \t]*$", re.MULTILINE)
MOST_DRAFT = 60_000
"""Characters of the drafts in one question: about what an answer can repeat."""
MOST_PAGES = 20
"""Pages in one question."""
MOST_TOKENS = 32_768


def rebuild_document(document: Document, parameters: ParseParameters, context: Context) -> None:
    """Have the pages rebuilt, many at once. Raises as engines.llm.pages.rebuild_pages does."""
    wording = wording_of(parameters, "document-system")
    works = works_of(document, parameters, context)
    everything = "\n".join(one.evidence for one in works)
    for one in works:
        one.evidence = everything  # a table stands where it begins, whatever page it ends on
    parts = list(cut(works))
    rest = ask_of_parts(parts, wording, document, parameters, context)
    alone = wording_of(parameters)
    ask(rest, [request_for(one, alone, parameters, context) for one in rest], document, context)
    finish(works, alone, document, parameters, context)


def cut(works: Sequence[Work]) -> Iterator[list[Work]]:
    """The pages in parts that one question can be about."""
    part: list[Work] = []
    for one in works:
        if part and (len(part) >= MOST_PAGES or sum(len(other.draft) for other in [*part, one]) > MOST_DRAFT):
            yield part
            part = []
        part.append(one)
    if part:
        yield part


def ask_of_parts(
    parts: Sequence[list[Work]], wording: Wording, document: Document, parameters: ParseParameters, context: Context
) -> list[Work]:
    """Ask about each part, and return the pages that no answer tells apart."""
    if context.model is None:
        return []
    total = len(document.pages)
    requests = [request_of_part(part, wording, parameters, context) for part in parts]
    replies = context.model.ask(requests, lambda _done: context.progress(total, total)) if requests else []
    rest: list[Work] = []
    for part, reply in zip(parts, replies, strict=True):
        answers = told_apart(unwrapped(reply.text))
        if reply.failure or list(answers) != [one.page.number for one in part]:
            rest += part
            continue
        for one in part:
            one.answer = answers[one.page.number]
    return rest


def request_of_part(
    part: Sequence[Work], wording: Wording, parameters: ParseParameters, context: Context
) -> ModelRequest:
    """The question about some pages."""
    pictures = tuple(one.picture for one in part if one.picture)
    is_look = looks(parameters) and len(pictures) == len(part)
    numbers = ", ".join(str(one.page.number) for one in part)
    task = wording.task or (f"{prompt('document-look-user')} {numbers}" if is_look else prompt("document-user"))
    blocks = {} if is_look else {f"Page {one.page.number}": one.draft or one.words for one in part}
    return ModelRequest(
        system=wording.system,
        user=f"{question(task, wording.guidance, blocks)}\n\n{prompt('document-marks')}",
        pictures=pictures,
        role=role_for(part[0], parameters, context),
        most_tokens=min(MOST_TOKENS, 4096 + sum(len(one.draft) for one in part)),
    )


def told_apart(answer: str) -> dict[int, str]:
    """The pages of an answer by number; a number that comes twice, or words before the first, tell nothing."""
    before, *rest = MARK.split(answer)
    numbers, texts = [int(one) for one in rest[::2]], rest[1::2]
    if before.strip() or len(set(numbers)) < len(numbers):
        return {}
    return {number: text.strip("\n") for number, text in zip(numbers, texts, strict=True)}
