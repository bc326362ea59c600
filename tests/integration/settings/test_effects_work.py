"""What settings change in how documents are worked off."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.inprocess import NOTE, RULES, Start, close_to, items
from support.papers import chapter, pdf
from support.specimens import archive

from models import BatchItem, BatchPage, CachedResult, ProcessingResult, Session, read_session
from models.base import utc_now
from models.states import ItemStatus, PageStatus
from settings import Settings
from tasks import batch, context, executor, reconciler
from tasks.celery import create


@pytest.mark.setting("max_pages")
def test_a_document_of_more_pages_fails(service: Start, tmp_path: Path) -> None:
    document = pdf(tmp_path / "two.pdf", chapter("One"), chapter("Two")).read_bytes()
    assert [one.error_code for one in service(max_pages=1).run(("two.pdf", document))] == ["TOO_MANY_PAGES"]
    assert [one.status for one in service(max_pages=2).run(("two.pdf", document))] == [ItemStatus.COMPLETED]


@pytest.mark.setting("max_file_mb")
def test_a_larger_file_is_skipped(service: Start) -> None:
    large, small = service(max_file_mb=1).run(("large.txt", b"word " * 300_000), ("small.html", NOTE))
    assert (large.status, large.skip_reason) == (ItemStatus.SKIPPED, "size_limit_exceeded")
    assert small.status is ItemStatus.COMPLETED


@pytest.mark.setting("window_pages")
def test_so_many_pages_are_in_flight(service: Start) -> None:
    made = service(window_pages=2)
    job = made.job(*((f"{number}.html", NOTE) for number in range(4)), page_size=1)
    for _ in range(3):
        batch.dispatch_batch(job)
    with read_session() as session:
        statuses = session.scalars(sa.select(BatchPage.status).where(BatchPage.job_id == job)).all()
    assert Counter(statuses)[PageStatus.SENT] == 2


@pytest.mark.setting("message_items", "small_file_kb", "workers")
def test_small_documents_share_messages(service: Start) -> None:
    del service
    sizes = [(number, 1024) for number in range(8)] + [(8, 1025)]
    settings = Settings(message_items=3, small_file_kb=1, workers=1)
    assert list(batch.cut_into_messages(sizes, settings)) == [[0, 1, 2], [3, 4, 5], [6, 7], [8]]
    settings = Settings(message_items=3, small_file_kb=1, workers=2)
    assert list(batch.cut_into_messages(sizes, settings)) == [[0, 1], [2, 3], [4, 5], [6, 7], [8]]


@pytest.mark.setting("item_timeout_seconds", "message_timeout_seconds")
def test_a_message_may_take_what_its_items_may(service: Start) -> None:
    def longest(**settings: int) -> int:
        plan = batch.workable_job_spec(service(**settings).job(("note.html", NOTE)))
        assert plan is not None
        limits = {batch.message_for(plan, ids).options["time_limit"] for ids in ([1], [1, 2, 3])}
        assert len(limits) == 1, "a message may become the turn of any other"
        return int(limits.pop())

    assert longest(item_timeout_seconds=900, message_timeout_seconds=7) == 900 + 300
    assert longest(item_timeout_seconds=900, message_timeout_seconds=70, message_items=20) == 20 * 70 + 300
    options = create(Settings(item_timeout_seconds=900, broker_url="redis://host")).conf.broker_transport_options
    assert options["visibility_timeout"] > 2 * 900
    options = create(Settings(message_items=1000, message_timeout_seconds=100, broker_url="redis://host")).conf
    assert options.broker_transport_options["visibility_timeout"] > 1000 * 100


@pytest.mark.setting("lease_seconds")
def test_a_claim_lasts_as_long_as_the_setting_says(service: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[Any] = []
    real = executor.run

    def looked_at(*arguments: Any) -> Any:
        with read_session() as session:
            left.append(session.scalar(sa.select(BatchItem.lease_expires_at)))
        return real(*arguments)

    monkeypatch.setattr(executor, "run", looked_at)
    service(lease_seconds=5000).run(("note.html", NOTE))
    assert close_to(left[0], seconds=5000)


@pytest.mark.setting("max_attempts")
@pytest.mark.parametrize(("most", "status"), [(1, ItemStatus.FAILED), (2, ItemStatus.PENDING)])
def test_an_item_whose_worker_died_so_often_fails(service: Start, most: int, status: ItemStatus) -> None:
    job = service(max_attempts=most).job(("note.html", NOTE))
    with Session.begin() as session:
        lost = {"status": ItemStatus.PROCESSING, "attempts": 1, "isolated": True, "token": "t", "holder": "m@there/1/1"}
        session.execute(sa.update(BatchItem).values(lease_expires_at=utc_now(-60), work_id="pjb-1", **lost))
    reconciler.reconcile()
    assert [one.status for one in items(job)] == [status]


@pytest.mark.setting("item_timeout_seconds", "item_memory_mb", "item_cpu_seconds", "item_progress_seconds")
def test_a_child_has_these_bounds(service: Start) -> None:
    made = service(item_timeout_seconds=61, item_memory_mb=300, item_cpu_seconds=62, item_progress_seconds=63)
    bounds: list[Any] = []
    sandbox = context.current().sandbox

    def run(_work: Any, given: Any, **_options: Any) -> Any:
        bounds.append(given)
        raise FileNotFoundError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(sandbox), "run", lambda _self, *arguments, **options: run(*arguments, **options))
        patch.setattr(executor.ItemExecutor, "_needs_child", lambda *_: True)
        made.run(("note.html", NOTE))
    (one,) = bounds
    assert (one.seconds, one.memory_mb, one.cpu_seconds, one.progress_seconds) == (61, 300, 62, 63)


@pytest.mark.setting("child_documents", "child_seconds", "child_memory_mb", "isolation")
@pytest.mark.parametrize(
    ("settings", "lives"),
    [({}, True), ({"child_documents": 1}, False), ({"child_memory_mb": 1}, False), ({"isolation": "auto"}, False)],
    ids=["kept", "after so many documents", "when it has grown", "when there is none"],
)
def test_a_child_is_kept_as_the_settings_say(service: Start, settings: dict[str, Any], lives: bool) -> None:
    (item,) = service(**{"isolation": "always", "child_seconds": 7000, **settings}).run(("note.html", NOTE))
    assert item.status is ItemStatus.COMPLETED
    sandbox = context.current().sandbox
    assert (sandbox.pid is not None) is lives
    assert sandbox.recycle_seconds == 7000


@pytest.mark.setting("cache_hours", "result_days")
def test_results_and_what_is_remembered_of_them_live_as_long_as_the_settings_say(service: Start) -> None:
    service(cache_hours=5, result_days=0.25).run(("note.html", NOTE))
    with read_session() as session:
        assert close_to(session.scalars(sa.select(CachedResult.expires_at)).one(), hours=5)
        expires = session.scalars(sa.select(ProcessingResult.expires_at)).one()
    assert expires is not None
    assert close_to(expires, hours=6)


@pytest.mark.setting("classify_threshold")
@pytest.mark.parametrize(("threshold", "found"), [(0, "note"), (1, None)])
def test_what_is_too_uncertain_has_no_type(service: Start, threshold: float, found: str | None) -> None:
    job = {"id": "c", "project_id": "p", "user_id": "u", "status": "PENDING", "rules": RULES}
    made = service(classify_threshold=threshold)
    job["project_id"] = made.project
    (item,) = made.run(("note.html", NOTE), config=job)
    assert item.status is ItemStatus.COMPLETED, item.error_message
    with read_session() as session:
        details = session.scalars(sa.select(ProcessingResult.details)).one()
    assert json.loads(json.dumps(details))["classification"]["type"] == found


@pytest.mark.setting("soffice", "chromium", "tessdata_prefix", "ocr_engine")
def test_programs_and_data_are_those_that_are_named(
    service: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("office", "browser"):
        (tmp_path / name).touch(mode=0o755)
    (tmp_path / "own.traineddata").touch()
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    service(soffice=tmp_path / "office", chromium=tmp_path / "browser", ocr_engine="rapidocr")
    tools = context.current().tools
    assert (tools.soffice, tools.chromium) == (str(tmp_path / "office"), str(tmp_path / "browser"))
    assert (tools.ocr_models, tools.ocr_engine) == ({"own"}, "rapidocr")


@pytest.mark.setting("archive_members")
def test_an_archive_of_more_members_fails(service: Start) -> None:
    two = archive({"one.txt": "One.", "two.txt": "Two."})
    assert [one.error_code for one in service(archive_members=1).run(("two.zip", two))] == ["DOCUMENT_TOO_LARGE"]
    assert [one.status for one in service(archive_members=2).run(("two.zip", two))] == [ItemStatus.COMPLETED]
