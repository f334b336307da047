"""Outcome: the pending changes as one ``Changes`` value with ledger intents, and how its answer is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from builder.changes import Changes, Intent, RecordChange, RuleRun
from builder.errors import Problem, RefusedError
from builder.record import Record, Ref, Value
from builder.rules.formulas import compute
from builder.runtime.back_dating import forbidden
from builder.runtime.closed_days import warnings_of
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.overlapping import at_record, is_uneven
from builder.runtime.pending import Pending
from builder.runtime.permissions import Kernel
from builder.runtime.postings import PostingWriter
from builder.runtime.representation import Representation, title_of
from builder.runtime.results import with_results
from builder.runtime.veiling import hidden_among, hidden_from, may_hide, without

Results = Mapping[tuple[str, int], Mapping[str, Value]]
"""(entity key of the document, line or record id) → field key → what the ledger found."""

Complete = Callable[[Changes, Results, Any], Changes]


@dataclass(frozen=True)
class Outcome:
    """``complete`` lays the ledger's results over the changes, within commit's transaction (its connection is given), with the formulas
    that use them; ``render`` gives the answer."""

    changes: Changes
    render: Callable[[Changes, Any], Mapping[str, Any]]
    complete: Complete


def finish(ctx: Context, handled: Handled) -> Outcome:
    """What was decided, frozen. The answer is rendered when commit has filled in numbers and costs."""
    pending = ctx.pending
    intents = tuple(ctx.reader.intents())
    late = forbidden(ctx.app.package, ctx.kernel, pending.today, intents)
    if late:
        raise RefusedError("BACK_DATE_FORBIDDEN", problems=late)
    if ctx.actor.kind in {"user", "token"}:
        pending.warnings.extend(warnings_of(ctx))
    changes = Changes(
        app=ctx.app.key,
        package_version=ctx.app.row.live_version,
        records=tuple(c for c in pending.records.values() if c.before is not None or c.after is not None),
        intents=intents,
        numbers=tuple(pending.numbers),
        links=tuple(pending.links),
        approvals=tuple(pending.approvals.values()),
        tasks=tuple(pending.tasks.values()),
        decisions=tuple(pending.decisions),
        messages=tuple(pending.messages),
        rule_runs=tuple(_with_touched(pending)),
        comments=tuple(pending.comments),
        tickets=tuple(pending.tickets.values()),
        ticket_steps=tuple(pending.ticket_steps),
        settings=tuple(pending.settings),
        writes=tuple(pending.writes),
        reads=dict(pending.reads),
        fired=tuple(pending.once),
        warnings=tuple(pending.warnings),
        answer=handled.answer,
    )
    return Outcome(changes, _renderer(ctx, handled), _completer(ctx))


def _with_touched(pending: Pending) -> Iterator[RuleRun]:
    """The rules that ran, each with the records that its commands wrote."""
    for run in pending.rule_runs:
        refs = pending.touched.get((run.rule, run.entity, run.record_id))
        if refs and run.outcome == "done":
            yield RuleRun(*run[:-1], touched=tuple(dict.fromkeys(refs)))
        else:
            yield run


def _completer(ctx: Context) -> Complete:
    def complete(changes: Changes, results: Results, conn: Any) -> Changes:
        if not results:
            return changes
        ctx.reader.move_to(conn)
        return replace(changes, records=tuple(_completed(ctx, change, results) for change in changes.records))

    return complete


def _completed(ctx: Context, change: RecordChange, results: Results) -> RecordChange:
    record = change.after
    if record is None:
        return change
    laid = with_results(record, results)
    return change if laid is record else change._replace(after=compute(ctx.facts, laid)[0])


def intents_of(ctx: Context) -> tuple[Intent, ...]:
    """What every changed document wants of the ledgers."""

    def evaluate(uid: str, property: str, line: Record, parent: Record | None) -> Value:
        expression = ctx.expression(uid, property)
        return None if expression is None else ctx.evaluate(expression, line, parent)

    writer = PostingWriter(ctx.app, ctx.pending.today, evaluate, ctx.reader.reversals)
    fired: dict[Ref, list[str]] = {}
    for ref, transition in ctx.pending.fired:
        fired.setdefault(ref, []).append(transition)
    made: list[Intent] = []
    for ref, change in ctx.pending.records.items():
        is_reversed = ref in ctx.pending.reversed
        wanted = writer.intents(change, tuple(fired.get(ref, ())), is_reversed=is_reversed)
        place = ctx.pending.carried.get(ref)
        made.extend(wanted if place is None else _carried(wanted, place, ctx.pending.today))
    return (*made, *ctx.pending.intents)


def _carried(wanted: Iterable[Intent], place: str, today: date) -> Iterator[Intent]:
    """A document goes over on the day on which what it reserves does, not on its own: in between it would be where there is nothing."""
    for intent in wanted:
        yield replace(intent, business_date=max(intent.business_date, today), path=place)


def _looks(ctx: Context, handled: Handled) -> Mapping[Ref, Kernel]:
    """Records are looked at in the answer as everywhere: with the roles that show them, and by whoever still has a decision to make on one
    through that step."""
    found: dict[Ref, Kernel] = {}
    for entity in {ref.entity for ref in handled.refs}:
        if not (may_hide(ctx, entity) or is_uneven(ctx.kernel, entity)):
            continue
        ids = [ref.id for ref in handled.refs if ref.entity == entity]
        hidden = hidden_among(ctx, entity, ids) if handled.many else None
        for id, record in ctx.reader.get(entity, ids).items():
            keys = hidden_from(ctx, record) if hidden is None else hidden.get(id, frozenset())
            found[Ref(entity, id)] = without(at_record(ctx, record).kernel, entity, keys)
    return found


def _renderer(ctx: Context, handled: Handled) -> Callable[[Changes, Any], Mapping[str, Any]]:
    kernels = _looks(ctx, handled)

    def render(changes: Changes, plan: Any) -> Mapping[str, Any]:
        by_ref = {Ref(c.record.entity, c.record.id): c.record for c in changes.records}
        became = {ref: _became(c) for ref, c in zip(by_ref, changes.records, strict=True)}
        bodies: list[dict[str, Any]] = []
        own = Representation(ctx.kernel, ctx.engine.database.show)
        for ref in handled.refs:
            record = by_ref.get(ref) or ctx.reader.get(ref.entity, [ref.id]).get(ref.id)
            if record is not None and ctx.kernel.may("read", ref.entity):
                other = kernels.get(ref)
                shown = own if other is None else Representation(other, own.show)
                body = shown.record(record)
                body["entity"] = ref.entity
                bodies.append(body)
            else:
                bodies.append({"id": ctx.engine.database.show(ref.id), "entity": ref.entity, "version": 0})
        effects = _effects(ctx, changes, plan, handled)
        if handled.many:
            for ref, body in zip(handled.refs, bodies, strict=True):
                body["_change"] = became.get(ref, "unchanged")
            return {**handled.answer, **changes.answer, "results": bodies, "_effects": effects}
        if bodies:
            return {**handled.answer, **bodies[0], "_effects": effects}
        return {**handled.answer, **changes.answer}

    return render


def _became(change: RecordChange) -> str:
    """What the command made of one of its records: an upsert makes some and changes others."""
    return "created" if change.before is None else "changed"


def _effects(ctx: Context, changes: Changes, plan: Any, handled: Handled) -> Mapping[str, Any]:
    """Opened tasks, made entries, and other records that were written, each with what names it."""
    show = ctx.engine.database.show
    own = set(handled.refs)
    records = []
    for change in changes.records:
        record = change.record
        if Ref(record.entity, record.id) in own or not ctx.kernel.may("read", record.entity):
            continue
        entity = ctx.app.package.entity(record.entity)
        title = title_of(entity, record) if entity else ""
        kind = _became(change)
        records.append(
            {
                "entity": record.entity,
                "id": show(record.id),
                "title": title,
                "kind": kind,
                "state": record.state,
            }
        )
    tasks = [{"id": show(t.id), "title": t.title, "status": t.status} for t in changes.tasks]
    entries = _entries(ctx, plan)
    return {
        "records": records,
        "tasks": tasks,
        "entries": entries,
        "warnings": [_warning(w) for w in changes.warnings],
    }


def _entries(ctx: Context, plan: Any) -> list[Mapping[str, Any]]:
    if plan is None:
        return []
    counted: dict[str, int] = {}
    for entry in plan.entries:
        if ctx.kernel.measures(entry.ledger):
            counted[entry.ledger] = counted.get(entry.ledger, 0) + 1
    return [{"ledger": ledger, "count": count} for ledger, count in counted.items()]


def _warning(problem: Problem) -> Mapping[str, Any]:
    return {
        "code": problem.code,
        "path": problem.path,
        "severity": "warning",
        "params": dict(problem.params),
    }
