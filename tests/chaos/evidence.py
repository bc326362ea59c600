"""Evidence that does not depend on what the product claims: triggers in the database note every change of a status.

The notes are written in the transaction they are about, so what was rolled back leaves none, and what was committed cannot hide.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import sqlalchemy as sa

from models.states import OPEN_ITEM, OPEN_JOB, ItemStatus

OPEN = {str(one) for one in (*OPEN_ITEM, *OPEN_JOB)}
"""Every other status is an end."""

AUDIT = sa.table("chaos_audit", *map(sa.column, ("id", "at", "what", "job_id", "item_id", "old", "new")))

SQLITE = [
    """CREATE TABLE IF NOT EXISTS chaos_audit
    (id INTEGER PRIMARY KEY, at REAL, what TEXT, job_id TEXT, item_id INTEGER, old TEXT, new TEXT)""",
    *(
        f"CREATE TRIGGER IF NOT EXISTS chaos_{what} AFTER {event} BEGIN INSERT INTO chaos_audit"
        f" (at, what, job_id, item_id, old, new) VALUES ((julianday('now') - 2440587.5) * 86400.0, '{what}', {values}); END"
        for what, event, values in (
            (
                "job",
                "UPDATE ON batch_job WHEN OLD.status IS NOT NEW.status",
                "NEW.id, NULL, OLD.status, NEW.status",
            ),
            (
                "item",
                "UPDATE ON batch_item WHEN OLD.status IS NOT NEW.status",
                "NEW.job_id, NEW.id, OLD.status, NEW.status",
            ),
            ("result", "INSERT ON processing_result", "NEW.job_id, NEW.item_id, NULL, NEW.id"),
        )
    ),
]
POSTGRESQL = [
    """CREATE TABLE IF NOT EXISTS chaos_audit
    (id BIGSERIAL PRIMARY KEY, at DOUBLE PRECISION DEFAULT extract(epoch FROM clock_timestamp()), what TEXT, job_id TEXT,
    item_id BIGINT, old TEXT, new TEXT)""",
    *(
        f"CREATE OR REPLACE FUNCTION chaos_{what}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" INSERT INTO chaos_audit (what, job_id, item_id, old, new) VALUES ('{what}', {values}); RETURN NULL; END $$"
        for what, values in (
            ("job", "NEW.id, NULL, OLD.status, NEW.status"),
            ("item", "NEW.job_id, NEW.id, OLD.status, NEW.status"),
            ("result", "NEW.job_id, NEW.item_id, NULL, NEW.id"),
        )
    ),
    *(
        f"CREATE OR REPLACE TRIGGER chaos_{what} AFTER {event} EXECUTE FUNCTION chaos_{what}()"
        for what, event in (
            ("job", "UPDATE ON batch_job FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)"),
            ("item", "UPDATE ON batch_item FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)"),
            ("result", "INSERT ON processing_result FOR EACH ROW"),
        )
    ),
]


def install(engine: sa.Engine) -> None:
    """Put the triggers into a database that has the product's schema; again is no error."""
    with engine.begin() as connection:
        for statement in SQLITE if engine.dialect.name == "sqlite" else POSTGRESQL:
            connection.execute(sa.text(statement))
        connection.execute(sa.text("CREATE INDEX IF NOT EXISTS chaos_audit_job ON chaos_audit (job_id)"))


@dataclass(frozen=True, slots=True)
class Move:
    """One change of a status, of an item or of the job itself; `at` is the database's clock in seconds since 1970."""

    at: float
    item: int
    old: str
    new: str

    @property
    def is_end(self) -> bool:
        """Whether it led into a terminal status."""
        return self.new not in OPEN


@dataclass
class Record:
    """What the triggers noted of one job, in the order in which it happened."""

    job: Sequence[Move] = ()
    items: Sequence[Move] = ()
    results: Mapping[int, int] = field(default_factory=dict)
    """How many results each item was given."""

    @classmethod
    def read(cls, connection: sa.Connection, job_id: str) -> Record:
        """The notes about a job."""
        rows = connection.execute(sa.select(AUDIT).where(AUDIT.c.job_id == job_id).order_by(AUDIT.c.id)).all()
        moves: dict[str, list[Move]] = defaultdict(list)
        for row in rows:
            moves[row.what].append(Move(row.at, row.item_id or 0, row.old or "", row.new))
        return cls(moves["job"], moves["item"], Counter(move.item for move in moves["result"]))

    @property
    def finalizations(self) -> int:
        """How often the job entered a terminal status: once, and no more."""
        return sum(move.is_end for move in self.job)

    @property
    def revivals(self) -> int:
        """How often the job or one of its items left a terminal status: never."""
        return sum(move.old not in OPEN for move in (*self.job, *self.items))

    @property
    def duplicates(self) -> int:
        """Results beyond the first of each item."""
        return sum(count - 1 for count in self.results.values())

    @property
    def repeated(self) -> int:
        """Claims of items beyond the first of each: runs of the engine that were, or may have been, repeated."""
        claims = Counter(move.item for move in self.items if move.new == ItemStatus.PROCESSING)
        return sum(count - 1 for count in claims.values())

    @cached_property
    def ends(self) -> list[float]:
        """When items ended, in order."""
        return sorted(move.at for move in self.items if move.is_end)

    @property
    def ended(self) -> float | None:
        """When the job ended."""
        return next((move.at for move in self.job if move.is_end), None)

    def in_work(self, at: float) -> set[int]:
        """The items that were being processed at that moment."""
        last = {move.item: move.new for move in self.items if move.at <= at}
        return {item for item, status in last.items() if status == ItemStatus.PROCESSING}

    def last_end(self, items: set[int]) -> float | None:
        """When the last of these items ended; None when one of them has not, or there is none."""
        ends = {move.item: move.at for move in self.items if move.is_end and move.item in items}
        return max(ends.values()) if ends and len(ends) == len(items) else None
