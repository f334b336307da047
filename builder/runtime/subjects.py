"""Subjects: a record as workflow sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.record import Record
from builder.rules.conditions import bound
from builder.rules.reach import ids_in
from builder.runtime.calendars import calendar_of
from builder.runtime.context import Context
from builder.runtime.representation import title_of
from builder.workflow.subject import Subject


def subject_of(ctx: Context, record: Record, old: Record | None = None) -> Subject:
    """The record as workflow sees it."""
    entity = ctx.app.package.entity(record.entity)
    return Subject(
        app=ctx.app.key,
        package=ctx.app.package,
        record=record,
        values=ctx.facts.values_of(record, old=old),
        env=ctx.environment,
        directory=ctx.directory,
        now=ctx.pending.now,
        new_id=ctx.pending.new_id,
        title=title_of(entity, record) if entity else "",
        find=lambda where_in, where, field: _people_found(ctx, record, where_in, where, field),
        chosen=ctx.pending.chosen,
        foretold=ctx.pending.foretold,
        calendar=calendar_of(ctx.conn, ctx.ws, ctx.app),
        zone=ctx.engine.settings.timezone,
    )


def _people_found(
    ctx: Context, record: Record, entity: str, where: Mapping[str, Any], field: str
) -> tuple[int, ...]:
    """The users in a field of the records that pass; ``{"record": path}`` in the filter is what the record at hand says there."""
    found = ctx.reader.find(entity, bound(ctx.facts, where, record) or None, sort=[("id", False)])
    return tuple(dict.fromkeys(id for one in found for id in ids_in(one.get(field))))
