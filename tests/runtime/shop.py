"""A small package for tests of the door: goods kept by a ledger, orders with an approval, deliveries made of orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Nodes = dict[tuple[str, str], Mapping[str, Any]]


def shop_nodes() -> Nodes:
    """Its definitions, by kind and key."""
    return {
        ("app", "app"): _app(),
        ("entity", "goods"): _goods(),
        ("entity", "receipt"): _document("receipt", "receipt_line", [_moved("receipt", "quantity")]),
        ("entity", "receipt_line"): _lines("receipt_line", "receipt"),
        ("entity", "order"): _order(),
        ("entity", "order_line"): _lines("order_line", "order"),
        ("entity", "delivery"): _document(
            "delivery", "delivery_line", _delivered(), extra=[_ref("delivery", "order")]
        ),
        ("entity", "delivery_line"): _lines(
            "delivery_line", "delivery", extra=[_ref("delivery_line", "order_line")]
        ),
        ("ledger", "stock"): _stock(),
        ("ledger", "open"): _open(),
        ("workflow", "receipt"): _workflow("receipt"),
        ("workflow", "delivery"): _workflow("delivery"),
        ("workflow", "order"): _order_workflow(),
        ("rule", "deliver"): _deliver(),
        ("roles", "roles"): _roles(),
    }


def _app() -> dict[str, Any]:
    large = {
        "uid": "shop.large",
        "key": "large",
        "label": "Large order",
        "type": "money",
        "default": "1000.00",
    }
    return {
        "uid": "shop.app",
        "key": "shop",
        "label": {"zh-CN": "小店", "en": "Shop"},
        "version": "1.0.0",
        "settings": [large],
    }


def _field(of: str, key: str, type: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"{of}.{key}", "key": key, "type": type, "label": key.title(), **more}


def _ref(of: str, to: str, **more: Any) -> dict[str, Any]:
    return _field(of, to, "reference", entity=to, **more)


def _goods() -> dict[str, Any]:
    fields = [
        _field("goods", "code", "text", required=True, unique=True, searchable=True),
        _field("goods", "name", "text", required=True, searchable=True, pinyin=True),
        _field("goods", "price", "money"),
        _field("goods", "weight", "decimal", scale=3),
        _field("goods", "made_on", "date"),
    ]
    return {
        "uid": "goods",
        "key": "goods",
        "kind": "master",
        "label": "Goods",
        "title": "name",
        "scan": ["code"],
        "fields": fields,
    }


def _number(entity: str) -> dict[str, Any]:
    series = {
        "uid": f"{entity}.number.series",
        "pattern": entity.upper() + "{yyyyMMdd}-{001}",
        "reset": "day",
        "at": "create",
    }
    return _field(entity, "number", "auto_number", read_only=True, series=series)


def _document(entity: str, lines: str, postings: list[Any], extra: list[Any] | None = None) -> dict[str, Any]:
    fields = [_number(entity), _field(entity, "remark", "text"), *(extra or ())]
    fields.append(_field(entity, "lines", "lines", entity=lines))
    return {
        "uid": entity,
        "key": entity,
        "kind": "document",
        "label": entity.title(),
        "title": "number",
        "postings": postings,
        "fields": fields,
    }


def _lines(entity: str, parent: str, extra: list[Any] | None = None) -> dict[str, Any]:
    fields = [
        _ref(entity, "goods", required=True),
        _field(entity, "quantity", "quantity", scale=2, required=True, min="0.01"),
        _field(entity, "price", "money", default="goods.price"),
        _field(entity, "amount", "money", formula="quantity * price"),
        *(extra or ()),
    ]
    return {
        "uid": entity,
        "key": entity,
        "kind": "lines",
        "parent": parent,
        "label": entity,
        "fields": fields,
    }


def _moved(entity: str, amount: str) -> dict[str, Any]:
    return {
        "uid": f"{entity}.posting.moved",
        "key": "moved",
        "ledger": "stock",
        "transitions": ["approve"],
        "each": "lines",
        "dimensions": {"goods": "goods"},
        "measures": {"on_hand": amount},
    }


def _delivered() -> list[Any]:
    taken = {
        "uid": "delivery.posting.taken",
        "key": "taken",
        "ledger": "open",
        "on": "created",
        "mode": "follow",
        "each": "lines",
        "when": "order_line != None",
        "dimensions": {"order_line": "order_line"},
        "measures": {"delivered": "quantity"},
    }
    return [_moved("delivery", "-quantity"), taken]


def _order() -> dict[str, Any]:
    ordered = {
        "uid": "order.posting.ordered",
        "key": "ordered",
        "ledger": "open",
        "on": "created",
        "mode": "follow",
        "each": "lines",
        "dimensions": {"order_line": "id"},
        "measures": {"ordered": "quantity"},
    }
    conversion = {
        "uid": "order.conversion.deliver",
        "key": "deliver",
        "to": "delivery",
        "label": "Deliver",
        "source": "order",
        "map": {},
        "lines": {
            "from": "lines",
            "to": "lines",
            "quantity": "quantity",
            "source_line": "order_line",
            "map": {"goods": "goods", "price": "price"},
        },
        "open": {"ledger": "open", "slack": "ordered - delivered", "dimensions": {"order_line": "id"}},
    }
    total = _field("order", "total", "money", formula="SUM(lines.amount)")
    return {**_document("order", "order_line", [ordered], extra=[total]), "conversions": [conversion]}


def _measure(ledger: str, key: str) -> dict[str, Any]:
    return {"uid": f"ledger.{ledger}.{key}", "key": key, "label": key, "scale": 2}


def _stock() -> dict[str, Any]:
    return {
        "uid": "ledger.stock",
        "key": "stock",
        "label": "Stock",
        "dimensions": [{"uid": "ledger.stock.goods", "key": "goods", "label": "Goods", "entity": "goods"}],
        "measures": [_measure("stock", "on_hand")],
        "grains": [{"uid": "ledger.stock.grain", "key": "goods", "dimensions": ["goods"]}],
        "guards": [
            {
                "uid": "ledger.stock.guard",
                "key": "on_hand",
                "grain": "goods",
                "slack": "on_hand",
                "code": "SHORT",
                "message": "{goods} is short of {shortage}",
            }
        ],
    }


def _open() -> dict[str, Any]:
    return {
        "uid": "ledger.open",
        "key": "open",
        "label": "Open orders",
        "dates": "now",
        "dimensions": [
            {"uid": "ledger.open.line", "key": "order_line", "label": "Line", "entity": "order_line"}
        ],
        "measures": [_measure("open", "ordered"), _measure("open", "delivered")],
        "grains": [{"uid": "ledger.open.grain", "key": "line", "dimensions": ["order_line"], "daily": False}],
        "guards": [
            {
                "uid": "ledger.open.guard",
                "key": "open",
                "grain": "line",
                "slack": "ordered - delivered",
                "code": "OVER_ORDER",
                "message": "More than was ordered, by {shortage}",
            }
        ],
    }


def _state(entity: str, key: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"workflow.{entity}.{key}", "key": key, "label": key.title(), **more}


def _transition(entity: str, key: str, from_: list[str], to: str, **more: Any) -> dict[str, Any]:
    return {
        "uid": f"workflow.{entity}.t.{key}",
        "key": key,
        "label": key.title(),
        "from": from_,
        "to": to,
        **more,
    }


def _workflow(entity: str) -> dict[str, Any]:
    return {
        "uid": f"workflow.{entity}",
        "key": entity,
        "entity": entity,
        "initial": "draft",
        "states": [_state(entity, "draft", editable=True), _state(entity, "approved", approved=True)],
        "transitions": [
            _transition(entity, "approve", ["draft"], "approved", default=True),
            _transition(entity, "unapprove", ["approved"], "draft", reverses=True),
        ],
    }


def _order_workflow() -> dict[str, Any]:
    approval = {
        "uid": "workflow.order.approval",
        "rejects_by": "reject",
        "when": "total >= setting.large",
        "material": ["total"],
        "nodes": [
            {
                "uid": "workflow.order.approval.boss",
                "kind": "approver",
                "label": "Boss",
                "approvers": [{"role": "boss"}],
                "mode": "any",
                "nobody": "refuse",
            }
        ],
    }
    states = [
        _state("order", "draft", editable=True),
        _state("order", "submitted"),
        _state("order", "approved", approved=True),
    ]
    transitions = [
        _transition("order", "submit", ["draft"], "submitted", default=True),
        _transition("order", "approve", ["submitted"], "approved", approval=approval),
        _transition("order", "reject", ["submitted"], "draft"),
    ]
    return {
        "uid": "workflow.order",
        "key": "order",
        "entity": "order",
        "initial": "draft",
        "states": states,
        "transitions": transitions,
    }


def _deliver() -> dict[str, Any]:
    return {
        "uid": "rule.deliver",
        "key": "deliver",
        "label": "Approved orders are delivered",
        "when": {"kind": "transition", "entity": "order", "transition": "approve"},
        "timing": "now",
        "then": [{"uid": "rule.deliver.convert", "kind": "convert", "conversion": "deliver"}],
    }


MOVES = {"receipt": ["approve"], "order": ["submit"], "delivery": ["approve"]}


def _roles() -> dict[str, Any]:
    rights = ["read", "create", "update", "delete"]
    clerk = [
        {"uid": f"role.clerk.{entity}", "entity": entity, "may": rights, "transitions": MOVES[entity]}
        for entity in MOVES
    ]
    goods = {"uid": "role.clerk.goods", "entity": "goods", "may": ["read"], "hidden": ["weight"]}
    own = {"field": "owner", "op": "=", "value": {"actor": "id"}}
    seller = {
        "uid": "role.seller.order",
        "entity": "order",
        "may": rights,
        "scope": own,
        "transitions": ["submit"],
    }
    return {
        "roles": [
            {
                "uid": "role.boss",
                "key": "boss",
                "label": "Boss",
                "all_entities": True,
                "app": ["design", "settings", "people"],
            },
            {"uid": "role.clerk", "key": "clerk", "label": "Clerk", "grants": [*clerk, goods]},
            {
                "uid": "role.seller",
                "key": "seller",
                "label": "Seller",
                "grants": [seller, {"uid": "role.seller.goods", "entity": "goods", "may": ["read"]}],
            },
        ]
    }
