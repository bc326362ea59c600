"""All faults, in the order in which they run."""

from __future__ import annotations

from chaos import fault, processes
from chaos.fault import Fault

FAULTS: list[Fault] = [
    fault.Nothing(),
    processes.KillPoolChild(),
]
