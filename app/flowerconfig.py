"""The configuration that `sheaf flower` gives to Flower.

Its pages cut a column after some 45 characters. What a task is about begins with the whole id of the job, so the id that stands in
the result again is cut short there; Flower's API tells both as they are.
"""

from __future__ import annotations

import re
from typing import Any

ID_OF_A_JOB = re.compile(r"(bjb-[0-9a-f]{8})[0-9a-f-]{28}")


def format_task(task: Any) -> Any:
    """A task as the pages show it."""
    if task.result:
        task.result = ID_OF_A_JOB.sub(r"\1…", task.result).strip("'")
    return task
