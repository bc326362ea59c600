"""What a job wants of its items, read from its row once in each process."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marshmallow import ValidationError

from engines.auto_mode.triggers import searches
from engines.classify import Rule
from engines.context import Source
from engines.document import Notice
from engines.errors import SENTENCES, Code
from engines.llm.endpoint import Endpoint
from engines.parameters import ParseParameters
from engines.parameters.effective import effective_parameters, inert, without_inert
from engines.parameters.languages import Language
from engines.parameters.model_use import AZURE_FIELDS, NAMES_OF_MODELS
from engines.parameters.validation import entries_if_any
from engines.request import EngineRequest
from engines.results import JobEchoes
from models import BatchJob, Correction, Session, read_session
from models.corrections import LEARNED
from models.sealed import UnreadableError
from models.states import JobType, Origin
from schemas.job_config import ClassifyJobConfig, ClassifyMode, JobConfig, deviations, load, parse_parameters_of
from schemas.secrets import join_secrets
from tasks import context, export
from tasks.batch_events import fail_batch
from tasks.context import WorkerContext
from tasks.examples import files_among, rules_of, with_texts
from tasks.language_models import endpoint_of, entries_of, reads_with_model

logger = logging.getLogger(__name__)


class UnreadableJobError(Exception):
    """The configuration of a job cannot be read: the key has changed since, or the version; the message says which."""


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A job's configuration, ready for work; it never changes after the job was accepted."""

    job_id: str
    project_id: str
    job_type: JobType
    direct: bool
    priority: str
    """One of tasks.queues.PRIORITIES."""
    parameters_hash: str
    deviations: Mapping[str, str]
    """What of the configuration is not its default; see schemas.job_config.deviations."""
    parameters: ParseParameters
    rules: tuple[Rule, ...]
    """With the texts of their examples, but for those that are files; see `engine_request`."""
    example_language: Language | None
    """In which the files among the examples are read; None when there are none."""
    multimodal: bool
    request_id: str | None
    """The request that made the job."""
    config: Mapping[str, Any]
    """With its secrets: for webhooks."""
    metadata: JobEchoes
    """What the result echoes."""
    cycle_pages: int = 1
    """Pages that one run of the dispatcher sends before another message goes on."""
    endpoint: Endpoint | None = None
    """Where a language model may be asked about the documents; None where none is."""
    entries: Mapping[int, Endpoint] = field(default_factory=dict)
    """The same under the names of models that entries of auto mode give, by their place."""
    heeds_quarantine: bool = True
    """Whether files that kill processes fail at once; not where somebody tries them again with other parameters."""

    @property
    def work_prefix(self) -> str:
        """How ids of this job's parse or classify jobs begin; classify jobs have bare UUIDs, as LlamaCloud's do."""
        return "pjb-" if self.job_type is JobType.PARSE else ""

    @property
    def asks_model(self) -> bool:
        """Whether a language model may be asked about the documents."""
        return self.endpoint is not None

    @property
    def is_outside(self) -> bool:
        """Whether the documents lie outside of Sheaf."""
        return bool(self.parameters.input_url or self.parameters.input_s3_path)

    @property
    def skips_processed(self) -> bool:
        """Whether an earlier result of the same item is taken instead of working again."""
        return not (self.direct or self.parameters.do_not_cache or self.parameters.invalidate_cache)

    @property
    def reads_cache(self) -> bool:
        """Whether a result of the same bytes is taken instead of working again."""
        return not (self.parameters.invalidate_cache or export.is_wanted(self.parameters))

    @property
    def needs_child(self) -> bool:
        """Whether no document may be read in a process that others share.

        Expressions of users can take any memory at once, and a model takes longer to answer than others can wait.
        """
        return self.asks_model or searches(self.parameters)

    def engine_request(self, source: Source, worker: WorkerContext, threshold: float) -> EngineRequest:
        """What the engine has to do with one document. Raises StorageError."""
        rules = self.rules
        if self.example_language:
            rules = with_texts(rules, self.project_id, self.example_language)
        return EngineRequest(
            source=source,
            parameters=self.parameters,
            rules=rules,
            threshold=threshold,
            multimodal=self.multimodal,
            tools=worker.tools,
            limits=worker.limits,
            job_metadata=self.metadata,
        )

    @property
    def stores_cache(self) -> bool:
        """Whether results are remembered by content."""
        return not self.parameters.do_not_cache


