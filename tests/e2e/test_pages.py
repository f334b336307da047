"""Every page, wide and narrow, light and dark, Chinese and English: it fits, it is accessible, it says words and no keys."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.e2e.conftest import PASSWORD, Desk, axe
from tests.quiet import quiet

pytestmark = pytest.mark.e2e
RAW = re.compile(r"\b(page|el|ui)\.[a-z_]+\b|\{'|None\b|undefined|NaN")
LOOKS = [(1440, "light", "zh-CN"), (375, "dark", "en"), (375, "light", "zh-CN"), (1440, "dark", "en")]


class Api:
    """The HTTP API as a program uses it."""

    def __init__(self, address: str, login: str) -> None:
        self._base, self._token = f"{address}/api/v1", ""
        self._token = self.send("/session", {"login": login, "password": PASSWORD})["token"]

    def send(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        if not self._token:
            del headers["Authorization"]
        with urlopen(Request(self._base + path, data, headers)) as answer:
            return json.load(answer)

    def id(self, entity: str, code: str) -> str:
        where = json.dumps({"field": "code", "op": "=", "value": code})
        found = self.send(f"/apps/general/{entity}?{urlencode({'filter': where})}")["items"]
        return str(found[0]["id"])


@pytest.fixture(scope="session")
def order(address: str) -> str:
    """A large sales order that waits for the owner's decision."""
    api = Api(address, "owner")
    lines = [{"item": api.id("item", "DM001"), "quantity": "1000", "price": "66.5"}]
    body = {"customer": api.id("partner", "C002"), "warehouse": api.id("warehouse", "ZC"), "lines": lines}
    return str(api.send("/apps/general/sales_order?submit=1", body)["id"])


def paths(order: str) -> list[str]:
    app = "/a/general"
    return [
        "/",
        "/tasks",
        "/search?q=DM",
        f"{app}/item",
        f"{app}/sales_order?view=sales_orders",
        f"{app}/sales_order?view=sales_orders&q=nothing-like-it",
        f"{app}/sales_order/new",
        f"{app}/partner/new",
        f"{app}/sales_order/{order}",
        f"{app}/dashboards/boss",
        f"{app}/reports/sales_by_item",
        f"{app}/ledgers/stock",
        f"{app}/ledgers/stock/movements?by=item&by=warehouse",
        f"{app}/ledgers/stock/entries",
        f"{app}/ledgers/stock/why",
        f"{app}/ledgers/stock/cost",
        f"{app}/ledgers/stock/trace",
        f"{app}/ledgers/stock/close",
        f"{app}/ledgers/stock/method?to=fifo",
        f"{app}/ledgers/orders/entries",
        f"{app}/ledgers/credit/why",
        "/inbox",
    ]


@pytest.mark.parametrize(("width", "theme", "locale"), LOOKS)
def test_pages_fit_and_are_accessible(desk: Desk, order: str, width: int, theme: str, locale: str) -> None:
    page = desk.sign_in("owner", locale=locale, width=width, theme=theme)
    wrong: list[str] = []
    for path in paths(order):
        answer = page.goto(desk.address + path)
        quiet(page)
        assert answer is not None
        if answer.status != 200:
            wrong.append(f"{path}: {answer.status}")
            continue
        # A phone widens its viewport rather than scroll, so the width is compared with what was asked for.
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append(f"{path}: wider than {width}")
        wrong += [f"{path}: raw {found.group()}" for found in RAW.finditer(page.inner_text("body"))]
        wrong += [f"{path}: {one}" for one in axe(page)]
    assert wrong == [], "\n".join(wrong)


def test_the_sign_in_page_is_accessible(desk: Desk) -> None:
    for width, theme, locale in LOOKS:
        page = desk.open("/sign-in", locale=locale, width=width, theme=theme)
        assert axe(page) == []


def test_who_may_not_see_gets_the_same_answer_as_for_nothing(desk: Desk, order: str) -> None:
    page = desk.sign_in("driver")
    for path in (
        f"/a/general/sales_order/{order}",
        "/a/general/sales_order",
        "/a/other",
        "/a/general/nothing",
    ):
        answer = page.goto(desk.address + path)
        assert answer is not None
        assert answer.status == 404
    keeper = desk.sign_in("keeper")
    answer = keeper.goto(desk.address + "/a/general/sales_order/new")
    assert answer is not None
    assert answer.status == 403
