"""Begun with: what a new record of a list has from the start, because nothing else would be in that list: a supplier among suppliers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from builder.metadata.entity import Entity, Field
from builder.metadata.filter import conjuncts
from builder.metadata.form import View
from builder.record import Record, Value
from builder.runtime.context import Context
from builder.runtime.pages import addresses


def new_in(ctx: Context, entity: Entity, view: View | None) -> str:
    """Where a new record of the list is entered."""
    known = {of.key: _written(value) for of, value in _demanded(ctx, entity, view)}
    return addresses.new_page(ctx.app.key, entity.key, **known)


def another(ctx: Context, entity: Entity, record: Record) -> str:
    """Where a record like this one is entered next: in the same lists. Empty for documents, which are made of one another, and for who may enter none."""
    if entity.kind not in {"master", "tree"} or not ctx.kernel.may("create", entity.key):
        return ""
    known = {
        of.key: _written(value)
        for view in ctx.app.package.views_of(entity.key)
        for of, value in _demanded(ctx, entity, view)
        if record.values.get(of.key) == value
    }
    return addresses.new_page(ctx.app.key, entity.key, **known)


def _demanded(ctx: Context, entity: Entity, view: View | None) -> Iterator[tuple[Field, Value]]:
    """Fields that somebody enters and that the list's filter wants to be one value."""
    for condition in conjuncts(view.filter) if view is not None else ():
        of, value = entity.field(str(condition.get("field", ""))), condition.get("value")
        if of is None or condition.get("op") != "=" or value is None or isinstance(value, Mapping | list):
            continue
        if not (of.is_computed or of.read_only) and ctx.kernel.is_writable(entity.key, of.key, deed="create"):
            yield of, value


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
