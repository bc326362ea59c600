"""Several reconcilers at once."""

from __future__ import annotations

import signal
import subprocess
import threading
from dataclasses import replace

from app import commands
from app.stack import CONTROL_THREADS
from chaos.fault import Act, Fault
from chaos.processes import send
from engines.sandbox.procfs import descendants
from tasks.celery import create

PAUSE = 0.05
"""Seconds between two calls of the reconciler, which by itself comes every few seconds."""


class TwoReconcilers(Fault):
    """A second beat and a second control worker, and the reconciler called twenty times a second on both."""

    name = "two-reconcilers"

    def prepare(self, act: Act) -> None:
        supervisor = act.stage.stack.stack._supervisor
        assert supervisor
        second = [
            commands.worker("second", commands.CONTROL_QUEUES, concurrency=CONTROL_THREADS, pool="threads"),
            commands.beat(),
        ]
        log = (act.stage.data / "logs" / "second.log").open("ab")
        with log:
            self._processes = [
                subprocess.Popen(
                    command,
                    env=supervisor._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    process_group=supervisor._reaper.pid,  # gone with the stack, whatever becomes of this process
                )
                for command in second
            ]
        self._stop = threading.Event()
        self._caller = threading.Thread(target=self._call, args=(act,), name="reconcile", daemon=True)
        self._caller.start()

    def _call(self, act: Act) -> None:
        app = create(replace(act.stage.stack.settings, broker_url=act.stage.broker_url))
        while not self._stop.wait(PAUSE):
            app.send_task("upkeep.reconcile", queue="control", expires=10)
        app.close()

    def inject(self, act: Act) -> None:
        """Nothing comes on top of it."""
        if any(process.poll() is not None for process in self._processes):
            act.broken.append("the second control worker or beat did not run")

    def finish(self, act: Act) -> None:
        del act
        self._stop.set()
        self._caller.join()
        for process in self._processes:
            send(descendants(process.pid), signal.SIGKILL)
            process.wait()
