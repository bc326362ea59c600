"""The flow of a batch through real workers, a real broker and a real database, seen through the API."""

from __future__ import annotations

import os
import signal

import sqlalchemy as sa
from support.notes import notes, poison, rows, statuses
from support.running import BATCHES, RunningStack, Tenant, eventually

from models import BatchPage
from models.states import ItemStatus


class TestProcessing:
    def test_documents_become_markdown_text_and_json(self, tenant: Tenant) -> None:
        items = tenant.run([("letter.md", b"# Dear all\n\nThe meeting is *moved*.\n")])
        result = tenant.parsed(items["letter.md"]["job_id"], "markdown_full", "text_full", "items")
        assert result["markdown_full"].startswith("# Dear all")
        assert "The meeting is moved." in result["text_full"]
        assert [item["type"] for item in result["items"]["pages"][0]["items"]] == ["heading", "text"]

    def test_workers_reach_libreoffice_and_chromium(self, tenant: Tenant) -> None:
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="300" height="80"><text x="9" y="40">A drawn word</text></svg>'
        items = tenant.run([("drawing.svg", drawing), ("letter.rtf", rb"{\rtf1\ansi A plain letter.\par}")])
        for name, words in (("drawing.svg", "A drawn word"), ("letter.rtf", "A plain letter.")):
            result = tenant.parsed(items[name]["job_id"], "text_full", "job_metadata")
            assert words in result["text_full"]
            assert result["job_metadata"]["warnings"] == []

    def test_a_job_of_many_pages_runs_through_its_window_and_counts_every_item(self, tenant: Tenant) -> None:
        directory = tenant.upload(notes(23))
        job = tenant.wait(tenant.batch(directory, page_size=2, continue_as_new_threshold=4))
        assert (job["status"], job["total_items"], job["processed_items"]) == ("completed", 23, 23)
        assert job["started_at"] <= job["completed_at"]
        status = tenant.ask("GET", f"{BATCHES}/{job['id']}")
        assert status["progress_percentage"] == 100

    def test_a_job_too_large_to_be_listed_at_once_is_listed_by_its_dispatcher(self, tenant: Tenant) -> None:
        directory = tenant.upload(notes(130))
        job = tenant.wait(tenant.batch(directory))
        assert (job["total_items"], job["processed_items"]) == (130, 130)

    def test_an_empty_directory_is_complete_at_once(self, tenant: Tenant) -> None:
        job = tenant.batch(tenant.upload([]))
        status = tenant.ask("GET", f"{BATCHES}/{job}")
        assert (status["job"]["status"], status["progress_percentage"]) == ("completed", 100)

    def test_files_are_accepted_as_items_without_a_directory(self, tenant: Tenant) -> None:
        files = [tenant.upload_file(name, content) for name, content in notes(3)]
        job = tenant.batch(item_ids=[files[2], files[0], files[2]])
        assert tenant.wait(job)["processed_items"] == 2
        assert [item["item_id"] for item in tenant.items(job).values()] == [files[2], files[0]]

    def test_bad_documents_fail_with_a_code_and_cost_their_neighbours_nothing(self, tenant: Tenant) -> None:
        bad = [("broken.pdf", b"%PDF-1.7 nothing"), ("empty.pdf", b""), ("program.exe", b"MZ\x90\x00" * 20)]
        items = tenant.run([*bad, *notes(3)])
        codes = {name: items[name]["error_message"].split(":")[0] for name, _ in bad}
        assert codes["broken.pdf"] == "PDF_IS_BROKEN"
        assert codes["empty.pdf"] in {"PDF_IS_BROKEN", "NO_DATA_FOUND_IN_FILE"}
        assert codes["program.exe"] == "UNSUPPORTED_FILE_TYPE"
        assert all(items[name]["status"] == "completed" for name, _ in notes(3))

    def test_pages_keep_the_counts_that_a_group_by_gives(self, stack: RunningStack, tenant: Tenant) -> None:
        job = tenant.batch(tenant.upload([*notes(5), ("broken.pdf", b"%PDF-1.7")]), page_size=4)
        tenant.wait(job)
        with stack.engine.connect() as connection:
            query = sa.select(sa.func.sum(BatchPage.completed), sa.func.sum(BatchPage.failed)).where(
                BatchPage.job_id == job
            )
            assert tuple(connection.execute(query).one()) == (5, 1)


