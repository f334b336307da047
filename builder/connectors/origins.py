"""Origins: a URL is read once, strictly, into what is spoken to; nothing is looked up by comparing text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address

PORTS = {"https": 443, "http": 80}
LONGEST = 2000

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.\-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]*)?"
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what an administrator allows."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{shown}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


@dataclass(frozen=True, slots=True)
class Target:
    """An origin with the path (and query) on it."""

    origin: Origin
    path: str


def target(url: str) -> Target:
    """What ``url`` names. Raises ``ValueError`` for anything but plain http(s): users, fragments, spaces, control characters, host names
    that some resolvers read as numbers."""
    found = _URL.fullmatch(url) if len(url) <= LONGEST else None
    path = (found["path"] or "/") if found else "/"
    if found is None or "#" in path or "\\" in path:
        raise ValueError(url)
    port = int(found["port"]) if found["port"] else PORTS[found["scheme"]]
    if not 1 <= port <= 65535:
        raise ValueError(url)
    return Target(Origin(found["scheme"], _host(found["host"]), port), path)


def origin(url: str) -> Origin:
    """The origin that ``url`` is; ``ValueError`` where it says more than that."""
    found = target(url)
    if found.path != "/":
        raise ValueError(url)
    return found.origin


def origins(text: str) -> frozenset[Origin]:
    """The origins of a comma-separated list. Raises ``ValueError``."""
    return frozenset(origin(part.strip()) for part in text.split(",") if part.strip())


def _host(text: str) -> str:
    if text.startswith("["):
        return ip_address(text[1:-1]).compressed
    labels = text.removesuffix(".").split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(text)
    if _NUMBER.fullmatch(labels[-1]):
        # 2130706433, 0x7f.1 and 0177.0.0.1 are 127.0.0.1 to some resolvers: only the one usual writing is an address.
        return ip_address(text).compressed
    return ".".join(labels)
