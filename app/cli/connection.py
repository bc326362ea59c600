"""Which server a command speaks to."""

from __future__ import annotations

import os
from typing import Any

from app.client import Client, ClientError
from app.datadir import Address, DataDir
from settings import Settings


def server_address() -> Address | None:
    """The server of SHEAF_BASE_URL, or the `sheaf serve` that runs on this machine's data directory, or None.

    SHEAF_API_KEY wins over the key that a local server keeps for this machine. Raises ClientError without a key.
    """
    base_url, key = os.environ.get("SHEAF_BASE_URL", ""), os.environ.get("SHEAF_API_KEY", "")
    address = Address(base_url, "") if base_url else DataDir(Settings.from_env().data_dir).running()
    if address is None:
        return None
    if not (key or address.key):
        message = f"{address.url} needs a key: set SHEAF_API_KEY (`sheaf keys create --project NAME` makes one)"
        raise ClientError(message)
    return Address(address.url, key or address.key)


def connect() -> Client:
    """A client of that server. Raises ClientError when there is none."""
    address = server_address()
    if address is None:
        message = "no server: start `sheaf serve`, or set SHEAF_BASE_URL and SHEAF_API_KEY"
        raise ClientError(message)
    return Client(address.url, address.key)


def learned(config: dict[str, Any]) -> list[str]:
    """The ids of the corrections on that server that bear on a classify job; none where no server answers."""
    address = server_address() if "rules" in config else None
    if address is None:
        return []
    types = {rule["type"] for rule in config["rules"]}
    try:
        with Client(address.url, address.key) as client:
            return sorted(one["id"] for one in client.corrections() if one["type"] in types)
    except ClientError:
        return []  # what is left to do will tell
