"""Which addresses belong to the open internet: by IANA's registries (RFC 6890 and later), not by a library's version."""

from __future__ import annotations

import ipaddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

RESERVED_V4 = tuple(
    ipaddress.IPv4Network(one)
    for one in (
        "0.0.0.0/8",  # this host on this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by customers of a carrier; metadata of Alibaba's cloud too
        "127.0.0.0/8",
        "168.63.129.16/32",  # the host of every machine in Azure
        "169.254.0.0/16",  # metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocols of the IETF; metadata of Oracle's cloud too
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # answers to lookups of private addresses (AS112)
        "192.52.193.0/24",  # tunnels of multicast
        "192.88.99.0/24",  # relays from 6to4
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
"""All that is given out of IPv6 so far. What lies outside leads to this machine, this network, or nowhere."""
RESERVED_V6 = tuple(
    ipaddress.IPv6Network(one)
    for one in (
        "2001::/23",  # protocols of the IETF, tunnels of Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
TRANSLATED = tuple(ipaddress.IPv6Network(one) for one in ("::ffff:0:0/96", "64:ff9b::/96"))
"""Networks whose last 32 bits are the IPv4 address to which they lead (RFC 4291, 6052)."""


def is_public(address: Address) -> bool:
    """Whether an address belongs to the open internet, and whether the one does to which it is only a way."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in RESERVED_V4)
    if any(address in network for network in TRANSLATED):
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address in UNICAST_V6 and not any(address in network for network in RESERVED_V6)
