"""Which tests of a parallel run are handed to the same process: those that share what takes long to start."""

from __future__ import annotations

import pytest

SHARED = ("thinking_stack", "served", "unaided")
"""Fixtures of the whole run that one process is enough for; the stack, of each kind in turn, is another."""


def group_of(item: pytest.Function) -> str:
    """The name of what a test shares with others: a stack of some kind, a server, or a fixture of its module. Empty if nothing."""
    given = item.callspec.params if hasattr(item, "callspec") else {}
    if "stack" in item.fixturenames:
        return str(given["stack"])
    for name in SHARED:
        if name in item.fixturenames:
            return name
    definitions = item._fixtureinfo.name2fixturedefs
    if any(definitions[name][-1].scope == "module" for name in item.fixturenames if name in definitions):
        return f"{item.path.stem} {given.get('kind', '')}".strip()
    return ""
