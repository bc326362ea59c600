"""One run: a job, a fault in the middle of it, and the verdict by the evidence."""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from support.running import BATCHES

from chaos.evidence import Record
from chaos.fault import Act, Fault
from chaos.recovery import Course
from chaos.stage import Stage, await_long
from models import BatchItem, ProcessingResult
from models.states import OPEN_ITEM, ItemStatus

SETTLE_SECONDS = 1.0
"""How long after its end a job is watched for what comes late."""
API_SECONDS = 30.0


@dataclass
class Row:
    """What became of one job. Times are in seconds; None where there is nothing to measure."""

    fault: str
    kind: str
    items: int = 0
    lost: int = 0
    duplicates: int = 0
    finalizations: int = 0
    repeated: int = 0
    rate_before: float = 0.0
    recovery: float | None = None
    """From the fault; of an outage, from its end."""
    recovery_from_begin: float | None = None
    stranded: float | None = None
    """Until the last of the items that were in work at the fault has ended; counted as `recovery` is."""
    stranded_from_begin: float | None = None
    fault_seconds: float = 0.0
    job_seconds: float = 0.0
    seconds: float = 0.0
    """Of the whole run, preparations and checks included."""
    broken: list[str] = field(default_factory=list)
    """The promises that were not kept."""
    late: list[str] = field(default_factory=list)
    """What took longer than promised; apart, because a machine may be busy with something else."""
    obstacle: str = ""
    """Why it did not run here."""
    notes: list[str] = field(default_factory=list)
    """What the fault counted besides."""
    logs: str = ""
    """Where the logs are kept when a promise was broken."""

    @property
    def missed(self) -> list[str]:
        """Everything that is not as promised."""
        return [*self.broken, *self.late]

    @property
    def verdict(self) -> str:
        """In a word, or what is wrong."""
        return self.obstacle or "; ".join(self.missed) or "kept"

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self) | {"verdict": self.verdict}


def run(stage: Stage, fault: Fault, items: int, seed: int) -> Row:
    """Let a fault happen in the middle of a job over so many documents."""
    began = time.monotonic()
    row = Row(fault.name, stage.kind, items)
    if obstacle := fault.obstacle():
        row.obstacle = obstacle
        return row
    stage.use(fault.variant)
    chance = random.Random(f"{seed} {stage.kind} {fault.name}")
    act = Act(stage, chance, stage.items[: min(items, fault.most)], parameters=fault.parameters)
    marks = {path: path.stat().st_size for path in stage.log_files()}
    begin, end = perform(fault, act)
    judge(row, fault, act, begin, end)
    if row.missed:
        row.logs = keep_logs(stage, f"{stage.kind}-{fault.name}", marks)
    row.seconds = time.monotonic() - began
    return row


def perform(fault: Fault, act: Act) -> tuple[float, float]:
    """The job, from its start until nothing more is expected; answers when the fault began and ended."""
    stage = act.stage
    fault.prepare(act)
    try:
        act.job = act.start(act.sources)
        fault.await_moment(act)
        if not stage.is_open(act.job):
            act.broken.append("the job had ended before the fault")
        begin = time.time()
        fault.inject(act)
        end = time.time()
        stage.await_end(act.job)
    finally:
        fault.finish(act)
    time.sleep(SETTLE_SECONDS)
    return begin, end


def judge(row: Row, fault: Fault, act: Act, begin: float, end: float) -> None:
    """Fill in a row by what the database and the store hold."""
    with act.stage.read_session() as connection:
        record = Record.read(connection, act.job)
        items = connection.execute(sa.select(BatchItem.__table__).where(BatchItem.job_id == act.job)).all()
        results = connection.execute(
            sa.select(ProcessingResult.__table__).where(ProcessingResult.job_id == act.job)
        ).all()
    row.items = len(act.sources)
    ended = {item.source_id for item in items if item.status not in OPEN_ITEM}
    row.lost = len(set(act.sources) - ended)
    row.duplicates = record.duplicates + len(results) - len({one.item_id for one in results})
    row.finalizations, row.repeated = record.finalizations, record.repeated
    row.fault_seconds, row.notes = end - begin, act.notes
    measure(row, fault, act, record, begin, end)
    broken = row.broken = act.broken
    broken += [f"{row.lost} items lost"] * (row.lost > 0)
    broken += [f"{row.duplicates} duplicate results"] * (row.duplicates > 0)
    broken += [f"finalized {row.finalizations} times"] * (row.finalizations != 1)
    broken += [f"{record.revivals} moves out of a terminal status"] * (record.revivals > 0)
    broken += check_items(act, items, results)
    broken += check_answers(act, items)
    broken += check_outputs(act, results)
    limit = fault.limit(act)
    for name, seconds in (("recovery", row.recovery), ("stranded", row.stranded)):
        if seconds is not None and seconds > limit:
            row.late.append(f"{name} took {seconds:.1f} s, more than {limit:.0f} s")


