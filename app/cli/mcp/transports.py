"""The tools over HTTP: at one address, for callers who know the key, under the names that they may use."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from dataclasses import dataclass

import click
import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

PATH = "/mcp"
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
PATIENCE_SECONDS = 5
"""How long open connections are waited for at the end."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where callers come in."""

    host: str
    port: int
    key: str
    """What callers have to show; "" for nothing."""
    names: tuple[str, ...]
    """Names besides the host under which they reach it."""


class Keyed:
    """Lets requests through that show the key as a bearer; others are answered with 401."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge a request."""
        if scope["type"] == "http":
            scheme, _, shown = dict(scope["headers"]).get(b"authorization", b"").partition(b" ")
            if scheme.lower() != b"bearer" or not secrets.compare_digest(shown.strip(), self._key):
                refusal = JSONResponse(
                    {"detail": "The key of this server is missing or wrong: send it as a bearer"},
                    status_code=401,
                    headers={"WWW-Authenticate": "Bearer"},
                )
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


def serve_http(server: MCPServer, door: Door) -> None:
    """Serve until Ctrl-C. Raises click.UsageError without a key where others reach it, OSError where it cannot listen."""
    if not (door.key or is_local(door.host)):
        message = f"others can reach {door.host}: give callers a key, by SHEAF_MCP_KEY or --key"
        raise click.UsageError(message)
    app: ASGIApp = server.streamable_http_app(
        streamable_http_path=PATH, transport_security=protection(door), host=door.host
    )
    family = socket.AF_INET6 if ":" in door.host else socket.AF_INET
    with socket.create_server((door.host, door.port), family=family) as listening:
        port = listening.getsockname()[1]
        click.echo(f"Sheaf's tools answer on http://{in_address(door.host)}:{port}{PATH}", err=True)
        config = uvicorn.Config(
            Keyed(app, door.key) if door.key else app,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=PATIENCE_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[listening])


def protection(door: Door) -> TransportSecuritySettings:
    """Only names that are meant are answered, so that no web page gets here by a name of its own (DNS rebinding)."""
    names = {*LOCAL_NAMES, in_address(door.host), *map(in_address, door.names)}
    hosts = sorted(one for name in names for one in (name, f"{name}:*"))
    origins = [f"{scheme}://{host}" for host in hosts for scheme in ("http", "https")]
    return TransportSecuritySettings(enable_dns_rebinding_protection=True, allowed_hosts=hosts, allowed_origins=origins)


def in_address(host: str) -> str:
    """A host as it stands in an address: IPv6 in brackets."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def is_local(host: str) -> bool:
    """Whether only this machine reaches a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
