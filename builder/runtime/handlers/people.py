"""People: who a record names (its owner, its unit, fields of people) must exist. Ids come from outside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from builder.errors import Problem
from builder.metadata.entity import Entity, Field
from builder.record import Record
from builder.rules.reach import ids_in
from builder.runtime.context import Context

OWNER = {"zh-CN": "负责人", "en": "Owner"}
UNIT = {"zh-CN": "部门", "en": "Department"}
NAMED = frozenset({"user", "org_unit"})


def strangers(ctx: Context, entity: Entity, record: Record, before: Record | None) -> list[Problem]:
    """A problem for each person or unit that the record newly names and that there is none of."""
    found: list[Problem] = []
    owner, unit = record.owner_id, record.org_unit_id
    if owner and owner != (before.owner_id if before else 0) and not ctx.directory.is_person(owner):
        found.append(Problem("REFERENCE_MISSING", "/owner", {"field": OWNER}))
    if unit and unit != (before.org_unit_id if before else 0) and not ctx.directory.is_unit(unit):
        found.append(Problem("REFERENCE_MISSING", "/org_unit", {"field": UNIT}))
    if _names_people(ctx, entity):
        found.extend(_named(ctx, entity, record, before))
    return found


def _named(ctx: Context, entity: Entity, record: Record, before: Record | None) -> Iterator[Problem]:
    yield from _in_fields(ctx, entity, record, before, "")
    for field in entity.line_fields:
        lines = ctx.app.package.entity(field.entity or "")
        if lines is None or not _fields(ctx, lines):
            continue
        olds: Mapping[int, Record] = (
            {line.id: line for line in before.lines.get(field.key, ())} if before else {}
        )
        for index, row in enumerate(record.lines.get(field.key, ())):
            yield from _in_fields(ctx, lines, row, olds.get(row.id), f"/{field.key}/{index}")


def _names_people(ctx: Context, entity: Entity) -> bool:
    """Whether any field of the record or of its lines names people or units."""
    found: bool = ctx.kernel.remembered(("names people", entity), lambda: _any_names_people(ctx, entity))
    return found


def _any_names_people(ctx: Context, entity: Entity) -> bool:
    models = [entity, *(ctx.app.package.entity(f.entity or "") for f in entity.line_fields)]
    return any(model is not None and _fields(ctx, model) for model in models)


def _fields(ctx: Context, entity: Entity) -> tuple[Field, ...]:
    found: tuple[Field, ...] = ctx.kernel.remembered(
        ("people", entity),
        lambda: tuple(f for f in entity.fields if f.type in NAMED and not (f.is_computed or f.archived)),
    )
    return found


def _in_fields(
    ctx: Context, entity: Entity, record: Record, old: Record | None, at: str
) -> Iterator[Problem]:
    for field in _fields(ctx, entity):
        known = ids_in(old.get(field.key)) if old else []
        is_there = ctx.directory.is_person if field.type == "user" else ctx.directory.is_unit
        if any(id not in known and not is_there(id) for id in ids_in(record.get(field.key))):
            yield Problem("REFERENCE_MISSING", f"{at}/{field.key}", {"field": field.label})
