"""The one policy for requests that users make Sheaf send: no private address unless the operator allows it.

Redirects are followed for downloads only, and each is judged anew.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import httpx

from tasks.networks import Address, is_public

MOST_REDIRECTS = 5
USER_AGENT = "sheaf"
"""What downloads call themselves."""
FRAMING = {"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"}
"""Headers that say where a request begins and ends, and for whom it is: not for users to choose."""


class RefusedAddressError(Exception):
    """The address is private and not in SHEAF_OUTBOUND_ALLOW."""


def post(url: str, body: bytes, headers: dict[str, str], *, allowed: Sequence[str], seconds: float) -> httpx.Response:
    """POST to an address that may be reached, and answer with the status; nobody reads what the other side says.

    The name is resolved once and the request goes to the very address that was judged, so that a name which
    changes its mind in between gains nothing. All of it takes at most `seconds`, however slowly the other side drips.
    Raises RefusedAddressError, httpx.HTTPError.
    """
    target = httpx.URL(url)
    pinned, name = _pinned(url, allowed)
    own = {name: value for name, value in headers.items() if name.lower() not in FRAMING}
    own["Host"] = target.netloc.decode()
    try:
        return asyncio.run(_answer(pinned, body, own, name, seconds))
    except TimeoutError as error:
        message = f"no answer within {seconds:g} s"
        raise httpx.ReadTimeout(message) from error


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was downloaded: the name and the media type that the other side gave it, empty where it gave none."""

    name: str
    media_type: str


class RefusedAnswerError(Exception):
    """The other side answered, but not with the document; the message says how."""


def download(
    url: str, target: BinaryIO, *, allowed: Sequence[str], seconds: float, most_bytes: int, proxy: str = ""
) -> Fetched:
    """GET a document into a file, through up to five redirects, each of them judged as the first address is.

    Through a proxy both are judged, although it is the proxy that resolves names: one that the operator has allowed must not
    lead to what it alone can reach. Raises RefusedAddressError, httpx.HTTPError,
    RefusedAnswerError (another status than 2xx, too many redirects, too many bytes).
    """
    try:
        return asyncio.run(_download(url, target, allowed, seconds, most_bytes, proxy))
    except TimeoutError as error:
        message = f"not all of it came within {seconds:g} s"
        raise httpx.ReadTimeout(message) from error


async def _download(
    url: str, target: BinaryIO, allowed: Sequence[str], seconds: float, most_bytes: int, proxy: str
) -> Fetched:
    through = _pinned(proxy, allowed)[0] if proxy else None
    options: dict[str, Any] = {"timeout": seconds, "follow_redirects": False, "trust_env": False}
    async with asyncio.timeout(seconds), httpx.AsyncClient(proxy=through, **options) as client:
        for _ in range(MOST_REDIRECTS + 1):
            pinned, name = _pinned(url, allowed)
            aim, name = (httpx.URL(url), "") if proxy else (pinned, name)
            headers = {"Host": httpx.URL(url).netloc.decode(), "User-Agent": USER_AGENT}
            extensions = {"sni_hostname": name} if name else {}
            async with client.stream("GET", aim, headers=headers, extensions=extensions) as answer:
                if answer.is_redirect:
                    url = str(httpx.URL(url).join(answer.headers["Location"]))
                    if httpx.URL(url).scheme not in ("http", "https"):
                        raise RefusedAnswerError("it redirects to an address that is no http(s) URL")
                    continue
                if not answer.is_success:
                    raise RefusedAnswerError(f"the server answered {answer.status_code}")
                await _save(answer, target, most_bytes)
                return Fetched(_name_in(answer, url), answer.headers.get("Content-Type", ""))
    raise RefusedAnswerError("it redirects too often")


def _pinned(url: str, allowed: Sequence[str]) -> tuple[httpx.URL, str]:
    """The URL with the address that was judged in place of the name, and the name for TLS."""
    target = httpx.URL(url)
    address = reachable(target.host, target.port or (443 if target.scheme == "https" else 80), allowed)
    return target.copy_with(host=str(address)), target.raw_host.decode()


async def _save(answer: httpx.Response, target: BinaryIO, most_bytes: int) -> None:
    size = 0
    async for piece in answer.aiter_bytes():
        size += len(piece)
        if size > most_bytes:
            raise RefusedAnswerError(f"it has more than {most_bytes >> 20} MB")
        target.write(piece)


def _name_in(answer: httpx.Response, url: str) -> str:
    """The file name that an answer gives, else the last part of the URL's path."""
    message = Message()
    message["Content-Disposition"] = answer.headers.get("Content-Disposition", "")
    name = message.get_filename() or httpx.URL(url).path.rstrip("/")
    return PurePosixPath(str(name).replace("\\", "/")).name


async def _answer(url: httpx.URL, body: bytes, headers: dict[str, str], name: str, seconds: float) -> httpx.Response:
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(timeout=seconds, follow_redirects=False, trust_env=False) as client,
        client.stream("POST", url, content=body, headers=headers, extensions={"sni_hostname": name}) as answer,
    ):
        return answer


def reachable(host: str, port: int, allowed: Sequence[str]) -> Address:
    """The first address of `host` that may be reached. Raises RefusedAddressError, httpx.ConnectError."""
    try:
        entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        message = f"{host} cannot be resolved: {error}"
        raise httpx.ConnectError(message) from error
    addresses: list[Address] = [ipaddress.ip_address(str(one[4][0]).split("%")[0]) for one in entries]
    for address in addresses:
        if is_public(address) or host in allowed or any(_within(address, network) for network in allowed):
            return address
    message = f"{host} is a private address; an operator can allow it with SHEAF_OUTBOUND_ALLOW"
    raise RefusedAddressError(message)


def is_barred(url: str, allowed: Sequence[str]) -> bool:
    """Whether a URL names an address that may not be reached. A name is known only when it is asked for, `localhost` apart.

    Raises ValueError for a URL that no request can be made to.
    """
    try:
        host = httpx.URL(url).host.rstrip(".").lower()
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from error
    if host in allowed:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return not any(_within(ipaddress.ip_address("127.0.0.1"), network) for network in allowed)
    address = literal(host)
    return address is not None and not (is_public(address) or any(_within(address, network) for network in allowed))


def literal(host: str) -> Address | None:
    """The address that a host is by itself, `127.1` and `0x7f000001` included; None for a name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _within(address: Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False  # a host name
