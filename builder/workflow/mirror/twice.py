"""Twice: fields of two linked documents into which people typed the same value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from builder.metadata.entity import Conversion, Entity, Field
from builder.record import Record, Value

SHARE, PAIRS, DISTINCT = 60, 5, 3
"""At least so many percent of the pairs say the same, of at least so many pairs, in at least so many values: what is chance is left out."""
TYPES = frozenset(
    {
        "text",
        "long_text",
        "date",
        "datetime",
        "integer",
        "decimal",
        "money",
        "quantity",
        "percent",
        "reference",
        "phone",
        "email",
    }
)


@dataclass(frozen=True, slots=True)
class Typed:
    """Two fields that say the same in ``same`` of ``pairs`` linked documents, though nothing carries the value over."""

    from_entity: str
    from_field: str
    to_entity: str
    to_field: str
    same: int
    pairs: int


def typed_twice(
    source: Entity, target: Entity, conversion: Conversion | None, pairs: Sequence[tuple[Record, Record]]
) -> tuple[Typed, ...]:
    """The fields of ``target`` that repeat one of ``source``, the worst first."""
    carried = set(conversion.map) | {conversion.source} if conversion else set()
    entered = [f for f in target.record_fields if _is_typed(f) and f.key not in carried and not f.default]
    found = [
        Typed(source.key, one.key, target.key, other.key, same, len(filled))
        for other in entered
        for one in source.record_fields
        if _is_typed(one) and one.type == other.type and one.entity == other.entity
        for filled in [_filled(pairs, one.key, other.key)]
        for same in [sum(a == b for a, b in filled)]
        if _is_telling(filled, same)
    ]
    return tuple(sorted(found, key=lambda t: (-t.same, t.from_field, t.to_field)))


def _is_typed(of: Field) -> bool:
    typed = not (of.is_computed or of.lookup or of.archived or of.read_only or of.is_numbered)
    return typed and of.type in TYPES


def _filled(pairs: Iterable[tuple[Record, Record]], one: str, other: str) -> list[tuple[Value, Value]]:
    found = ((a.values.get(one), b.values.get(other)) for a, b in pairs)
    return [(a, b) for a, b in found if a not in (None, "") and b not in (None, "")]


def _is_telling(filled: Sequence[tuple[Value, Value]], same: int) -> bool:
    if len(filled) < PAIRS or same * 100 < len(filled) * SHARE:
        return False
    return len({repr(a) for a, b in filled if a == b}) >= DISTINCT
