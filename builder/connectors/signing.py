"""Signing: how a message proves where it comes from, and that it is fresh. The form is that of Standard Webhooks.

What is signed is the message's id, the time and the body, so that none of them can be exchanged; the receiver keeps ids for as long as the
time window is open and so refuses what is played again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

ID, TIME, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
WINDOW = 300
LONGEST_ID = 200


class UnsignedError(ValueError):
    """The message is not what it claims to be; ``why``: header, time or signature."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Signed:
    """A message whose signature holds: its id, and until when (seconds since 1970) the same id could come again."""

    id: str
    until: int


def signed(secret: str, id: str, now: int, body: bytes) -> Mapping[str, str]:
    """The headers that sign ``body``."""
    return {ID: id, TIME: str(now), SIGNATURE: _signature(secret, id, str(now), body)}


def verified(secrets: tuple[str, ...], headers: Mapping[str, str], now: int, body: bytes) -> Signed:
    """What was signed with one of the ``secrets`` (two, while one is exchanged for another). Header names are in lower case. Raises ``UnsignedError``."""
    id, at, given = headers.get(ID, ""), headers.get(TIME, ""), headers.get(SIGNATURE, "")
    if not id or len(id) > LONGEST_ID or not id.isascii() or not id.isprintable():
        raise UnsignedError("header")
    if not (at.isascii() and at.isdigit() and len(at) <= 12):
        raise UnsignedError("header")
    expected = [_signature(secret, id, at, body).encode() for secret in secrets if secret]
    offered = [part.encode() for part in given.split(" ")[:10]]
    # Every pair is compared, so that the time says nothing about which of them nearly fits.
    matching = [hmac.compare_digest(one, other) for one in expected for other in offered]
    if not any(matching):
        raise UnsignedError("signature")
    if abs(now - int(at)) > WINDOW:
        raise UnsignedError("time")
    return Signed(id, int(at) + WINDOW)


def _signature(secret: str, id: str, at: str, body: bytes) -> str:
    content = b".".join((id.encode(), at.encode(), body))
    return "v1," + base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest()).decode()


def _key(secret: str) -> bytes:
    """The bytes of a secret: those of ``whsec_…`` are Base64, others stand for themselves."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
