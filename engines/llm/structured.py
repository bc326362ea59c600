"""Structured output: one question about the whole document; what its schema does not allow in the answer is asked for once more."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson

from engines.context import Context
from engines.document import Document, Notice
from engines.errors import SENTENCES, Code
from engines.llm.asking import ModelReply, ModelRequest
from engines.llm.prompting import prompt, question, quoted, unwrapped
from engines.parameters import ParseParameters
from engines.parameters.json_schemas import faults_of, schema_of
from engines.render.framing import Frame
from engines.render.pages import page_result

LONGEST = 400_000
"""Characters of the longest document that is asked about: about as much as models of 128,000 tokens can be told."""
MOST_TOKENS = 16_384
FENCED = re.compile(r"\A```(?:json)?\s*\n(.*)\n```\Z", re.DOTALL)
NUMBER = re.compile(r"\d[\d.,' \u00a0\u202f]*")
LARGEST_COUNT = 20
"""Whole numbers up to this one may be counts, which a document need not write."""


def extract(document: Document, parameters: ParseParameters, context: Context) -> None:
    """Put into the document what it says as JSON; where that cannot be had, a warning stands for it. Raises as a model does."""
    if context.model is None:
        return
    plain = Frame.of(ParseParameters())
    pages = [page_result(page, document, parameters, plain)["md"] or page.text for page in document.pages]
    text = "\n\n".join(page for page in pages if page.strip())
    if len(text) > LONGEST:
        give_up(document, f"the document has more than {LONGEST} characters")
        return
    schema = schema_of(parameters)
    request = request_for(text, schema)
    reply = ask(request, document, context)
    value, faults = checked(reply, schema)
    if faults and not reply.failure:
        # What is wrong is told with the values of an answer that the document may have led.
        again = f"{prompt('structured-repair')}\n\n{quoted(chr(10).join(f'- {fault}' for fault in faults))}"
        reply = ask(
            replace(request, user=f"{request.user}\n\n{again}\n\nYour answer was:\n{quoted(reply.text)}"),
            document,
            context,
        )
        value, faults = checked(reply, schema)
    if faults:
        give_up(document, "; ".join(faults)[:500])
        return
    document.structured = value
    note_invented(value, text, document)


def request_for(text: str, schema: Any) -> ModelRequest:
    """The question about a document."""
    if schema is None:
        task = prompt("lucky-user")
    else:
        task = f"{prompt('structured-user')}\n\n{quoted(json.dumps(schema, ensure_ascii=False))}"
    return ModelRequest(
        system=prompt("structured-system"),
        user=question(task, "", {"The document": text}),
        schema=schema,
        wants_json=True,
        most_tokens=MOST_TOKENS,
    )


def ask(request: ModelRequest, document: Document, context: Context) -> ModelReply:
    """The answer to one question."""
    if context.model is None:
        return ModelReply(failure="nobody is there")
    total = len(document.pages)
    [reply] = context.model.ask([request], lambda _done: context.progress(total, total))
    return reply


def checked(reply: ModelReply, schema: Any) -> tuple[Any, list[str]]:
    """The value of an answer, and what is wrong with it."""
    if reply.failure:
        return None, [reply.failure]
    text = unwrapped(reply.text)
    matched = FENCED.match(text)
    try:
        value = orjson.loads(matched[1] if matched else text)  # which takes no NaN, nor halves of characters
    except ValueError as error:
        return None, [f"it is no JSON: {error}"[:200]]
    if schema is None:
        return value, [] if isinstance(value, dict) else ["it is no JSON object"]
    return value, faults_of(value, schema)


def give_up(document: Document, reason: str) -> None:
    """Say that there is no structured output; another run may have one, so nobody keeps this result for later."""
    document.warnings.append(
        Notice(Code.STRUCTURED_OUTPUT_FAILED, f"{SENTENCES[Code.STRUCTURED_OUTPUT_FAILED]} ({reason})")
    )
    document.degraded = True


def note_invented(value: Any, text: str, document: Document) -> None:
    """Warn of amounts that the document does not write."""
    written = set(amounts_in(text))
    strange = [one for one in numbers_of(value) if abs(one) not in written and not is_count(one)]
    if strange:
        told = ", ".join(f"{one:g}" for one in dict.fromkeys(strange[:5]))
        document.warnings.append(
            Notice(Code.LLM_UNFAITHFUL, f"{SENTENCES[Code.LLM_UNFAITHFUL]} (structured output, numbers: {told})")
        )


def is_count(number: float) -> bool:
    """Whether a number may count something."""
    return number == int(number) and 0 <= number <= LARGEST_COUNT


def numbers_of(value: Any) -> Iterator[float]:
    """All numbers of a JSON value."""
    if isinstance(value, bool):
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers_of(one)


def amounts_in(text: str) -> Iterator[float]:
    """What the numbers of a text may mean: `1.234,50` and `1,234.50` are the same, `1.234` may be either of two."""
    for found in NUMBER.findall(text):
        plain = re.sub(r"[' \u00a0\u202f]", "", found).rstrip(".,")
        for decimal, thousands in ((".", ","), (",", ".")):
            candidate = plain.replace(thousands, "").replace(decimal, ".")
            if candidate.count(".") <= 1:
                yield float(candidate)
        yield from (float(part) for part in re.findall(r"\d+", found))
