"""Closing a period: everything that is in the way, each with its words and a place to go to, and who closed what when and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal

from builder.clock import business_date
from builder.errors import ForbiddenError, Problem
from builder.ledger import closing as of_ledger
from builder.ledger import period
from builder.ledger.closing import Obstacle, Span
from builder.ledger.definition import LedgerModel
from builder.metadata.entity import Entity, Posting
from builder.metadata.workflow import Workflow
from builder.record import Record, Ref
from builder.runtime import health
from builder.runtime.context import Context
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter
from builder.runtime.sights import common
from builder.storage import apps as stored_apps

SHOWN = 50
Severity = Literal["blocking", "overridable", "note"]


@dataclass(frozen=True)
class Item:
    """One thing in the way: its name, words filled with ``params``, and the record that it is about, if it may be read."""

    title: str
    params: Mapping[str, Any] = field(default_factory=dict)
    ref: Ref | None = None


@dataclass(frozen=True)
class Hurdle:
    """All of one kind that is in the way. ``label`` is the words of a package's own check; others are worded by their ``code``.
    ``where`` filters the list of ``entity`` to exactly these."""

    code: str
    severity: Severity
    count: int
    items: tuple[Item, ...]
    label: Any = None
    entity: str = ""
    where: Filter | None = None


@dataclass(frozen=True)
class Turn:
    """A ledger was closed or reopened ``through`` a day (None: nothing is closed any more)."""

    through: str | None
    reopened: bool
    reason: str
    accepted: tuple[str, ...]
    at: datetime | None
    by: int

    def days_after(self, timezone: str) -> int | None:
        """How many days after its end a period was closed, by the calendar of a place. None for a reopening."""
        if self.reopened or self.through is None or self.at is None:
            return None
        return (business_date(self.at, timezone) - date.fromisoformat(self.through)).days


def require_closer(ctx: Context, ledger: str) -> None:
    """403 for who may neither close periods nor holds the ledger's own role for it."""
    declared = ctx.app.package.ledger(ledger)
    role = declared.close_role if declared is not None else None
    if not (ctx.kernel.has_right("close_period") or (role is not None and role in ctx.kernel.role_keys())):
        raise ForbiddenError(deed="close_period")


def may_close(ctx: Context, ledger: str) -> bool:
    """Whether the actor may close and reopen periods of the ledger."""
    try:
        require_closer(ctx, ledger)
    except ForbiddenError:
        return False
    return True


def hurdles(ctx: Context, ledger: str, through: date) -> tuple[Hurdle, ...]:
    """Everything that is in the way of closing ``ledger`` through that day, the worst first."""
    model = ctx.app.ledgers[ledger]
    span = Span(period.closed_through(ctx.conn, model, ctx.ws), through)
    found = [*_of_ledger(ctx, model, span), *_undone(ctx, ledger, span), *_never_counted(ctx, model, span)]
    found += _of_package(ctx, ledger)
    order = ("blocking", "overridable", "note")
    return tuple(sorted((h for h in found if h.count), key=lambda h: order.index(h.severity)))


def refusals(found: Iterable[Hurdle], accepted: Sequence[str]) -> list[Problem]:
    """What of it refuses the close: all but notes and what is overridable and accepted."""
    return [
        Problem(h.code, "", {**_first(h), "count": h.count}, h.label)
        for h in found
        if h.severity == "blocking" or (h.severity == "overridable" and h.code not in accepted)
    ]


def _first(hurdle: Hurdle) -> dict[str, Any]:
    item = hurdle.items[0] if hurdle.items else None
    return {"title": item.title, **item.params} if item is not None else {}


def turns(ctx: Context, ledger: str) -> tuple[Turn, ...]:
    """Who closed and reopened the ledger, the newest first."""
    rows = stored_apps.kept_log(ctx.conn, ctx.ws, ctx.app.row.app_id, key_of(ctx, ledger))
    return tuple(
        Turn(
            row.value["through"],
            row.value["reopened"],
            row.value["reason"],
            tuple(row.value["accepted"]),
            row.at,
            row.actor_id,
        )
        for row in rows
    )


def key_of(ctx: Context, ledger: str) -> str:
    """Under which key the turns of a ledger's periods are kept."""
    declared = ctx.app.package.ledger(ledger)
    return f"engine.period.{declared.uid if declared is not None else ledger}"


def suggested(today: date) -> date:
    """The end of the last month."""
    return today.replace(day=1) - timedelta(days=1)


# ---- what the ledger's own rows say


