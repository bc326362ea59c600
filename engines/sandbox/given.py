"""What a sandboxed child is given: nothing that opens anything."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

from engines.parameters import PARAMETERS
from engines.request import EngineRequest


def environment(scratch: str) -> dict[str, str]:
    """All that the child learns of this process's environment: no credentials, a home of its own, one OCR thread."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX") if name in os.environ}
    modules = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, sys.path)])
    return kept | {"HOME": scratch, "TMPDIR": scratch, "PYTHONPATH": modules, "OMP_THREAD_LIMIT": "1"}


def without_secrets(request: EngineRequest) -> EngineRequest:
    """The same request without keys and whoever has them, and without what does not change the result, such as webhooks."""
    unneeded = {one.attribute: None for one in PARAMETERS.values() if one.secret or not one.affects_output}
    return replace(request, model=None, parameters=replace(request.parameters, **unneeded))
