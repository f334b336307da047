"""Which open documents and master records name a record that is merged, and what they are with the kept one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from builder.metadata.entity import Entity
from builder.record import Record, Ref
from builder.runtime import merging
from builder.runtime.context import Context
from builder.runtime.merging import Place
from builder.runtime.merging_lines import Into

MOST = 20_000
"""More than that are not changed in one command."""


def referring(ctx: Context, entity: Entity, into: Into) -> tuple[tuple[Record, Record], ...] | None:
    """Records before and after, those of closed documents left out: they keep what they said. ``into`` tells of ``entity`` and of its
    lines what stands for what. None where there are too many."""
    package = ctx.app.package
    wanted: dict[Ref, None] = {}
    for key, gone in into.items():
        for place in merging.places(package, key):
            wanted |= dict.fromkeys(naming(ctx, place, tuple(gone)))
            if len(wanted) >= MOST:
                return None
    by_entity: dict[str, list[int]] = {}
    for ref in wanted:
        by_entity.setdefault(ref.entity, []).append(ref.id)
    found: list[tuple[Record, Record]] = []
    for key, ids in by_entity.items():
        of = package.entity(key)
        for record in ctx.reader.get(key, ids).values():
            is_gone = key == entity.key and record.id in into[entity.key]
            if of is None or is_gone or not _is_open(ctx, of, record, into):
                continue
            after = merging.referring(package, record, into)
            if after is not record:
                found.append((record, after))
    return tuple(found)


def naming(ctx: Context, place: Place, ids: tuple[int, ...]) -> Iterator[Ref]:
    """Records, archived ones left out, that name any of those ids there; a line is named by its document."""
    field, parent = place.field, place.entity.parent if place.entity.kind == "lines" else None
    asked: list[dict[str, Any]] = [{"field": field.key, "op": "in", "value": list(ids)}]
    if field.type == "multi_reference":
        asked = [{"field": field.key, "op": "contains", "value": id} for id in ids]
    for where in asked:
        for record in ctx.reader.find(place.entity.key, where, limit=MOST):
            yield Ref(parent, record.parent_id) if parent else Ref(record.entity, record.id)


def _is_open(ctx: Context, of: Entity, record: Record, into: Into) -> bool:
    """A document is open until its state is final; one that has posted for good says what was, unless a ledger follows it still."""
    if record.archived_at is not None:
        return False
    workflow = ctx.app.package.workflow_of(of.key)
    state = workflow.state(record.state) if workflow else None
    if state is not None and (state.final or state.void):
        return False
    if not any(p.mode == "fixed" for p in of.postings) or (workflow and record.state == workflow.initial):
        return True
    return _is_followed(ctx, of, into) or not ctx.reader.has_posted(ctx.ref(record))


def _is_followed(ctx: Context, of: Entity, into: Into) -> bool:
    models = ctx.app.ledgers
    return any(
        d.entity in into for p in of.postings if p.mode == "follow" for d in models[p.ledger].dimensions
    )
