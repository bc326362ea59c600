"""Classification by a model: one question about a document, with the rules; an answer that is none of their types does not count.

What was found without a model stays at hand: it stands where the answer fails, and it bounds how sure an answer may be.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from engines.classify import Classification, Rule
from engines.classify.examples import nearest_first
from engines.context import Progress
from engines.document import Document, ItemKind, Notice
from engines.errors import SENTENCES, Code
from engines.llm.asking import Model, ModelRequest, ModelRole
from engines.llm.figures import presentable
from engines.llm.pages import Work, photograph
from engines.llm.prompting import prompt, question, quoted
from engines.llm.structured import checked

MOST_TRUST = 0.7
"""What a model's own confidence counts at most: it is always sure of itself, and that is no probability."""
MOST_TEXT, MOST_EXAMPLE, MOST_REASONING, MOST_TITLE = 12_000, 1_500, 600, 300
"""Characters of a document that are shown, of an example, of the reasoning that is kept, and of a title."""
MOST_EXAMPLES, MOST_OF_A_TYPE = 24, 3
"""Examples in one question, and of one type: those of the words most like the document's."""
MOST_PAGES = 3
"""Pages, or pictures where a document has no pages to draw, that a model is shown."""
MOST_TOKENS = 4_096
"""Of an answer: models that think count their thoughts too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is judged, and by what."""

    document: Document
    text: str
    """Its words as they were judged without a model."""
    name: str
    """That of its file."""
    rules: Sequence[Rule]
    threshold: float
    """Confidence below which a document has no type."""
    is_multimodal: bool

    @property
    def types(self) -> list[str]:
        """The types of the rules, each once."""
        return list(dict.fromkeys(rule.type for rule in self.rules))


def reconsidered(plain: Classification, subject: Subject, model: Model, progress: Progress) -> Classification:
    """What a model makes of a document; what was found without one where it gives no answer, which a warning tells.

    Nobody is asked about a document that has neither words nor pictures. Raises as Model.ask does, and what `progress` raises.
    """
    request = request_for(subject, may_look=subject.is_multimodal and model.sees)
    if not (subject.text.strip() or request.pictures):
        return plain
    total = len(subject.document.pages)
    [reply] = model.ask([request], lambda _done: progress(total, total))
    value, faults = checked(reply, request.schema)
    if faults:
        return given_up(plain, subject.document, "; ".join(faults)[:300])
    return combined(plain, value, subject.threshold)


def request_for(subject: Subject, *, may_look: bool) -> ModelRequest:
    """The question about a document."""
    told = [{"type": rule.type, "description": rule.description} for rule in subject.rules]
    task = f"{prompt('classify-user')}\n\n{quoted(json.dumps(told, ensure_ascii=False, indent=1))}"
    blocks = {
        **examples_of(subject),
        "The name of the document's file": subject.name,
        "Its first heading": heading_of(subject.document)[:MOST_TITLE],
        "The document, or its beginning": subject.text[:MOST_TEXT],
    }
    pictures = pictures_of(subject.document) if may_look else ()
    return ModelRequest(
        system=prompt("classify-system"),
        user=question(task, "", blocks),
        pictures=pictures,
        role=ModelRole.VISION if pictures else ModelRole.DEFAULT,
        schema=schema_for(subject.types),
        wants_json=True,
        most_tokens=MOST_TOKENS,
    )


def schema_for(types: Sequence[str]) -> dict[str, Any]:
    """JSON Schema of an answer; the reasoning comes first, so that the type follows from it."""
    return {
        "type": "object",
        "properties": {
            "reasoning": {"type": "string"},
            "type": {"type": ["string", "null"], "enum": [*types, None]},
            "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["reasoning", "type", "confidence"],
        "additionalProperties": False,
    }


def examples_of(subject: Subject) -> dict[str, str]:
    """The examples and corrections that are shown, by what they are called; every type has its turn before one has its second."""
    by_type = {
        name: nearest_first([one for rule in subject.rules if rule.type == name for one in rule.examples], subject.text)
        for name in subject.types
    }
    turns = (
        (f"An example of the type {json.dumps(name, ensure_ascii=False)} ({turn + 1})", some[turn][:MOST_EXAMPLE])
        for turn in range(MOST_OF_A_TYPE)
        for name, some in by_type.items()
        if turn < len(some)
    )
    return dict(islice(turns, MOST_EXAMPLES))


def heading_of(document: Document) -> str:
    """The text of the first heading; empty where there is none."""
    items = (item for page in document.pages for item in page.items)
    return next((item.text for item in items if item.kind is ItemKind.HEADING), "")


def pictures_of(document: Document) -> tuple[bytes, ...]:
    """The first pages as pictures; of a document without pages to draw the first pictures that stand in it."""
    return tuple(islice(filter(None, map(presentable, shots_of(document))), MOST_PAGES))


def shots_of(document: Document) -> Iterator[bytes]:
    """Pictures as they come."""
    if document.paper:
        works = [Work(page, "", "") for page in document.pages[:MOST_PAGES] if not page.error]
        photograph(works, document)
        yield from (one.picture for one in works if one.picture)
    else:
        yield from (picture.content for page in document.pages for picture in page.images)


def combined(plain: Classification, answer: dict[str, Any], threshold: float) -> Classification:
    """What both say: the model's type, as sure as the two together are.

    Where they agree, neither may be right by chance alone: the doubts are multiplied. Where they contradict each other, one of
    the two is wrong, and the confidence is halved. Of no type it is that of the nearest one, as it is without a model.
    """
    found: str | None = answer["type"]
    trust = min(float(answer["confidence"]), MOST_TRUST)
    if found is None:
        confidence = plain.confidence * (1 - trust)
    elif found == plain.nearest:
        confidence = 1 - (1 - plain.confidence) * (1 - trust)
    else:
        confidence = trust / 2 if plain.type else trust
    said = " ".join(str(answer["reasoning"]).split())[:MOST_REASONING]
    short = f" That is below {threshold:g}, so there is no type." if found and confidence < threshold else ""
    verdict = f"A language model says {'none of the types' if found is None else repr(found)}: {said}"
    reasoning = f"{verdict}{short} Without one: {plain.reasoning}"
    return Classification(None if short else found, round(confidence, 4), reasoning, plain.nearest)


def given_up(plain: Classification, document: Document, reason: str) -> Classification:
    """What was found without a model, whose answer does not count; nobody keeps this result for later."""
    sentence = f"{SENTENCES[Code.CLASSIFIED_WITHOUT_LLM]} ({reason})"
    document.warnings.append(Notice(Code.CLASSIFIED_WITHOUT_LLM, sentence))
    document.degraded = True
    return replace(plain, reasoning=f"{plain.reasoning} {sentence}")
