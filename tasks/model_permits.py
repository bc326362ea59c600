"""What the work on one item may ask of a language model: its turns at the endpoint, and the ceilings on what is spent.

Both are kept in SQL (models/model_use.py), since an operator means an endpoint and not a process.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from engines.llm.asking import ModelUnavailableError
from engines.llm.endpoint import Endpoint
from engines.llm.usage import Usage
from models import BatchItem, ModelSpending, ModelTurn, Session, read_session
from models.base import new_uuid, utc_now
from models.states import ItemStatus
from settings import Settings
from tasks.db_retry import is_outage
from tasks.lease import LostError

logger = logging.getLogger(__name__)

OUTAGE_PAUSE = 5.0
"""Seconds that a document waits for the database."""
DAY = 86_400.0
"""Seconds over which what a project spends is counted."""


class StoredTurns:
    """The turns of an item at its endpoint. Raises LostError for an item that is no longer ours to work on.

    A job with a key of its own has turns of its own; neither the key nor a digest of it stands in the database.
    """

    def __init__(self, item: BatchItem, endpoint: Endpoint, lease_seconds: float) -> None:
        self._endpoint: Final = item.job_id if endpoint.is_foreign else without_credentials(endpoint.base_url)
        self._places: Final = endpoint.concurrency
        self._seconds: Final = lease_seconds
        self._ours: Final = sa.select(
            sa.exists().where(
                BatchItem.id == item.id, BatchItem.token == item.token, BatchItem.status == ItemStatus.PROCESSING
            )
        )

    def take(self) -> str | None:
        """See engines.llm.permits.Turns; None too while the database is away."""
        try:
            return self._take()
        except DBAPIError as error:
            if not is_outage(error):
                raise
            logger.warning("no question is sent while the database is away: %s", error.orig)
            return None

    def _take(self) -> str | None:
        with read_session() as session:
            if not session.scalar(self._ours):
                raise LostError
            if not ModelTurn.is_free(session, self._endpoint, self._places):
                return None
        with Session.begin() as session:
            turn = ModelTurn.take(session, self._endpoint, self._places, self._seconds)
            if turn is None:
                ModelTurn.make(session, self._endpoint, self._places)
                turn = ModelTurn.take(session, self._endpoint, self._places, self._seconds)
            if not session.scalar(self._ours):  # cancelled since: nothing more is sent
                raise LostError
        return turn

    def keep(self, turns: Collection[str]) -> None:
        """See engines.llm.permits.Turns."""
        self._quietly(lambda session: ModelTurn.keep(session, turns, self._seconds))

    def give_back(self, turn: str) -> None:
        """See engines.llm.permits.Turns. Where the database is away the lease ends by itself."""
        self._quietly(lambda session: ModelTurn.give_back(session, turn))

    def _quietly(self, action: Callable[[Any], None]) -> None:
        try:
            with Session.begin() as session:
                action(session)
        except SQLAlchemyError as error:
            logger.warning("a turn at the endpoint could not be kept or given back: %s", error)


def without_credentials(address: str) -> str:
    """An address as it may stand in the database."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What some runs may spend together; 0 is no ceiling."""

    setting: str
    """`SHEAF_LLM_ITEM`, to which `_QUESTIONS` and `_TOKENS` are added."""
    questions: int
    tokens: int
    condition: sa.ColumnElement[bool]
    """Whose runs count."""

    def reached(self, session: Any) -> str:
        """The setting that allows no more, when the question that is to be sent is charged already; empty where both do."""
        if not (self.questions or self.tokens):
            return ""
        questions, tokens = ModelSpending.spent(session, self.condition)
        if self.questions and questions > self.questions:
            return f"{self.setting}_QUESTIONS"
        return f"{self.setting}_TOKENS" if self.tokens and tokens >= self.tokens else ""


class Purse:
    """What one run on an item spends. A question is charged before it is sent, so that no two workers spend the last one.

    Tokens are known when a question is answered: those of the questions under way may go beyond a ceiling.
    """

    def __init__(self, item: BatchItem, project_id: str, settings: Settings, *, is_own: bool) -> None:
        self._row: Final = new_uuid()
        self._whose: Final = {
            "project_id": project_id,
            "job_id": item.job_id,
            "item_id": item.id,
            "is_own": is_own,
        }
        self._charged = 0
        self._ceilings: Final = () if is_own else ceilings_of(item, project_id, settings)
        """Of what the operator pays for."""

    def charge(self, usage: Usage) -> str:
        """See engines.llm.permits.Ceilings. Raises ModelUnavailableError while the database is away."""
        if not self._ceilings:
            return ""
        try:
            self._charged += 1
            self._note(usage)
            reached = self._reached()
        except DBAPIError as error:
            self._charged -= 1
            if not is_outage(error):
                raise
            message = "what may be spent cannot be looked up while the database is away"
            raise ModelUnavailableError(message, OUTAGE_PAUSE) from error
        if reached:
            self.settle(usage, answered=False)
        return reached

    def _reached(self) -> str:
        # Another transaction than that of the charge: of two workers at the last question each sees the other's.
        with read_session() as session:
            return next((name for one in self._ceilings if (name := one.reached(session))), "")

    def settle(self, usage: Usage, *, answered: bool) -> None:
        """See engines.llm.permits.Ceilings."""
        if self._ceilings:
            self._charged -= not answered
            self._quietly_note(usage)

    def close(self, usage: Usage) -> None:
        """Write down what the run has used, whatever came of it."""
        if usage.requests or usage.kept:
            self._quietly_note(usage)

    def _quietly_note(self, usage: Usage) -> None:
        """Write the totals; those of the next time hold what is missing now."""
        try:
            self._note(usage)
        except SQLAlchemyError as error:
            logger.warning("what was used of a language model could not be noted: %s", error)

    def _note(self, usage: Usage) -> None:
        with Session.begin() as session:
            ModelSpending.note(session, self._row, self._whose, {**usage.as_result(), "charged": self._charged})


def ceilings_of(item: BatchItem, project_id: str, settings: Settings) -> tuple[Ceiling, ...]:
    """The ceilings that the operator has set for an item, its job and its project, those that are none left out."""
    row = ModelSpending
    of_project = sa.and_(row.project_id == project_id, row.is_own.is_(False), row.at > utc_now(-DAY))
    of_job = row.job_id == item.job_id
    every = (
        Ceiling(
            "SHEAF_LLM_ITEM",
            settings.llm_item_questions,
            settings.llm_item_tokens,
            sa.and_(of_job, row.item_id == item.id),
        ),
        Ceiling("SHEAF_LLM_JOB", settings.llm_job_questions, settings.llm_job_tokens, of_job),
        Ceiling("SHEAF_LLM_PROJECT", settings.llm_project_questions, settings.llm_project_tokens, of_project),
    )
    return tuple(one for one in every if one.questions or one.tokens)
