"""The one policy for requests that users make Sheaf send: no private address unless the operator allows it, no redirects."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class RefusedError(Exception):
    """The address is private and not in SHEAF_OUTBOUND_ALLOW."""


def post(url: str, body: bytes, headers: dict[str, str], *, allowed: Sequence[str], seconds: float) -> httpx.Response:
    """POST to an address that may be reached.

    The name is resolved once and the request goes to the very address that was judged, so that a name which
    changes its mind in between gains nothing. Raises RefusedError, httpx.HTTPError.
    """
    target = httpx.URL(url)
    address = reachable(target.host, target.port or (443 if target.scheme == "https" else 80), allowed)
    pinned = target.copy_with(host=str(address))
    with httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False) as client:
        request = client.build_request(
            "POST",
            pinned,
            content=body,
            headers={**headers, "Host": target.netloc.decode()},
            extensions={"sni_hostname": target.host},
        )
        return client.send(request)


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
    """Whether an address belongs to the open internet."""
    mapped = getattr(address, "ipv4_mapped", None)
    judged: Address = mapped or address
    return judged.is_global and not judged.is_multicast


def _within(address: Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False  # a host name
