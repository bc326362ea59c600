"""Every operation with each of its parameters, by the newer official Python SDK, through the running stack (operations.py)."""

from __future__ import annotations

from pathlib import Path

from support.receiver import Receiver
from support.running import Tenant
from support.sdks import play_python, versions


@versions("sdk", ["2.19.0"], daily=("2.19.0", "postgresql+redis"))
def test_every_operation_takes_every_parameter_that_the_sdk_has(
    sdk: Path, tenant: Tenant, documents: Path, receiver: Receiver
) -> None:
    report = play_python("operations.py", sdk, tenant, "operations", documents, receiver.url)
    assert report["operations"] == 38
    receiver.at("/operations", 3)
    assert sorted(receiver.events("/operations")) == ["classify.success", "parse.success", "parse.success"]
