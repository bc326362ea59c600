"""The one unit of work, the same in a worker's own process and in a sandboxed child: a source in, outputs out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from engines import parse
from engines.checkpoints import Checkpoints, SaveCheckpoint, keep_nothing
from engines.classify import THRESHOLD, Classification, Rule, classify
from engines.context import Context, Limits, Progress, Source, no_progress
from engines.document import Document
from engines.errors import Code, DocumentError
from engines.parameters import PARAMETERS, ParseParameters
from engines.render import render
from engines.tools import Tools
from engines.version import profile_version


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRequest:
    """Everything one run needs. With rules it is a classification, without it is a parse."""

    source: Source
    parameters: ParseParameters
    rules: tuple[Rule, ...] = ()
    threshold: float = THRESHOLD
    multimodal: bool = False
    """Whether the rules were to be judged on the pages' pictures too; without a model only the reasoning mentions it."""
    tools: Tools = field(default_factory=Tools)
    limits: Limits = field(default_factory=Limits)
    checkpoints: str | None = None
    """The folder with what earlier attempts have left; None when there was none."""
    probe_pages: bool = False
    """See engines.context.Context."""
    job_metadata: dict[str, Any] = field(default_factory=dict)
    """What the result has to echo: custom_metadata, resource_info, pipeline_id, effective_parameters, warnings."""


@dataclass(slots=True, kw_only=True)
class EngineResult:
    """What a run gives; `outputs` are files by name, such as `output.md` and `images/page_1.jpg`."""

    outputs: dict[str, bytes]
    pages: int
    warnings: list[dict[str, Any]]
    failed_pages: list[int]
    """Numbers, from 1, of pages that could not be read."""
    degraded: bool
    """True when the environment made the result worse than it could be: never cached, never "already processed"."""
    classification: dict[str, Any] | None
    """Of a classification: `type`, `confidence`, `reasoning`."""
    job_metadata: dict[str, Any]
    partial: bool
    """True when some pages failed, but no more than page_error_tolerance allows."""


def run(work: EngineRequest, progress: Progress = no_progress, keep: SaveCheckpoint = keep_nothing) -> EngineResult:
    """Parse, classify when there are rules, and render; `keep` is given the checkpoints on the way.

    Raises DocumentError, and whatever `progress` raises to stop the work.
    """
    context = Context(
        tools=work.tools,
        limits=work.limits,
        progress=progress,
        checkpoints=Checkpoints(work.checkpoints, keep),
        probe_pages=work.probe_pages,
    )
    document = parse(work.source, work.parameters, context)
    parameters = document.parameters or work.parameters
    failed_pages = [page.number for page in document.pages if page.error]
    check_tolerance(len(failed_pages), len(document.pages), parameters)
    metadata = job_metadata(work, document, failed_pages)
    classification = classification_of(work, document) if work.rules else None
    return EngineResult(
        outputs=classified(document, classification, metadata)
        if classification
        else render(document, parameters, metadata),
        pages=len(document.pages),
        warnings=metadata["warnings"],
        failed_pages=failed_pages,
        degraded=document.degraded,
        classification=classification,
        job_metadata=metadata,
        partial=bool(failed_pages),
    )


def check_tolerance(failed: int, pages: int, parameters: ParseParameters) -> None:
    """Raise DocumentError when a larger share of the pages failed than page_error_tolerance allows."""
    if not failed:
        return
    given = parameters.page_error_tolerance
    tolerance = PARAMETERS["page_error_tolerance"].default if given is None else given
    if failed / pages > tolerance:
        raise DocumentError(Code.PAGE_ERROR_TOLERANCE_EXCEEDED, f"{failed} of {pages} failed")


def job_metadata(work: EngineRequest, document: Document, failed_pages: list[int]) -> dict[str, Any]:
    """The `job_metadata` of the result (docs/results.md)."""
    parameters = document.parameters or work.parameters
    echoes = {"effective_parameters": None, "custom_metadata": None, "resource_info": None, "pipeline_id": None}
    return {
        "job_pages": len(document.pages),
        "job_auto_mode_triggered_pages": [page.number for page in document.pages if page.triggered],
        "job_is_cache_hit": False,
        **echoes,
        **work.job_metadata,
        "warnings": [*work.job_metadata.get("warnings", []), *(asdict(one) for one in document.warnings)],
        "failed_pages": failed_pages,
        "engine_version": profile_version(work.tools),
        "tier": parameters.tier,
        "version": parameters.version,
    }


def classification_of(work: EngineRequest, document: Document) -> dict[str, Any]:
    """Judge the text of all pages by the rules."""
    found = classify(text_of(document), work.rules, threshold=work.threshold, multimodal=work.multimodal)
    return asdict(found)


def text_of(document: Document) -> str:
    """The plain text of all pages."""
    return "\n\n".join(page.text for page in document.pages)


def classified(document: Document, classification: dict[str, Any], metadata: dict[str, Any]) -> dict[str, bytes]:
    """The outputs of a classification: its result, and the text that was judged."""
    result = {"classification": classification, "job_metadata": metadata}
    return {"output.json": orjson.dumps(result), "output.txt": text_of(document).encode()}


__all__ = ["Classification", "EngineRequest", "EngineResult", "Rule", "run"]
