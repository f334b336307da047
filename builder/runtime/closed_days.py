"""Closed days: a draft dated into a closed period is kept, for it may be dated again; whoever saves it is told that it will not be posted there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from builder.changes import RecordChange
from builder.errors import Problem
from builder.ledger import period
from builder.metadata.entity import Entity
from builder.record import Record
from builder.runtime.context import Context

MOST = 20
"""Documents of one command that are told of."""


def closed_for(ctx: Context, entity: Entity) -> date | None:
    """The last day on which what the entity's documents post is refused. Nothing is asked where they post nothing."""
    keys = dict.fromkeys(p.ledger for p in entity.postings if p.mode == "fixed")
    models = [model for key in keys if (model := ctx.app.ledgers.get(key)) is not None]
    return period.latest_closed(ctx.conn, models, ctx.ws) if models else None


def warnings_of(ctx: Context) -> Iterator[Problem]:
    """Of every draft that was dated by this command into a closed period."""
    known: dict[str, date | None] = {}
    told = 0
    for change in list(ctx.pending.records.values()):
        entity = ctx.app.package.entity(change.record.entity)
        if entity is None or not entity.postings or not _is_dated(ctx, entity, change):
            continue
        if entity.key not in known:
            known[entity.key] = closed_for(ctx, entity)
        found = _told(entity, change.record, known[entity.key])
        if found is not None and told < MOST:
            told += 1
            yield found


def warning_of(ctx: Context, entity: Entity, record: Record) -> Problem | None:
    """What is to be said of the draft as it stands."""
    is_draft = bool(entity.postings) and record.archived_at is None and is_open(ctx, entity, record.state)
    return _told(entity, record, closed_for(ctx, entity)) if is_draft else None


def _told(entity: Entity, record: Record, closed: date | None) -> Problem | None:
    day = record.business_date
    if closed is None or day is None or day > closed:
        return None
    params = {"day": day.isoformat(), "closed_through": closed.isoformat(), "entity": entity.label}
    return Problem("DATED_INTO_CLOSED", "/business_date", params, severity="warning")


def is_open(ctx: Context, entity: Entity, state: str | None) -> bool:
    """Whether a document in that state is still to be posted."""
    workflow = ctx.app.package.workflow_of(entity.key)
    found = workflow.state(state) if workflow is not None else None
    return found is not None and not (found.approved or found.final or found.void)


def _is_dated(ctx: Context, entity: Entity, change: RecordChange) -> bool:
    """Whether the document got another day now and is still to be posted."""
    record, before = change.after, change.before
    if record is None or record.archived_at is not None:
        return False
    is_new_day = before is None or before.business_date != record.business_date
    return is_new_day and is_open(ctx, entity, record.state)
