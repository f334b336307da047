"""Slow filters: lists of many records that filter, sort or lay out by a field which has no index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.entity import Entity, Field
from builder.metadata.filter import read_filter
from builder.metadata.form import View

BIG = frozenset({"document", "log", "lines"})
"""Kinds of entities that grow with every day of business."""
ALWAYS = frozenset(
    {"reference", "user", "org_unit", "auto_number", "created_at", "updated_at", "created_by", "boolean"}
)
LIVE = frozenset({"rollup", "balance"})


def find(facts: Facts) -> Iterable[Problem]:
    for view in facts.package.views:
        entity = facts.package.entity(view.entity)
        if entity is not None and entity.kind in BIG:
            for path, name in _asked(view):
                field = entity.field(name)
                if field is not None and not _is_fast(entity, field):
                    yield warning("E162", path, {"field": called(field), "view": called(view)})


def _asked(view: View) -> Iterator[tuple[str, str]]:
    found, _ = read_filter(view.filter or {})
    for condition in found.conditions() if found else ():
        yield at("view", view.key, "filter"), condition.field
    for index, sort in enumerate(view.sort):
        yield at("view", view.key, "sort", index, "field"), sort.field
    for index, name in enumerate(view.quick_filters):
        yield at("view", view.key, "quick_filters", index), name
    for index, layout in enumerate(view.layouts):
        name = "by" if layout.kind == "board" else "from"
        yield (
            at("view", view.key, "layouts", index, name),
            layout.by if layout.kind == "board" else layout.from_,
        )


def _is_fast(entity: Entity, field: Field) -> bool:
    is_unique = field.unique or any(c.unique[:1] == (field.key,) for c in entity.constraints)
    return field.indexed or field.searchable or is_unique or field.type in ALWAYS or field.key == entity.title


CHECK = Check("slow_filters", ("E162",), find)
