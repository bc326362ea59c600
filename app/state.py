"""What a running application holds besides Flask's own configuration, reached from a request by `current()`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from app.api.key_cache import Keyring
from settings import Settings
from storage import Storage


@dataclass(frozen=True, slots=True)
class State:
    """The settings, the object store and the keys seen lately; made once by `create_app`."""

    settings: Settings
    storage: Storage
    keyring: Keyring

    def attach(self, app: Flask) -> None:
        """Let `current()` find this state in requests of `app`."""
        app.extensions["sheaf"] = self


def current() -> State:
    """The state of the application that serves this request. Raises RuntimeError outside one."""
    return state_of(current_app)


def state_of(app: Flask) -> State:
    """The state of an application."""
    return cast("State", app.extensions["sheaf"])
