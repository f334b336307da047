"""Merging, lines: what a record that goes has below it is found again below the one that stays. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from builder.metadata.entity import Entity, Field
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.package import Package
from builder.record import Record

Into = Mapping[str, Mapping[int, int]]
"""Entity → id that goes → id that stands for it from now on."""


@dataclass(frozen=True)
class Came:
    """One line of a record that goes. ``line`` is what stands for it: a line that the kept one had, or, where it ``is_new``, a copy."""

    field: Field
    gone: Record
    line: Record
    is_new: bool


@dataclass(frozen=True)
class Joined:
    """The kept record with the lines that it takes over, and what became of each line of the other."""

    keep: Record
    came: tuple[Came, ...] = ()

    @property
    def into(self) -> Into:
        found: dict[str, dict[int, int]] = {}
        for one in self.came:
            found.setdefault(one.gone.entity, {})[one.gone.id] = one.line.id
        return found


def join(package: Package, keep: Record, away: Record, known: Into, new_id: Callable[[], int]) -> Joined:
    """A line that both have stays one, and takes what it does not say itself; any other comes over as a copy. The record that goes keeps
    its own lines: closed documents name them, and their codes still find what stands for them. ``known`` says what an earlier merge of
    the two came to."""
    entity = package.entity(keep.entity)
    came: list[Came] = []
    lines = dict(keep.lines)
    for field in entity.line_fields if entity is not None else ():
        of = package.entity(field.entity or "")
        if of is None or field.is_computed:
            continue
        rows = list(lines.get(field.key, ()))
        for gone in away.lines.get(field.key, ()):
            one = _found(of, field, rows, gone, known.get(of.key, {}), new_id, keep.id)
            rows = [one.line if row.id == one.line.id else row for row in rows] + [one.line] * one.is_new
            came.append(one)
        lines[field.key] = tuple(rows)
    changed = any(a is not b for key in lines for a, b in _pairs(lines[key], keep.lines.get(key, ())))
    return Joined(keep.but(lines=lines) if changed else keep, tuple(came))


def _pairs(now: Sequence[Record], before: Sequence[Record]) -> Iterator[tuple[Record, Record | None]]:
    for index, row in enumerate(now):
        yield row, before[index] if index < len(before) else None


def _found(
    of: Entity,
    field: Field,
    rows: Sequence[Record],
    gone: Record,
    known: Mapping[int, int],
    new_id: Callable[[], int],
    parent: int,
) -> Came:
    twin = next((row for row in rows if row.id == known.get(gone.id)), None)
    twin = twin or next((row for row in rows if _is_same(of, row, gone)), None)
    if twin is None:
        made = gone.but(
            id=new_id(), parent_id=parent, line_no=len(rows) + 1, version=0, archived_at=None, created_at=None
        )
        return Came(field, gone, made, is_new=True)
    missing = {
        f.key: value
        for f in entered(of)
        if twin.values.get(f.key) is None and (value := gone.values.get(f.key)) is not None
    }
    return Came(field, gone, twin.with_values(missing) if missing else twin, is_new=False)


def entered(of: Entity) -> tuple[Field, ...]:
    """Fields that a person enters and that one line may take from another."""
    other = {"auto_number", *FILE_TYPES}
    return tuple(f for f in of.record_fields if not (f.is_computed or f.archived) and f.type not in other)


def _is_same(of: Entity, one: Record, other: Record) -> bool:
    """What must be said of a line says which one it is; where nothing must be, everything that is said does."""
    fields = entered(of)
    must = [f for f in fields if f.required] or fields
    return all(one.values.get(f.key) == other.values.get(f.key) for f in must)
