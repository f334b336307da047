"""Robots: what group robots of 企业微信 (wecom), 钉钉 (dingtalk) and 飞书 (feishu) take, several messages in one, within their limits. Pure."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from builder.connectors.rest import Outgoing

PAUSE = timedelta(seconds=4)
"""One post to one robot in each such stretch: *wecom* and *dingtalk* take 20 a minute, *feishu* 100 and five a second. Four seconds are 16 in any
minute at most, however the vendor counts."""
_HANDLE = re.compile(r"(?!all$)[A-Za-z0-9_.@+\-]{1,64}")
_CALL = re.compile(r"<(?=\s*/?\s*(?:@|at\b))", re.IGNORECASE)
_CALLS = {"wecom": "<@{}>", "dingtalk": "@{}", "feishu": '<at user_id="{}"></at>'}
SEPARATOR, ELLIPSIS = "\n\n", "…"
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a text may be, in bytes as they are sent; which name of the answer says 0 where it was taken; which codes say that it was told too
    often, and how long it then takes nothing."""

    most_bytes: int
    code: str
    too_often: frozenset[int]
    rest: timedelta = timedelta(minutes=1)


# Sources: docs/operations/robots.md. WeCom takes 4,096 bytes of markdown; the others 20,000 and 20 KB for the whole request.
ROBOTS: Mapping[str, Limits] = {
    "wecom": Limits(4_000, "errcode", frozenset({45009})),
    "dingtalk": Limits(18_000, "errcode", frozenset({130101, 90030}), timedelta(minutes=10)),
    "feishu": Limits(18_000, "code", frozenset({11232, 99991400})),
}


def digest(texts: Sequence[str], vendor: str) -> tuple[str, int]:
    """The first texts in one, and how many they are: as many as fit. A single one that is too long is cut."""
    most = ROBOTS[vendor].most_bytes
    taken = _cut(texts[0], most)
    for number, text in enumerate(texts[1:], 1):
        longer = taken + SEPARATOR + text
        if _size(longer) > most:
            return taken, number
        taken = longer
    return taken, len(texts)


def _size(text: str) -> int:
    """How long a text is within JSON, without its quotes: a line break is two characters there."""
    return len(json.dumps(text, ensure_ascii=False).encode()) - 2


def _cut(text: str, most: int) -> str:
    if _size(text) <= most:
        return text
    room = most - len(ELLIPSIS.encode())
    kept = text.encode()[:room].decode(errors="ignore")
    while _size(kept) > room:
        # Characters that JSON escapes: as many bytes less as there are too many.
        kept = kept[: len(kept) - max(1, (_size(kept) - room) // 6)]
    return kept + ELLIPSIS


def worded(data: Mapping[str, Any]) -> str:
    """A message as text: its ``title`` and ``text``. What a record says calls nobody, whatever it looks like."""
    parts = (_CALL.sub("< ", str(data.get(name) or "")).strip() for name in ("title", "text"))
    return "\n".join(part for part in parts if part) or "–"


def calls(vendor: str, handles: Sequence[str]) -> str:
    """The text that calls these people by their names at the vendor's."""
    return " ".join(_CALLS[vendor].format(handle) for handle in handles if is_handle(handle))


def is_handle(text: str) -> bool:
    """Whether it can be somebody's name there: what could end the call or start another is none."""
    return _HANDLE.fullmatch(text) is not None


def post(
    vendor: str, origin: str, secrets: Mapping[str, str], text: str, now: int, called: Sequence[str] = ()
) -> Outgoing:
    """The request that puts ``text`` before the group. ``key`` is the robot's key, ``signing`` its optional secret. ``called`` are the handles that
    the text calls: one vendor wants them once more."""
    key = quote(secrets.get("key", ""), safe="")
    path, body = _FORMATS[vendor](key, secrets.get("signing", ""), text, now)
    if vendor == "dingtalk" and called:
        body = {**body, "at": {"atMobiles": list(called)}}
    headers = {"content-type": "application/json; charset=utf-8", "user-agent": "zhanggui"}
    return Outgoing("POST", origin + path, headers, json.dumps(body, ensure_ascii=False).encode())


def is_taken(vendor: str, status: int, answer: bytes) -> bool:
    """Whether the robot took it: they say no with status 200 and a code."""
    return 200 <= status < 300 and _said(vendor, answer) == 0


def rests(vendor: str, status: int, answer: bytes) -> timedelta | None:
    """How long the robot is to be left alone because it was told too often; None: that is not why it said no."""
    limits = ROBOTS[vendor]
    return limits.rest if status == TOO_MANY or _said(vendor, answer) in limits.too_often else None


def _said(vendor: str, answer: bytes) -> int | None:
    try:
        said = json.loads(answer)
    except ValueError:
        return None
    code = said.get(ROBOTS[vendor].code) if isinstance(said, dict) else None
    return code if isinstance(code, int) and not isinstance(code, bool) else None


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
