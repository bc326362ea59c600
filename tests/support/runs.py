"""Runs of the command line, and what they leave."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from app.cli import main
from support.served import Served

LEDGER = ".sheaf-run.jsonl"
FORMS = ("md", "txt", "json")


def run(served: Served, *arguments: str | Path, out: Path, code: int = 0, **variables: str) -> dict[str, Any]:
    """Run it; answers what it says to programs, and how often the engine ran for it."""
    before = engine_runs(served)
    command = [*map(str, ["run", *arguments, "--out", out, "--json"])]
    done = CliRunner().invoke(main, command, env=served.client_environment | variables)
    assert done.exit_code == code, done.output
    answer: dict[str, Any] = json.loads(done.stdout)
    documents = {one["file"]: one for one in answer["documents"]}
    return {**answer, "documents": documents, "engine_runs": engine_runs(served) - before, "said": done.stderr}


def engine_runs(served: Served) -> int:
    """Results that no cache answered, and documents that failed."""
    with sqlite3.connect(served.data_dir / "sheaf.db") as database:
        query = "SELECT count(*) FROM processing_result WHERE NOT coalesce(json_extract(details, '$.cache_hit'), 0)"
        [done] = database.execute(query).fetchone()
        [failed] = database.execute("SELECT count(*) FROM batch_item WHERE status = 'failed'").fetchone()
    database.close()
    return int(done + failed)


def results(out: Path) -> set[str]:
    return {path.name.removesuffix(".md") for path in out.rglob("*.md")}
