"""The one unit of work, the same in a worker's own process and in a sandboxed child: a source in, outputs out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from engines import parse
from engines.checkpoints import Checkpoints, SaveCheckpoint, keep_nothing
from engines.classify import THRESHOLD, Classification, Rule, classify
from engines.classify.pages import file_marks, page_marks, words_of_pictures
from engines.context import Context, Limits, Progress, Source, no_progress
from engines.document import Document, Notice
from engines.errors import SENTENCES, Code, DocumentError
from engines.llm.asking import Model, ModelDeniedError, ModelUse
from engines.llm.classes import Subject, reconsidered
from engines.llm.usage import UsageResult
from engines.llm.vectors import NoVectorsError, likeness
from engines.parameters import PARAMETERS, ParseParameters
from engines.render import render
from engines.results import ClassificationResult, JobEchoes, JobMetadata, WarningResult
from engines.tools import Tools
from engines.version import profile_version


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRequest:
    """Everything one run needs. With rules it is a classification, without it is a parse."""

    source: Source
    parameters: ParseParameters
    rules: tuple[Rule, ...] = ()
    threshold: float = THRESHOLD
    """Confidence, from 0 to 1, below which a document has no type."""
    multimodal: bool = False
    """Whether documents are judged by how their pages look and by the words in their pictures too."""
    model_use: ModelUse = ModelUse.NEVER
    """Which documents a model is asked to classify."""
    embeds: bool = False
    """Whether documents are compared with rules and examples by embeddings too, for which the model is asked."""
    tools: Tools = field(default_factory=Tools)
    limits: Limits = field(default_factory=Limits)
    checkpoints: str | None = None
    """The folder with what earlier attempts have left; None when there was none."""
    probe_pages: bool = False
    """See engines.context.Context."""
    model: Model | None = None
    """See engines.context.Context; it stays with whoever made the request when that goes to another process."""
    job_metadata: JobEchoes = field(default_factory=JobEchoes)
    """What the result has to echo; its warnings stand before those of the document."""


@dataclass(slots=True, kw_only=True)
class EngineResult:
    """What a run gives; `outputs` are files by name, such as `output.md` and `images/page_1.jpg`."""

    outputs: dict[str, bytes]
    pages: int
    """How many were selected, those that could not be read included."""
    warnings: list[WarningResult]
    failed_pages: list[int]
    """Numbers, from 1, of pages that could not be read."""
    degraded: bool
    """True when the environment made the result worse than it could be: never cached, never "already processed"."""
    classification: ClassificationResult | None
    """None of a parse."""
    job_metadata: JobMetadata
    partial: bool
    """True when some pages failed, but no more than page_error_tolerance allows."""
    faithfulness: float | None = None
    """Share of the words that a model has written which their pages have; None where it wrote none."""
    usage: UsageResult | None = None
    """What was used of models, as whoever asked them for the run has counted it; None where nobody was asked."""


def run(request: EngineRequest, progress: Progress = no_progress, keep: SaveCheckpoint = keep_nothing) -> EngineResult:
    """Parse, classify when there are rules, and render; `keep` is given the checkpoints on the way.

    Raises DocumentError: PAGE_ERROR_TOLERANCE_EXCEEDED, LLM_DENIED, or as engines.parse does; ModelUnavailableError; and whatever
    `progress` raises to stop the run.
    """
    context = Context(
        tools=request.tools,
        limits=request.limits,
        progress=progress,
        checkpoints=Checkpoints(request.checkpoints, keep),
        probe_pages=request.probe_pages,
        model=None if request.rules else request.model,  # which is asked for the type, and reads nothing
    )
    with told_denial():
        document = parse(request.source, request.parameters, context)
    parameters = document.parameters or request.parameters
    failed_pages = [page.number for page in document.pages if page.error]
    check_tolerance(len(failed_pages), len(document.pages), parameters)
    with told_denial():
        classification = classification_of(request, document, progress) if request.rules else None
    metadata = job_metadata(request, document, failed_pages)
    return EngineResult(
        outputs=classified(judged_text(request, document), classification, metadata)
        if classification
        else render(document, parameters, metadata),
        pages=len(document.pages),
        warnings=metadata["warnings"],
        failed_pages=failed_pages,
        degraded=document.degraded,
        classification=classification,
        job_metadata=metadata,
        partial=bool(failed_pages),
        faithfulness=faithfulness_of(document),
    )


@contextlib.contextmanager
def told_denial() -> Iterator[None]:
    """Raises DocumentError, LLM_DENIED, where a model is not to be asked."""
    try:
        yield
    except ModelDeniedError as error:
        raise DocumentError(Code.LLM_DENIED, str(error)) from error


def faithfulness_of(document: Document) -> float | None:
    """The mean of the pages that a model has written."""
    shares = [page.faithfulness for page in document.pages if page.faithfulness is not None]
    return round(sum(shares) / len(shares), 4) if shares else None


def check_tolerance(failed: int, pages: int, parameters: ParseParameters) -> None:
    """Raise DocumentError, PAGE_ERROR_TOLERANCE_EXCEEDED, when a larger share of the pages failed than that allows."""
    if not failed:
        return
    tolerance = parameters.page_error_tolerance
    if tolerance is None:
        tolerance = PARAMETERS["page_error_tolerance"].default
    if failed / pages > tolerance:
        raise DocumentError(Code.PAGE_ERROR_TOLERANCE_EXCEEDED, f"{failed} of {pages} failed")


def job_metadata(request: EngineRequest, document: Document, failed_pages: list[int]) -> JobMetadata:
    """The `job_metadata` of the result: what the job has it echo, and what is known of this run; pages count from 1."""
    parameters = document.parameters or request.parameters
    return {
        "job_pages": len(document.pages),
        "job_auto_mode_triggered_pages": [page.number for page in document.pages if page.triggered],
        "job_is_cache_hit": False,
        "effective_parameters": None,
        "custom_metadata": None,
        "resource_info": None,
        "pipeline_id": None,
        **request.job_metadata,
        "warnings": [*request.job_metadata.get("warnings", []), *(one.as_result() for one in document.warnings)],
        "failed_pages": failed_pages,
        "engine_version": profile_version(request.tools),
        "tier": parameters.tier,
        "version": parameters.version,
    }


def classification_of(request: EngineRequest, document: Document, progress: Progress) -> ClassificationResult:
    """Judge a document by the rules: by its text and its file, and of a multimodal job by its pages and pictures too.

    A model is asked where the request says so and has one. Raises as engines.llm.classes.reconsidered does.
    """
    text = judged_text(request, document)
    shown = file_marks(document) | (page_marks(document) if request.multimodal else {})
    name, threshold = request.source.name, request.threshold
    alike = likeness_of(request, text, document, progress)
    found = classify(text, request.rules, threshold=threshold, name=name, shown=shown, alike=alike)
    if request.model is not None and request.model_use.wants(found.confidence):
        subject = Subject(
            document=document,
            text=text,
            name=name,
            rules=request.rules,
            threshold=threshold,
            is_multimodal=request.multimodal,
        )
        found = reconsidered(found, subject, request.model, progress)
    return found.as_result()


def likeness_of(request: EngineRequest, text: str, document: Document, progress: Progress) -> Sequence[float] | None:
    """How like a document is to each rule by embeddings; None where there are none, which a warning tells if there should be."""
    if not (request.embeds and request.model and text.strip()):
        return None
    try:
        return likeness(text, request.rules, request.model, progress)
    except NoVectorsError as error:
        sentence = f"{SENTENCES[Code.CLASSIFIED_WITHOUT_EMBEDDINGS]} ({error})"
        document.warnings.append(Notice(Code.CLASSIFIED_WITHOUT_EMBEDDINGS, sentence))
        document.degraded = True
        return None


def judged_text(request: EngineRequest, document: Document) -> str:
    """The plain text of all pages, and for a multimodal job the words in their pictures."""
    if not request.multimodal:
        return document_text(document)
    return "\n\n".join(filter(None, (f"{page.text}\n{words_of_pictures(page)}".strip() for page in document.pages)))


def document_text(document: Document) -> str:
    """The plain text of all pages."""
    return "\n\n".join(page.text for page in document.pages)


def classified(text: str, classification: ClassificationResult, metadata: JobMetadata) -> dict[str, bytes]:
    """The outputs of a classification: its result, and the text that was judged."""
    result = {"classification": classification, "job_metadata": metadata}
    return {"output.json": orjson.dumps(result), "output.txt": text.encode()}


__all__ = ["Classification", "EngineRequest", "EngineResult", "Rule", "run"]
