"""The documents of one `sheaf run`: what is there already, what is to be done, and what has come of it so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from app.cli.batch import counts_text, ended_count, poll_job
from app.cli.documents import Local
from app.cli.harvest import DOWNLOADS, Arrivals, Harvest
from app.cli.interrupts import Interrupts
from app.cli.ledger import Entry, Ledger
from app.cli.outputs import GONE, DocumentReport, fetch_classification, fetch_parse_result, has_result, job_id_of
from app.cli.progress import Meter, OnWait, at_once, do_nothing
from app.cli.uploading import upload
from app.client import TERMINAL, Client, ClientError, ItemAnswer, Job

READERS = 4
"""Documents compared with their earlier results at a time."""
UNTOLD = "the job ended and told nothing of it; run the same command again"


class RunWork:
    """Documents on their way to results below `out`."""

    def __init__(
        self,
        documents: Sequence[Local],
        config: dict[str, Any],
        out: Path,
        ledger: Ledger,
        console: Console,
        interrupts: Interrupts,
    ) -> None:
        self.job: Job | None = None
        """The job, once it is over; None where nothing was left to do."""
        self._documents = {one.name: one for one in documents}
        self._config = config
        self._out = out
        self._ledger = ledger
        self._console = console
        self._interrupts = interrupts
        self._done: dict[str, DocumentReport] = {}
        self._lost: list[Entry] = []
        """Results that are known, but whose files are not all there."""

    def take_stock(self, *, is_fresh: bool) -> bool:
        """Find out what an earlier run has done; whether anything is left."""
        documents = list(self._documents.values())
        if is_fresh:
            self._ledger.forget(documents)
        elif known := [*filter(self._ledger.knows, documents)]:
            with Meter(self._console, "Comparing") as meter:
                entries = at_once(READERS, self._ledger.earlier, known, meter)
            valid = [entry for entry in entries if entry is not None]
            self._lost = [entry for entry in valid if not self._ledger.is_whole(entry)]
            self._done = {one.outcome.file: self._ledger.outcome(one) for one in valid if self._ledger.is_whole(one)}
        if self._done:
            self._console.print(
                f"{len(self._done)} of {len(documents)} documents were done earlier (--fresh begins anew)"
            )
        if strangers := self._ledger.strangers(self._left()):
            one = strangers[0]
            self._console.print(
                f"replacing {len(strangers)} earlier result{'' if len(strangers) == 1 else 's'} of other files with the same"
                f" name, such as {one.source}; another --out keeps both"
            )
        return bool(self._left())

    def do(self, client: Client, tend: OnWait) -> None:
        """Process what is left. Ctrl-C cancels the job; what is completed by then is written. Raises ClientError."""
        self._restore(client, tend)
        left = self._left()
        if not left:
            return
        directory_id, unsent = upload(client, self._console, left, "sheaf run", tend, self._ledger.read)
        self._done |= {name: DocumentReport.failed(name, reason) for name, reason in unsent.items()}
        harvest = Harvest(lambda item: self._write(client, item))
        job_id = ""
        try:
            with self._interrupts.held_back():
                job_id = client.create_batch(directory_id, self._config)
            self._follow(client, job_id, harvest, tend)
        except KeyboardInterrupt:
            if job_id:
                self._cancel(client, job_id, harvest)
            raise
        finally:
            harvest.close()
            self._done |= harvest.outcomes()

    def outcomes(self) -> list[DocumentReport]:
        """What came of each document, in their order; one of which the job told nothing has failed."""
        return [self._done.get(name) or DocumentReport.failed(name, UNTOLD) for name in self._documents]

    def so_far(self) -> str:
        """What an interrupted run has done and what is left, in a line."""
        failed = sum(one.status == "failed" for one in self._done.values())
        done = sum(one.status in {"completed", "skipped"} for one in self._done.values())
        total = len(self._documents)
        parts = [f"{done} of {total} documents are done", *([f"{failed} failed"] if failed else [])]
        return (
            f"Interrupted: {', '.join(parts)}, {total - done - failed} are left; results in {self._out}. "
            "Run the same command again to go on."
        )

    def _left(self) -> list[Local]:
        return [one for one in self._documents.values() if one.name not in self._done]

    def _restore(self, client: Client, tend: OnWait) -> None:
        """Write again what is no longer there, as far as the server still has it."""
        if not self._lost:
            return

        def restore(entry: Entry) -> DocumentReport | None:
            item: ItemAnswer = {"item_name": entry.outcome.file, "status": "completed", "job_id": entry.job_id}
            try:
                return self._fetch(client, item)
            except ClientError as error:
                if error.status != GONE:
                    raise
                return None
            except OSError as error:
                return unwritten(entry.outcome.file, error)

        with Meter(self._console, "Restoring") as meter:
            reports = at_once(DOWNLOADS, restore, self._lost, meter, tend)
        self._done |= {one.file: one for one in reports if one is not None}

    def _follow(self, client: Client, job_id: str, harvest: Harvest, tend: OnWait) -> None:
        """Write results as items end, until the job is over and all are written."""
        arrivals = Arrivals(client, job_id)
        seen = -1
        with Meter(self._console, "Processing") as meter:
            for self.job in poll_job(client, job_id, tend):
                is_over = self.job["status"] in TERMINAL
                if ended_count(self.job) > seen or is_over:
                    seen = ended_count(self.job)
                    harvest.add_items(
                        item for item in arrivals.take(is_over=is_over) if item["item_name"] in self._documents
                    )
                harvest.check()
                self._show(meter, harvest.outcomes())
            for _ in harvest.finish(tend):
                self._show(meter, harvest.outcomes())
            self._show(meter, harvest.outcomes())

    def _cancel(self, client: Client, job_id: str, harvest: Harvest) -> None:
        """Cancel the job, and write what was completed by then."""
        self._console.print("Cancelling; what is completed is written … (Ctrl-C again ends at once)")
        try:
            client.cancel(job_id, "interrupted by its user")
            harvest.add_items(
                item for item in client.items(job_id, "completed") if item["item_name"] in self._documents
            )
            for _ in harvest.finish(do_nothing):
                pass
        except ClientError as error:
            self._console.print(f"the job {job_id} may go on: {error}")

    def _show(self, meter: Meter, written: Mapping[str, DocumentReport]) -> None:
        outcomes = [*self._done.values(), *written.values()]
        counts = Counter(one.status for one in outcomes if one.status in {"failed", "skipped"})
        earlier = {"done earlier": sum(one.is_earlier for one in self._done.values())}
        meter.show(len(outcomes), len(self._documents), counts_text(earlier | counts))

    def _write(self, client: Client, item: ItemAnswer) -> DocumentReport:
        """Write the result of an item that has ended; what cannot be fetched or written has failed. Raises ClientError."""
        name = item["item_name"]
        try:
            return self._fetch(client, item)
        except OSError as error:
            return unwritten(name, error)
        except ClientError as error:
            if error.status != GONE:
                raise
            return DocumentReport.failed(name, f"its results cannot be fetched: {error}")

    def _fetch(self, client: Client, item: ItemAnswer) -> DocumentReport:
        """Write the result of an item and remember it. Raises ClientError, OSError."""
        document = self._documents[item["item_name"]]
        if "rules" in self._config:
            outcome = fetch_classification(client, item, document.name, self._out)
        else:
            outcome = fetch_parse_result(client, item, document.name, self._out, self._ledger.formats)
        if has_result(item):
            self._ledger.record(document, job_id_of(item), outcome)
        elif outcome.status == "failed":
            self._ledger.fail(document, outcome)
        return outcome


def unwritten(name: str, error: OSError) -> DocumentReport:
    """The outcome of a document whose results find no place."""
    return DocumentReport.failed(name, f"its results cannot be written: {error.strerror or error}")
