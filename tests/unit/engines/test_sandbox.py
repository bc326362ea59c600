"""A document can kill, hang, bloat or take over its child, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.waiting import CEILING, eventually

from engines.context import Source
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from engines.request import EngineRequest, EngineResult
from engines.sandbox import Sandbox
from engines.sandbox.crash import ChildCrashError
from engines.sandbox.monitor import Bounds


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One for all: a child that lives takes the next document, and one that died is followed by another, as in a worker."""
    with Sandbox(target="support.poison:run") as one:
        yield one


@pytest.fixture(scope="module")
def naming() -> Iterator[Sandbox]:
    """Gives an empty output the name of the document."""
    with Sandbox(target="support.poison:named") as one:
        yield one


def work(name: str, path: Path = Path("nowhere"), **parameters: object) -> EngineRequest:
    return EngineRequest(source=Source(path=path, name=name), parameters=ParseParameters(**parameters))


ROOMY = Bounds(seconds=CEILING, memory_mb=2048)
BOUNDS = {"seconds", "memory_mb", "cpu_seconds", "progress_seconds"}


def run(sandbox: Sandbox, name: str, **options: object) -> EngineResult:
    """Run a work that misbehaves as its name says; options are bounds, and what else Sandbox.run takes."""
    bounds = replace(ROOMY, **{key: value for key, value in options.items() if key in BOUNDS})
    return sandbox.run(work(name), bounds, **{key: value for key, value in options.items() if key not in BOUNDS})


def text(outcome: EngineResult) -> str:
    return outcome.outputs["output.txt"].decode()


def failure(sandbox: Sandbox, name: str, **limits: object) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        run(sandbox, name, **limits)
    return caught.value


