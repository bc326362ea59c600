"""The version of what engines produce: results of different versions are never taken for each other."""

from __future__ import annotations

import functools
from importlib.metadata import version

ENGINE_VERSION = "2"
"""Raise it whenever the same document and parameters would give another result than before."""

LIBRARIES = ("liteparse", "xberg")


@functools.cache
def profile_version() -> str:
    """Sheaf's version of the engines and those of the libraries below: `1+liteparse-2.18.0+xberg-1.3.9`."""
    return "+".join([ENGINE_VERSION, *(f"{name}-{version(name)}" for name in LIBRARIES)])
