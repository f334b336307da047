"""Pieces of the packages that checks are tried on."""

from __future__ import annotations

from typing import Any

Edit = tuple[str, Any]
FIELDS = "entity/loan/fields"
NODE = {"kind": "approver", "label": {"zh-CN": "审批", "en": "Approval"}}
NEW = {"zh-CN": "新的", "en": "New"}
APPROVAL = "workflow/loan/transitions/1/approval"
GRANT = "roles/roles/roles/0/grants"
LEDGERS = "roles/roles/roles/0/ledgers"
SPARE = {"field": "name", "op": "=", "value": "Tea"}
POSTING = "entity/loan/postings"
TOUCHED = {"kind": "update", "values": {"librarian": "actor.id"}}

LOTS: list[Edit] = [
    ("ledger/copies/dimensions/1", {"key": "shelf", "label": NEW, "type": "text", "required": False}),
    (
        "ledger/copies/costing",
        {"quantity": "on_shelf", "value": "lent", "method": "batch", "identity": "shelf"},
    ),
    ("ledger/copies/cost_key", ["book"]),
]
"""Cost by shelf, kept by book."""
FEES = {
    "key": "fees", "label": NEW, "report": "overdue", "entity": "reader", "map": {"name": "reader"}, "match": ["name"],
}  # fmt: skip

TEXT = {"key": "mark", "label": NEW, "type": "text", "default": ""}


def ask(path: str) -> dict[str, Any]:
    """A reference that begins with the one book of the name that the loan itself says at the path."""
    fits = {"field": "name", "op": "=", "value": {"record": path}}
    return {"key": "other", "type": "reference", "entity": "book", "label": NEW, "default_filter": fits}


def laid(kind: str, **more: Any) -> dict[str, Any]:
    """A layout of a list."""
    return {"key": "laid", "kind": kind, **more}


def offer(**more: Any) -> dict[str, Any]:
    """Books of which copies are on the shelf."""
    return {"ledger": "copies", "dimension": "book", "measure": "on_shelf", **more}
