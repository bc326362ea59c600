"""The command line of Sheaf."""

from __future__ import annotations

import click

from app.cli import erase, jobs, keys, processes, quarantine, run
from app.cli.failures import Group


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sheaf", prog_name="sheaf")
def main() -> None:
    """Sheaf: directories of documents in, Markdown, text and JSON out.

    `sheaf run FOLDER` does everything at once. `sheaf serve` keeps the whole service running; submit, watch, items,
    retry and cancel are a client of its HTTP API; api, worker, beat and flower are its processes one by one. Settings are
    environment variables: docs/configuration.md.
    """


main.add_command(run.run)
for command in (
    processes.serve,
    *(jobs.submit, jobs.watch, jobs.items, jobs.retry, jobs.cancel),
    keys.keys,
    quarantine.quarantine,
    erase.erase,
    *(processes.migrate, processes.api, processes.worker, processes.beat, processes.flower),
):
    main.add_command(command)
