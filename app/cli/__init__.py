"""The command line of Sheaf."""

from __future__ import annotations

import click

from app.cli.failures import Group

COMMANDS = {
    "run": ("run", "Process documents and write the results into a folder."),
    "serve": ("processes", "Run the whole service in the foreground until Ctrl-C."),
    "submit": ("jobs", "Start a job and print its ID."),
    "watch": ("jobs", "Follow a job until it is over."),
    "items": ("jobs", "List the items of a job."),
    "retry": ("jobs", "Try the failed items of a job again and print the new job's ID."),
    "cancel": ("jobs", "Cancel a job; what is finished stays finished."),
    "mcp": ("mcp", "Serve documents as tools of the Model Context Protocol."),
    "doctor": ("doctor", "Tell what of this machine Sheaf can use, and what to install for the rest."),
    "keys": ("keys", "Make, list and revoke API keys."),
    "quarantine": ("quarantine", "List, show and release quarantined files."),
    "erase": ("erase", "Remove everything of one project: keys, jobs, results, files, and their bytes."),
    "migrate": ("processes", "Bring the database's schema to this version."),
    "api": ("processes", "Run the HTTP API alone (gunicorn)."),
    "worker": ("processes", "Run a worker alone (Celery)."),
    "beat": ("processes", "Run the clock alone (Celery beat)."),
    "flower": ("processes", "Run Flower, which shows workers and tasks."),
}
"""The commands in the order in which people need them: the module here that has it, and its first sentence, so that a list of them
imports none."""


@click.group(cls=Group, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sheaf", prog_name="sheaf")
def main() -> None:
    """Sheaf: directories of documents in, Markdown, text and JSON out.

    `sheaf run FOLDER` does everything at once. `sheaf serve` keeps the whole service running; submit, watch, items,
    retry, cancel and mcp are a client of its HTTP API; api, worker, beat and flower are its processes one by one. Settings are
    environment variables: docs/configuration.md.
    """