@functools.lru_cache(maxsize=64)
def load_job_spec(job_id: str) -> JobSpec:
    """The configuration of a job, read once in each process: neither it nor the process's settings ever change.

    Raises LookupError when there is no such job, UnreadableJobError when it makes no sense any more.
    """
    with read_session() as session:
        job = session.get(BatchJob, job_id)
        first = session.get(BatchJob, job.retry_of) if job is not None and job.retry_of else None
        learned = Correction.of_ids(session, job.project_id, job.config.get(LEARNED, ())) if job is not None else ()
    if job is None:
        raise LookupError(job_id)
    try:
        config = join_secrets(job.config, job.open_secrets())
        loaded = load(config)
    except (UnreadableError, ValidationError) as error:
        message = f"The configuration with which the job was accepted cannot be read any more: {error}"
        raise UnreadableJobError(message) from error
    asked = parse_parameters_of(loaded)
    settings = context.settings()
    has_model = reads_with_model(loaded, settings)
    entries = entries_of(loaded, settings)
    parameters = without_inert(asked, has_model=has_model)
    return JobSpec(
        job_id=job.id,
        project_id=job.project_id,
        job_type=job.job_type,
        direct=job.origin is Origin.DIRECT,
        priority=job.priority,
        parameters_hash=job.parameters_hash,
        deviations=deviations(loaded),
        parameters=parameters,
        rules=rules_of(loaded, learned) if isinstance(loaded, ClassifyJobConfig) else (),
        example_language=_example_language(loaded),
        multimodal=isinstance(loaded, ClassifyJobConfig) and loaded.mode is ClassifyMode.MULTIMODAL,
        request_id=job.request_id,
        config=config,
        metadata=_echoes(asked, entries, has_model=has_model),
        endpoint=endpoint_of(loaded, settings),
        entries=entries,
        cycle_pages=max(1, job.cycle_items // job.page_size),
        heeds_quarantine=first is None or first.parameters_hash == job.parameters_hash,
    )


def workable_job_spec(job_id: str) -> JobSpec | None:
    """The configuration of a job; None when there is nothing to do for it any more.

    Its project was erased, or its configuration cannot be read: then nobody ever can go on with the job, and it fails here.
    """
    try:
        return load_job_spec(job_id)
    except LookupError:
        logger.info("job %s is gone, its project was erased", job_id)
    except UnreadableJobError as error:
        with Session.begin() as session:
            fail_batch(session, job_id, str(error))
        logger.exception("job %s cannot go on", job_id)
    return None


def _example_language(config: JobConfig) -> Language | None:
    if not isinstance(config, ClassifyJobConfig) or not files_among(config.rules):
        return None
    parsing = config.parsing_configuration
    return (parsing.lang if parsing else None) or Language.EN


def _ignored_on_pages(parameters: ParseParameters, entries: Mapping[int, Endpoint], *, has_model: bool) -> list[str]:
    """Parameters that do not act among those that pages are to be read with in auto mode."""
    changes = [entry.changes for entry in entries_if_any(parameters)] if parameters.auto_mode else []
    idle = [name for one in changes for name in inert(ParseParameters(**one), has_model=has_model)]
    if not has_model:
        return idle
    for place, one in enumerate(changes):
        elsewhere = () if place in entries else NAMES_OF_MODELS
        idle += [name for name in (*AZURE_FIELDS, *elsewhere) if one.get(name)]
    return idle


def _echoes(parameters: ParseParameters, entries: Mapping[int, Endpoint], *, has_model: bool) -> JobEchoes:
    ignored = [
        *inert(parameters, has_model=has_model),
        *_ignored_on_pages(parameters, entries, has_model=has_model),
    ]
    warnings = [
        Notice(Code.PARAMETER_HAS_NO_EFFECT, f"{SENTENCES[Code.PARAMETER_HAS_NO_EFFECT]} ({name})")
        for name in dict.fromkeys(ignored)
    ]
    return {
        "effective_parameters": effective_parameters(without_inert(parameters, has_model=has_model)),
        "custom_metadata": parameters.custom_metadata,
        "resource_info": parameters.resource_info,
        "pipeline_id": parameters.pipeline_id,
        "warnings": [one.as_result() for one in warnings],
    }
