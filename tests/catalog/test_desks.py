"""Where the work of every role starts, in every template: the desk says what waits, and no link leads anybody to a refusal."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient

from builder.metadata.catalog import catalog
from tests.catalog.looking import Stage, staged
from tests.catalog.test_roles import PLAYED
from tests.runtime.world import open_world

LINK = re.compile(r'href="(/[^"#]*)')
ID = re.compile(r"[0-9A-HJKMNP-TV-Z]{13,}|[0-9a-f-]{30,}|\d{6,}")
PLAYS = {"driver": ("standard", "driver_sees_own_shipments"), "service": ("no_stock", "service_done")}
Staging = Callable[[str], Stage]


@pytest.fixture(scope="module")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staging]:
    made: dict[str, Stage] = {}
    worlds = []

    def stage(key: str) -> Stage:
        if key not in made:
            folder = tmp_path_factory.mktemp(key)
            worlds.append(open_world(f"sqlite:///{folder}/desks.db", folder))
            made[key] = staged(worlds[-1], *PLAYS.get(key, (key, PLAYED.get(key, ""))))
        return made[key]

    yield stage
    for world in worlds:
        world.engine.database.close()


def at_desk(stage: Stage, role: str) -> FlaskClient:
    caller = stage.callers[role]
    client = caller.app.test_client()
    client.set_cookie("zg", caller.token)
    client.set_cookie("zg_locale", "zh-CN")
    return client


def main(client: FlaskClient, link: str) -> str:
    """What the page itself shows, without the frame around it."""
    answer = client.get(link, follow_redirects=True)
    assert answer.status_code == 200, link
    return answer.get_data(as_text=True).partition("<main")[2]


def links(page: str) -> list[str]:
    """One of a kind: a list with each of its views, one record of each entity."""
    found: dict[tuple[str, str | None], str] = {}
    for link in map(html.unescape, LINK.findall(page)):
        if link.startswith("/a/"):
            path, _, query = link.partition("?")
            view = re.search(r"view=\w+", query)
            found.setdefault((ID.sub("*", path), view[0] if view else None), link)
    return list(found.values())


@pytest.mark.parametrize("key", sorted(catalog()))
def test_no_link_of_a_start_leads_to_a_refusal(staging: Staging, key: str) -> None:
    """The desk, the page where the role starts, and the ledgers that it finds in its menu: everything that they name opens."""
    stage = staging(key)
    refused = []
    for role in stage.callers.keys() - {"boss", "app_owner"}:
        client, start = at_desk(stage, role), f"/a/{stage.app}"
        menu = links(client.get(start, follow_redirects=True).get_data(as_text=True))
        books = [link for link in menu if "/ledgers/" in link]
        named = {link for page in ("/", start, *books) for link in links(main(client, page))}
        assert named, role
        refused += [(role, link) for link in sorted(named) if client.get(link).status_code >= 400]
    assert refused == []


def test_the_desk_of_a_driver_says_what_waits_and_opens_it(staging: Staging) -> None:
    """No decision waits for a driver, but a shipment does: the first page says so, and leads to the list that holds it."""
    stage = staging("driver")
    driver, path = at_desk(stage, "driver"), f"/apps/{stage.app}"
    assert "没有等待审批的单据" in main(driver, "/")
    (brought,) = stage.callers["driver"].read(f"{path}/shipment")["items"]
    before = stage.boss.read(f"{path}/shipment/{brought['id']}")
    line = {key: before["lines"][0][key] for key in ("item", "quantity")}
    own = {key: before[key] for key in ("from_warehouse", "transit", "to_warehouse", "driver")}
    shipment = stage.boss.make(f"{path}/shipment", {**own, "lines": [line]})
    desk = main(driver, "/")
    tile = re.search(
        r'<a class="card kpi w3" href="([^"]+)"><span class="label">待装车</span><b class="warn">1<', desk
    )
    assert tile is not None
    assert '<h2 id="waits" class="mb">要办的工作</h2>' in desk
    assert "没有要审批的单据，有 1 项工作要办" in desk
    assert shipment["number"] in main(driver, html.unescape(tile[1]))


def test_a_menu_offers_to_maintain_only_to_those_who_may(staging: Staging) -> None:
    """Units and carriers are in the menu of those who keep them, and not in that of a driver, who only reads their names."""
    stage = staging("driver")
    shown = {
        role: at_desk(stage, role).get(f"/a/{stage.app}", follow_redirects=True).get_data(as_text=True)
        for role in ("driver", "keeper", "boss")
    }
    here = f"/a/{stage.app}"
    for entity, by in (
        ("unit", {"boss"}),
        ("carrier", {"boss", "keeper"}),
        ("item", {"boss", "keeper", "driver"}),
    ):
        assert {role for role, page in shown.items() if f'href="{here}/{entity}?view=' in page} == by, entity


def test_the_bar_of_a_phone_ends_with_the_daily_work_of_the_role(staging: Staging) -> None:
    """Beside home, decisions and the role's start: what that start marks as urgent, or another list of the same documents; never the board of
    everybody's work."""
    ends = {}
    for key in ("general", "driver", "service"):
        stage = staging(key)
        for role in stage.callers.keys() & {"driver", "keeper", "sales", "store_clerk", "clerk", "finance"}:
            page = at_desk(stage, role).get(f"/a/{stage.app}", follow_redirects=True).get_data(as_text=True)
            bar = page.partition('class="bottombar"')[2].partition("</nav>")[0]
            ends[key, role] = re.findall(r"<span>([^<]+)</span>", bar)[-1]
    assert "跨部门看板" not in ends.values()
    assert ends["general", "driver"] == "配送单"
    assert ends["general", "keeper"] == "待出库"
    assert ends["service", "clerk"] == "待到店确认"


def test_companies_without_styles_are_not_offered_any(staging: Staging) -> None:
    """Colours and sizes are a part of general trade; chains of restaurants, food traders and makers of parts find them switched off."""
    for key, offered in (("general", True), ("standard", False), ("food", False), ("discrete_mfg", False)):
        stage = staging(key)
        menu = at_desk(stage, "boss").get(f"/a/{stage.app}", follow_redirects=True).get_data(as_text=True)
        assert (f'href="/a/{stage.app}/style?view=' in menu) is offered, key


def test_a_clerk_hands_over_a_receipt_without_what_it_cost(staging: Staging) -> None:
    stage = staging("service")
    clerk, boss = at_desk(stage, "clerk"), stage.boss
    order = boss.read(f"/apps/{stage.app}/service_order")["items"][0]
    answer = clerk.get(f"/a/{stage.app}/service_order/{order['id']}/print/service_ticket")
    paper = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "服务小票" in paper
    assert order["number"] in paper
    assert "毛利" not in paper
