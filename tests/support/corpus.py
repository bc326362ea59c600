"""Documents that others made: the folder that SHEAF_CORPUS names. Tests that need one are skipped without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = os.environ.get("SHEAF_CORPUS", "")


def of_corpus(*parts: str) -> Path:
    """A file or a folder of the corpus, by its path in it."""
    path = Path(FOLDER, *parts)
    if not FOLDER or not path.exists():
        pytest.skip(f"SHEAF_CORPUS names no folder with {'/'.join(parts)}")
    return path


def pdfs_of_corpus(folder: str) -> list[Path]:
    """The PDFs of a folder of the corpus, in their order."""
    return sorted(of_corpus(folder).glob("*.pdf"))
