"""What the engine promises about where changes come from: every one is on record with who, when, what was before, and by which way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from builder.storage.tables.machinery import command_log
from tests.api.caller import PREFIX, Caller, good
from tests.requirements.test_files import book, run, upload
from tests.requirements.trade import APP, Trade, equal
from tests.runtime.test_tampering import found, tamper
from tests.runtime.world import PASSWORD

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36"


@dataclass
class Browser:
    """Somebody who has signed in through the page, with the headers of a browser."""

    client: FlaskClient
    headers: Mapping[str, str]

    def _token(self) -> str:
        page = self.client.get("/account", headers=self.headers).get_data(as_text=True)
        token = re.search(r'<meta name="csrf" content="([^"]+)"', page)
        assert token is not None
        return token[1]

    def send(self, method: str, path: str, body: Any, status: int) -> Any:
        headers = {**self.headers, "X-CSRF-Token": self._token()}
        return good(self.client.open(PREFIX + path, method=method, json=body, headers=headers), status)

    def form(self, path: str, values: Mapping[str, str]) -> TestResponse:
        """A form of the page, sent."""
        return self.client.post(path, data={**values, "csrf_token": self._token()}, headers=self.headers)

    def page(self, path: str, **query: str) -> str:
        answer = self.client.get(path, query_string=query, headers=self.headers)
        assert answer.status_code == 200, path
        return answer.get_data(as_text=True)


def browser(trade: Trade, login: str, agent: str, **headers: str) -> Browser:
    client = trade.boss.app.test_client()
    sent = {"User-Agent": agent, "Accept-Language": "zh-CN", **headers}
    page = client.get("/sign-in", headers=sent).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    form = {"login": login, "password": PASSWORD, "csrf_token": token[1]}
    assert client.post("/sign-in", data=form, headers=sent).status_code in {302, 303}
    return Browser(client, sent)


def last(trade: Trade, entity: str, id: str) -> Mapping[str, Any]:
    change: Mapping[str, Any] = trade.boss.read(f"{APP}/{entity}/{id}/history")["items"][0]
    return change


@pytest.mark.requirement("R019")
def test_every_write_says_who_when_what_was_before_and_by_which_way(trade: Trade) -> None:
    """The same warehouse is renamed at a desk, by phone, by a program, many at once, and by an import."""
    made = trade.make("warehouse", {"code": "T9", "name": "仓 0", "type": "forward"})
    path, id = f"{APP}/warehouse/{made['id']}", made["id"]
    assert (made["created_via"], last(trade, "warehouse", id)["channel"]) == ("api", "api")
    hinted = browser(trade, "boss", DESK, **{"Sec-CH-UA-Mobile": "?1"})
    program = Caller(
        trade.boss.app, trade.boss.make("/tokens", {"name": "t", "scope": ["general:write"]})["token"]
    )
    ways: list[tuple[str, Callable[[str], Any]]] = [
        ("desk", lambda name: browser(trade, "boss", DESK).send("PATCH", path, {"name": name}, 200)),
        ("phone", lambda name: browser(trade, "boss", PHONE).send("PATCH", path, {"name": name}, 200)),
        ("phone", lambda name: hinted.send("PATCH", path, {"name": name}, 200)),
        ("api", lambda name: good(program.patch(path, {"name": name}))),
        ("bulk", lambda name: _bulk(trade, name)),
        ("import", lambda name: _import(trade, name)),
    ]
    for number, (channel, rename) in enumerate(ways, 1):
        trade.world.later(hours=1)
        rename(f"仓 {number}")
        change = last(trade, "warehouse", id)
        assert change["channel"] == channel, number
        assert change["by_name"] == "Boss"
        assert change["at"] == trade.world.clock.now().isoformat()
        (name,) = change["changes"]
        assert (name["before"], name["after"]) == (f"仓 {number - 1}", f"仓 {number}")
    shown = browser(trade, "boss", DESK).page(f"/a/general/warehouse/{id}")
    assert all(words in shown for words in ("· 电脑", "· 手机", "· 接口", "· 批量", "· 导入"))


def _bulk(trade: Trade, name: str) -> None:
    rows = [{"code": "T9", "name": name, "type": "forward"}]
    good(trade.boss.post(f"{APP}/warehouse/bulk", {"rows": rows, "upsert_by": "code"}), 201)


def _import(trade: Trade, name: str) -> None:
    content = book([["编码", "名称", "类型"], ["T9", name, "前置仓"]])
    job = upload(trade, content, entity="warehouse", upsert_by="code")
    run(trade)
    assert trade.boss.read(f"/jobs/{job['id']}")["progress"]["failed"] == 0


def test_what_a_rule_makes_while_a_person_works_came_by_a_rule(trade: Trade) -> None:
    trade.received(trade.ids["item"], 10)
    order = trade.order((trade.ids["item"], 5))
    trade.move("sales_order", order["id"], "submit", "approve")
    (delivery,) = trade.all("delivery")
    assert (order["created_via"], delivery["created_via"]) == ("api", "rule")


@pytest.mark.requirement("R020")
def test_what_a_phone_saved_is_on_the_desk_at_once_and_says_so(trade: Trade) -> None:
    """The desk has been signed in all the time; the list can be limited to what came from phones."""
    desk, phone = browser(trade, "boss", DESK), browser(trade, "sales", PHONE)
    assert "S0-PHONE" not in desk.page("/a/general/sales_order")
    body = {"customer": trade.ids["customer"], "warehouse": trade.ids["warehouse"]}
    lines = trade.lines((trade.ids["item"], 2), price="20.00")
    made = phone.send("POST", f"{APP}/sales_order", {**body, "lines": lines}, 201)
    other = desk.send("POST", f"{APP}/sales_order", {**body, "lines": lines}, 201)
    assert (made["created_via"], other["created_via"]) == ("phone", "desk")
    everything = desk.page("/a/general/sales_order")
    assert made["number"] in everything
    assert "来源渠道" in everything
    phones = desk.page("/a/general/sales_order", filter=json.dumps(equal("created_via", "phone")))
    assert made["number"] in phones
    assert other["number"] not in phones
    listed = trade.all("sales_order", filter=json.dumps(equal("created_via", "phone")))
    assert [row["id"] for row in listed] == [made["id"]]


def test_the_channel_is_covered_by_the_chain_and_cannot_be_turned(trade: Trade) -> None:
    """Whoever makes a change by an import one of a desk is found out."""
    trade.make("warehouse", {"code": "T8", "name": "仓", "type": "forward"})
    assert found(trade.world) == []
    tamper(trade.world, update(command_log).where(command_log.c.channel == "api").values(channel="desk"))
    turned = found(trade.world)
    assert turned
    assert all("LINK_CHANGED" in finding for finding in turned)
