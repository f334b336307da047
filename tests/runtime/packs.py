"""A shop whose goods come in packs, and drafts that say how many of which pack: what hangs below a master record."""

from __future__ import annotations

from typing import Any

from tests.runtime import shop
from tests.runtime.shop import Nodes
from tests.runtime.world import World


def pack_nodes(*, with_stock_by_pack: bool = False) -> Nodes:
    """``with_stock_by_pack``: a second ledger counts what came, pack by pack."""
    nodes = dict(shop.shop_nodes())
    goods = {**nodes["entity", "goods"], "scan": ["code"]}
    goods["fields"] = [*goods["fields"], shop._field("goods", "packs", "lines", entity="pack")]
    order_line = nodes["entity", "order_line"]
    pack = shop._ref(
        "order_line", "pack", filter={"field": "parent", "op": "=", "value": {"record": "goods"}}
    )
    nodes["entity", "goods"] = goods
    nodes["entity", "pack"] = _pack()
    nodes["entity", "order_line"] = {**order_line, "fields": [*order_line["fields"], pack]}
    if with_stock_by_pack:
        nodes["ledger", "packed"] = _packed()
        receipt = nodes["entity", "receipt"]
        line = nodes["entity", "receipt_line"]
        nodes["entity", "receipt"] = {**receipt, "postings": [*receipt["postings"], _packs()]}
        nodes["entity", "receipt_line"] = {
            **line,
            "fields": [*line["fields"], shop._ref("receipt_line", "pack")],
        }
    return nodes


def _pack() -> dict[str, Any]:
    fields = [
        shop._field("pack", "name", "text", required=True),
        shop._field("pack", "pieces", "decimal", scale=2, required=True),
        shop._field("pack", "barcode", "barcode", unique=True),
        shop._field("pack", "price", "money"),
    ]
    return {
        "uid": "pack",
        "key": "pack",
        "kind": "lines",
        "parent": "goods",
        "label": "Packs",
        "title": "name",
        "scan": ["barcode"],
        "fields": fields,
    }


def _packed() -> dict[str, Any]:
    return {
        "uid": "ledger.packed",
        "key": "packed",
        "label": "Packed",
        "dimensions": [{"uid": "ledger.packed.pack", "key": "pack", "label": "Pack", "entity": "pack"}],
        "measures": [shop._measure("packed", "count")],
        "grains": [{"uid": "ledger.packed.grain", "key": "pack", "dimensions": ["pack"]}],
    }


def _packs() -> dict[str, Any]:
    return {
        "uid": "receipt.posting.packs",
        "key": "packs",
        "ledger": "packed",
        "transitions": ["approve"],
        "each": "lines",
        "when": "pack != None",
        "dimensions": {"pack": "pack"},
        "measures": {"count": "quantity"},
    }


def goods(world: World, code: str, *packs: dict[str, Any], **values: Any) -> int:
    given = {"code": code, "name": f"Goods {code}", "price": "2.50", "packs": list(packs), **values}
    return world.id(world.create("goods", given))


def pack(name: str, pieces: str, barcode: str | None = None, **values: Any) -> dict[str, Any]:
    return {"name": name, "pieces": pieces, "barcode": barcode, **values}


def packs_of(world: World, id: int) -> dict[str, tuple[int, dict[str, Any]]]:
    """Each pack of the record by its name: id and values."""
    with world.reading() as ctx:
        rows = ctx.load("goods", id).lines["packs"]
    return {str(row.values["name"]): (row.id, dict(row.values)) for row in rows}
