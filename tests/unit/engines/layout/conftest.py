"""Pages that the tests of the layout draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import papers
from support.layouts import Read

from engines.document import Document


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Draws one page and reads it."""

    def read(*drawings: papers.Draw, **parameters: Any) -> Document:
        return papers.read(papers.pdf(tmp_path / "paper.pdf", papers.together(*drawings)), **parameters)

    return read
