"""A depot at cost: goods by place, each place a cost pool of its own; what came late is worked again in order of its dates."""

from __future__ import annotations

from typing import Any

from tests.runtime import shop
from tests.runtime.shop import Nodes
from tests.runtime.world import World


def depot_nodes(order: str = "replay", method: str = "moving_average") -> Nodes:
    """Receipts, issues with their profit, moves between places, and freight that comes after its receipt."""
    return {
        ("app", "app"): {"uid": "shop.app", "key": "depot", "label": "Depot", "version": "1.0.0"},
        ("entity", "goods"): shop._goods(),
        ("entity", "place"): _place(),
        **_document("receipt", [_moved("receipt", "quantity", value="amount")]),
        **_document("issue", [_moved("issue", "-quantity", results={"cost": "value"}), _profit()]),
        **_document("move", [_moved("move", "-quantity"), _into()], extra=[_ref("move", "to", "place")]),
        **_document("freight", [_freight()], extra=[_ref("freight", "receipt_line", "receipt_line")]),
        **_document("count", [{**_moved("count", "quantity"), "count": True}]),
        ("ledger", "stock"): _stock(order, method),
        ("ledger", "profit"): _profits(),
        ("roles", "roles"): _roles(),
    }


def _ref(of: str, key: str, to: str) -> dict[str, Any]:
    return shop._field(f"{of}_line", key, "reference", entity=to)


def _place() -> dict[str, Any]:
    fields = [shop._field("place", "name", "text", required=True)]
    return {
        "uid": "place",
        "key": "place",
        "kind": "master",
        "label": {"zh-CN": "库位", "en": "Place"},
        "title": "name",
        "fields": fields,
    }


def _document(key: str, postings: list[Any], extra: list[Any] | None = None) -> Nodes:
    lines = shop._lines(f"{key}_line", key)
    fields = [f for f in lines["fields"] if f["key"] not in ("price", "amount", "goods", "quantity")]
    fields += [
        shop._field(f"{key}_line", "goods", "reference", entity="goods"),
        shop._field(f"{key}_line", "place", "reference", entity="place"),
        shop._field(f"{key}_line", "quantity", "quantity", scale=2),
        shop._field(f"{key}_line", "amount", "money"),
        shop._field(f"{key}_line", "cost", "money", read_only=True),
        *(extra or ()),
    ]
    return {
        ("entity", key): shop._document(key, f"{key}_line", postings),
        ("entity", f"{key}_line"): {**lines, "fields": fields},
        ("workflow", key): shop._workflow(key),
    }


def _posting(entity: str, key: str, ledger: str, **more: Any) -> dict[str, Any]:
    return {
        "uid": f"{entity}.posting.{key}",
        "key": key,
        "ledger": ledger,
        "transitions": ["approve"],
        "each": "lines",
        **more,
    }


def _moved(entity: str, amount: str, value: str = "", **more: Any) -> dict[str, Any]:
    measures = {"on_hand": amount, **({"value": value} if value else {})}
    keys = {"goods": "goods", "place": "place"}
    return _posting(entity, "moved", "stock", dimensions=keys, measures=measures, **more)


def _into() -> dict[str, Any]:
    taken = {"on_hand": "-result.on_hand", "value": "-result.value"}
    keys = {"goods": "goods", "place": "to"}
    return _posting("move", "into", "stock", dimensions=keys, measures=taken, depends_on="moved")


def _profit() -> dict[str, Any]:
    cost = {"cost": "-result.value"}
    return _posting(
        "issue", "profit", "profit", dimensions={"goods": "goods"}, measures=cost, depends_on="moved"
    )


def _freight() -> dict[str, Any]:
    keys = {"goods": "goods", "place": "place"}
    return _posting(
        "freight", "late", "stock", dimensions=keys, measures={"value": "amount"}, cost_of="receipt_line"
    )


def _dimension(ledger: str, key: str) -> dict[str, Any]:
    return {"uid": f"ledger.{ledger}.{key}", "key": key, "label": key.title(), "entity": key}


def _grain(ledger: str, *keys: str) -> dict[str, Any]:
    name = "_".join(keys)
    return {"uid": f"ledger.{ledger}.grain.{name}", "key": name, "dimensions": list(keys)}


def _measure(ledger: str, key: str, kind: str) -> dict[str, Any]:
    return {"uid": f"ledger.{ledger}.{key}", "key": key, "label": key.title(), "scale": 2, "kind": kind}


def _stock(order: str, method: str) -> dict[str, Any]:
    return {
        "uid": "ledger.stock",
        "key": "stock",
        "label": {"zh-CN": "库存", "en": "Stock"},
        "dimensions": [_dimension("stock", "goods"), _dimension("stock", "place")],
        "measures": [_measure("stock", "on_hand", "quantity"), _measure("stock", "value", "value")],
        "grains": [_grain("stock", "goods"), _grain("stock", "goods", "place")],
        "costing": {"quantity": "on_hand", "value": "value", "method": method},
        "cost_key": ["goods", "place"],
        "order": order,
        "guards": [
            {
                "uid": "ledger.stock.guard",
                "key": "on_hand",
                "grain": "goods_place",
                "slack": "on_hand",
                "code": "SHORT",
                "message": {"zh-CN": "{goods} 缺 {shortage}", "en": "{goods} is short of {shortage}"},
            }
        ],
    }


def _profits() -> dict[str, Any]:
    return {
        "uid": "ledger.profit",
        "key": "profit",
        "label": "Profit",
        "kind": "turnover",
        "dimensions": [_dimension("profit", "goods")],
        "measures": [_measure("profit", "cost", "value")],
        "grains": [_grain("profit", "goods")],
    }


def _roles() -> dict[str, Any]:
    """A boss closes periods; a clerk writes documents and sees stock."""
    rights = ["read", "create", "update", "delete"]
    documents = [
        {
            "uid": f"role.clerk.{key}",
            "entity": key,
            "may": rights,
            **({"transitions": ["approve", "unapprove"]} if key not in ("goods", "place") else {}),
        }
        for key in ("goods", "place", "receipt", "issue", "move", "count")
    ]
    sees = [{"uid": "role.clerk.stock", "ledger": "stock", "measures": ["*"]}]
    boss = {
        "uid": "role.boss",
        "key": "boss",
        "label": {"zh-CN": "老板", "en": "Boss"},
        "all_entities": True,
        "app": ["design", "settings", "people", "close_period"],
    }
    return {
        "roles": [
            boss,
            {"uid": "role.clerk", "key": "clerk", "label": "Clerk", "grants": documents, "ledgers": sees},
        ]
    }


def apples_in_two_places(world: World) -> None:
    """Apples come to the north, and a few of them go on to the south: figures that stand nowhere else on a page."""
    show = world.engine.database.show
    goods = show(world.id(world.create("goods", {"code": "A", "name": "Apples"})))
    south, north = (show(world.id(world.create("place", {"name": name}))) for name in ("South", "North"))
    received = {"goods": goods, "place": north, "quantity": "7171.71", "amount": "14343.42"}
    world.create("receipt", {"lines": [received]}, submit=True)
    moved = {"goods": goods, "place": north, "to": south, "quantity": "33.33"}
    world.create("move", {"lines": [moved]}, submit=True)