def _of_ledger(ctx: Context, model: LedgerModel, span: Span) -> Iterator[Hurdle]:
    by_code: dict[str, list[Obstacle]] = {}
    for obstacle in of_ledger.obstacles(ctx.conn, model, ctx.ws, span):
        by_code.setdefault(obstacle.code, []).append(obstacle)
    for code, found in by_code.items():
        severity: Severity = "overridable" if of_ledger.is_overridable(code) else "blocking"
        count = sum(int(o.params.get("count", 1)) for o in found)
        yield Hurdle(code, severity, count, tuple(_named(ctx, model, o) for o in found[:SHOWN]))


def _named(ctx: Context, model: LedgerModel, obstacle: Obstacle) -> Item:
    """Named by its document where there is one, and by the records that it is about."""
    refs: list[Ref] = []
    if obstacle.document is not None:
        key = ctx.app.maps.entity_by_id(obstacle.document[0])
        refs += [Ref(key, obstacle.document[1])] if key else []
    entities = {d.key: d.entity for d in model.dimensions}
    refs += [
        Ref(entity, id) for key, id in obstacle.dimensions.items() if (entity := entities.get(key)) and id
    ]
    named = [(ref, title) for ref in refs if (title := _title(ctx, ref))]
    hidden = {m.key for m in model.measures} - common(ctx.kernel, model.ledger)
    params = {k: v for k, v in obstacle.params.items() if k not in hidden}
    return Item(" · ".join(title for _, title in named), params, named[0][0] if named else None)


def _title(ctx: Context, ref: Ref) -> str:
    entity = ctx.app.package.entity(ref.entity)
    if entity is None or not ctx.kernel.may("read", ref.entity):
        return ""
    record = ctx.reader.get(ref.entity, [ref.id]).get(ref.id)
    if record is None or not ctx.passes(record, ctx.kernel.scope(ref.entity)):
        return ""
    return title_of(entity, record)


# ---- documents that have not posted yet


def _undone(ctx: Context, ledger: str, span: Span) -> Iterator[Hurdle]:
    """Documents of the period that would still post into the ledger."""
    for entity in ctx.app.package.entities:
        mine = [p for p in entity.postings if p.ledger == ledger and p.mode == "fixed"]
        workflow = ctx.app.package.workflow_of(entity.key)
        if not mine or workflow is None:
            continue
        states = open_states(workflow, mine)
        if not states:
            continue
        where = _dated(span, states)
        found = ctx.reader.find(entity.key, where, limit=1000)
        items = tuple(_document(ctx, entity, r) for r in found[:SHOWN])
        yield Hurdle("PERIOD_UNAPPROVED", "overridable", len(found), items, None, entity.key, where)


def open_states(workflow: Workflow, postings: Iterable[Posting]) -> list[str]:
    """States from which a document may yet come to one of those postings without being taken back first."""
    firing = {t for p in postings for t in p.transitions}
    ahead = [t for t in workflow.transitions if not t.reverses]
    reached = {state for t in ahead if t.key in firing for state in t.from_}
    while True:
        more = {state for t in ahead if t.to in reached for state in t.from_} - reached
        if not more:
            break
        reached |= more
    void = {s.key for s in workflow.states if s.void or s.approved}
    return sorted(reached - void)


def _dated(span: Span, states: Sequence[str]) -> Filter:
    parts: list[Filter] = [
        {"field": "state", "op": "in", "value": list(states)},
        {"field": "business_date", "op": "<=", "value": span.through.isoformat()},
    ]
    if span.since is not None:
        parts.append({"field": "business_date", "op": ">", "value": span.since.isoformat()})
    return {"and": parts}


def _document(ctx: Context, entity: Entity, record: Record) -> Item:
    ref = Ref(entity.key, record.id)
    title = _title(ctx, ref)
    return Item(title, {"entity": entity.label, "day": record.business_date}, ref if title else None)


# ---- what nobody has counted


def _never_counted(ctx: Context, model: LedgerModel, span: Span) -> Iterator[Hurdle]:
    """Where documents count a ledger: what has not been counted since the last close. Only a note."""
    counts = any(p.count and p.ledger == model.key for e in ctx.app.package.entities for p in e.postings)
    if counts and model.cost is not None:
        missing, whole = of_ledger.uncounted(ctx.conn, model, ctx.ws, span)
        yield Hurdle("PERIOD_UNCOUNTED", "note", missing, (Item("", {"missing": missing, "whole": whole}),))


# ---- the package's own checks


def _of_package(ctx: Context, ledger: str) -> Iterator[Hurdle]:
    for check in ctx.app.package.health:
        if not check.close or (check.ledger and check.ledger != ledger):
            continue
        found = health.check_one(ctx, check).findings
        severity: Severity = "note" if check.severity == "info" else "overridable"
        items = tuple(Item(f.title, f.values, f.refs[0] if f.refs else None) for f in found[:SHOWN])
        yield Hurdle(f"HEALTH:{check.key}", severity, len(found), items, check.label, check.entity)
