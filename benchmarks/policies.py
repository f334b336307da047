"""Policies: the benchmark's package under each costing method, with the fields that a method needs and no other run has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.product import package

STANDARD = "3.3300"
"""What an item costs by decree: as much as the receipts of a run pay for it."""
Node = Mapping[str, Any]
Nodes = Mapping[tuple[str, str], Node]


def costed_by(method: str) -> Nodes:
    """The package with its stock costed so."""
    nodes: dict[tuple[str, str], Node] = dict(package().nodes)
    stock = nodes["ledger", "stock"]
    nodes["ledger", "stock"] = {**stock, "costing": {**stock["costing"], "method": method}}
    more = _MORE.get(method)
    return more(nodes) if more is not None else nodes


def _standard(nodes: Nodes) -> Nodes:
    """Items say what they cost."""
    stock, item = nodes["ledger", "stock"], nodes["entity", "item"]
    standard = _field("item", "standard", "decimal", "标准成本", "Standard cost", scale=4, min="0")
    costing = {**stock["costing"], "standard": "item.standard"}
    return {
        **nodes,
        ("entity", "item"): _with_fields(item, standard),
        ("ledger", "stock"): {**stock, "costing": costing},
    }


def _batch(nodes: Nodes) -> Nodes:
    """Lines say of which batch they are, and each batch is a pool of its own."""
    stock = nodes["ledger", "stock"]
    made: dict[tuple[str, str], Node] = {
        **nodes,
        ("entity", "batch"): {
            "uid": "batch",
            "key": "batch",
            "kind": "master",
            "label": {"zh-CN": "批次", "en": "Batch"},
            "title": "code",
            "fields": [_field("batch", "code", "text", "批号", "Code", required=True, max_length=40)],
        },
        ("ledger", "stock"): {
            **stock,
            # Counts and late costs, which are not measured here, name none.
            "dimensions": [*stock["dimensions"], {**_reference("ledger.stock"), "required": False}],
            "grains": [*stock["grains"], _grain()],
            "costing": {**stock["costing"], "identity": "batch"},
            "cost_key": ["item", "batch"],
        },
    }
    for document in ("receipt", "delivery"):
        line = nodes["entity", f"{document}_line"]
        made["entity", line["key"]] = _with_fields(line, {**_reference(line["uid"]), "type": "reference"})
        made["entity", document] = _naming_batches(nodes["entity", document])
    return made


def _naming_batches(document: Node) -> Node:
    postings = [
        {**p, "dimensions": {**p["dimensions"], "batch": "batch"}} if p["ledger"] == "stock" else p
        for p in document["postings"]
    ]
    return {**document, "postings": postings}


def _grain() -> Node:
    return {"uid": "ledger.stock.grain.batch", "key": "batch", "dimensions": ["item", "batch"]}


def _reference(owner: str) -> dict[str, Any]:
    label = {"zh-CN": "批次", "en": "Batch"}
    return {"uid": f"{owner}.batch", "key": "batch", "label": label, "entity": "batch"}


def _with_fields(entity: Node, *fields: Node) -> Node:
    return {**entity, "fields": [*entity["fields"], *fields]}


def _field(entity: str, key: str, type: str, chinese: str, english: str, **more: Any) -> dict[str, Any]:
    label = {"zh-CN": chinese, "en": english}
    return {"uid": f"{entity}.{key}", "key": key, "type": type, "label": label, **more}


_MORE = {"standard": _standard, "batch": _batch}
