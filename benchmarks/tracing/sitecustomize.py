"""Writes down when the engine begins and ends a document, for processes that are started with this folder on PYTHONPATH.

Each line of the file SHEAF_BENCH_TRACE names is `begin|end PID TIME NAME`, by the clock of the machine. Nothing of Sheaf knows
of it: the engine's entry is wrapped as soon as it is imported. A process that is killed writes no end.
"""

import importlib.abc
import importlib.machinery
import os
import sys
import time


class Traced(importlib.abc.Loader):
    """Loads engines.request, then puts the clock around it."""

    def __init__(self, loader):
        self.loader = loader

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        self.loader.exec_module(module)
        real = module.run

        def run(work, *rest, **options):
            note("begin", work.source.name)
            try:
                return real(work, *rest, **options)
            finally:
                note("end", work.source.name)

        module.run = run


def note(what, name):
    line = f"{what} {os.getpid()} {time.time():.4f} {name}\n"
    with open(TRACE, "a", encoding="utf-8") as file:  # noqa: PTH123 - small, appended to by many processes
        file.write(line)


class Finder(importlib.abc.MetaPathFinder):
    """Finds engines.request as usual, and wraps its loader."""

    def find_spec(self, name, path, target=None):
        if name != "engines.request":
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        spec.loader = Traced(spec.loader)
        return spec


# The sandboxed child has an environment of its own, so the name of the file stands beside this module.
TRACE = os.path.join(os.path.dirname(__file__), "trace")  # noqa: PTH118, PTH120 - imported at every start
if os.path.exists(TRACE):  # noqa: PTH110
    sys.meta_path.insert(0, Finder())
