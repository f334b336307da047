"""A chooser that knows balances offers what is there, what runs out first before the rest, and tells nobody more than the ledger does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.runtime.depot import depot_nodes
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import _field
from tests.runtime.world import World

READ = {"may": ["read"]}
OFFERED = {
    "ledger": "stock",
    "dimension": "goods",
    "measure": "on_hand",
    "dimensions": {"place": "place"},
    "expires": "best_before",
    "unit": "place.name",
}
SORTS = {
    # name: best before and how much came to the south
    "Milk": ("2026-01-09", "5"),
    "Bread": ("2026-01-06", "7.5"),
    "Salt": (None, "3"),
    "Cream": ("2026-01-02", "2"),
    "Jam": ("2027-01-01", "0"),
}


def _keeper(key: str, *measures: str, **scope: Any) -> dict[str, Any]:
    deeds = [("goods", ["read"]), ("place", ["read"]), ("issue", ["read", "create"])]
    grants = [{"uid": f"role.{key}.{e}", "entity": e, "may": may} for e, may in deeds]
    ledger = {"uid": f"role.{key}.stock", "ledger": "stock", "measures": list(measures), **scope}
    return {
        "uid": f"role.{key}",
        "key": key,
        "label": key.title(),
        "grants": grants,
        "ledgers": [ledger] if measures else [],
    }


def _nodes() -> Any:
    nodes = dict(depot_nodes())
    goods = nodes["entity", "goods"]
    day = _field("goods", "best_before", "date", indexed=True)
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], day]}
    line = nodes["entity", "issue_line"]
    never = {**OFFERED, "expired": "never", "measure": "on_hand * 1"}
    more = [_field("issue_line", "fresh", "reference", entity="goods", offered=never)]
    fields = [{**f, "offered": OFFERED} if f["key"] == "goods" else f for f in line["fields"]]
    nodes["entity", "issue_line"] = {**line, "fields": [*fields, *more]}
    north = {"dimension": "place", "scope": {"field": "name", "op": "=", "value": "North"}}
    made = [_keeper("all", "on_hand"), _keeper("blind"), _keeper("north", "on_hand", **north)]
    roles = nodes["roles", "roles"]["roles"]
    return {**nodes, ("roles", "roles"): {"roles": [*roles, *made]}}


@pytest.fixture(scope="module")
def depot(bare: World) -> World:
    bare.install(_nodes(), "depot")
    for login in ("all", "blind", "north"):
        bare.person(login, login)
    show = bare.engine.database.show
    south, north, _ = (show(bare.id(bare.create("place", {"name": n}))) for n in ("South", "North", "East"))
    lines = []
    for code, (name, (best, quantity)) in enumerate(SORTS.items()):
        values = {"code": f"G{code}", "name": name, "best_before": best}
        goods = show(bare.id(bare.create("goods", values)))
        lines.append({"goods": goods, "place": south, "quantity": quantity, "amount": "100"})
    lines = [line for line in lines if line["quantity"] != "0"]
    bare.create("receipt", {"lines": lines}, submit=True)
    bare.create("receipt", {"lines": [{**lines[0], "place": north, "quantity": "1"}]}, submit=True)
    return bare


def asked(
    world: World,
    login: str,
    place: str,
    text: str = "",
    field: str = "goods",
    locale: str = "en",
    **more: str,
) -> dict[str, Any]:
    with world.reading() as ctx:
        found = {r.values["name"]: world.engine.database.show(r.id) for r in ctx.reader.find("place", None)}
    query = "".join(f"&{k}={v}" for k, v in {"q": text, "place": found.get(place, ""), **more}.items())
    client = signed_in(world, login)
    client.set_cookie("zg_locale", locale)
    got = client.get(f"/a/depot/lookup/issue_line/{field}?parent.business_date=2026-01-05{query}")
    assert got.status_code == 200, got.get_data(as_text=True)
    answer: dict[str, Any] = got.get_json()
    return answer


def told(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(i["label"], i["detail"].partition(" · ")[0], i.get("tag", "")) for i in answer["items"]]


def test_what_is_there_is_offered_the_earliest_expiry_first(depot: World) -> None:
    answer = asked(depot, "all", "South")
    assert [(name, tag) for name, _, tag in told(answer)] == [
        ("Bread", ""),
        ("Milk", ""),
        ("Salt", ""),
        ("Cream", "Expired"),
    ]
    assert answer["items"][0]["detail"] == "On_Hand 7.5 South · Best_Before 2026-01-06"
    assert (answer["none"], answer["live"]) == ("", True)
    assert [name for name, _, _ in told(asked(depot, "all", "North"))] == ["Milk"]


def test_what_expired_may_not_be_offered_at_all_but_is_found_when_typed_in_full(depot: World) -> None:
    offered = told(asked(depot, "all", "South", field="fresh"))
    assert [name for name, _, _ in offered] == ["Bread", "Milk", "Salt"]
    assert offered[0][1] == "7.5 South available"
    (cream,) = told(asked(depot, "all", "South", "G3", field="fresh"))
    assert cream == ("Cream", "2 South available", "Expired")


def test_the_day_of_the_document_says_what_has_expired(depot: World) -> None:
    answer = asked(depot, "all", "South", **{"parent.business_date": "2026-01-01"})
    assert len(answer["items"]) == 4
    late = signed_in(depot, "all").get("/a/depot/lookup/issue_line/goods?parent.business_date=2026-01-08&q=")
    tags = {i["label"]: i.get("tag", "") for i in late.get_json()["items"]}
    assert tags == {"Milk": "", "Salt": "", "Cream": "Expired", "Bread": "Expired"}


def test_nothing_there_is_said_in_words_and_a_full_code_is_still_found(depot: World) -> None:
    south = asked(depot, "all", "South", "nothing goes by that name")
    assert (south["items"], south["none"]) == ([], "")
    east = asked(depot, "all", "East")
    assert (east["items"], east["none"]) == (
        [],
        "No goods available for place “East”. To choose another, type it in full.",
    )
    chinese = asked(depot, "all", "East", locale="zh-CN")
    assert chinese["none"] == "Place“East”没有可用的Goods。要选别的，请输入完整编号。"
    (jam,) = told(asked(depot, "all", "East", "G4"))
    assert jam[:2] == ("Jam", "none available here")


def test_who_may_not_read_the_ledger_is_offered_everything_without_numbers(depot: World) -> None:
    answer = asked(depot, "blind", "South")
    assert [(name, tag) for name, _, tag in told(answer)] == [
        ("Bread", ""), ("Milk", ""), ("Jam", ""), ("Salt", ""), ("Cream", "Expired"),
    ]  # fmt: skip
    assert not any("On_Hand" in i["detail"] or "available" in i["detail"] for i in answer["items"])


def test_rows_out_of_somebodys_scope_are_not_there(depot: World) -> None:
    assert asked(depot, "north", "South")["items"] == []
    assert [i["detail"].partition(" · ")[0] for i in asked(depot, "north", "North")["items"]] == [
        "On_Hand 1 North"
    ]
    assert told(asked(depot, "north", ""))[0][1] == "On_Hand 1"


def test_any_valid_record_is_still_accepted(depot: World) -> None:
    """What is not offered may be entered: guards judge, not the chooser."""
    with depot.reading() as ctx:
        goods = {r.values["name"]: r.id for r in ctx.reader.find("goods", None)}
        place = ctx.reader.find("place", None)[0].id
    show = depot.engine.database.show
    line = {"goods": show(goods["Jam"]), "place": show(place), "quantity": "1"}
    assert depot.create("issue", {"lines": [line]})["id"]
