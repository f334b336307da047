"""What hangs on a record: its history, the documents around it, what it posted, what was said, its files. Within the actor's rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.ledger import journal_reads
from builder.ledger.definition import LedgerModel
from builder.metadata.entity import Entity
from builder.record import Record, Ref
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.ledger_reading import within
from builder.runtime.representation import title_of
from builder.runtime.sights import measures_at
from builder.runtime.tracks import change_of
from builder.storage import comments, files, history, links

Item = Mapping[str, Any]
COUNTED = 50
"""Documents that one figure of a record counts and that are named beside it."""


def history_of(ctx: Context, record: Record) -> list[Item]:
    """Versions, newest first: who, when, and each field's value before and after. Fields that the actor may not read are left out."""
    entity = ctx.app.package.entity(record.entity)
    assert entity is not None
    rows = history.of(ctx.conn, ctx.app.maps, ctx.app.package, ctx.ws, record.entity, record.id)
    return [
        {
            "version": row.version,
            "at": row.at.isoformat(),
            "by": ctx.engine.database.show(row.actor_id) if row.actor_id else None,
            "by_name": ctx.directory.name_of(row.actor_id),
            "command": row.kind,
            "channel": row.channel or None,
            "changes": [
                change for part in row.changes if (change := change_of(ctx, entity, part)) is not None
            ],
        }
        for row in rows
    ]


def links_of(ctx: Context, record: Record) -> list[Item]:
    """The documents that this one was made from (``from``) and that were made of it (``to``), to any depth; then those that it counts."""
    found: list[Item] = []
    for link in links.around(ctx.conn, ctx.app.maps, ctx.ws, Ref(record.entity, record.id)):
        other = link.other
        entity = ctx.app.package.entity(other.entity)
        if entity is None or not ctx.kernel.may("read", other.entity):
            continue
        there = seen(ctx, other.entity, {other.id}).get(other.id)
        if there is not None:
            found.append(_linked(ctx, entity, there, link.direction, link.kind, link.depth))
    known = {(item["entity"], item["id"]) for item in found}
    return [*found, *(item for item in _counted(ctx, record) if (item["entity"], item["id"]) not in known)]


def _counted(ctx: Context, record: Record) -> list[Item]:
    """The documents that refer to a document and that its rollups count: what was bought for it without being made from it."""
    entity = ctx.app.package.entity(record.entity)
    if entity is None or entity.kind != "document":
        return []
    found: dict[Ref, Item] = {}
    for field in ctx.kernel.readable_fields(entity):
        of = ctx.app.package.entity(field.rollup.entity) if field.rollup else None
        head = ctx.app.package.entity(of.parent or "") if of is not None and of.kind == "lines" else of
        if field.rollup is None or not field.rollup.reference or of is None or head is None:
            continue
        if not ctx.kernel.may("read", head.key):
            continue
        where = {"field": field.rollup.reference, "op": "=", "value": record.id}
        ids = {r.parent_id or r.id for r in ctx.reader.find(of.key, where, limit=COUNTED)}
        for id, there in seen(ctx, head.key, ids).items():
            found[Ref(head.key, id)] = _linked(ctx, head, there, "to", "counted", 1)
    return list(found.values())


def _linked(ctx: Context, entity: Entity, record: Record, direction: str, kind: str, depth: int) -> Item:
    return {
        "direction": direction,
        "kind": kind,
        "depth": depth,
        "entity": record.entity,
        "id": ctx.engine.database.show(record.id),
        "title": title_of(entity, record),
        "state": record.state,
    }


def entries_of(ctx: Context, record: Record) -> list[Item]:
    """What the record posted, oldest first, rows, measures and dimensions as far as the actor may see them."""
    posted = journal_reads.entries_of(
        ctx.conn, ctx.app.ledgers, ctx.app.maps, ctx.ws, Ref(record.entity, record.id)
    )
    found: list[Item] = []
    ledgers = {key: ctx.app.ledgers[key] for key in {entry.ledger for _, entry in posted}}
    inside = {key: within(ctx, model) for key, model in ledgers.items()}
    shown = {key: measures_at(ctx, model.ledger) for key, model in ledgers.items()}
    for row, entry in posted:
        measures = shown[entry.ledger](entry.key)
        if not measures or not inside[entry.ledger](entry.key):
            continue
        model = ctx.app.ledgers[entry.ledger]
        exact = model.exact(entry.measures)
        found.append(
            {
                "ledger": entry.ledger,
                "id": ctx.engine.database.show(entry.id),
                "business_date": entry.business_date.isoformat(),
                "kind": entry.kind,
                "line": ctx.engine.database.show(entry.line_id),
                "reverses": row.reverses is not None,
                "dimensions": dimensions_of(ctx, model, entry.key),
                "measures": {k: format(v, "f") for k, v in exact.items() if k in measures},
            }
        )
    return found


def dimensions_of(ctx: Context, model: LedgerModel, key: tuple[int, ...]) -> Mapping[str, str | None]:
    """Outside ids of the records that the key names."""
    show = ctx.engine.database.show
    return {
        d.key: show(id) if id else None
        for d, id in zip(model.dimensions, key, strict=True)
        if d.type == "reference"
    }


def comments_of(ctx: Context, record: Record) -> list[Item]:
    show = ctx.engine.database.show
    rows = comments.of(ctx.conn, ctx.app.maps, ctx.ws, Ref(record.entity, record.id))
    return [
        {
            "id": show(row.id),
            "by": show(row.author_id),
            "by_name": ctx.directory.name_of(row.author_id),
            "at": row.at.isoformat(),
            "body": row.body,
        }
        for row in rows
    ]


def files_of(ctx: Context, record: Record) -> list[Item]:
    rows = files.of(ctx.conn, ctx.app.maps, ctx.ws, Ref(record.entity, record.id))
    return [
        {
            "id": ctx.engine.database.show(r.file_id),
            "name": r.name,
            "mime": r.mime,
            "size": r.size,
            "at": r.at.isoformat(),
        }
        for r in rows
    ]