def measure(row: Row, fault: Fault, act: Act, record: Record, begin: float, end: float) -> None:
    """The times of a row. `stranded` leaves out what is expected to fail: it is the fault itself."""
    course = Course(record.ends, record.ended or time.time(), len(act.sources))
    row.job_seconds = course.ended - record.job[0].at if record.job else 0.0
    row.rate_before = course.steady_rate(begin)
    row.recovery_from_begin = row.recovery = course.recovery(begin, row.rate_before)
    in_work = record.in_work(begin) - act_poisons(act)
    last_end = record.last_end(in_work)
    if in_work:
        row.stranded_from_begin = row.stranded = (last_end or time.time()) - begin
    if fault.is_outage:
        row.recovery = course.recovery(end, row.rate_before)
    if fault.is_outage and fault.strands_until_end and in_work:
        row.stranded = max(0.0, (last_end or time.time()) - end)


def act_poisons(act: Act) -> set[int]:
    """Item ids of the documents that are expected to fail."""
    if not act.poisons:
        return set()
    with act.stage.read_session() as connection:
        query = sa.select(BatchItem.id).where(BatchItem.job_id == act.job, BatchItem.source_id.in_(act.poisons))
        return set(connection.scalars(query))


def check_items(act: Act, items: Sequence[Any], results: Sequence[Any]) -> list[str]:
    """Every item completed by work of its own; those that are expected to fail failed as they should."""
    broken = []
    expected = {item.id for item in items if item.source_id not in act.poisons}
    wrong = Counter(item.status for item in items if item.id in expected and item.status != ItemStatus.COMPLETED)
    broken += [f"{count} items unexpectedly {status}" for status, count in wrong.items()]
    for item in items:
        if item.source_id in act.poisons and item.error_code != act.poisons[item.source_id]:
            broken.append(f"{item.name} ended {item.status} with {item.error_code}, not {act.poisons[item.source_id]}")
    if act.poisons:
        broken += check_attempts(act, items)
    unpaid = {item.id for item in items if item.status == ItemStatus.COMPLETED} ^ {one.item_id for one in results}
    broken += [f"{len(unpaid)} items whose status and result disagree"] * bool(unpaid)
    cached = sum(bool(one.details["cache_hit"]) for one in results)
    broken += [f"{cached} answers from the cache: the run proves nothing"] * (cached > 0)
    return broken


def check_attempts(act: Act, items: Sequence[Any]) -> list[str]:
    """A poison costs all attempts of itself, and none but their own of its neighbours."""
    allowed = int(act.setting("max_attempts"))
    spent = {item.name: item.attempts for item in items if item.source_id in act.poisons}
    broken = [f"{name} had {count} attempts, not {allowed}" for name, count in spent.items() if count != allowed]
    charged = sum(item.attempts > 1 for item in items if item.source_id not in act.poisons)
    return broken + [f"{charged} neighbours were charged a second attempt"] * (charged > 0)


def check_answers(act: Act, items: Sequence[Any]) -> list[str]:
    """The API's counts, and its list of items, equal a GROUP BY of the database."""
    counts = Counter(str(item.status) for item in items)
    answers: list[dict[str, Any]] = []

    def ask() -> bool:
        answers.append(act.stage.stack.ask("GET", f"{BATCHES}/{act.job}")["job"])
        return True

    if not await_long(ask, API_SECONDS):
        return ["the API does not answer"]
    job = answers[-1]
    said = (job["total_items"], job["processed_items"], job["failed_items"], job["skipped_items"])
    true = (len(items), counts["completed"], counts["failed"], counts["skipped"])
    listed = Counter(item["status"] for item in listing(act))
    broken = [f"the API counts {said}, the database {true}"] * (said != true)
    broken += [f"the API lists {dict(listed)}, the database {dict(counts)}"] * (listed != counts)
    return broken


def listing(act: Act) -> list[dict[str, Any]]:
    """All items of the job, as the API lists them."""
    found: list[dict[str, Any]] = []
    while True:
        query = {"limit": 1000, "offset": len(found)}
        page = act.stage.stack.ask("GET", f"{BATCHES}/{act.job}/items", params=query)["items"]
        found += page
        if len(page) < query["limit"]:
            return found


def check_outputs(act: Act, results: Sequence[Any]) -> list[str]:
    """Every output of every result is in the store, of the size that is recorded."""
    folders = {one.prefix.rpartition("/")[0] for one in results}
    stored = {key: size for folder in folders for key, size in act.stage.stored_sizes(folder).items()}
    recorded = {f"{one.prefix}/{name}": size for one in results for name, size in one.outputs.items()}
    wrong = [key for key, size in recorded.items() if stored.get(key) != size]
    return [f"{len(wrong)} outputs missing or of another size, such as {wrong[0]}"] if wrong else []


def keep_logs(stage: Stage, name: str, marks: dict[Path, int]) -> str:
    """Put aside what was logged since `marks`, the sizes of the logs before; answers where."""
    kept = Path(tempfile.mkdtemp(prefix=f"sheaf-chaos-{name}-"))
    for path in stage.log_files():
        with path.open("rb") as log, (kept / f"{path.parent.name}-{path.name}").open("wb") as copy:
            log.seek(marks.get(path, 0) if path.stat().st_size >= marks.get(path, 0) else 0)
            shutil.copyfileobj(log, copy)
    return str(kept)
