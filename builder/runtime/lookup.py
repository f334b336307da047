"""Lookup: few records for a reference field: by code, name, pinyin or barcode, as soon as somebody types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.metadata.entity import Entity
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.listing import Wanted, list_records
from builder.runtime.merging import LINK
from builder.runtime.representation import Representation, title_of
from builder.runtime.rights import Filter
from builder.storage import merges

FEW = 20


def look_up(
    ctx: Context, entity: str, text: str, where: Filter | None = None, limit: int = FEW
) -> list[dict[str, Any]]:
    """Records whose scan fields are exactly ``text`` first, then those that the text search finds."""
    model = ctx.kernel.check("read", entity)
    found: dict[int, Record] = {}
    if text:
        for record in scanned(ctx, model, text, where):
            found[record.id] = record
    page = list_records(ctx, entity, Wanted(where=where, text=text, limit=limit, count="none"))
    found.update({r.id: r for r in page.records if r.id not in found})
    return [shown(ctx, model, record) for record in list(found.values())[:limit]]


def scanned(ctx: Context, model: Entity, text: str, where: Filter | None = None) -> Sequence[Record]:
    """Records that a scan of ``text`` means: an exact match of a scan field, whatever case."""
    keys = [k for k in (model.scan or ()) if ctx.kernel.is_readable(model.key, k) and "." not in k]
    records: dict[int, Record] = {}
    for key in keys:
        same: Filter = {"field": key, "op": "=", "value": text}
        parts = [same, *([where] if where else [])]
        page = list_records(ctx, model.key, Wanted(where={"and": parts}, limit=5, count="none"))
        records.update({r.id: r for r in page.records})
    return list(records.values()) or _merged(ctx, model, keys, text, where)


def _merged(
    ctx: Context, model: Entity, keys: Sequence[str], text: str, where: Filter | None
) -> Sequence[Record]:
    """The records into which those were merged that the text once meant."""
    gone: dict[int, None] = {}
    for key in keys:
        same: Filter = {"field": key, "op": "=", "value": text}
        page = list_records(ctx, model.key, Wanted(where=same, limit=5, count="none", archived=True))
        gone.update({r.id: None for r in page.records})
    into = merges.merged_into(ctx.conn, ctx.app.maps, ctx.ws, model.key, tuple(gone), LINK)
    if not into:
        return ()
    kept: Filter = {"field": "id", "op": "in", "value": sorted(set(into.values()))}
    both = {"and": [kept, where]} if where else kept
    return list_records(ctx, model.key, Wanted(where=both, limit=5, count="none")).records


def resolve(
    ctx: Context, entity: str, texts: Sequence[str], where: Filter | None = None
) -> list[dict[str, Any] | None]:
    """For each text (pasted from a sheet) the one record that it means, or None where there is none or more than one."""
    model = ctx.kernel.check("read", entity)
    found: list[dict[str, Any] | None] = []
    for text in texts:
        exact = scanned(ctx, model, text, where) if text else ()
        if len(exact) == 1:
            found.append(shown(ctx, model, exact[0]))
            continue
        rows = look_up(ctx, entity, text, where, 10) if text else []
        named = [r for r in rows if r["title"].casefold() == text.casefold()] or rows
        found.append(named[0] if len(named) == 1 else None)
    return found


def shown(ctx: Context, model: Entity, record: Record) -> dict[str, Any]:
    """What a lookup shows and a form copies from: the record with its title and subtitle."""
    body = Representation(ctx.kernel, ctx.engine.database.show).record(record)
    is_told = bool(model.subtitle) and ctx.kernel.is_readable(model.key, model.subtitle)
    subtitle = record.values.get(model.subtitle) if is_told else None
    return {
        "id": body["id"],
        "title": title_of(model, record),
        "subtitle": str(subtitle or ""),
        "values": _values(body),
    }


def _values(body: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in body.items() if not isinstance(v, list)}
