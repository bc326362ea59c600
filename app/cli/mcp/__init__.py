"""`sheaf mcp`: documents for programs that speak the Model Context Protocol, such as assistants on a desktop.

A client of the HTTP API like the other commands here. Whoever calls its tools may read the documents of some folders of this
machine and what a Sheaf server makes of them, and nothing else. The package `mcp`, an extra, is imported when the command runs.
"""

from __future__ import annotations

import importlib.util
import signal
import sys
from pathlib import Path

import click

from app.cli.interrupts import leave

PORT = 8001
MISSING = "`sheaf mcp` needs the extra mcp: pip install 'sheaf[mcp]', in a checkout '.[mcp]'"


@click.command()
@click.option(
    "--root",
    "roots",
    metavar="DIR",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder whose documents may be read; repeatable.  [default: the current one]",
)
@click.option(
    "--transport",
    type=click.Choice(["stdio", "http"]),
    default="stdio",
    show_default=True,
    help="Speak over standard input and output, or over HTTP at /mcp.",
)
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True, help="With http: address to listen on.")
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=PORT,
    show_default=True,
    help="With http: port to listen on; 0 takes a free one.",
)
@click.option(
    "--key",
    metavar="KEY",
    envvar="SHEAF_MCP_KEY",
    show_envvar=True,
    default="",
    help="With http: the bearer key that callers have to show; needed beyond this machine.",
)
@click.option(
    "--allow-host",
    "hosts",
    metavar="NAME",
    multiple=True,
    help="With http: a name under which callers reach it, besides HOST; repeatable.",
)
def mcp(roots: tuple[Path, ...], transport: str, host: str, port: int, key: str, hosts: tuple[str, ...]) -> None:
    """Serve documents as tools of the Model Context Protocol.

    The tools are parse_file, submit_folder, job_status, read_result and classify. They use the server of SHEAF_BASE_URL and
    SHEAF_API_KEY, else the `sheaf serve` of this machine; one that is started later is found then.
    """
    folders = roots or (current_folder(),)
    if importlib.util.find_spec("mcp") is None:
        raise click.ClickException(MISSING)
    from app.cli.mcp import transports  # noqa: PLC0415 - an extra that may be missing, and a second to import
    from app.cli.mcp.roots import Roots  # noqa: PLC0415 - as above
    from app.cli.mcp.server import make_server  # noqa: PLC0415 - as above

    server = make_server(Roots(folders))
    if transport == "stdio":
        signal.signal(signal.SIGINT, lambda *_: leave())  # a thread that waits for a line hears of nothing else
        if sys.stdin.isatty():
            click.echo("Waiting for a program that speaks MCP on standard input (docs/mcp.md); Ctrl-C ends.", err=True)
        server.run("stdio")
    else:
        transports.serve_http(server, transports.Door(host, port, key, hosts))


def current_folder() -> Path:
    """The folder that is read where no other is named. Raises click.UsageError for that of the whole machine."""
    folder = Path.cwd()
    if folder == Path(folder.anchor):
        message = "this was started in the folder of the whole machine: say by --root which folders may be read"
        raise click.UsageError(message)
    return folder
