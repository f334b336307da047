"""Whoever holds two roles sees a measure of a row only where one of them shows both: what goods cost in the south says nothing of the north."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from builder.runtime.sights import common, sights_of
from builder.runtime.widening import widened
from tests.runtime.depot import apples_in_two_places, depot_nodes
from tests.runtime.test_ledger_scopes import client, depot_person, items
from tests.runtime.world import World

SECRETS = ("14343.42", "14276.76")
"""What the goods of the north cost when they came, and what those cost that are left."""
COST = "66.66"
"""What the goods of the south cost."""
SOUTH = {"field": "name", "op": "=", "value": "South"}


def role(key: str, *measures: str, **limits: Any) -> dict[str, Any]:
    read = ["goods", "place", "receipt", "move"]
    grants = [{"uid": f"role.{key}.{e}", "entity": e, "may": ["read"], "hidden": _costs(e)} for e in read]
    stock = {"uid": f"role.{key}.stock", "ledger": "stock", "measures": list(measures), **limits}
    return {
        "uid": f"role.{key}", "key": key, "label": key.title(), "grants": grants, "ledgers": [stock],
        "reports": ["*"], "dashboards": ["*"],
    }  # fmt: skip


def _costs(entity: str) -> list[str]:
    return ["lines.amount", "lines.cost"] if entity in {"receipt", "move"} else []


REPORTS = {
    "balances": ("on_hand", "value", "pooled.value"),
    "movements": ("closing.on_hand", "closing.value"),
    "entries": ("on_hand", "value"),
    "layers": ("on_hand", "value"),
}


def a_report(source: str) -> dict[str, Any]:
    uid = f"report.{source}"
    columns: list[dict[str, Any]] = [{"uid": f"{uid}.c.place", "field": "place", "group": True}]
    for number, field in enumerate(REPORTS[source]):
        columns.append({"uid": f"{uid}.c.{number}", "key": f"c{number}", "field": field, "op": "sum"})
    head = {"uid": uid, "key": source, "label": source.title(), "source": source, "ledger": "stock"}
    return {**head, "columns": columns}


@pytest.fixture(scope="module")
def depot(bare: World) -> World:
    """Pat keeps the books of the south and counts everywhere; Kim does either with a role that shows more and one that shows less."""
    nodes = depot_nodes()
    roles = [
        *nodes["roles", "roles"]["roles"],
        role("south", "*", dimension="place", scope=SOUTH),
        role("counter", "on_hand"),
        role("books", "*"),
    ]
    reports = {("report", source): a_report(source) for source in REPORTS}
    bare.install({**nodes, **reports, ("roles", "roles"): {"roles": roles}}, "depot")
    held = {"pat": ["south", "counter"], "kim": ["books", "counter"], "sue": ["south"], "cas": ["counter"]}
    for login, keys in held.items():
        bare.person(login, *keys)
    apples_in_two_places(bare)
    return bare


def _ids(world: World, entity: str) -> dict[str, str]:
    return {row["name"]: row["id"] for row in items(client(world, "kim"), entity)}


ASKED = ["", "?group=goods,place", "?group=goods", "?group=", "?group=place&as_of=2026-01-05"]


@pytest.mark.parametrize("path", [*(f"balances{a}" for a in ASKED), "entries"])
def test_no_row_of_the_north_tells_its_cost(depot: World, path: str) -> None:
    pat, kim = client(depot, "pat"), client(depot, "kim")
    rows = items(pat, f"ledgers/stock/{path}")
    assert rows
    assert all(set(r["measures"]) | set(r.get("running", ())) == {"on_hand"} for r in rows)
    # Who holds one role that shows all of it, with whatever other one, sees all of it.
    assert all("value" in row["measures"] for row in items(kim, f"ledgers/stock/{path}"))


@pytest.mark.parametrize("path", ["balances?group=goods,place", "balances?group=", "entries?"])
def test_a_question_within_one_role_is_answered_with_it(depot: World, path: str) -> None:
    pat = client(depot, "pat")
    for place, seen in (("South", {"on_hand", "value"}), ("North", {"on_hand"})):
        asked = quote(orjson.dumps({"field": "place.name", "op": "=", "value": place}).decode())
        rows = items(pat, f"ledgers/stock/{path}&filter={asked}")
        assert rows
        assert all(set(row["measures"]) == seen for row in rows)
        assert place == "North" or rows[-1]["measures"]["value"] == COST


def test_documents_traces_and_costs_tell_each_entry_by_itself(depot: World) -> None:
    pat = client(depot, "pat")
    [move] = items(pat, "move")
    entries = items(pat, f"move/{move['id']}/entries")
    assert sorted(tuple(sorted(e["measures"])) for e in entries) == [("on_hand",), ("on_hand", "value")]
    for entry in entries:
        for path in (
            f"/api/v1/apps/depot/ledgers/stock/trace?entry={entry['id']}&direction=backward",
            f"/api/v1/apps/depot/ledgers/stock/cost?entry={entry['id']}",
            f"/a/depot/ledgers/stock/trace?entry={entry['id']}",
            f"/a/depot/ledgers/stock/cost?entry={entry['id']}",
        ):
            assert_silent(pat.get(path))


PAGES = [
    "", "/entries", "/movements", "/why", "?d.goods={goods}", "?d.place={north}", "/entries?d.place={north}",
    "/movements?d.place={north}", "/why?d.goods={goods}&d.place={north}", "/why?d.goods={goods}",
    "/cost?d.goods={goods}&d.place={north}", "/method",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_no_page_tells_it(depot: World, page: str) -> None:
    ids = {**_ids(depot, "goods"), **_ids(depot, "place")}
    path = "/a/depot/ledgers/stock" + page.format(goods=ids["Apples"], north=ids["North"])
    assert_silent(client(depot, "pat").get(path))


@pytest.mark.parametrize("page", ["", "/entries", "/movements", "/why"])
def test_the_pages_of_the_south_tell_its_cost(depot: World, page: str) -> None:
    ids = {**_ids(depot, "goods"), **_ids(depot, "place")}
    query = f"?d.place={ids['South']}&d.goods={ids['Apples']}"
    found = client(depot, "pat").get(f"/a/depot/ledgers/stock{page}{query}")
    assert found.status_code == 200
    assert COST in found.get_data(as_text=True)


@pytest.mark.parametrize("source", REPORTS)
def test_no_report_or_its_export_tells_it(depot: World, source: str) -> None:
    pat, kim = client(depot, "pat"), client(depot, "kim")
    api = f"/api/v1/apps/depot/reports/{source}"
    for path in (api, f"{api}?format=csv", f"/a/depot/reports/{source}"):
        assert_silent(pat.get(path))
    told = kim.get(api).get_data(as_text=True)
    assert any(secret in told for secret in SECRETS)
    assert "7138.38" in pat.get(api).get_data(as_text=True)


def assert_silent(answer: Any) -> None:
    assert answer.status_code in {200, 404}, answer.get_data(as_text=True)[:600]
    text = answer.get_data(as_text=True).replace(",", "")
    assert not [secret for secret in SECRETS if secret in text]


def test_nobody_publishes_for_all_rows_what_they_see_of_some(depot: World) -> None:
    with depot.reading(depot_person(depot, "pat")) as ctx:
        package, own = ctx.app.package, ctx.kernel
    everything = tuple(
        replace(r, ledgers=tuple(replace(g, measures=("*",)) for g in r.ledgers)) if r.key == "counter" else r
        for r in package.roles
    )
    assert [p.code for p in widened(own, replace(package, roles=everything))] == ["RIGHT_LACKED"]
    assert widened(own, package) == []


def test_one_role_costs_nothing_more(depot: World) -> None:
    """Rights are told apart for those alone who hold several that differ."""
    for login, is_uneven in (("sue", False), ("cas", False), ("kim", False), ("pat", True)):
        with depot.reading(depot_person(depot, login)) as ctx:
            ledger = ctx.app.ledgers["stock"].ledger
            assert bool(sights_of(ctx.kernel, ledger)) is is_uneven
            seen = {"on_hand"} if login in {"cas", "pat"} else {"on_hand", "value"}
            assert common(ctx.kernel, ledger) == seen
