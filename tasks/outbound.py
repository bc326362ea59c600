"""The one policy for requests that users make Sheaf send: no private address unless the operator allows it, no redirects."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

FRAMING = {"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"}
"""Headers that say where a request begins and ends, and for whom it is: not for users to choose."""
TRANSLATED = tuple(ipaddress.IPv6Network(one) for one in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48"))
"""IPv6 networks whose last 32 bits are an IPv4 address to which gateways (RFC 4291, 6052) lead."""


class RefusedError(Exception):
    """The address is private and not in SHEAF_OUTBOUND_ALLOW."""


def post(url: str, body: bytes, headers: dict[str, str], *, allowed: Sequence[str], seconds: float) -> httpx.Response:
    """POST to an address that may be reached, and answer with the status; nobody reads what the other side says.

    The name is resolved once and the request goes to the very address that was judged, so that a name which
    changes its mind in between gains nothing. All of it takes at most `seconds`, however slowly the other side drips.
    Raises RefusedError, httpx.HTTPError.
    """
    target = httpx.URL(url)
    address = reachable(target.host, target.port or (443 if target.scheme == "https" else 80), allowed)
    pinned = target.copy_with(host=str(address))
    own = {name: value for name, value in headers.items() if name.lower() not in FRAMING}
    own["Host"] = target.netloc.decode()
    try:
        return asyncio.run(_answer(pinned, body, own, target.raw_host.decode(), seconds))
    except TimeoutError as error:
        message = f"no answer within {seconds:g} s"
        raise httpx.ReadTimeout(message) from error


async def _answer(url: httpx.URL, body: bytes, headers: dict[str, str], name: str, seconds: float) -> httpx.Response:
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(timeout=seconds, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", url, content=body, headers=headers, extensions={"sni_hostname": name}) as answer,
    ):
        return answer


def reachable(host: str, port: int, allowed: Sequence[str]) -> Address:
    """The first address of `host` that may be reached. Raises RefusedError, httpx.ConnectError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = f"{host} cannot be resolved: {error}"
        raise httpx.ConnectError(message) from error
    addresses: list[Address] = [ipaddress.ip_address(str(one[4][0]).split("%")[0]) for one in found]
    for address in addresses:
        if is_public(address) or host in allowed or any(_within(address, network) for network in allowed):
            return address
    message = f"{host} is a private address; an operator can allow it with SHEAF_OUTBOUND_ALLOW"
    raise RefusedError(message)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet, and whether the one does to which it is only a way."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if address.is_site_local or (inner is not None and not is_public(inner)):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not address.is_multicast


def _inside(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if any(address in network for network in TRANSLATED):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _within(address: Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False  # a host name
