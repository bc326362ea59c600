"""Faults of the database."""

from __future__ import annotations

import signal
import subprocess
import sys

from chaos.fault import Act, Fault
from chaos.stage import POSTGRESQL, SQLITE

AWAY_SECONDS = 3.0
LOCKED_SECONDS = 10.0
HOLD = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[2]))
connection.rollback()
"""


class RestartPostgresql(Fault):
    """PostgreSQL is shut down at once, is away for three seconds, recovers from its log and goes on."""

    name = "restart-postgresql"
    kinds = (POSTGRESQL,)
    is_outage = True

    def inject(self, act: Act) -> None:
        server = act.stage.database
        assert server
        server.end(signal.SIGQUIT)  # its immediate shutdown
        act.pause(AWAY_SECONDS)
        server.start()


class LockSqlite(Fault):
    """Another process holds SQLite's write lock for ten seconds."""

    name = "lock-sqlite"
    kinds = (SQLITE,)
    is_outage = True

    def inject(self, act: Act) -> None:
        path = act.stage.engine.url.database
        command = [sys.executable, "-c", HOLD, str(path), str(LOCKED_SECONDS * act.stage.brevity)]
        held = subprocess.run(command, capture_output=True, text=True, check=True)
        if "locked" not in held.stdout:
            act.broken.append("the database was not locked")
