"""What a sandboxed child says, believed only after a check: a hostile document may have taken the child over."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

from engines.errors import Code, DocumentError
from engines.request import EngineResult

logger = logging.getLogger(__name__)

OUTPUT_NAME = re.compile(r"(?:[\w-][\w.() -]{0,120}/)?[\w-][\w.() -]{0,200}")
"""Names of outputs: `output.md`, `images/page_1.jpg`; nothing absolute, hidden or climbing."""
CHECKPOINT_NAME = re.compile(r"(?:range|page)-\d{1,9}")
NOISY_LINES = 20
NOISE = 4000
"""Lines and characters that are logged of what libraries print about one document."""
DETAIL = 500
"""Characters of an error's detail that are kept."""

OUTCOME_TYPES: dict[str, type | tuple[type, ...]] = {
    "pages": int,
    "warnings": list,
    "failed_pages": list,
    "degraded": bool,
    "classification": (dict, type(None)),
    "job_metadata": dict,
    "partial": bool,
    "faithfulness": (float, type(None)),
}


def checked_name(name: object) -> str:
    """The name of an output. Raises DocumentError: INTERNAL_ERROR, as all here do, for one that could lead elsewhere."""
    if not isinstance(name, str) or not OUTPUT_NAME.fullmatch(name):
        raise nonsense(f"an output named {str(name)[:60]!r}")
    return name


def checked_checkpoint(name: object) -> str:
    """The name of a checkpoint. Raises DocumentError for one that no parser gives."""
    if not isinstance(name, str) or not CHECKPOINT_NAME.fullmatch(name):
        raise nonsense(f"a checkpoint named {str(name)[:60]!r}")
    return name


def checked_progress(pages: object) -> tuple[int, int, int | None]:
    """Pages done, pages to do, and the number of the page that is read next, where that is known."""
    match pages:
        case [int(done), int(total), int() | None as page]:
            return done, total, page
    raise nonsense("progress that is none")


def checked_outcome(fields: object, outputs: dict[str, bytes]) -> EngineResult:
    """The outcome, every field of its type."""
    if not isinstance(fields, dict) or fields.keys() != OUTCOME_TYPES.keys():
        raise nonsense("an outcome that is none")
    for name, expected in OUTCOME_TYPES.items():
        if not isinstance(fields[name], expected):
            raise nonsense(f"{name} of a wrong type")
    if not all(isinstance(one, dict) for one in fields["warnings"]):
        raise nonsense("warnings of a wrong type")
    if not all(isinstance(one, int) for one in fields["failed_pages"]):
        raise nonsense("failed_pages of a wrong type")
    if not isinstance(fields["job_metadata"].get("engine_version"), str):
        raise nonsense("job metadata without the engine's version")
    check_classification(fields["classification"])
    return EngineResult(outputs=outputs, **fields)


def check_classification(fields: Mapping[str, object] | None) -> None:
    """Raise DocumentError unless there is none, or it is whole."""
    if fields is None:
        return
    kind, confidence, reasoning = (fields.get(name) for name in ("type", "confidence", "reasoning"))
    is_sure = isinstance(confidence, int | float) and 0 <= confidence <= 1
    if not (is_sure and isinstance(kind, str | None) and isinstance(reasoning, str)):
        raise nonsense("a classification that is none")


def checked_error(fields: object) -> DocumentError:
    """The error that the child reports; the traceback of what it did not foresee is a note on it, for the log."""
    if not isinstance(fields, dict) or str(fields.get("code")) not in Code.__members__:
        return nonsense("an error that is none")
    code, detail = Code(str(fields["code"])), str(fields.get("detail", ""))[:DETAIL]
    error = DocumentError(code, detail)
    if "traceback" in fields:
        error.add_note(str(fields["traceback"])[-10_000:])
    return error


def tell_noise(printed: bytes) -> None:
    """Log what a library printed while it worked on a document: one line, of bounded length."""
    lines = [line for one in printed.decode(errors="replace").replace("\0", "").splitlines() if (line := one.strip())]
    if lines:
        more = f" … and {len(lines) - NOISY_LINES} lines more" if len(lines) > NOISY_LINES else ""
        logger.info("printed about the document: %s%s", " | ".join(lines[:NOISY_LINES])[:NOISE], more)


def nonsense(what: str) -> DocumentError:
    """The error for a child that does not speak as it should."""
    return DocumentError(Code.INTERNAL_ERROR, f"the sandboxed process sent {what}")
