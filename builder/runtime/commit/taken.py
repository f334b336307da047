"""Taken: a unique key that another record holds, in words: which field, and which record where the person may see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from builder.errors import ConflictError, Problem
from builder.runtime.engine import Engine
from builder.runtime.naming import titles_of
from builder.storage.errors import DuplicateError
from builder.storage.uniques import holder

if TYPE_CHECKING:
    from builder.runtime.decide import Decided

HELD: Mapping[str, str] = {
    "zh-CN": "{entity}“{title}”已使用了相同的内容（全角半角、大小写算相同）。请用那一条，或换一个。",
    "en": "{entity} “{title}” has this already (wide and narrow letters, large and small ones are the same). "
    "Use that record, or enter something else.",
}
"""Says who holds the key, instead of that somebody does."""


def taken(engine: Engine, decided: Decided, error: DuplicateError) -> ConflictError:
    """The unique key in words: which field of which record is taken."""
    app = decided.app
    if app is None or error.entity_id is None or error.slot is None:
        return ConflictError("DUPLICATE", entity="")
    key = app.maps.entity_by_id(error.entity_id)
    entity = app.package.entity(key) if key else None
    label: Any = entity.label if entity is not None else ""
    held = _held(engine, decided, key, error.slot) if entity is not None and key else {}
    problems = [
        Problem("DUPLICATE", f"/{name}", {"entity": label, **held}, HELD if held else None)
        for name in app.maps.unique_fields(error.entity_id, error.slot)
    ]
    return ConflictError("DUPLICATE", problems=problems, entity=label)


def _held(engine: Engine, decided: Decided, entity: str, slot: str) -> Mapping[str, str]:
    """Title and address of the record that holds the key; nothing where the person may not see it, or two of one request clash."""
    app = decided.app
    assert app is not None
    coming = [c.after for c in decided.changes.records if c.after is not None and c.after.entity == entity]
    with engine.database.snapshot() as conn:
        id = holder(conn, app.maps, app.package, decided.actor.workspace, entity, slot, coming)
        title = titles_of(conn, decided, entity, {id}).get(id, "") if id is not None else ""
    if id is None or not title:
        return {}
    return {"title": title, "href": f"/a/{app.key}/{entity}/{engine.database.show(id)}"}
