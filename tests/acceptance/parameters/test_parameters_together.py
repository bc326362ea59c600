"""Parameters in any company: whatever is valid ends well or with a code, and what comes out has the shape of a result."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it ships no types
from support.notes import statuses
from support.places import DOCUMENTS as EXAMPLES
from support.resultschema import RESULT
from support.running import Tenant, once

from engines.context import Limits, Source
from engines.errors import DocumentError
from engines.parameters import PARAMETERS, FailPageMode, ParseParameters, ParsingMode, SaveableImage
from engines.parameters.conditions import Conditions
from engines.parameters.languages import Language
from engines.parameters.validation import complaints_about
from engines.request import EngineRequest, run
from engines.tools import find_tools

ELSEWHERE = {
    "input_url",
    "http_proxy",
    "input_s3_path",
    "input_s3_region",
    "output_s3_path_prefix",
    "output_s3_region",
    "outputBucket",
}
OF_THE_JOB = {"priority", "webhook_url", "webhook_configurations", "job_timeout_in_seconds", "type", "project_id"}
ENTRY = {
    "table_in_page": True,
    "page_longer_than_n_chars": "50",
    "trigger_mode": "or",
    "parsing_conf": {"hide_headers": True},
}
VALUES: dict[str, list[Any]] = {
    "target_pages": ["0", "0-1", "0,2"],
    "max_pages": [1, 2],
    "max_pages_enforced": [2, 50],
    "bounding_box": ["0.1,0,0.1,0"],
    **{f"bbox_{side}": [0.05, 0.2] for side in ("top", "right", "bottom", "left")},
    "lang": ["en", "de"],
    "languages": [[Language.EN], [Language.DE, Language.EN]],
    "images_to_save": [[], list(SaveableImage)],
    "parse_mode": list(ParsingMode),
    "replace_failed_page_mode": list(FailPageMode),
    "page_error_tolerance": [0.0, 1.0],
    "tier": ["fast", "cost_effective", "agentic", "agentic_plus"],
    "version": ["latest"],
    "preset": ["invoice", "forms", "scientific"],
    "auto_mode_trigger_on_text_in_page": ["the"],
    "auto_mode_trigger_on_regexp_in_page": ["/[0-9]{2}/"],
    "auto_mode_configuration_json": [json.dumps([ENTRY])],
    "custom_metadata": [{"a": 1}],
    "resource_info": [{"mime_type": "text/plain"}],
}
TEXT = ["", "<<{pageNumber}>>\n", "| * _"]
NAMES = [
    name
    for name, one in PARAMETERS.items()
    if not one.needs_model and name not in ELSEWHERE | OF_THE_JOB and not name.startswith("job_timeout")
]


def values_of(name: str) -> list[Any]:
    """Values worth trying."""
    one = PARAMETERS[name]
    return VALUES.get(name) or ([not one.default] if one.kind == "boolean" else TEXT)


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, Any]:
    """A valid set of up to eight parameters, by attribute."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
    chosen = {PARAMETERS[name].attribute: draw(st.sampled_from(values_of(name))) for name in names}
    if "tier" in chosen:
        chosen["version"] = "latest"
    elif "version" in chosen:
        del chosen["version"]
    while found := complaints_about(ParseParameters(**chosen), Conditions()):
        del chosen[PARAMETERS[str(found[0].path[0])].attribute]
    return chosen


def documents() -> list[Path]:
    """Documents of many kinds: those of the corpus that are small, and the examples."""
    folders = [EXAMPLES]
    if corpus := os.environ.get("SHEAF_CORPUS"):
        folders += [Path(corpus) / "office", Path(corpus) / "images", Path(corpus) / "pdf-bench"]
    found = [path for folder in folders for path in sorted(folder.iterdir()) if 0 < path.stat().st_size < 150_000]
    ignored = {".md", ".jsonl", ".txt", ".rtf", ".doc", ".ppt", ".xls"}  # the first three are truths or need no parsing
    return [path for path in found if path.suffix not in ignored]


DOCUMENTS = documents()
TOOLS = find_tools()


@pytest.mark.parametrize("seed", range(4))
def test_any_valid_parameters_end_with_a_result_or_a_code(seed: int) -> None:
    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(chosen=parameters(), path=st.sampled_from(DOCUMENTS[seed::4]))
    def check(chosen: dict[str, Any], path: Path) -> None:
        source, limits = Source(path=path, name=path.name), Limits(max_pages=20)
        work = EngineRequest(source=source, parameters=ParseParameters(**chosen), tools=TOOLS, limits=limits)
        try:
            outcome = run(work)
        except DocumentError:
            return
        result = json.loads(outcome.outputs["output.json"])
        problems = [f"{one.json_path}: {one.message[:200]}" for one in Draft202012Validator(RESULT).iter_errors(result)]
        assert problems == [], (path.name, chosen)
        outcome.outputs["output.md"].decode()
        named = {one["name"] for page in result["pages"] for one in page["images"]}
        assert {f"images/{name}" for name in named} <= outcome.outputs.keys()

    check()


@once
def test_items_of_such_jobs_always_end(tenant: Tenant) -> None:
    choose = random.Random(7)
    jobs = []
    paths = [path for path in DOCUMENTS if path.stat().st_size < 60_000]
    for _ in range(6):
        names = choose.sample(NAMES, 6)
        wire = {
            name: json.loads(json.dumps(choose.choice(values_of(name))))
            for name in names
            if name not in ("tier", "version")
        }
        files = [(path.name, path.read_bytes()) for path in choose.sample(paths, 2)]
        body = {"job_config": {"parameters": wire}, "directory_id": tenant.upload(files)}
        answer = tenant.client.post("/api/v1/beta/batch-processing", json=body)
        assert answer.status_code in (201, 422), answer.text
        if answer.status_code == 201:
            jobs.append(answer.json()["id"])
    assert jobs
    for job in jobs:
        assert tenant.wait(job)["status"] == "completed"
        assert set(statuses(tenant.items(job))) <= {"completed", "failed"}
