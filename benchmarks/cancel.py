"""How long after a cancel request the engine has really stopped: `python -m benchmarks.cancel [--rounds 5]`.

Each round runs ten documents at once (scans that are read by OCR, in the worker's own process and in a child; old office files
that LibreOffice converts; long PDFs), cancels their job in the middle of them, and notes for each when its engine stopped:
the call returned, its process was killed, and every program it had started was gone. The machine's clock and process table
say so, not Sheaf.
"""

from __future__ import annotations

import argparse
import io
import statistics
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.service import BATCHES, Service, running, wait_until
from engines.sandbox.procfs import descendants

TRACING = Path(__file__).with_name("tracing")
TRACE = TRACING / "trace"
LOOK_SECONDS = 0.02


@dataclass(slots=True)
class Running:
    """A document in work: the process, and the programs it had started when its job was cancelled."""

    name: str
    pid: int
    programs: set[int] = field(default_factory=set)
    stopped: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often ten documents are cancelled")
    arguments = parser.parse_args()
    kinds: dict[str, list[float]] = {}
    TRACE.write_text("")
    try:
        with running(SHEAF_WORKERS="10", SHEAF_MESSAGE_ITEMS="1", PYTHONPATH=str(TRACING)) as service:
            warm_up(service)
            for _ in range(arguments.rounds):
                for name, seconds in cancelled(service).items():
                    kinds.setdefault(name.partition("-")[0], []).append(seconds)
    finally:
        TRACE.unlink()
    everything = [one for found in kinds.values() for one in found]
    for kind, found in {**kinds, "all": everything}.items():
        print(f"{kind:<20} {len(found):3} items   median {statistics.median(found):5.2f} s   p95 {p95(found):5.2f} s   "
              f"longest {max(found):5.2f} s")  # fmt: skip


def p95(found: list[float]) -> float:
    """The smallest value that 95 % of all do not exceed."""
    return sorted(found)[max(0, -(-95 * len(found) // 100) - 1)]


def documents() -> Iterator[tuple[str, bytes]]:
    """Ten documents that take long, each with bytes of its own."""
    for number in range(3):
        yield f"ocr_in_worker-{number}.pdf", scans(30)
    yield "ocr_in_child-0.pdf", scans(60) + b"\n%" + b" " * (3 << 20)
    for number in range(3):
        yield f"libreoffice-{number}.rtf", old_letter(40_000 + number)
    for number in range(3):
        yield f"long_pdf-{number}.pdf", book(4000)


def scans(pages: int) -> bytes:
    """A PDF whose pages are pictures of dense text."""
    font = ImageFont.load_default(size=30)
    image = Image.new("L", (1275, 1650), 255)
    for line in range(44):
        words = f"{line}. the quick brown fox jumps over the lazy dog {uuid.uuid4().hex[:12]} again"
        ImageDraw.Draw(image).text((60, 60 + 34 * line), words, fill=0, font=font)
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=letter)
    for _ in range(pages):
        canvas.drawImage(ImageReader(image), 0, 0, *letter)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def old_letter(paragraphs: int) -> bytes:
    """An RTF file large enough to keep LibreOffice busy for a while."""
    text = "".join(rf"\pard Paragraph {n} of a letter that has no end.\par " for n in range(paragraphs))
    return (r"{\rtf1\ansi " + text + "}").encode()


def book(pages: int) -> bytes:
    """A PDF of many pages of text."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=letter)
    for page in range(pages):
        for line in range(30):
            canvas.drawString(72, 720 - 20 * line, f"Line {line} of page {page}, {'and so on ' * 5}")
        canvas.showPage()
    canvas.setTitle(uuid.uuid4().hex)
    canvas.save()
    return target.getvalue()


def warm_up(service: Service) -> None:
    """Let every process load its engine."""
    job = service.batch(service.directory((f"{n}.md", f"# {n}".encode()) for n in range(40)))
    wait_until(lambda: service.status(job)["status"] == "completed", 120, "warming up")


def cancelled(service: Service) -> dict[str, float]:
    """Run ten documents, cancel them, and answer how many seconds each went on, by name."""
    TRACE.write_text("")
    job = service.batch(service.directory(documents()), page_size=10)
    wait_until(lambda: len(in_work()) == 10, 120, "ten documents in work at once")
    time.sleep(1.5)  # into the middle of them
    running_now = [Running(name, pid, descendants(pid) - {pid}) for name, pid in in_work().items()]
    asked = time.time()
    service.client.post(f"{BATCHES}/{job}/cancel", json={"reason": "benchmark"}).raise_for_status()
    watch(running_now, asked + 60)
    return {one.name: (one.stopped or asked + 60) - asked for one in running_now}


def in_work() -> dict[str, int]:
    """Documents that have begun and not ended, with the process that works on each."""
    found: dict[str, int] = {}
    for line in TRACE.read_text().splitlines():
        what, pid, _moment, name = line.split(" ", 3)
        if what == "begin":
            found[name] = int(pid)
        else:
            found.pop(name, None)
    return found


def watch(documents: list[Running], last: float) -> None:
    """Note when each of the documents has stopped, until all have or `last` is reached."""
    while any(one.stopped is None for one in documents) and time.time() < last:
        present = in_work()
        for one in documents:
            works = one.name in present and Path(f"/proc/{one.pid}").exists()
            if one.stopped is None and not works and not any(is_alive(program) for program in one.programs):
                one.stopped = time.time()
        time.sleep(LOOK_SECONDS)


def is_alive(process: int) -> bool:
    """Whether a process runs; one that only waits to be collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


if __name__ == "__main__":
    main()
