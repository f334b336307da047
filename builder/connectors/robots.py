"""Robots: what group robots of 企业微信 (wecom), 钉钉 (dingtalk) and 飞书 (feishu) take, several messages in one, within their limits. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from builder.connectors.rest import Outgoing

PAUSE = timedelta(seconds=3)
"""Between two posts to one robot: each of them takes 20 a minute."""
SEPARATOR, ELLIPSIS = "\n\n", "…"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a text may be, in bytes of UTF-8, and which name of the answer says 0 where it was taken."""

    most_bytes: int
    code: str


ROBOTS: Mapping[str, Limits] = {
    "wecom": Limits(4_000, "errcode"),
    "dingtalk": Limits(18_000, "errcode"),
    "feishu": Limits(18_000, "code"),
}


def digest(texts: Sequence[str], vendor: str) -> tuple[str, int]:
    """The first texts in one, and how many they are: as many as fit. A single one that is too long is cut."""
    most = ROBOTS[vendor].most_bytes
    taken = _cut(texts[0], most)
    for number, text in enumerate(texts[1:], 1):
        longer = taken + SEPARATOR + text
        if len(longer.encode()) > most:
            return taken, number
        taken = longer
    return taken, len(texts)


def _cut(text: str, most: int) -> str:
    if len(text.encode()) <= most:
        return text
    room = most - len(ELLIPSIS.encode())
    return text.encode()[:room].decode(errors="ignore") + ELLIPSIS


def worded(data: Mapping[str, Any]) -> str:
    """A message as text: its ``title`` and ``text``."""
    parts = (str(data.get(name) or "").strip() for name in ("title", "text"))
    return "\n".join(part for part in parts if part) or "–"


def post(vendor: str, origin: str, secrets: Mapping[str, str], text: str, now: int) -> Outgoing:
    """The request that puts ``text`` before the group. ``key`` is the robot's key, ``signing`` its optional secret."""
    key = quote(secrets.get("key", ""), safe="")
    path, body = _FORMATS[vendor](key, secrets.get("signing", ""), text, now)
    headers = {"content-type": "application/json; charset=utf-8", "user-agent": "zhanggui"}
    return Outgoing("POST", origin + path, headers, json.dumps(body, ensure_ascii=False).encode())


def is_taken(vendor: str, status: int, answer: bytes) -> bool:
    """Whether the robot took it: they say no with status 200 and a code."""
    if not 200 <= status < 300:
        return False
    try:
        said = json.loads(answer)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get(ROBOTS[vendor].code) == 0


def _wecom(key: str, secret: str, text: str, now: int) -> tuple[str, Mapping[str, Any]]:
    return f"/cgi-bin/webhook/send?key={key}", {"msgtype": "markdown", "markdown": {"content": text}}


def _dingtalk(key: str, secret: str, text: str, now: int) -> tuple[str, Mapping[str, Any]]:
    path = f"/robot/send?access_token={key}"
    if secret:
        at = str(now * 1000)
        digest = hmac.new(secret.encode(), f"{at}\n{secret}".encode(), hashlib.sha256).digest()
        path += f"&timestamp={at}&sign={quote(base64.b64encode(digest), safe='')}"
    title = text.splitlines()[0][:60]
    return path, {"msgtype": "markdown", "markdown": {"title": title, "text": text}}


def _feishu(key: str, secret: str, text: str, now: int) -> tuple[str, Mapping[str, Any]]:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        digest = hmac.new(f"{now}\n{secret}".encode(), b"", hashlib.sha256).digest()
        body |= {"timestamp": str(now), "sign": base64.b64encode(digest).decode()}
    return f"/open-apis/bot/v2/hook/{key}", body


_FORMATS = {"wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu}
