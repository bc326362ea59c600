"""Jobs, pages and items: which moves between states there are, and who may make them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from support.batches import a_directory, a_file, a_job, a_project, claim, items_of

import models
from models import BatchItem, BatchJob, BatchPage, ProcessingResult, Session, read_session
from models.base import now
from models.snapshot import UnknownSourceError, create_batch, list_directory_later
from models.states import ItemStatus, JobStatus, JobType, PageStatus, Tally

OPEN = (JobStatus.PENDING, JobStatus.RUNNING)


@pytest.fixture(autouse=True)
def connected(database: str) -> Iterator[None]:
    engine = models.connect(database, "key")
    yield
    engine.dispose()


def dispatched(job: BatchJob) -> BatchJob:
    """The job with all of its pages sent."""
    with Session.begin() as session:
        BatchPage.take(session, job.id, 1000, 1000)
        BatchJob.move(session, job.id, OPEN, JobStatus.DISPATCHED)
        return session.get_one(BatchJob, job.id)


def reload(job: BatchJob) -> BatchJob:
    with read_session() as session:
        return session.get_one(BatchJob, job.id)


class TestAccepting:
    def test_items_are_numbered_and_cut_into_pages_in_the_order_of_the_directory(self) -> None:
        with Session.begin() as session:
            job = a_job(session, *"abcdefg", page_size=3)
            items = items_of(session, job)
        assert [(item.name, item.position, item.page) for item in items] == [
            (name, position, position // 3) for position, name in enumerate("abcdefg")
        ]
        assert job.total_items == 7
        with read_session() as session:
            pages = session.scalars(sa.select(BatchPage).order_by(BatchPage.number)).all()
        assert [page.total for page in pages] == [3, 3, 1]

    def test_an_item_id_given_twice_counts_once_and_keeps_its_first_place(self) -> None:
        with Session.begin() as session:
            project = a_project(session)
            files = [a_file(session, project, name) for name in "ab"]
            job = BatchJob(project_id=project.id, job_type=JobType.PARSE, config={}, parameters_hash="h")
            create_batch(session, job, item_ids=[files[1].id, files[0].id, files[1].id])
            assert [item.name for item in items_of(session, job)] == ["b", "a"]

    def test_items_of_another_directory_are_unknown_when_both_are_given(self) -> None:
        with Session.begin() as session:
            project = a_project(session)
            here, there = (a_directory(session, project, "a"), a_directory(session, project, "b"))
            stranger = session.scalars(
                sa.select(models.DirectoryFile.id).where(models.DirectoryFile.directory_id == there.id)
            ).one()
            job = BatchJob(
                project_id=project.id, job_type=JobType.PARSE, config={}, parameters_hash="h", directory_id=here.id
            )
            with pytest.raises(UnknownSourceError, match=stranger):
                create_batch(session, job, item_ids=[stranger])

    def test_a_directory_of_another_project_is_unknown(self) -> None:
        with Session.begin() as session:
            theirs = a_directory(session, a_project(session, "theirs"), "a")
            mine = a_project(session, "mine")
            job = BatchJob(
                project_id=mine.id, job_type=JobType.PARSE, config={}, parameters_hash="h", directory_id=theirs.id
            )
            with pytest.raises(UnknownSourceError, match=theirs.id):
                create_batch(session, job)

    def test_a_large_directory_is_listed_later_as_it_was_when_the_job_was_accepted(self) -> None:
        with Session.begin() as session:
            project = a_project(session)
            directory = a_directory(session, project, "a", "b", "c")
            job = BatchJob(
                project_id=project.id, job_type=JobType.PARSE, config={}, parameters_hash="h", directory_id=directory.id
            )
            create_batch(session, job, snapshot_limit=2)
        assert (job.total_items, job.snapshot_cutoff_at is not None) == (0, True)
        with Session.begin() as session:
            late = a_file(session, project, "late")
            entry = {"unique_id": "late", "display_name": "late", "created_at": now()}
            session.add(
                models.DirectoryFile(project_id=project.id, directory_id=directory.id, file_id=late.id, **entry)
            )
        with Session.begin() as session:
            job = session.get_one(BatchJob, job.id)
            list_directory_later(session, job)
            assert [item.name for item in items_of(session, job)] == ["a", "b", "c"]
            assert (job.total_items, job.snapshot_cutoff_at) == (3, None)

    def test_deleting_a_file_does_not_change_an_accepted_job(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            session.execute(sa.update(models.File).values(deleted_at=now(), name="gone"))
            assert [item.name for item in items_of(session, job)] == ["a"]


class TestClaiming:
    def test_an_item_is_claimed_once(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a", "b")
            items = items_of(session, job)
        with Session.begin() as session:
            first = claim(session, job, *items, message="first")
        with Session.begin() as session:
            second = claim(session, job, *items, message="second")
        assert ([item.name for item in first], second) == (["a", "b"], [])
        assert len({item.token for item in first}) == 2
        assert all(str(item.work_id).startswith("pjb-") for item in first)

    def test_a_message_of_several_items_charges_no_attempt_and_one_of_one_does(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a", "b", "c")
            a, b, c = items_of(session, job)
            assert [item.attempts for item in claim(session, job, a, b)] == [0, 0]
            assert [item.attempts for item in claim(session, job, c)] == [1]

    def test_an_item_that_has_to_go_alone_is_not_claimed_by_a_message_of_several(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "poison", "neighbour")
            poison, neighbour = items_of(session, job)
            claim(session, job, poison)
            BatchItem.release(session, BatchItem.id == poison.id)
            assert [item.name for item in claim(session, job, poison, neighbour)] == ["neighbour"]
            assert [item.name for item in claim(session, job, poison)] == ["poison"]

    def test_items_of_a_cancelled_job_cannot_be_claimed(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            items = items_of(session, job)
            BatchJob.cancel(session, job.id, None)
            assert claim(session, job, *items) == []

    def test_the_parse_job_behind_an_item_stays_the_same_over_attempts(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            (item,) = items_of(session, job)
            before = claim(session, job, item)[0].work_id
            BatchItem.release(session, BatchItem.id == item.id)
            assert claim(session, job, item, message="again")[0].work_id == before


class TestFinishing:
    def test_only_the_holder_of_the_token_finishes_an_item(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            (item,) = claim(session, job, *items_of(session, job))
            assert BatchItem.finish(session, {item.id: "somebody else's"}, ItemStatus.COMPLETED) == set()
            assert BatchItem.finish(session, {item.id: str(item.token)}, ItemStatus.COMPLETED) == {item.id}
            assert BatchItem.finish(session, {item.id: str(item.token)}, ItemStatus.FAILED) == set()

    def test_a_released_item_refuses_the_result_of_its_former_holder(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            (item,) = claim(session, job, *items_of(session, job))
            token = str(item.token)
            BatchItem.release(session, BatchItem.held_by([item.id], "message"))
            assert BatchItem.finish(session, {item.id: token}, ItemStatus.COMPLETED) == set()

    def test_a_second_result_of_one_item_is_refused_by_the_database(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            (item,) = items_of(session, job)
        values = {
            "item_id": item.id, "job_id": job.id, "project_id": job.project_id, "source_id": item.source_id,
            "job_type": JobType.PARSE, "parameters_hash": "h", "work_id": "w", "prefix": "p", "outputs": {}, "details": {},
        }  # fmt: skip
        with Session.begin() as session:
            session.add(ProcessingResult(**values))
        with pytest.raises(IntegrityError), Session.begin() as session:
            session.add(ProcessingResult(**values))

    def test_an_item_that_used_its_attempts_fails_and_the_others_go_again_alone(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "worn", "fresh")
            exhausted, fresh = items_of(session, job)
            for _ in range(3):
                claim(session, job, exhausted)
                BatchItem.release(session, BatchItem.id == exhausted.id)
            claim(session, job, exhausted)
            claim(session, job, fresh)
            held = BatchItem.held_by([exhausted.id, fresh.id], "message")
            failed = BatchItem.fail_exhausted(session, held, 4, "WORKER_LOST", "WORKER_LOST: it died")
            released = BatchItem.release(session, held)
        assert [item.name for item in failed] == ["worn"]
        assert [(item.name, item.isolated, item.status) for item in released] == [("fresh", True, ItemStatus.PENDING)]


class TestLeases:
    def test_a_lease_that_is_not_kept_runs_out(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "kept", "left")
            kept, left = items_of(session, job)
            claim(session, job, kept, lease=60)
            claim(session, job, left, lease=-1)
            abandoned = session.scalars(sa.select(BatchItem.name).where(BatchItem.abandoned())).all()
        assert list(abandoned) == ["left"]

    def test_extending_tells_which_items_are_still_held(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a", "b")
            a, b = claim(session, job, *items_of(session, job))
            BatchItem.release(session, BatchItem.id == b.id)
            assert BatchItem.extend(session, [a.id, b.id], "message", 60) == {a.id}
            assert BatchItem.still_held(session, [a.id, b.id], "message") == {a.id}

    def test_what_is_done_is_held_no_longer(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            (item,) = claim(session, job, *items_of(session, job))
            BatchItem.finish(session, {item.id: str(item.token)}, ItemStatus.COMPLETED)
            assert BatchItem.extend(session, [item.id], "message", 60) == set()
            assert BatchItem.still_held(session, [item.id], "message") == set()
            assert items_of(session, job)[0].lease_expires_at is None

    def test_bytes_are_brought_in_by_whoever_has_the_token(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            (item,) = claim(session, job, *items_of(session, job))
            token = str(item.token)
            assert not BatchItem.bring_in(session, item.id, "somebody else's", size=1)
            assert BatchItem.bring_in(session, item.id, token, size=2)
            BatchItem.finish(session, {item.id: token}, ItemStatus.FAILED)
            assert not BatchItem.bring_in(session, item.id, token, size=3)
            assert items_of(session, job)[0].size == 2

    def test_a_postponed_item_is_due_once_its_pause_is_over(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "soon", "later")
            soon, later = claim(session, job, *items_of(session, job))
            BatchItem.release(session, BatchItem.id == soon.id, seconds=-1)
            BatchItem.release(session, BatchItem.id == later.id, seconds=60)
            assert BatchItem.take_postponed(session) == [(job.id, soon.id)]
            assert BatchItem.take_postponed(session) == []


class TestPages:
    def test_a_window_bounds_the_pages_in_flight(self) -> None:
        with Session.begin() as session:
            job = a_job(session, *"abcde", page_size=1)
            assert BatchPage.take(session, job.id, 3, 2) == [0, 1]
            assert BatchPage.take(session, job.id, 3, 2) == [2]
            assert BatchPage.take(session, job.id, 3, 2) == []

    def test_a_page_finishes_once_and_only_when_none_of_its_items_is_open(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a", "b")
            BatchPage.take(session, job.id, 8, 8)
            a, b = claim(session, job, *items_of(session, job))
            BatchItem.finish(session, {a.id: str(a.token)}, ItemStatus.COMPLETED)
            assert not BatchPage.finish(session, job.id, 0)
            BatchItem.finish(session, {b.id: str(b.token)}, ItemStatus.FAILED)
            assert BatchPage.complete(session) == [(job.id, 0)]
            assert BatchPage.finish(session, job.id, 0)
            assert not BatchPage.finish(session, job.id, 0)
            page = session.get_one(BatchPage, (job.id, 0))
        assert (page.status, page.completed, page.failed) == (PageStatus.FINISHED, 1, 1)

    def test_a_page_that_nobody_takes_is_sent_again_and_then_left_for_twice_as_long(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            BatchPage.take(session, job.id, 8, 8)
            assert BatchPage.take_stalled(session, 30) == []
            session.execute(sa.update(BatchPage).values(last_sent_at=models.base.utc_now(-31)))
            assert BatchPage.take_stalled(session, 30) == [(job.id, 0)]
            session.execute(sa.update(BatchPage).values(last_sent_at=models.base.utc_now(-31)))
            assert BatchPage.take_stalled(session, 30) == []

    def test_items_that_wait_for_their_pause_make_no_page_stalled(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            BatchPage.take(session, job.id, 8, 8)
            claim(session, job, *items_of(session, job))
            BatchItem.release(session, BatchItem.job_id == job.id, seconds=60)
            session.execute(sa.update(BatchPage).values(last_sent_at=models.base.utc_now(-31)))
            assert BatchPage.take_stalled(session, 30) == []

    def test_after_the_broker_was_emptied_no_page_waits_for_its_turn(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            BatchPage.take(session, job.id, 8, 8)
            session.execute(sa.update(BatchPage).values(sends=6))
            BatchPage.forget_sends(session, 30)
            assert BatchPage.take_stalled(session, 30) == [(job.id, 0)]


class TestJobs:
    def test_a_job_ends_only_after_its_last_page_was_sent(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "a")
            BatchJob.move(session, job.id, OPEN, JobStatus.RUNNING)
            (item,) = claim(session, job, *items_of(session, job))
            BatchItem.finish(session, {item.id: str(item.token)}, ItemStatus.COMPLETED)
            assert not BatchJob.finalize(session, job.id), "more items may come"

    def test_a_job_is_finalized_once_with_the_counts_of_its_items(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "done", "failed", "skipped")
        job = dispatched(job)
        with Session.begin() as session:
            items = claim(session, job, *items_of(session, job))
            assert not BatchJob.finalize(session, job.id)
            for item, status in zip(items, (ItemStatus.COMPLETED, ItemStatus.FAILED, ItemStatus.SKIPPED), strict=True):
                BatchItem.finish(session, {item.id: str(item.token)}, status)
            assert BatchJob.finalize(session, job.id)
            assert not BatchJob.finalize(session, job.id)
        with read_session() as session:
            assert reload(job).tally(session) == Tally(3, 1, 1, 1, 0)
        assert reload(job).status is JobStatus.COMPLETED

    def test_cancelling_ends_open_items_at_once_and_keeps_what_was_done(self) -> None:
        with Session.begin() as session:
            job = a_job(session, "done", "at work", "waiting")
        job = dispatched(job)
        with Session.begin() as session:
            done, at_work, _ = items_of(session, job)
            done, at_work = claim(session, job, done, at_work)
            BatchItem.finish(session, {done.id: str(done.token)}, ItemStatus.COMPLETED)
        with Session.begin() as session:
            assert BatchJob.cancel(session, job.id, "wrong folder")
            assert not BatchJob.cancel(session, job.id, "again")
            assert BatchItem.finish(session, {at_work.id: str(at_work.token)}, ItemStatus.COMPLETED) == set()
        ended = reload(job)
        assert (ended.status, ended.cancel_reason) == (JobStatus.CANCELLED, "wrong folder")
        with read_session() as session:
            assert ended.tally(session) == Tally(3, 1, 0, 0, 2)
            assert not BatchPage.is_any(session, job.id, PageStatus.PENDING, PageStatus.SENT)

    def test_counts_never_fall_because_a_page_ends_while_they_are_read(self) -> None:
        with Session.begin() as session:
            job = a_job(session, *"ab", page_size=2)
        job = dispatched(job)
        with Session.begin() as session:
            items = claim(session, job, *items_of(session, job))
            BatchItem.finish(session, {item.id: str(item.token) for item in items}, ItemStatus.COMPLETED)

        ended: list[bool] = []

        def end_page(*_: object) -> None:
            """Comes between the two queries of a tally."""
            if not ended:
                ended.append(True)
                with Session.begin() as other:
                    assert BatchPage.finish(other, job.id, 0)

        with read_session() as session:
            sa.event.listen(session.bind, "after_cursor_execute", end_page)
            assert job.tally(session) == Tally(2, 2, 0, 0, 0)
        with read_session() as session:
            assert job.tally(session) == Tally(2, 2, 0, 0, 0)

    def test_counts_of_a_running_job_add_finished_pages_and_live_items(self) -> None:
        with Session.begin() as session:
            job = a_job(session, *"abcd", page_size=2)
            BatchPage.take(session, job.id, 8, 8)
            a, b, c, _ = items_of(session, job)
            for item in claim(session, job, a, b):
                BatchItem.finish(session, {item.id: str(item.token)}, ItemStatus.COMPLETED)
            BatchPage.finish(session, job.id, 0)
            (c,) = claim(session, job, c)
            BatchItem.finish(session, {c.id: str(c.token)}, ItemStatus.FAILED)
        with read_session() as session:
            tally = reload(job).tally(session)
        assert tally == Tally(4, 2, 1, 0, 0)
        assert tally.progress() == 75.0

    def test_an_empty_job_is_complete(self) -> None:
        assert Tally().progress() == 100.0
