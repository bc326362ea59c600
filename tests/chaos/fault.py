"""What every fault has: a name, a sentence, where it can happen, and how it is done."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from chaos.stage import KINDS, POSTGRESQL, SQLITE, Stage, Variant, usual

PARAMETERS = {"do_not_cache": True, "invalidate_cache": True}
"""Nothing is skipped, nothing is answered from the cache: every item is work."""
PROMISE_SECONDS = 30.0
"""A dead worker's items run again so soon, and items end again at the old rate."""


@dataclass
class Act:
    """One job into which a fault comes."""

    stage: Stage
    random: random.Random
    """Of the seed, the kind and the fault: decides all that is left to chance."""
    sources: Sequence[str]
    """Ids of the documents that the job is over."""
    job: str = ""
    poisons: Mapping[str, str] = field(default_factory=dict)
    """Ids of documents that are expected to fail, with the code they should fail with."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What the fault has its jobs parse with besides."""
    broken: list[str] = field(default_factory=list)
    """Promises that the fault itself found broken."""
    notes: list[str] = field(default_factory=list)
    """What it has counted besides."""

    def setting(self, name: str) -> float:
        """A setting of the running stack."""
        return float(getattr(self.stage.stack.settings, name))

    def pause(self, seconds: float, shortened: float | None = None) -> None:
        """Let an outage last; shorter in the shortened version of the suite, if that is given for so long."""
        is_short = self.stage.brevity < 1
        time.sleep(shortened if is_short and shortened is not None else seconds * self.stage.brevity)

    def start(self, sources: Sequence[str], priority: str = "medium", **fields: Any) -> str:
        """The id of a new job over these documents; `fields` go into the request as they are."""
        return self.stage.stack.batch(
            None, {**PARAMETERS, "priority": priority, **self.parameters}, item_ids=list(sources), **fields
        )


class Fault:
    """A fault. The first line of a subclass's docstring is what the table's readers are told of it."""

    name: ClassVar[str]
    kinds: ClassVar[Sequence[str]] = (SQLITE, POSTGRESQL)
    variant: Variant = staticmethod(usual)
    """The stack that it needs."""
    most: ClassVar[int] = 1_000_000
    """Documents that its job has at most, because the stack that it needs is slow."""
    parameters: ClassVar[Mapping[str, Any]] = {}
    """What its jobs parse with besides."""
    is_outage: ClassVar[bool] = False
    """Whether something is away from its begin to its end; then the time to recover counts from the end."""
    strands_until_end: ClassVar[bool] = True
    """Whether, in an outage, nobody could have done the items in work meanwhile; otherwise they count from the begin."""

    @property
    def sentence(self) -> str:
        """What happens."""
        return (self.__doc__ or "").partition("\n")[0]

    def obstacle(self) -> str:
        """Why it cannot happen on this machine; "" when it can."""
        return ""

    def limit(self, act: Act) -> float:
        """Seconds within which the job has to recover."""
        del act
        return PROMISE_SECONDS

    def moment(self, act: Act) -> float:
        """The share of the items that has ended when it comes."""
        return act.random.uniform(0.3, 0.5)

    def await_moment(self, act: Act) -> None:
        """Wait until it is time."""
        act.stage.await_progress(act.job, self.moment(act), len(act.sources))

    def prepare(self, act: Act) -> None:
        """What has to be there before the job starts."""

    def inject(self, act: Act) -> None:
        """Do it; of an outage, until it is over."""

    def finish(self, act: Act) -> None:
        """After the job: undo what is left of it, and do what comes late."""


class Nothing(Fault):
    """No fault: the same job undisturbed."""

    name = "nothing"
    kinds = KINDS
