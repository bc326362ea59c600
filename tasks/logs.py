"""Logs of every process in one form: JSON lines for machines, colours on a terminal, with the ids that were bound.

What stands in a log is read by more people than the database is. So tracebacks show code and no values, and addresses are shown
without their credentials, whoever wrote the line.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from typing import Any

import structlog

from engines.parameters.masking import without_credentials
from settings import Settings

QUIET = (
    *("celery.app.trace", "celery.beat", "celery.worker.strategy"),
    *("alembic", "httpx", "httpcore", "kombu", "PIL", "fontTools"),
    *("openai", "httpx2", "httpcore2"),
)
"""Libraries that tell more than anybody wants to know below WARNING: Celery three lines for each message."""

SHARED: Sequence[Any] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def configure(settings: Settings) -> None:
    """Set up logging for this process, on standard error; calling it again replaces the former set-up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter.of(is_json=_wants_json(settings.log_format)))
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # never shown
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _wants_json(form: str) -> bool:
    return form == "json" or (form != "console" and not sys.stderr.isatty())


TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
"""Tracebacks as data, without the values of variables: those of a request hold its secrets."""


class Formatter(structlog.stdlib.ProcessorFormatter):
    """Writes a line, whether structlog or a library has made it."""

    @classmethod
    def of(cls, *, is_json: bool) -> Formatter:
        """A formatter of JSON lines, or for people."""
        last: list[Any] = (
            [TRACEBACKS, structlog.processors.JSONRenderer()]
            if is_json
            else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        )
        return cls(foreign_pre_chain=SHARED, processors=[cls.remove_processors_meta, *last])

    def format(self, record: logging.LogRecord) -> str:
        """The line, with no credentials in whatever addresses it names."""
        return without_credentials(super().format(record))
