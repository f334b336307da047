"""Merging, the pure part: which fields differ, what goes over as intents, and records that refer to the kept one instead. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from builder.changes import Intent
from builder.errors import Problem
from builder.ledger.definition import LedgerModel
from builder.metadata.entity import Entity, Field
from builder.metadata.package import Package
from builder.record import Record, Value
from builder.runtime.merging_lines import Into

LINK = "merged"
"""The kind of link that leads from a merged record to the one that was kept."""
OUT, IN = "engine.merge.out.", "engine.merge.in."
UNITS = frozenset({"unit", "base_unit"})
"""What a record is counted in goes by these names, where no quantity of its own says which field it is."""
FOLLOWED = frozenset({"reference", "multi_reference"})


@dataclass(frozen=True)
class Pair:
    """One merge: what stays, what goes, and which fields the kept one takes over."""

    keep: Record
    away: Record
    path: str
    take: tuple[str, ...] = ()


@dataclass(frozen=True)
class Holding:
    """What a ledger holds at one full key, by dimension: ids of records, texts of scalars."""

    ledger: str
    dimensions: Mapping[str, Value]
    measures: Mapping[str, Decimal]


@dataclass(frozen=True)
class Place:
    """A reference field through which records may name what goes: of ``entity`` itself, or of the ``lines`` of its parent."""

    entity: Entity
    field: Field


def places(package: Package, target: str) -> tuple[Place, ...]:
    """Every stored field that refers to records of ``target``. Logs tell what was; they are left alone."""
    return tuple(
        Place(entity, field)
        for entity in package.entities
        if entity.kind != "log"
        for field in entity.fields
        if field.type in FOLLOWED and field.entity == target and not field.is_computed
    )


def referring(package: Package, record: Record, into: Into) -> Record:
    """The record, with its lines, naming what was kept. The same object where nothing in it changes."""
    changed = _own(package, record, into)
    lines = {key: tuple(_own(package, line, into) for line in rows) for key, rows in record.lines.items()}
    if any(a is not b for key, rows in lines.items() for a, b in zip(rows, record.lines[key], strict=True)):
        changed = changed.but(lines=lines)
    return changed


def _own(package: Package, record: Record, into: Into) -> Record:
    entity = package.entity(record.entity)
    if entity is None:
        return record
    found: dict[str, Value] = {}
    for field in entity.fields:
        ids = into.get(field.entity or "")
        if field.type not in FOLLOWED or ids is None or field.is_computed:
            continue
        value = record.values.get(field.key)
        other = _followed(value, ids)
        if other != value:
            found[field.key] = other
    return record.with_values(found) if found else record


def _followed(value: Value, into: Mapping[int, int]) -> Value:
    if isinstance(value, tuple):
        return tuple(dict.fromkeys(into.get(v, v) for v in value))
    return into.get(value, value) if isinstance(value, int) else value


def differing(entity: Entity, keep: Record, away: Record) -> tuple[Field, ...]:
    """Fields that a person enters and in which the two differ."""
    return tuple(
        field
        for field in entity.record_fields
        if not field.is_computed
        and field.type != "auto_number"
        and keep.values.get(field.key) != away.values.get(field.key)
    )


def units_of(entity: Entity) -> frozenset[str]:
    """Fields that say what a record is counted in."""
    named = {field.unit_field for field in entity.fields if field.unit_field}
    return frozenset(f.key for f in entity.record_fields if f.key in named or f.key in UNITS)


def hurdles(entity: Entity, pairs: Sequence[Pair], merged: Mapping[int, int]) -> Iterator[Problem]:
    """Everything about the records themselves that a merge may not pass over. ``merged`` names what was merged before, into what."""
    gone = [pair.away.id for pair in pairs]
    kept = {pair.keep.id for pair in pairs}
    for pair in pairs:
        keep, away = pair.keep, pair.away
        if keep.id == away.id:
            yield Problem("MERGE_SAME", pair.path)
            continue
        if gone.count(away.id) > 1 or away.id in kept:
            yield Problem("MERGE_TWICE", pair.path)
        if merged.get(away.id, keep.id) != keep.id:
            yield Problem("MERGE_DONE", pair.path)
        elif (away.archived_at is not None and away.id not in merged) or keep.archived_at is not None:
            yield Problem("ARCHIVED", pair.path, {"entity": entity.label})
        if keep.state != away.state:
            yield Problem("MERGE_STATE", pair.path)
        if any(
            f.entity == entity.key and away.id in _ids(keep.values.get(f.key)) for f in entity.record_fields
        ):
            yield Problem("MERGE_REFERS", pair.path)
        yield from _other_units(entity, pair)


def _ids(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else (value,)


def _other_units(entity: Entity, pair: Pair) -> Iterator[Problem]:
    for key in sorted(units_of(entity)):
        field = entity.field(key)
        if field is not None and pair.keep.values.get(key) != pair.away.values.get(key):
            yield Problem("MERGE_UNIT", pair.path, {"field": field.label})


def reclassified(
    models: Mapping[str, LedgerModel],
    entity: str,
    pair: Pair,
    into: Into,
    held: Iterable[Holding],
    ids: Iterator[int],
    today: date,
) -> tuple[Intent, ...]:
    """Both sides of everything that goes over: rows with quantity arrive before those that have value alone."""
    found: list[Intent] = []
    for holding in sorted(held, key=lambda h: (h.ledger, not _quantity(models[h.ledger], h))):
        found += _sides(models[holding.ledger], entity, pair, into, holding, next(ids), today)
    return tuple(found)


def _quantity(model: LedgerModel, holding: Holding) -> Decimal:
    return holding.measures[model.measures[model.counted].key]


def _sides(
    model: LedgerModel, entity: str, pair: Pair, into: Into, holding: Holding, line: int, today: date
) -> Iterator[Intent]:
    targets = {d.key: into.get(d.entity or "", {}) for d in model.dimensions}
    there = {k: targets[k].get(v, v) if isinstance(v, int) else v for k, v in holding.dimensions.items()}
    common = {
        "entity": entity,
        "record_id": pair.away.id,
        "line_id": line,
        "line_no": 0,
        "business_date": today,
        "posting_rev": pair.away.version,
        "path": pair.path,
        "reclass": True,
    }
    gone = {k: -v for k, v in holding.measures.items()}
    name = OUT + model.key
    yield Intent(ledger=model.key, posting=name, dimensions=holding.dimensions, measures=gone, **common)  # type: ignore[arg-type]
    yield Intent(
        ledger=model.key,
        posting=IN + model.key,
        dimensions=there,
        measures=holding.measures,
        depends_on=name,
        **common,  # type: ignore[arg-type]
    )
