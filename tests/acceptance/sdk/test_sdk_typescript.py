"""The official TypeScript SDK, unmodified, under Node, through the running stack (tests/sdk/scenario.mjs)."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.packages import installed, run
from support.receiver import Receiver
from support.running import Tenant
from support.waiting import CEILING

SDK = Path(__file__).parent


@pytest.fixture(scope="session")
def packages() -> Path:
    """A directory with the packages of `package-lock.json`."""
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    assert not missing, f"{' and '.join(missing)} missing: run `make system`"
    needed = ("package.json", "package-lock.json")

    def install(folder: Path) -> None:
        for name in needed:
            shutil.copy(SDK / name, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        run(command, "the packages cannot be installed", cwd=folder)

    return installed("typescript", "".join((SDK / name).read_text() for name in needed), install)


def play(chapter: str, packages: Path, tenant: Tenant, documents: Path, receiver: str = "") -> dict[str, Any]:
    """Run a chapter of the scenario; what it reports."""
    environment = {
        "PATH": os.environ["PATH"],
        "LLAMA_CLOUD_BASE_URL": tenant.url,
        "LLAMA_CLOUD_API_KEY": tenant.key,
    }
    command = ["node", str(SDK / "scenario.mjs"), chapter, str(documents), receiver]
    report: dict[str, Any] = json.loads(run(command, chapter, cwd=packages, env=environment, timeout=CEILING))
    return report


def test_a_folder_is_processed_read_classified_repeated_cancelled_and_cleaned_up(
    packages: Path, tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play("batch", packages, tenant, documents, receiver.url)
    deliveries = receiver.at("/typescript", len(report["works"]) + 1)
    ends = {one.event["data"]["job_id"]: one.event["event_type"] for one in deliveries}
    assert ends == dict.fromkeys(report["works"].values(), "parse.success") | {report["failed"]: "parse.error"}


def test_single_documents_are_parsed_and_classified(packages: Path, tenant: Tenant, documents: Path) -> None:
    play("direct", packages, tenant, documents)


def test_what_goes_wrong_raises_the_class_that_the_sdk_documents(
    packages: Path, tenant: Tenant, documents: Path
) -> None:
    play("errors", packages, tenant, documents)
