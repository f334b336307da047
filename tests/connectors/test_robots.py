"""Robots: each vendor's form, signature and limit; several messages in one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from builder.connectors.robots import (
    PAUSE,
    ROBOTS,
    SEPARATOR,
    calls,
    digest,
    is_handle,
    is_taken,
    post,
    rests,
    worded,
)

NOW = 1_700_000_000


def test_wecom_is_told_in_markdown() -> None:
    made = post("wecom", "https://qyapi.weixin.qq.com", {"key": "k 1"}, "缺货", NOW)
    assert made.url == "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k%201"
    assert json.loads(made.body) == {"msgtype": "markdown", "markdown": {"content": "缺货"}}


def test_dingtalk_signs_the_time() -> None:
    made = post("dingtalk", "https://oapi.dingtalk.com", {"key": "t", "signing": "SEC1"}, "缺货\n米", NOW)
    asked = parse_qs(urlsplit(made.url).query)
    key = f"{NOW}000\nSEC1".encode()
    expected = base64.b64encode(hmac.new(b"SEC1", key, hashlib.sha256).digest()).decode()
    assert asked == {"access_token": ["t"], "timestamp": [f"{NOW}000"], "sign": [expected]}
    assert json.loads(made.body)["markdown"] == {"title": "缺货", "text": "缺货\n米"}


def test_feishu_signs_in_the_body() -> None:
    made = post("feishu", "https://open.feishu.cn", {"key": "t", "signing": "s"}, "缺货", NOW)
    said = json.loads(made.body)
    expected = base64.b64encode(hmac.new(f"{NOW}\ns".encode(), b"", hashlib.sha256).digest()).decode()
    assert (said["timestamp"], said["sign"]) == (str(NOW), expected)
    assert made.url == "https://open.feishu.cn/open-apis/bot/v2/hook/t"


@pytest.mark.parametrize("vendor", ROBOTS)
def test_a_digest_stays_within_the_limit_and_loses_nothing(vendor: str) -> None:
    texts = [f"第{n}条：" + "货" * (n * 37 % 400) for n in range(300)]
    told: list[str] = []
    while len(told) < len(texts):
        text, taken = digest(texts[len(told) :], vendor)
        assert taken >= 1
        assert len(text.encode()) <= ROBOTS[vendor].most_bytes
        told += text.split(SEPARATOR)
    assert told == texts


@pytest.mark.parametrize("vendor", ROBOTS)
def test_a_text_that_is_too_long_is_cut_between_characters(vendor: str) -> None:
    text, taken = digest(["货" * 50_000, "next"], vendor)
    assert taken == 1
    assert ROBOTS[vendor].most_bytes - 3 <= len(text.encode()) <= ROBOTS[vendor].most_bytes
    assert text.endswith("货…")


@pytest.mark.parametrize("vendor", ROBOTS)
def test_what_json_escapes_counts_as_it_is_sent(vendor: str) -> None:
    text, taken = digest(['"\n' * 50_000], vendor)
    assert (taken, text[-1]) == (1, "…")
    secrets = {"key": "k" * 64, "signing": "s" * 64}
    body = post(vendor, "https://a.example", secrets, text, NOW).body
    assert ROBOTS[vendor].most_bytes * 9 // 10 < len(json.dumps(text, ensure_ascii=False).encode()) <= 18_002
    assert len(body) <= 20_000


@pytest.mark.parametrize(
    ("vendor", "status", "answer", "minutes"),
    [
        ("wecom", 200, b'{"errcode":45009}', 1),
        ("dingtalk", 200, b'{"errcode":130101,"errmsg":"send too fast"}', 10),
        ("feishu", 200, b'{"code":11232}', 1),
        ("feishu", 429, b"", 1),
        ("dingtalk", 200, b'{"errcode":310000,"errmsg":"sign not match"}', None),
        ("feishu", 200, b'{"code":19021,"msg":"sign match fail"}', None),
        ("wecom", 200, b"[]", None),
    ],
)
def test_a_robot_that_was_told_too_often_is_left_alone(
    vendor: str, status: int, answer: bytes, minutes: int | None
) -> None:
    assert rests(vendor, status, answer) == (timedelta(minutes=minutes) if minutes else None)
    assert not is_taken(vendor, status, answer)


def test_no_minute_has_more_posts_than_a_robot_takes() -> None:
    assert 60 // PAUSE.seconds + 1 < 20


def test_a_robot_says_no_with_a_code() -> None:
    assert is_taken("wecom", 200, b'{"errcode":0,"errmsg":"ok"}')
    assert is_taken("feishu", 200, b'{"code":0}')
    for status, answer in (
        (200, b'{"errcode":45009}'),
        (500, b'{"errcode":0}'),
        (200, b"<html>"),
        (200, b"[]"),
    ):
        assert not is_taken("dingtalk", status, answer)


@pytest.mark.parametrize(
    ("vendor", "handle", "call"),
    [
        ("wecom", "anna", "<@anna>"),
        ("dingtalk", "13800001111", "@13800001111"),
        ("feishu", "ou_1", '<at user_id="ou_1"></at>'),
    ],
)
def test_people_are_called_by_their_names_there(vendor: str, handle: str, call: str) -> None:
    assert calls(vendor, [handle]) == call
    made = post(vendor, "https://a.example", {"key": "k"}, f"x {call}", NOW, [handle])
    said = json.loads(made.body)
    assert call in json.dumps(said, ensure_ascii=False).replace('\\"', '"')
    assert said.get("at") == ({"atMobiles": [handle]} if vendor == "dingtalk" else None)


@pytest.mark.parametrize("handle", ["all", "a b", "a>", '"', "", "x" * 65, "安娜", "a\n"])
def test_what_could_call_somebody_else_is_no_name(handle: str) -> None:
    assert not is_handle(handle)
    assert calls("wecom", [handle]) == ""


@pytest.mark.parametrize("text", ["<@all>", "< @all>", '<at user_id="all"></at>', "<AT id=all></AT>"])
def test_what_a_record_says_calls_nobody(text: str) -> None:
    said = worded({"title": text, "text": "5 < 6 <b>"})
    assert "<@" not in said.replace("< @", "")
    assert "<at" not in said.lower()
    assert said.endswith("5 < 6 <b>")


def test_a_message_is_its_title_and_text() -> None:
    assert worded({"title": "缺货", "text": "米 3 袋"}) == "缺货\n米 3 袋"
    assert worded({}) == "–"
