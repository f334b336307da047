"""Addresses: which network addresses may be spoken to. Whatever is not plainly the public internet is refused unless it is allowed by name."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# The standard library calls some of these global: addresses that carry another address, and blocks that are no host.
REFUSED: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "169.254.0.0/16",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


def networks(text: str) -> tuple[Network, ...]:
    """The networks of a comma-separated list. Raises ``ValueError``."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def may_reach(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Whether ``address`` is a public host, or in one of the ``allowed`` networks."""
    plain = _plain(address)
    if any(plain in network for network in allowed if network.version == plain.version):
        return True
    if any(plain in network for network in REFUSED if network.version == plain.version):
        return False
    return plain.is_global and not plain.is_multicast


def _plain(address: Address) -> Address:
    """An IPv4 address that is dressed as IPv6 counts as what it is."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def parsed(text: str) -> Address:
    """The address that a resolver answered; a zone (``%eth0``) is refused with ``ValueError``."""
    if "%" in text:
        raise ValueError(text)
    return ip_address(text)
