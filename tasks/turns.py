"""Whose turn it is: workers are shared between projects, then between the jobs of one, by what SQL says and not by the broker.

A message is a turn of a worker. It names items, but when another project waits that holds fewer workers, or has had less of
this process's time, the turn is that project's, and the message goes to the end of the queue. So the length of a queue, and a
priority, put nobody off but the other jobs of the same project (priority orders within a project only). A message of several
documents ends early for the same reason, and a document that leaves checkpoints goes back at its next one, with no attempt counted.

What is chosen holds for parse and classify jobs each by themselves: they have queues, and may have workers, of their own.
"""

from __future__ import annotations

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError

from models import BatchJob, read_session
from models.batch import WaitingJob
from models.states import JobType
from tasks.job_spec import JobSpec
from tasks.queues import PRIORITIES

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.3
"""How often the work on one message looks whether somebody else waits."""
SLICE_SECONDS = 1.0
"""How long small documents may go on where every project that wants a worker has no more than this one."""
LONG_SLICE_SECONDS = 30.0
"""The same for a document that has to begin anew after its last checkpoint."""
REST = 9.0
"""For how many times as long as a look took its answer holds: among ten thousand open jobs that is longer than a small document."""


class Service:
    """How much of this process's time those who wait together have had, in seconds.

    Whoever comes begins with an even share of what was spent so far: nobody saves up turns while away, and those who stay are
    not put off for ever by new ones with nothing yet.
    """

    def __init__(self) -> None:
        self._had: dict[str, float] = {}
        self._share = 0.0
        """What one has had who was there all the time."""

    def of(self, names: Collection[str]) -> dict[str, float]:
        """What each has had."""
        known = {name: self._had[name] for name in names if name in self._had}
        self._share = max(self._share, min(known.values(), default=0.0))
        self._had = {name: known.get(name, self._share) for name in names}
        return self._had

    def charge(self, name: str, seconds: float) -> None:
        """Note time that was spent on one of those who wait."""
        if name in self._had:
            self._had[name] += seconds
            self._share += seconds / len(self._had)


@dataclass(slots=True)
class View:
    """Who waits, and who holds how many workers, as SQL had it at a moment of time.monotonic()."""

    at: float
    waiting: list[WaitingJob]
    held: Mapping[WaitingJob, int] | None = None
    """None until somebody asks."""
    took: float = 0.0
    """Seconds that asking took."""

    def holds(self, moment: float) -> bool:
        """Whether it is still fresh enough for what it costs."""
        return moment < self.at + (1 + REST) * self.took


@dataclass(slots=True)
class Turns:
    """The choices of one process, which works on one message at a time."""

    projects: Service = field(default_factory=Service)
    jobs: Service = field(default_factory=Service)
    _looked_at: float = -math.inf
    _views: dict[JobType, View] = field(default_factory=dict)

    def job_of(self, spec: JobSpec) -> str:
        """The job whose turn it is when a message of a job arrives: often the same."""
        rivals, held = self._look(spec.job_type, lambda one: one.job_id != spec.job_id)
        if not rivals:
            return spec.job_id
        return self._chosen([WaitingJob(spec.job_id, spec.project_id, spec.priority), *rivals], held)

    def _look(
        self, job_type: JobType, is_rival: Callable[[WaitingJob], bool]
    ) -> tuple[list[WaitingJob], Mapping[WaitingJob, int]]:
        """The rivals among those who wait and, where there are some, what everybody holds."""
        began = time.monotonic()
        view = self._views.get(job_type)
        with read_session() as session:
            if view is None or not view.holds(began):
                view = self._views[job_type] = View(began, BatchJob.waiting(session, job_type))
            rivals = [one for one in view.waiting if is_rival(one)]
            if rivals and view.held is None:
                view.held = BatchJob.workers(session, job_type)
            if view.at == began:
                view.took = time.monotonic() - began
        return rivals, view.held or {}

    def _chosen(self, waiting: Sequence[WaitingJob], held: Mapping[WaitingJob, int]) -> str:
        """Of jobs, the first of which wins a draw, the one that goes next."""
        of_project, of_job = by_project(held), Counter({one.job_id: count for one, count in held.items()})
        had = self.projects.of({one.project_id for one in waiting})
        project = min((one.project_id for one in waiting), key=lambda name: (of_project[name], had[name]))
        jobs = [one for one in waiting if one.project_id == project]
        had = self.jobs.of({one.job_id for one in waiting})
        first = min(jobs, key=lambda one: (PRIORITIES.index(one.priority), of_job[one.job_id], had[one.job_id]))
        return first.job_id

    def must_end(self, spec: JobSpec, began: float, slice_seconds: float) -> bool:
        """Whether work that began at `began` of time.monotonic() has to make room: asked often, looked up now and then.

        It has when its project would still hold as many workers as one that waits if it gave one to that, and when it would
        hold one less but its slice is over.
        """
        moment = time.monotonic()
        if moment - max(self._looked_at, began) < LOOK_SECONDS:
            return False
        self._looked_at = moment
        try:
            rivals, by_job = self._look(spec.job_type, lambda one: one.project_id != spec.project_id)
        except DBAPIError as error:  # nobody gets a turn while the database is away; whoever needs it notices
            logger.info("nobody can tell who waits: %s", error)
            return False
        if not rivals:
            return False
        held = by_project(by_job)
        ahead = held[spec.project_id] - min(held[one.project_id] for one in rivals)
        return ahead >= (1 if moment - began >= slice_seconds else 2)

    def charge(self, spec: JobSpec, seconds: float) -> None:
        """Note what the work on a message took."""
        self.projects.charge(spec.project_id, seconds)
        self.jobs.charge(spec.job_id, seconds)


def by_project(held: Mapping[WaitingJob, int]) -> Counter[str]:
    """How many workers each project holds."""
    found: Counter[str] = Counter()
    for job, count in held.items():
        found[job.project_id] += count
    return found


TURNS = Turns()
"""Those of this process."""