def is_alive(process: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# What goes well


def test_outputs_come_back_as_bytes(sandbox: Sandbox) -> None:
    assert run(sandbox, "echo Grüße").outputs == {"output.txt": "Grüße".encode()}


def test_large_outputs_come_back_whole(sandbox: Sandbox) -> None:
    assert len(text(run(sandbox, "large 40"))) == 40 << 20


def test_progress_reaches_the_caller(sandbox: Sandbox) -> None:
    seen: list[tuple[int, int]] = []
    run(sandbox, "pages 3", progress=lambda done, total, _page=None: seen.append((done, total)))
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_checkpoints_reach_the_caller_and_take_nothing_from_the_outputs() -> None:
    kept: dict[str, int] = {}
    with Sandbox(target="support.poison:run", output_mb=5) as small:
        outcome = run(
            small, "checkpoints 2 range-0 range-100 page-7", keep=lambda name, part: kept.update({name: len(part)})
        )
    assert kept == {"range-0": 2 << 20, "range-100": 2 << 20}, "no more than outputs may have"
    assert len(text(outcome)) == 2 << 20


@pytest.mark.parametrize("name", ["../range-0", "range-0/x", "range-", "output.md", "Range-1", "page-1234567890"])
def test_a_checkpoint_can_only_have_a_name_that_the_engine_gives(sandbox: Sandbox, name: str) -> None:
    kept: list[str] = []
    error = failure(sandbox, f"checkpoints 0 {name}", keep=lambda name, _part: kept.append(name))
    assert error.code is Code.INTERNAL_ERROR
    assert kept == []


def test_noise_on_stdout_and_stderr_does_no_harm(sandbox: Sandbox) -> None:
    assert text(run(sandbox, "noise")) == "quiet"


def test_parameters_and_source_reach_the_child(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_text("content")
    outcome = sandbox.run(work("facts", path, lang="de"), ROOMY)
    facts = json.loads(text(outcome))
    assert (facts["lang"], facts["source"], facts["input"]) == ("de", "content", "")


# What goes wrong cleanly


def test_an_error_of_the_document_comes_back_as_it_was(sandbox: Sandbox) -> None:
    error = failure(sandbox, "fail page 2")
    assert (error.code, error.detail) == (Code.PDF_IS_PROTECTED, "page 2")


def test_an_unforeseen_exception_is_an_internal_error_and_its_text_is_a_note_for_the_log(sandbox: Sandbox) -> None:
    error = failure(sandbox, "crash odd bytes")
    assert (error.code, error.detail) == (Code.INTERNAL_ERROR, "ValueError")
    assert "odd bytes" in error.__notes__[0]


# What takes the child down


@pytest.mark.parametrize(
    ("poison", "how"),
    [("segfault", "SIGSEGV"), ("abort", "SIGABRT"), ("leave 3", "exit status 3"), ("leave 0", "status 0")],
)
def test_a_child_that_dies_is_a_lost_worker_and_says_how(sandbox: Sandbox, poison: str, how: str) -> None:
    error = failure(sandbox, poison)
    assert error.code is Code.WORKER_LOST
    assert how in error.detail


def test_what_a_dead_child_printed_goes_to_the_log_and_not_to_users(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    assert failure(sandbox, "segfault").detail == "SIGSEGV"
    assert "about to read page 3" in caplog.text


def test_the_next_document_gets_a_new_child_after_a_death(sandbox: Sandbox) -> None:
    failure(sandbox, "segfault")
    assert text(run(sandbox, "echo well")) == "well"


def test_a_child_killed_between_two_documents_is_replaced(sandbox: Sandbox) -> None:
    run(sandbox, "echo first")
    assert sandbox.pid
    os.kill(sandbox.pid, signal.SIGKILL)
    eventually(lambda: not is_alive(sandbox.pid or 0))
    assert text(run(sandbox, "echo second")) == "second"


@pytest.mark.parametrize("poison", ["spin", "spin-in-c", "sleep 600"])
def test_an_endless_loop_ends_at_the_time_limit(sandbox: Sandbox, poison: str) -> None:
    run(sandbox, "echo warm")
    assert failure(sandbox, poison, seconds=0.5).code is Code.TIMEOUT
    assert sandbox.pid is None


def test_processor_time_is_limited_and_that_of_earlier_documents_is_not_charged(sandbox: Sandbox) -> None:
    for _ in range(3):
        assert text(run(sandbox, "burn 0.4", cpu_seconds=0.9)) == "burnt"
    error = failure(sandbox, "spin", cpu_seconds=0.9)
    assert (error.code, error.detail) == (Code.TIMEOUT, "after 0.9 s of processor time")


def test_processor_time_of_programs_that_have_ended_counts_too(sandbox: Sandbox) -> None:
    run(sandbox, "burn-in-programs 1", cpu_seconds=20)
    error = failure(sandbox, "burn-in-programs 20", cpu_seconds=1)
    assert (error.code, error.detail) == (Code.TIMEOUT, "after 1 s of processor time")


def test_a_document_that_fills_the_disk_says_so_and_the_child_goes_with_what_it_filled(sandbox: Sandbox) -> None:
    error = failure(sandbox, "fill-disk /somewhere/private")
    assert (error.code, error.detail) == (Code.RESOURCES_EXHAUSTED, "No space left on device")
    assert sandbox.pid is None


def test_a_death_leaves_evidence_for_operators(sandbox: Sandbox) -> None:
    error = failure(sandbox, "segfault")
    assert isinstance(error, ChildCrashError)
    crash = error.crash
    assert (crash.code, crash.how) == (Code.WORKER_LOST, "SIGSEGV")
    assert "about to read page 3" in crash.stderr


def test_the_evidence_names_the_page_that_was_read_and_the_memory_that_was_held(sandbox: Sandbox) -> None:
    run(sandbox, "echo warm")
    error = failure(sandbox, "die-on-page 17", memory_mb=300)
    assert isinstance(error, ChildCrashError)
    assert (error.code, error.crash.page) == (Code.OUT_OF_MEMORY, 17)
    assert error.crash.memory_mb >= 300


def test_a_page_that_was_read_is_not_blamed_for_what_comes_after_it(sandbox: Sandbox) -> None:
    error = failure(sandbox, "die-after-page 17")
    assert isinstance(error, ChildCrashError)
    assert error.crash.page is None


def test_a_child_that_says_it_is_out_of_memory_counts_as_dead(sandbox: Sandbox) -> None:
    error = failure(sandbox, "out-of-memory")
    assert isinstance(error, ChildCrashError)
    assert error.code is Code.OUT_OF_MEMORY
    assert sandbox.pid is None


def test_a_child_that_does_not_even_start_is_no_evidence_against_the_document() -> None:
    with Sandbox(target="support.poison:nothing_of_this_name") as broken:
        error = failure(broken, "echo")
    assert error.code is Code.WORKER_LOST
    assert not isinstance(error, ChildCrashError)


def test_an_error_of_the_document_is_no_death(sandbox: Sandbox) -> None:
    assert not isinstance(failure(sandbox, "fail"), ChildCrashError)


def test_a_child_that_lives_but_does_not_move_ends_at_the_progress_limit(sandbox: Sandbox) -> None:
    run(sandbox, "echo warm")
    error = failure(sandbox, "sleep 600", progress_seconds=0.5)
    assert (error.code, error.detail) == (Code.TIMEOUT, "no page finished for 0.5 s")


def test_a_slow_child_that_moves_is_left_alone(sandbox: Sandbox) -> None:
    run(sandbox, "echo warm")
    assert text(run(sandbox, "pages 35", progress_seconds=3)) == "read"


@pytest.mark.parametrize("poison", ["grow", "grow-at-once", "grow-in-program"])
def test_a_memory_bomb_is_out_of_memory(sandbox: Sandbox, poison: str) -> None:
    error = failure(sandbox, poison, memory_mb=300)
    assert error.code is Code.OUT_OF_MEMORY
    assert sandbox.pid is None


def test_results_beyond_the_limit_are_refused() -> None:
    with Sandbox(target="support.poison:run", output_mb=5) as sandbox:
        assert failure(sandbox, "large 6").code is Code.INTERNAL_ERROR


@pytest.mark.parametrize("lie", ["garbage", "huge", "list", "outcome", "code", "progress", "classification", "version"])
def test_a_child_taken_over_cannot_make_the_parent_believe_nonsense(sandbox: Sandbox, lie: str) -> None:
    assert failure(sandbox, f"forge {lie}").code is Code.INTERNAL_ERROR
    assert sandbox.pid is None


@pytest.mark.parametrize("name", ["../output.md", "/etc/passwd", "images/../../x", ".hidden", "a/b/c", "a\nb", ""])
def test_an_output_cannot_be_named_out_of_its_place(naming: Sandbox, name: str) -> None:
    assert failure(naming, name).code is Code.INTERNAL_ERROR


@pytest.mark.parametrize("name", ["output.md", "images/img_p0_1.png", "images/Bild 2 (groß).jpg"])
def test_outputs_keep_their_names(naming: Sandbox, name: str) -> None:
    assert list(run(naming, name).outputs) == [name]


# Stopping


def test_a_cancelled_work_is_killed_at_once(sandbox: Sandbox) -> None:
    run(sandbox, "echo warm")
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    assert failure(sandbox, "spin-in-c", stopped=stop.is_set).code is Code.CANCELLED


@pytest.mark.parametrize("where", ["here", "apart"])
def test_programs_started_by_the_child_are_killed_with_it(sandbox: Sandbox, tmp_path: Path, where: str) -> None:
    note = tmp_path / "pid"
    stopped = lambda: note.exists() and note.read_text() != ""  # noqa: E731 - reads better beside its use
    assert failure(sandbox, f"program {where} {note}", stopped=stopped).code is Code.CANCELLED
    eventually(lambda: not is_alive(int(note.read_text())))


def test_an_exception_of_the_caller_ends_the_child(sandbox: Sandbox) -> None:
    def interrupt(done: int, total: int, page: int | None = None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(sandbox, "pages 100", progress=interrupt)
    assert sandbox.pid is None


PARENT = """
import sys
from pathlib import Path
from engines.context import Source
from engines.parameters import ParseParameters
from engines.sandbox import Sandbox
from engines.sandbox.monitor import Bounds
from engines.request import EngineRequest
work = EngineRequest(source=Source(path=Path("x"), name=sys.argv[1]), parameters=ParseParameters())
Sandbox(target="support.poison:run").run(work, Bounds(seconds=600, memory_mb=2048))
"""


@pytest.mark.parametrize("where", ["here", "apart"])
def test_the_child_its_programs_and_its_directory_go_with_their_parent(tmp_path: Path, where: str) -> None:
    note, scratch = tmp_path / "pid", tmp_path / "scratch"
    scratch.mkdir()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "TMPDIR": str(scratch)}
    parent = subprocess.Popen([sys.executable, "-c", PARENT, f"program {where} {note}"], env=environment)
    eventually(lambda: note.exists() and note.read_text() != "")
    parent.kill()
    parent.wait()
    eventually(lambda: not is_alive(int(note.read_text())))
    eventually(lambda: not list(scratch.iterdir()))


# Reuse


def pid_of(sandbox: Sandbox) -> int:
    return int(json.loads(text(run(sandbox, "facts")))["pid"])


def test_a_healthy_child_is_kept_for_the_next_document(sandbox: Sandbox) -> None:
    first = pid_of(sandbox)
    failure(sandbox, "fail")
    assert pid_of(sandbox) == first


def test_a_child_is_replaced_when_it_is_old() -> None:
    with Sandbox(target="support.poison:run", recycle_seconds=0.3) as sandbox:
        first = pid_of(sandbox)
        run(sandbox, "sleep 0.4")
        assert pid_of(sandbox) != first


def test_a_child_that_has_grown_old_while_it_was_idle_gets_no_more_work() -> None:
    with Sandbox(target="support.poison:run") as sandbox:
        run(sandbox, "echo first")
        first = sandbox.pid
        assert first is not None
        sandbox.recycle_seconds = 0
        run(sandbox, "echo second")
        assert sandbox.pid != first


def test_a_child_is_replaced_after_its_number_of_documents() -> None:
    with Sandbox(target="support.poison:run", documents=2) as sandbox:
        first, second, third = (pid_of(sandbox) for _ in range(3))
    assert first == second != third


def test_a_child_that_has_grown_is_replaced() -> None:
    with Sandbox(target="support.poison:run", recycle_mb=1) as sandbox:
        assert pid_of(sandbox) != pid_of(sandbox)


def test_closing_leaves_no_process_and_no_directory(sandbox: Sandbox) -> None:
    facts = json.loads(text(run(sandbox, "facts")))
    sandbox.close()
    assert not is_alive(facts["pid"])
    assert not Path(facts["environment"]["HOME"]).exists()


# What the child may know and reach


def test_the_child_sees_no_credentials(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHEAF_SECRET_KEY", "top")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    one = work("facts", webhook_url="https://user:password@example.org/")
    facts = json.loads(text(sandbox.run(one, ROOMY)))
    allowed = {
        "PATH",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "HOME",
        "TMPDIR",
        "PYTHONPATH",
        "TESSDATA_PREFIX",
        "OMP_THREAD_LIMIT",
    }
    assert facts["environment"].keys() <= allowed
    assert facts["webhook_url"] is None


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_the_child_has_no_network(sandbox: Sandbox, listener: socket.socket) -> None:
    answer = text(run(sandbox, f"connect 127.0.0.1 {listener.getsockname()[1]}"))
    assert sandbox.network_isolated is (sys.platform == "linux")
    assert answer.startswith("refused") is sandbox.network_isolated


FILTERED = """
import ctypes, socket, sys
from engines.sandbox.confinement import PR_SET_NO_NEW_PRIVS, refuse_sockets
libc = ctypes.CDLL(None, use_errno=True)
libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
print(refuse_sockets(libc), end=" ")
socket.socketpair()
socket.socket(socket.AF_UNIX).close()
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_PACKET):
    try:
        socket.socket(family)
    except PermissionError:
        print("refused", end=" ")
"""


def test_without_namespaces_a_filter_refuses_sockets_that_lead_out() -> None:
    ran = subprocess.run([sys.executable, "-c", FILTERED], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert ran.stdout.split() == ["True", "refused", "refused", "refused"]