class TestWorkIsNotRepeated:
    def test_a_second_job_with_the_same_configuration_skips_what_was_processed(self, tenant: Tenant) -> None:
        directory = tenant.upload(notes(3, "twice"))
        first, second = (tenant.batch(directory), "")
        tenant.wait(first)
        second = tenant.batch(directory)
        job = tenant.wait(second)
        assert (job["processed_items"], job["skipped_items"]) == (0, 3)
        before, after = tenant.items(first), tenant.items(second)
        assert {item["skip_reason"] for item in after.values()} == {"already_processed"}
        assert {name: item["job_id"] for name, item in after.items()} == {
            name: item["job_id"] for name, item in before.items()
        }

    def test_other_parameters_are_other_work(self, tenant: Tenant) -> None:
        directory = tenant.upload(notes(2, "other"))
        tenant.wait(tenant.batch(directory))
        assert tenant.wait(tenant.batch(directory, {"page_prefix": "page {pageNumber}\n"}))["processed_items"] == 2

    def test_do_not_cache_and_invalidate_cache_work_again(self, tenant: Tenant) -> None:
        directory = tenant.upload(notes(1, "again"))
        tenant.wait(tenant.batch(directory))
        for parameters in ({"do_not_cache": True}, {"invalidate_cache": True}):
            assert tenant.wait(tenant.batch(directory, parameters))["skipped_items"] == 0

    def test_the_same_bytes_in_another_item_are_answered_from_the_cache(self, tenant: Tenant) -> None:
        content = b"# The same\n\nbytes in two places\n"
        tenant.run([("one.md", content)])
        item = tenant.run([("two.md", content)])["two.md"]
        assert item["status"] == "completed"
        result = tenant.parsed(item["job_id"], "job_metadata", "markdown_full")
        assert result["job_metadata"]["job_is_cache_hit"] is True
        assert result["markdown_full"].startswith("# The same")

    def test_invalidate_cache_does_not_read_what_the_cache_has(self, tenant: Tenant) -> None:
        content = b"# Fresh\n\nevery time\n"
        tenant.run([("one.md", content)])
        item = tenant.run([("two.md", content)], {"invalidate_cache": True})["two.md"]
        assert tenant.parsed(item["job_id"], "job_metadata")["job_metadata"]["job_is_cache_hit"] is False

    def test_another_project_shares_no_cache(self, tenant: Tenant, stranger: Tenant) -> None:
        content = b"# Ours\n\nonly ours\n"
        tenant.run([("one.md", content)])
        item = stranger.run([("one.md", content)])["one.md"]
        assert stranger.parsed(item["job_id"], "job_metadata")["job_metadata"]["job_is_cache_hit"] is False

    def test_a_file_above_the_size_limit_is_skipped(self, stack: RunningStack, tenant: Tenant) -> None:
        large = b"x" * (stack.settings.max_file_mb * 1024 * 1024 + 1)
        item = tenant.run([("large.txt", large)])["large.txt"]
        assert (item["status"], item["skip_reason"]) == ("skipped", "size_limit_exceeded")


class TestCancel:
    def test_cancelling_ends_open_items_at_once_and_frees_the_workers(self, tenant: Tenant) -> None:
        job = tenant.batch(tenant.upload([("first.md", b"# done"), *([poison("dawdle")] * 1)]), page_size=1)
        eventually(lambda: statuses(tenant.items(job)) == ["completed", "processing"])
        answer = tenant.ask("POST", f"{BATCHES}/{job}/cancel", json={"reason": "wrong folder"})
        assert (answer["status"], answer["processed_items"]) == ("cancelled", 1)
        assert statuses(tenant.items(job)) == ["cancelled", "completed"]
        assert tenant.ask("POST", f"{BATCHES}/{job}/cancel", json={})["status"] == "cancelled"
        tenant.run(notes(8, "after"))

    def test_a_cancelled_job_does_not_come_back(self, stack: RunningStack, tenant: Tenant) -> None:
        job = tenant.batch(tenant.upload(notes(60, "many")), page_size=1)
        tenant.ask("POST", f"{BATCHES}/{job}/cancel", json={})
        before = rows(stack, job)
        tenant.run(notes(2, "later"))
        assert {name: row.status for name, row in rows(stack, job).items()} == {
            name: row.status for name, row in before.items()
        }
        counts = tenant.ask("GET", f"{BATCHES}/{job}")["job"]
        assert counts["status"] == "cancelled"
        done = sum(row.status == ItemStatus.COMPLETED for row in before.values())
        assert counts["processed_items"] == done


class TestPoison:
    """A document that takes its process down costs its own attempts and nothing of its neighbours; see also test_endless.py."""

    def test_a_crash(self, stack: RunningStack, tenant: Tenant) -> None:
        job = tenant.batch(tenant.upload([*notes(6, "before"), poison("crash"), *notes(5, "after")]))
        assert tenant.wait(job)["status"] == "completed"
        items, stored = tenant.items(job), rows(stack, job)
        bad = items.pop("crash.txt")
        assert (bad["status"], bad["error_message"].split(":")[0]) == ("failed", "WORKER_LOST")
        assert statuses(items) == ["completed"]
        assert stored.pop("crash.txt").attempts == stack.settings.max_attempts
        assert {row.attempts for row in stored.values()} <= {0, 1}

    def test_an_error_that_nobody_foresaw_is_final_at_once(self, tenant: Tenant) -> None:
        items = tenant.run([poison("burst"), *notes(3, "burst")])
        assert items["burst.txt"]["error_message"].startswith("INTERNAL_ERROR: ")
        assert "ZeroDivisionError" not in items["burst.txt"]["error_message"]


class TestTime:
    def test_a_job_that_runs_out_of_its_own_time_expires(self, tenant: Tenant) -> None:
        items = tenant.run([poison("dawdle"), *notes(2, "quick")], {"job_timeout_in_seconds": 4}, page_size=1)
        assert items["dawdle.txt"]["error_message"].startswith("EXPIRED: ")
        assert items["quick-000.md"]["status"] == "completed"

    def test_extra_time_for_each_page_prolongs_it(self, tenant: Tenant) -> None:
        parameters = {"job_timeout_in_seconds": 1, "job_timeout_extra_time_per_page_in_seconds": 60}
        assert statuses(tenant.run(notes(2, "long"), parameters)) == ["completed"]


class TestDeath:
    def test_items_of_a_killed_worker_run_again(self, stack: RunningStack, tenant: Tenant) -> None:
        job = tenant.batch(tenant.upload([poison("dawdle")]))
        eventually(lambda: statuses(tenant.items(job)) == ["processing"])
        before = rows(stack, job)["dawdle.txt"]
        os.kill(stack.pid_of("documents"), signal.SIGKILL)
        eventually(lambda: (row := rows(stack, job)["dawdle.txt"]).token != before.token and row.status == "processing")
        tenant.ask("POST", f"{BATCHES}/{job}/cancel", json={})
