"""Assigning: a rule hands a record to somebody else, who is its owner from then on."""

from __future__ import annotations

from typing import Any

from tests.runtime import shop as made
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World


def rule(key: str, to: dict[str, Any], **more: Any) -> dict[str, Any]:
    action = {"uid": f"rule.{key}.do", "kind": "assign", "to": [to], **more}
    when = {"kind": "record_created", "entity": "order"}
    return {"uid": f"rule.{key}", "key": key, "label": key, "when": when, "timing": "now", "then": [action]}


def test_a_new_order_goes_to_the_boss_and_names_who_made_it(empty: World) -> None:
    nodes = shop_nodes()
    order = nodes["entity", "order"]
    nodes["entity", "order"] = {**order, "fields": [*order["fields"], made._field("order", "by", "user")]}
    nodes["rule", "names"] = {**rule("names", {"owner": True}, at="by"), "order": 1}
    nodes["rule", "hands"] = {**rule("hands", {"role": "boss"}), "order": 2}
    empty.install(nodes, "shop")
    boss, clerk = empty.person("boss", "boss"), empty.person("clerk", "clerk")
    id = empty.id(empty.create("order", {"remark": "x"}, actor=clerk))
    with empty.reading() as ctx:
        record = ctx.load("order", id)
    assert (record.owner_id, record.get("by")) == (boss.user_id, clerk.user_id)


def test_where_nobody_is_it_stays_with_who_made_it(empty: World) -> None:
    nodes = {**shop_nodes(), ("rule", "hands"): rule("hands", {"role": "boss"})}
    empty.install(nodes, "shop")
    clerk = empty.person("clerk", "clerk")
    id = empty.id(empty.create("order", {"remark": "x"}, actor=clerk))
    with empty.reading() as ctx:
        assert ctx.load("order", id).owner_id == clerk.user_id
