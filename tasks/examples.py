"""The texts that classify rules have as examples: said in the rule, read from files, or told by corrections."""

from __future__ import annotations

import functools
import logging
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from engines.classify import Rule
from engines.classify.document import MOST_CHARACTERS
from engines.context import Source
from engines.errors import DocumentError
from engines.parameters.languages import Language
from engines.request import EngineRequest, run
from engines.sandbox.monitor import Bounds
from models import Correction, File, read_session
from schemas.job_config import ClassifierRule, ClassifyJobConfig, ClassifyParsingConfiguration, is_file_id
from schemas.job_config import parse_of_classify as parsing_of
from tasks import context

ANY_RULE = (Rule("example", "An example of a type"),)

UNREADABLE_SECONDS = 300.0
"""How long a file that could not be read is not tried again: what was wrong may pass, and each try may take as long as an item."""
_unreadable: dict[tuple[str, str, Language], float] = {}
"""Until when each is left alone, in seconds of the monotonic clock."""

logger = logging.getLogger(__name__)


def rules_of(config: ClassifyJobConfig, learned: Sequence[Correction]) -> tuple[Rule, ...]:
    """The rules of a job with what was learned; examples that are files are left as their ids."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for correction in learned:
        texts[correction.type].append(correction.text)
    return tuple(
        Rule(rule.type, rule.description, (*_cut(rule.examples), *texts.pop(rule.type, ()))) for rule in config.rules
    )


def _cut(examples: Sequence[str] | None) -> list[str]:
    return [example[:MOST_CHARACTERS] for example in examples or ()]


def files_among(rules: Iterable[ClassifierRule]) -> bool:
    """Whether some example is a file."""
    return any(is_file_id(example) for rule in rules for example in rule.examples or ())


def with_texts(rules: Sequence[Rule], project_id: str, language: Language) -> tuple[Rule, ...]:
    """The rules with the texts of their examples in place of the ids of files. Raises StorageError."""
    return tuple(replace(rule, examples=tuple(_texts(rule.examples, project_id, language))) for rule in rules)


def _texts(examples: Iterable[str], project_id: str, language: Language) -> Iterable[str]:
    for example in examples:
        text = text_of_file(project_id, example, language) if is_file_id(example) else example
        if text and text.strip():
            yield text[:MOST_CHARACTERS]  # what goes to a child with each document


def text_of_file(project_id: str, file_id: str, language: Language) -> str | None:
    """The text of a file as classify jobs read it, once in a process; None when it is gone or cannot be read now.

    Its time and memory are those of an item. Raises StorageError.
    """
    asked = project_id, file_id, language
    if time.monotonic() < _unreadable.get(asked, 0.0):
        return None
    try:
        return _text_read(*asked)
    except (DocumentError, FileNotFoundError) as error:
        logger.warning("file %s, an example of a rule, cannot be read: %s", file_id, error)
    moment = time.monotonic()
    for one in [one for one, until in _unreadable.items() if until < moment]:
        del _unreadable[one]
    _unreadable[asked] = moment + UNREADABLE_SECONDS
    return None


@functools.lru_cache(maxsize=512)
def _text_read(project_id: str, file_id: str, language: Language) -> str:
    """The text of a file. Raises StorageError, and DocumentError and FileNotFoundError, which are not remembered here."""
    worker = context.current()
    with read_session() as session:
        file = File.behind(session, file_id, project_id)
    if file is None:
        raise FileNotFoundError(file_id)
    reading = ClassifyJobConfig(rules=[], parsing_configuration=ClassifyParsingConfiguration(lang=language))
    settings = worker.settings
    is_large = file.size > settings.small_file_kb * 1024
    bounds = Bounds(
        seconds=settings.item_timeout_seconds,
        memory_mb=settings.item_memory_mb,
        cpu_seconds=settings.item_cpu_seconds,
        progress_seconds=settings.item_progress_seconds,
    )
    with worker.storage.local(file.storage_key) as path:
        request = EngineRequest(
            source=Source(path=path, name=file.name),
            parameters=parsing_of(reading),
            rules=ANY_RULE,
            tools=worker.tools,
            limits=worker.limits,
        )
        apart = is_large or settings.isolation == "always"
        result = worker.sandbox.run(request, bounds) if apart else run(request)
    return result.outputs["output.txt"].decode()
