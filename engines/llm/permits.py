"""What stands between a question and its endpoint: a turn, which all processes share, and ceilings on what may be spent.

Both are asked before every request. Who keeps no count of either asks freely.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from engines.document import Document, Notice
from engines.errors import SENTENCES, Code
from engines.llm.usage import Usage


class Turns(Protocol):
    """The places of an endpoint; whoever has one may have one request under way there."""

    def take(self) -> str | None:
        """A turn, to be given back; None while others have all. Raises what tells that the document may ask nothing more."""

    def keep(self, turns: Collection[str]) -> None:
        """Say that these are still needed, several times within the seconds for which they last."""

    def give_back(self, turn: str) -> None:
        """Let somebody else have it."""


class Ceilings(Protocol):
    """What may be spent on a document, its job and its project."""

    def charge(self, usage: Usage) -> str:
        """Charge a question that is to be sent; empty when it may be, else the setting whose ceiling is reached."""

    def settle(self, usage: Usage, *, answered: bool) -> None:
        """Note what a charged question has used; one without an answer is charged to nobody."""


class Freely:
    """Everybody's turn, and no ceiling."""

    def take(self) -> str | None:
        """See Turns."""
        return "free"

    def keep(self, turns: Collection[str]) -> None:
        """See Turns."""

    def give_back(self, turn: str) -> None:
        """See Turns."""

    def charge(self, _usage: Usage) -> str:
        """See Ceilings."""
        return ""

    def settle(self, usage: Usage, *, answered: bool) -> None:
        """See Ceilings."""


FREELY = Freely()


def note_ceiling(document: Document, limit: str, page: int | None = None) -> None:
    """Say that a model may not be asked any more, and what was read without it stands; nobody keeps this result for later."""
    sentence = f"{SENTENCES[Code.LLM_CEILING_REACHED]} ({limit})"
    document.warnings.append(Notice(Code.LLM_CEILING_REACHED, sentence, page))
    document.degraded = True
