"""What `sheaf run` remembers beside its results, so that a second run goes on where the first one stopped.

A line of JSON for each result, added once its files are in place. A document counts as done when its bytes, its parameters,
the engines and the tools are those of its line and the files that the line names are still there. What the line says of a
file is never more than the file's name: a result that was edited stays as it is, one that was deleted is written again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from app.cli.documents import ENDINGS, Local
from app.cli.outputs import DocumentReport, write_file

NAME = ".sheaf-run.jsonl"
"""Hidden, so that it is no document where results lie beside the documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The result of one document."""

    source: str
    """Path of the document."""
    job_type: str
    """`parse` or `classify`: one document may have a result of each."""
    sha256: str
    parameters_hash: str
    engine: str
    """Version of the engines and tools, as far as they are this machine's."""
    job_id: str
    """Id of the parse or classify job behind it, for as long as the server keeps the result."""
    outcome: DocumentReport
    """Its outputs are relative to the folder of the results."""

    @classmethod
    def read(cls, line: str) -> Self | None:
        """The entry of a line; None for a line that is torn or of another version."""
        try:
            fields = json.loads(line)
            outcome = fields.pop("outcome")
            lists = {name: tuple(outcome[name]) for name in ("outputs", "warnings")}
            return cls(**fields, outcome=DocumentReport(**{**outcome, **lists}))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def line(self) -> str:
        """The entry as a line."""
        return json.dumps(asdict(self)) + "\n"


class Ledger:
    """The results of one kind of job, with one configuration, in one folder; safe for several threads."""

    def __init__(
        self, out: Path, job_type: str, parameters_hash: str, engine: str, formats: Sequence[str] = ()
    ) -> None:
        self.formats = formats
        """What each result is written as besides."""
        self._out = out
        self._job_type = job_type
        self._work = {"parameters_hash": parameters_hash, "engine": engine}
        self._lock = threading.Lock()
        self._sums: dict[str, str] = {}
        self._entries: dict[tuple[str, str], Entry] = {}
        lines = list(read_entries(out / NAME))
        for entry in filter(None, lines):
            self._entries[entry.job_type, entry.outcome.file] = entry
        if None in lines or len(lines) > 2 * len(self._entries):  # what is added to a torn line would be lost with it
            self._rewrite(self._entries)

    def knows(self, document: Local) -> bool:
        """Whether there was a result under this document's name."""
        return (self._job_type, document.name) in self._entries

    def earlier(self, document: Local) -> Entry | None:
        """The result of just these bytes with just this configuration, whether its files are still there or not."""
        entry = self._entries.get((self._job_type, document.name))
        if entry is None or {"parameters_hash": entry.parameters_hash, "engine": entry.engine} != self._work:
            return None
        with contextlib.suppress(OSError):  # sending it will tell why it cannot be read
            return entry if entry.sha256 == self.read(document) else None
        return None

    def is_whole(self, entry: Entry) -> bool:
        """Whether all files of a result are there, also those of formats that an earlier run was not asked for."""
        names = {*entry.outcome.outputs, *(f"{entry.outcome.file}{ENDINGS[one]}" for one in self.formats)}
        return all((self._out / name).is_file() for name in names)

    def outcome(self, entry: Entry) -> DocumentReport:
        """What an earlier run said of a document."""
        outputs = tuple(str(self._out / name) for name in entry.outcome.outputs)
        return dataclasses.replace(entry.outcome, outputs=outputs, is_earlier=True)

    def strangers(self, documents: Sequence[Local]) -> list[Entry]:
        """Results of other files under the names of these documents, which theirs will replace."""
        entries = [(self._entries.get((self._job_type, one.name)), one) for one in documents]
        return [entry for entry, one in entries if entry is not None and entry.source != str(one.path)]

    def forget(self, documents: Sequence[Local]) -> None:
        """Let these documents be done anew, by this run or, if it is interrupted, by the next; their files stay till then."""
        names = {(self._job_type, one.name) for one in documents}
        if names & self._entries.keys():
            self._rewrite({key: entry for key, entry in self._entries.items() if key not in names})

    def read(self, document: Local) -> str:
        """Note the SHA-256 of a document's bytes, before they are sent. Raises OSError."""
        with document.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with self._lock:
            self._sums[document.name] = digest
        return digest

    def record(self, document: Local, job_id: str, outcome: DocumentReport) -> None:
        """Remember a result whose files are in place, and remove those of the result that it replaces. Raises OSError."""
        names = tuple(Path(output).relative_to(self._out).as_posix() for output in outcome.outputs)
        self._replace(document, job_id, dataclasses.replace(outcome, outputs=names), self._work)

    def fail(self, document: Local, outcome: DocumentReport) -> None:
        """Let nobody take the files of an outdated result for those of a document that has failed since. Raises OSError."""
        if self.knows(document):
            self._replace(document, "", dataclasses.replace(outcome, outputs=()), dict.fromkeys(self._work, ""))

    def _replace(self, document: Local, job_id: str, outcome: DocumentReport, work: Mapping[str, str]) -> None:
        entry = Entry(
            source=str(document.path),
            job_type=self._job_type,
            sha256=self._sums[document.name],
            **work,
            job_id=job_id,
            outcome=outcome,
        )
        with self._lock:
            old = self._entries.get((self._job_type, document.name))
            for name in set(old.outcome.outputs if old else ()) - set(outcome.outputs):
                if belongs(name, document.name):
                    (self._out / name).unlink(missing_ok=True)
            self._entries[self._job_type, document.name] = entry
            with (self._out / NAME).open("a", encoding="utf-8") as file:
                file.write(entry.line())

    def _rewrite(self, entries: dict[tuple[str, str], Entry]) -> None:
        write_file(self._out, NAME, "".join(entry.line() for entry in entries.values()).encode())


def read_entries(path: Path) -> Iterator[Entry | None]:
    """The entries of a ledger, the later ones true; none when there is no ledger."""
    with contextlib.suppress(FileNotFoundError), path.open(encoding="utf-8", errors="replace") as file:
        yield from map(Entry.read, file)


def belongs(output: str, document: str) -> bool:
    """Whether a name is that of an output of a document: whoever wrote the ledger, no other file is removed for it."""
    return output.startswith(f"{document}.") and os.pardir not in output.split("/")
