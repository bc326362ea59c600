"""The documents that benchmarks work on: those of SHEAF_CORPUS when it is set, else the project's own examples."""

from __future__ import annotations

import os
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent / "examples" / "documents"


def corpus(name: str) -> Path:
    """The part of the corpus with this name; the examples where there is no corpus."""
    given = os.environ.get("SHEAF_CORPUS")
    return Path(given, name) if given else EXAMPLES
