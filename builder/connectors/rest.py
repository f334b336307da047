"""Rest: a connector that is declared in JSON alone becomes a signed request. Pure."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.connectors.signing import signed

METHODS = frozenset({"POST", "PUT", "PATCH"})
SECRETS = ("signing", "token")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def request(
    origin: str,
    settings: Mapping[str, str],
    secrets: Mapping[str, str],
    id: str,
    now: int,
    content: Mapping[str, Any],
) -> Outgoing:
    """The request for one message. ``id`` is the same at every try, so that the receiver can tell a repetition; the body is too."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    headers = {"content-type": "application/json; charset=utf-8", "user-agent": "zhanggui"}
    headers[settings.get("id_header", "idempotency-key")] = id
    secret = secrets.get("signing", "")
    if secret and settings.get("signature") == "hex":
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers[settings.get("signature_header", "x-signature")] = settings.get("prefix", "") + digest
    elif secret:
        headers |= signed(secret, id, now, body)
    if secrets.get("token"):
        headers["authorization"] = f"Bearer {secrets['token']}"
    method = settings.get("method", "POST")
    # What continued the host's name would lead elsewhere, with the secrets of this place.
    path = "/" + settings.get("path", "/").removeprefix("/")
    return Outgoing(method if method in METHODS else "POST", origin + path, headers, body)
