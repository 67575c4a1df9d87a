"""The caller's address: that of the connection or, behind trusted proxies, the one that they report."""

from __future__ import annotations

import ipaddress

from config.settings import Network

THIS_MACHINE: tuple[Network, ...] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def within(address: str, networks: tuple[Network, ...]) -> bool:
    """Whether an address belongs to one of the networks; false if the text is not an address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


def caller_of(address: str, forwarded_for: str, trusted_proxies: tuple[Network, ...]) -> str:
    """Returns the caller's address: behind trusted proxies, the last address that is not one of theirs.

    `address` is that of the connection; `forwarded_for` is the header `X-Forwarded-For`, or empty.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    while hops and within(address, trusted_proxies):
        address = hops.pop()
    return address


def counted_as(address: str) -> str:
    """Returns the name under which a caller is counted: for IPv6 the /64 network, which one caller usually owns."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4 or parsed.ipv4_mapped:
        return str(parsed if parsed.version == 4 else parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
