"""What a model answers as JSON is data that every reader of JSON takes, or it is no answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from support import papers

from engines.context import Source
from engines.llm.asking import ModelReply, ModelRequest, Tick
from engines.llm.documents import told_apart
from engines.parameters import ParseParameters
from engines.request import EngineRequest, EngineResult, run
from engines.tools import Tools


@dataclass
class Stubborn:
    """Says the same whatever it is asked."""

    text: str
    sees: bool = False

    def ask(self, requests: Sequence[ModelRequest], tick: Tick) -> list[ModelReply]:
        tick(len(requests))
        return [ModelReply(text=self.text) for _ in requests]


def told(tmp_path: Path, text: str) -> EngineResult:
    path = papers.pdf(tmp_path / "bill.pdf", papers.lines("To pay: 1,234.50 EUR"))
    parameters = ParseParameters(structured_output=True, structured_output_json_schema_name="imFeelingLucky")
    source = Source(path=path, name="bill.pdf")
    return run(EngineRequest(source=source, parameters=parameters, tools=Tools(), model=Stubborn(text)))


@pytest.mark.parametrize(
    "number",
    ["NaN", "-Infinity", "1e999", pytest.param("9" * 400, id="400 digits"), pytest.param("9" * 5000, id="5000 digits")],
)
def test_a_number_that_is_none_is_no_answer(tmp_path: Path, number: str) -> None:
    result = told(tmp_path, f'{{"price": {number}}}')
    assert [one["code"] for one in result.warnings] == ["STRUCTURED_OUTPUT_FAILED"]


@pytest.mark.parametrize("text", ['{"name": "half \\ud83d"}', '{"half \\ud83d": 1}'])
def test_half_a_character_is_no_answer(tmp_path: Path, text: str) -> None:
    assert [one["code"] for one in told(tmp_path, text).warnings] == ["STRUCTURED_OUTPUT_FAILED"]


def test_a_number_of_many_digits_is_one_that_json_has(tmp_path: Path) -> None:
    result = told(tmp_path, '{"account": 123456789012345678901234567890}')
    pages = json.loads(result.outputs["output.json"])["pages"]
    assert pages[0]["structuredData"] == {"account": 1.2345678901234568e29}


def test_a_page_of_a_number_that_nobody_can_read_tells_nothing_apart() -> None:
    assert told_apart(f"<!-- page {'1' * 5000} -->\ntext") == {}
