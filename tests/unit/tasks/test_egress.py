"""Requests that users make Sheaf send: where they may go, and what is sent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.receiver import Receiver

from tasks import egress


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Addresses by name, in place of the domain name system, which tests must not ask."""
    known: dict[str, list[str]] = {}

    def getaddrinfo(host: str, port: int, *_arguments: object, **_options: object) -> list[Any]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


PRIVATE = [
    *["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"],
    *["::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "224.0.0.1", "255.255.255.255"],
    *["64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a00:1::1", "::7f00:1", "fec0::1", "ff02::1"],
    *[
        "192.0.0.192",
        "::ffff:0:127.0.0.1",
        "192.88.99.1",
        "168.63.129.16",
        "100.100.100.200",
        "fd00:ec2::254",
        "::",
        "5f00::1",
    ],
    *["192.0.2.7", "198.18.0.1", "203.0.113.9", "240.0.0.1", "2001::1", "2001:db8::1", "3fff::1", "64:ff9b:1::808:808"],
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str, resolver: dict[str, list[str]]) -> None:
    resolver["inside.example"] = [address]
    with pytest.raises(egress.RefusedAddressError, match="is a private address"):
        egress.reachable("inside.example", 80, [])


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822", "8.8.8.8"]
)
def test_public_addresses_may_be_reached(address: str, resolver: dict[str, list[str]]) -> None:
    resolver["outside.example"] = [address]
    assert str(egress.reachable("outside.example", 443, [])) == address


def test_of_several_addresses_a_public_one_is_taken(resolver: dict[str, list[str]]) -> None:
    resolver["both.example"] = ["10.0.0.1", "93.184.216.34"]
    assert str(egress.reachable("both.example", 80, [])) == "93.184.216.34"


@pytest.mark.parametrize("allowed", ["inside.example", "10.0.0.0/8", "10.1.2.3"])
def test_the_operator_may_allow_a_host_a_network_or_an_address(allowed: str, resolver: dict[str, list[str]]) -> None:
    resolver["inside.example"] = ["10.1.2.3"]
    assert str(egress.reachable("inside.example", 80, ["elsewhere.example", allowed])) == "10.1.2.3"


def test_a_name_that_nobody_knows_is_an_error_of_the_connection(resolver: dict[str, list[str]]) -> None:
    with pytest.raises(httpx.ConnectError, match="cannot be resolved"):
        egress.reachable("nowhere.example", 80, [])


def test_the_request_goes_to_the_address_that_was_judged(
    receiver: Receiver, resolver: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver["inside.example"] = ["127.0.0.1"]
    resolver["127.0.0.1"] = ["127.0.0.1"]
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    port = httpx.URL(receiver.url).port
    answer = egress.post(
        f"http://inside.example:{port}/hook?a=b", b"{}", {"X-Team": "a"}, allowed=["127.0.0.0/8"], seconds=5
    )
    [delivery] = receiver.deliveries
    assert answer.status_code == 200
    assert (delivery.path, delivery.body, delivery.headers["X-Team"]) == ("/hook?a=b", b"{}", "a")
    assert delivery.headers["Host"] == f"inside.example:{port}"


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers += [302]
    answer = egress.post(f"{receiver.url}/hook", b"{}", {}, allowed=["127.0.0.1"], seconds=5)
    assert answer.status_code == 302
    assert len(receiver.deliveries) == 1


@contextlib.contextmanager
def dripping(first: bytes, drip: bytes) -> Iterator[int]:
    """The port of a server that answers with `first` and goes on with `drip` for as long as somebody listens."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError), server.accept()[0] as connection:
            connection.recv(65536)
            connection.sendall(first)
            while not over.wait(0.05):
                connection.sendall(drip)

    over = threading.Event()
    thread = threading.Thread(target=serve)
    thread.start()
    yield server.getsockname()[1]
    over.set()
    server.close()
    thread.join()


def test_an_answer_that_drips_for_ever_ends_with_the_time_allowed() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n") as port, pytest.raises(httpx.ReadTimeout):
        egress.post(f"http://127.0.0.1:{port}/", b"{}", {}, allowed=["127.0.0.1"], seconds=0.5)


def test_an_endless_answer_is_not_read() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536) as port:
        assert egress.post(f"http://127.0.0.1:{port}/", b"{}", {}, allowed=["127.0.0.1"], seconds=5).is_success


def test_users_do_not_choose_where_a_request_ends_and_for_whom_it_is(receiver: Receiver) -> None:
    chosen = {"content-length": "1", "Transfer-Encoding": "chunked", "host": "elsewhere", "X-Team": "a"}
    egress.post(f"{receiver.url}/hook", b"whole", chosen, allowed=["127.0.0.1"], seconds=5)
    [delivery] = receiver.deliveries
    assert (delivery.body, delivery.headers["X-Team"]) == (b"whole", "a")
    assert delivery.headers["Host"] == receiver.url.removeprefix("http://")


def test_through_a_proxy_the_document_is_judged_too(tmp_path: Path) -> None:
    allowed = ["127.0.0.1"]  # the proxy, as an operator would allow it
    with (tmp_path / "target").open("wb") as target, pytest.raises(egress.RefusedAddressError, match=r"10\.0\.0\.1"):
        egress.download(
            "http://10.0.0.1/", target, allowed=allowed, seconds=5, most_bytes=1, proxy="http://127.0.0.1:9"
        )
