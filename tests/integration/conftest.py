"""A service in this process, with the settings that a test wants."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from support.inprocess import Service, Start

from settings import Settings
from tasks import context


@pytest.fixture
def service(assembled: Flask, empty_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a service with these settings; one that follows another keeps its database."""
    database = shutil.copy(empty_file, tmp_path)
    for name in [one for one in os.environ if one.startswith("SHEAF_")]:
        monkeypatch.delenv(name)

    def start(**settings: object) -> Service:
        context.close()
        for name, value in {"data_dir": tmp_path, "database_url": f"sqlite:///{database}", **settings}.items():
            monkeypatch.setenv(f"SHEAF_{name.upper()}", str(value))
        return Service(assembled, Settings.from_env())

    context.close()
    yield start
    context.close()
