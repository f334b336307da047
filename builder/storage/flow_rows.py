"""Flow rows: approvals, tasks and decisions as their tables keep them, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from builder.changes import Approval, ApprovalTask, Decision
from builder.metadata.text import Text
from builder.storage.shapes import package_of
from builder.storage.slots import SlotMap
from builder.storage.tables.flow import approval_task

TRANSITION_KEY = "transition_key"
"""Kept in the stored definition: what the transition is called where no package is at hand."""
TASK = [approval_task.c[name] for name in ApprovalTask.__dataclass_fields__ if name != "id"]
"""The columns of a task but its id."""


def approval_of(maps: SlotMap, row: Row[Any]) -> Approval | None:
    key = maps.entity_by_id(row.entity_id)
    if key is None:
        return None
    definition = {name: value for name, value in row.definition.items() if name != TRANSITION_KEY}
    return Approval(
        id=row.approval_id,
        app=row.app_key,
        entity=key,
        record_id=row.record_id,
        transition=transition_of(maps, key, row.transition_uid, row.definition),
        definition=definition,
        state=row.state,
        cursor=row.cursor,
        round=row.round,
        content_hash=row.content_hash,
        started_by=row.started_by,
        started_at=row.started_at,
        version=row.version,
        ended_at=row.ended_at,
    )


def transition_of(maps: SlotMap, entity_key: str, uid: str, definition: Mapping[str, Any]) -> str:
    """What the transition is called now, else what it was called when the approval began."""
    package = package_of(maps)
    workflow = package.workflow_of(entity_key) if package is not None else None
    found = next((t for t in workflow.transitions if t.uid == uid), None) if workflow else None
    return found.key if found else str(definition.get(TRANSITION_KEY, uid))


def hides(nodes: Sequence[Mapping[str, Any]], uid: str) -> bool:
    """Whether the node keeps fields from whom it asks."""
    inner = (
        i for n in nodes for i in (n.get("nodes", ()), *(b.get("nodes", ()) for b in n.get("branches", ())))
    )
    return any(n.get("uid") == uid and bool(n.get("hidden")) for n in nodes) or any(
        hides(i, uid) for i in inner
    )


def label_of(nodes: Sequence[Mapping[str, Any]], uid: str) -> Text:
    """What people call the node, wherever it stands in the tree."""
    uid = uid.partition("#")[0]
    for node in nodes:
        if node.get("uid") == uid:
            label: Text = node.get("label", "")
            return label
        inner = [node.get("nodes", ()), *(b.get("nodes", ()) for b in node.get("branches", ()))]
        for inside in inner:
            label = label_of(inside, uid)
            if label:
                return label
    return ""


def approval_row(ws: int, one: Approval, entity_id: int, app_id: int) -> dict[str, Any]:
    return {
        "ws": ws,
        "approval_id": one.id,
        "app_id": app_id,
        "entity_id": entity_id,
        "record_id": one.record_id,
        "transition_uid": one.definition["transition"],
        "definition": {**one.definition, TRANSITION_KEY: one.transition},
        "version": one.version,
        "state": one.state,
        "cursor": dict(one.cursor),
        "round": one.round,
        "content_hash": one.content_hash,
        "started_by": one.started_by,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
    }


def task_row(ws: int, task: ApprovalTask) -> dict[str, Any]:
    values = {name: getattr(task, name) for name in ApprovalTask.__dataclass_fields__ if name != "id"}
    return {"ws": ws, "task_id": task.id, **values}


def decision_row(ws: int, made: Decision, cmd: int, now: datetime) -> dict[str, Any]:
    values = {name: getattr(made, name) for name in Decision.__dataclass_fields__}
    return {"ws": ws, "cmd": cmd, "at": now, **values}
