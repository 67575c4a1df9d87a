"""Who calls: by the connection's address and, behind trusted proxies, by what they say of it."""

from __future__ import annotations

import ipaddress

from config.settings import Network

THIS_MACHINE: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def within(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address belongs to one of the networks; what is no address belongs to none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def caller_of(address: str, forwarded_for: str, trusted_proxies: tuple[Network, ...]) -> str:
    """The caller's address: behind trusted proxies the last one that they themselves did not add.

    `address` is the connection's, `forwarded_for` the header `X-Forwarded-For`, empty where there is none.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    while hops and within(address, trusted_proxies):
        address = hops.pop()
    return address


def counted_as(address: str) -> str:
    """The name under which a caller is counted: whoever has one IPv6 address has the 2^64 beside it too."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(parsed if parsed.version == 4 else parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
