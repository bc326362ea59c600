"""One unit of work: parsed, classified where there are rules, and rendered; with a fate for pages that fail."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas
from support.waiting import CEILING

from engines.classify import Rule
from engines.context import Limits, Source
from engines.errors import Code, DocumentError
from engines.parameters import ParseParameters
from engines.request import EngineRequest, run
from engines.sandbox import Sandbox
from engines.sandbox.monitor import Bounds
from engines.tools import Tools
from engines.version import profile_version

RULES = (
    Rule("invoice", "A bill that asks for payment, with an invoice number and a due date"),
    Rule("recipe", "How to cook a dish: ingredients and steps"),
)

ROOMY = Bounds(seconds=CEILING, memory_mb=2048)


@pytest.fixture
def invoice(tmp_path: Path) -> Source:
    """Three pages."""
    path = tmp_path / "bytes"
    canvas = Canvas(str(path))
    for number, line in enumerate(("Invoice 17, total due 120.00", "Payment terms: 30 days", "Thank you"), start=1):
        canvas.drawString(72, 700 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return Source(path=path, name="invoice.pdf")


@pytest.fixture
def broken(tmp_path: Path) -> Source:
    """Two good pages, and between them one that the file only promises."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R 9 0 R 4 0 R] /Count 3 >>",
        *[
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 5 0 R /Resources << /Font << /F 6 0 R >> >> >>"
        ]
        * 2,
        "<< /Length 38 >>\nstream\nBT /F 12 Tf 50 50 Td (A good page) Tj ET\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    body += (
        f"xref\n0 7\n0000000000 65535 f \n{table}trailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    )
    path = tmp_path / "broken"
    path.write_text(body)
    return Source(path=path, name="broken.pdf")


def work(
    source: Source, rules: tuple[Rule, ...] = (), metadata: dict[str, Any] | None = None, **parameters: Any
) -> EngineRequest:
    given = ParseParameters(disable_ocr=True, **parameters)
    return EngineRequest(source=source, parameters=given, rules=rules, job_metadata=metadata or {})


def test_a_parse_gives_markdown_text_and_json(invoice: Source) -> None:
    outcome = run(work(invoice))
    assert outcome.outputs.keys() == {"output.md", "output.txt", "output.json"}
    assert b"Invoice 17" in outcome.outputs["output.md"]
    assert (outcome.pages, outcome.failed_pages, outcome.partial, outcome.degraded) == (3, [], False, False)
    assert outcome.classification is None


def test_the_result_says_how_it_was_made_and_echoes_what_it_was_given(invoice: Source) -> None:
    ignored = {"code": "PARAMETER_HAS_NO_EFFECT", "message": "…", "page": None}
    metadata = {"custom_metadata": {"a": 1}, "pipeline_id": "p", "warnings": [ignored]}
    outcome = run(work(invoice, metadata=metadata, tier="fast", version="latest"))
    stored = json.loads(outcome.outputs["output.json"])["job_metadata"]
    assert stored == outcome.job_metadata
    assert stored == {
        "job_pages": 3,
        "job_auto_mode_triggered_pages": [],
        "job_is_cache_hit": False,
        "effective_parameters": None,
        "custom_metadata": {"a": 1},
        "resource_info": None,
        "pipeline_id": "p",
        "warnings": [ignored],
        "failed_pages": [],
        "engine_version": profile_version(Tools()),
        "tier": "fast",
        "version": "2026-06-15",
    }
    assert outcome.warnings == [ignored]


def test_progress_is_told_and_may_stop_the_work(invoice: Source) -> None:
    one = EngineRequest(source=invoice, parameters=ParseParameters(disable_ocr=True), limits=Limits(pages_per_range=1))
    seen: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 2:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        run(one, stop)
    assert seen[-1] == (2, 3)


def test_a_document_that_cannot_be_read_is_an_error_with_its_code(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"%PDF-1.7 but nothing more")
    with pytest.raises(DocumentError) as caught:
        run(work(Source(path=path, name="x.pdf")))
    assert caught.value.code is Code.PDF_IS_BROKEN


# Classification


def test_with_rules_the_outputs_are_the_type_and_the_text(invoice: Source) -> None:
    outcome = run(work(invoice, RULES))
    assert outcome.outputs.keys() == {"output.json", "output.txt"}
    assert outcome.classification is not None
    assert outcome.classification["type"] == "invoice"
    assert json.loads(outcome.outputs["output.json"])["classification"] == outcome.classification
    assert b"Payment terms" in outcome.outputs["output.txt"]


def test_only_the_selected_pages_are_judged(invoice: Source) -> None:
    unnamed = replace(invoice, name="x.pdf")  # the name of a file says something of it, too
    outcome = run(work(unnamed, RULES, target_pages="2"))
    assert outcome.outputs["output.txt"].strip() == b"Thank you"
    assert outcome.classification is not None
    assert outcome.classification["type"] is None


def test_the_threshold_is_that_of_the_work(invoice: Source) -> None:
    strict = EngineRequest(source=invoice, parameters=ParseParameters(disable_ocr=True), rules=RULES, threshold=1.0)
    outcome = run(strict)
    assert outcome.classification is not None
    assert outcome.classification["type"] is None


# Pages that fail


def test_more_failed_pages_than_tolerated_fail_the_document(broken: Source) -> None:
    with pytest.raises(DocumentError) as caught:
        run(work(broken))
    assert (caught.value.code, caught.value.detail) == (Code.PAGE_ERROR_TOLERANCE_EXCEEDED, "1 of 3 failed")


@pytest.mark.parametrize("tolerance", [0.34, 1.0])
def test_fewer_leave_a_partial_result_that_names_them(broken: Source, tolerance: float) -> None:
    outcome = run(work(broken, page_error_tolerance=tolerance))
    assert (outcome.partial, outcome.failed_pages, outcome.pages) == (True, [2], 3)
    pages = json.loads(outcome.outputs["output.json"])["pages"]
    assert [page["status"] for page in pages] == ["OK", "ERROR", "OK"]


def test_a_tolerance_of_nothing_tolerates_nothing(broken: Source) -> None:
    with pytest.raises(DocumentError):
        run(work(broken, page_error_tolerance=0.0))


# In a child


def test_a_child_does_the_same_as_this_process(invoice: Source, broken: Source) -> None:
    works = [work(invoice), work(invoice, RULES), work(broken, page_error_tolerance=1.0)]
    with Sandbox() as sandbox:
        assert [sandbox.run(one, ROOMY) for one in works] == [run(one) for one in works]
        with pytest.raises(DocumentError) as caught:
            sandbox.run(work(broken), ROOMY)
    assert caught.value.code is Code.PAGE_ERROR_TOLERANCE_EXCEEDED
