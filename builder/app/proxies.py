"""Proxies: who really asks, where a proxy that is known by address stands in between. What anybody else says about itself is not believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from builder.config import Settings

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def networks(text: str) -> tuple[Network, ...]:
    """The addresses and networks of a setting. ``ValueError`` names the one that is none."""
    found = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(ip_network(part, strict=False))
        except ValueError as error:
            raise ValueError(f"setting trusted_proxies: {part!r} is no address or network") from error
    return tuple(found)


@dataclass(frozen=True)
class Proxies:
    """A WSGI application that passes on to ``inner`` what known proxies say of the asker's address and scheme. ``is_secure``: whoever comes
    through comes over HTTPS, whatever is said."""

    inner: Callable[..., Iterable[bytes]]
    known: tuple[Network, ...] = ()
    is_secure: bool = False

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        peer = read_address(environ.get("REMOTE_ADDR", ""))
        if peer is not None and self._knows(peer):
            said = environ.get("HTTP_X_FORWARDED_FOR", "")
            environ["REMOTE_ADDR"] = str(self._asker(peer, said))
            # The proxy next to us speaks last.
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in {"http", "https"}:
                environ["wsgi.url_scheme"] = scheme
        if self.is_secure:
            environ["wsgi.url_scheme"] = "https"
        return self.inner(environ, start)

    def _knows(self, address: Address) -> bool:
        return any(address in network for network in self.known)

    def _asker(self, peer: Address, said: str) -> Address:
        """From the nearest proxy outwards to the first address that is none of ours; behind it anything may be made up."""
        found = peer
        for part in reversed(said.split(",")):
            address = read_address(part)
            if address is None:
                return found
            found = address
            if not self._knows(address):
                return found
        return found


def read_address(text: str) -> Address | None:
    """An address; IPv4 in the clothes of IPv6 is IPv4. None for anything else."""
    try:
        address = ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def behind_proxies(
    inner: Callable[..., Iterable[bytes]], settings: Settings
) -> Callable[..., Iterable[bytes]]:
    """``inner``, told who asks as the settings have it."""
    known = networks(settings.trusted_proxies)
    return Proxies(inner, known, settings.secure_cookies) if known or settings.secure_cookies else inner
