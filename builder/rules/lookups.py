"""Lookups that are copied once, at save: documents keep the price and the name of their day."""

from __future__ import annotations

from collections.abc import Sequence

from builder.metadata.entity import Field
from builder.record import Record, Value
from builder.rules.assignment import assigned
from builder.rules.context import Context
from builder.rules.kept import Kept

_COPIES = Kept[str, tuple[Field, ...]]()


def copies_of(context: Context, entity: str) -> tuple[Field, ...]:
    known = _COPIES.of(context.compiled)
    if entity not in known:
        fields = context.entity(entity).fields
        known[entity] = tuple(f for f in fields if f.lookup and f.copy == "at_save" and not f.archived)
    return known[entity]


def copied(context: Context, record: Record, before: Record | None = None) -> Record:
    """``record`` and its lines with their copies: taken when a record is new or its reference became another one, unless a person gave
    another value in the same change; a read-only copy always follows its reference."""
    if copies_of(context, record.entity):
        record = _copy(context, [record], [before], [None], [None])[0]
    if not record.lines:
        return record
    lines: dict[str, tuple[Record, ...]] = {}
    for key, now in record.lines.items():
        known = {line.id: line for line in before.lines.get(key, ())} if before else {}
        olds = [known.get(line.id) for line in now]
        lines[key] = tuple(_copy(context, now, olds, [record] * len(now), [before] * len(now)))
    return record.holding(record.values, lines)


def _copy(
    context: Context,
    records: Sequence[Record],
    olds: Sequence[Record | None],
    parents: Sequence[Record | None],
    old_parents: Sequence[Record | None],
) -> list[Record]:
    """The records (all of one entity) with their copies."""
    if not records:
        return []
    fields = copies_of(context, records[0].entity)
    if not fields:
        return list(records)
    paths = {f.lookup for f in fields if f.lookup}
    seen = context.values_many(paths, records, parents=parents)
    result = []
    for record, old, parent, old_parent, values in zip(
        records, olds, parents, old_parents, seen, strict=True
    ):
        fresh: dict[str, Value] = {}
        for of in fields:
            path = of.lookup or ""
            if _takes(of, record, old, _source(path, record, parent) != _source(path, old, old_parent)):
                fresh[of.key] = assigned(of, values.get(path))
        result.append(record.with_values(fresh) if fresh else record)
    return result


def _source(path: str, record: Record | None, parent: Record | None) -> Value:
    """The value of the reference that the lookup starts from."""
    head, _, rest = path.partition(".")
    if head == "parent":
        head, record = rest.partition(".")[0], parent
    return record.get(head) if record else None


def _takes(of: Field, record: Record, old: Record | None, moved: bool) -> bool:
    if old is None:
        return of.read_only or record.get(of.key) is None
    given = record.get(of.key) != old.get(of.key)
    return moved and (of.read_only or not given)
