"""The command that lists quarantined files, beside a running stack."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from support.running import RunningStack
from support.served import environment, sheaf


def command(stack: RunningStack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `sheaf quarantine …` beside the stack."""
    variables = {
        "SHEAF_DATABASE_URL": stack.settings.effective_database_url(),
        "SHEAF_SECRET_KEY": stack.settings.secret_key,
        "COLUMNS": "200",
    }
    return sheaf("quarantine", *arguments, env=environment(stack.settings.data_dir, **variables))


def listed(stack: RunningStack, name: str) -> list[dict[str, Any]]:
    found = json.loads(command(stack, "list", "--all", "--json").stdout)
    return [entry for entry in found if entry["file"] == name]
