"""Health: checks over an app's data. What each finds is named with the records that it is about."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from builder.errors import BuilderError, ForbiddenError
from builder.expressions import ExpressionError
from builder.expressions.bounds import bounds_of
from builder.ledger.entries import Among, RunningEntry, bounded_entries
from builder.metadata.report import Health
from builder.record import Record, Ref, Value
from builder.rules.context import LEDGER
from builder.runtime.context import Context
from builder.runtime.ledger_reading import ledger_of, scopes_of
from builder.runtime.report_rows import (
    MOST,
    balance_rows,
    both,
    may_read_path,
    readable,
    reading_scope,
)
from builder.runtime.representation import title_of

Values = Mapping[str, Value]


@dataclass(frozen=True)
class Finding:
    """One thing found: the records concerned (several of a group or a pair), their names, and figures that show it."""

    refs: tuple[Ref, ...]
    title: str
    values: Values = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """A check with what it found; ``is_readable`` False: the actor may not see what it looks at."""

    check: Health
    findings: tuple[Finding, ...]
    is_readable: bool = True


def check_all(ctx: Context) -> tuple[Checked, ...]:
    """Every health check of the app that the actor may see, in their order."""
    done = (check_one(ctx, check) for check in ctx.app.package.health)
    return tuple(checked for checked in done if checked.is_readable)


def check_one(ctx: Context, check: Health) -> Checked:
    try:
        return Checked(check, findings(ctx, check))
    except BuilderError:
        # What the actor may not read is not checked for it, and it does not learn that there is something.
        return Checked(check, (), is_readable=False)


def findings(ctx: Context, check: Health) -> tuple[Finding, ...]:
    """Everything that the check finds. 403 where it looks at what the actor may not see."""
    return tuple(KINDS[check.kind](ctx, check))


def _records(ctx: Context, check: Health) -> Iterable[Finding]:
    for key in (check.entity, *check.entities):
        entity = readable(ctx, key)
        found = ctx.reader.find(key, both(check.filter, reading_scope(ctx, entity)), limit=MOST)
        for record in _holding(ctx, check, found):
            yield Finding((Ref(key, record.id),), title_of(entity, record))


def _holding(ctx: Context, check: Health, records: Sequence[Record]) -> Iterable[Record]:
    """The records for which the check's condition holds. One that it cannot judge is left out."""
    condition = ctx.expression(check.uid, "when")
    if condition is None:
        yield from records
        return
    values = ctx.facts.values_many(condition.paths, records)
    for record, known in zip(records, values, strict=True):
        try:
            if condition.evaluate(known, ctx.environment):
                yield record
        except ExpressionError:
            continue


def normal(value: Value) -> str:
    """A text with width, case and spaces evened out, so that twins that only look different meet."""
    text = unicodedata.normalize("NFKC", str(value)) if value is not None else ""
    return "".join(text.split()).casefold()


def _duplicates(ctx: Context, check: Health) -> Iterable[Finding]:
    entity = readable(ctx, check.entity)
    if not all(may_read_path(ctx, entity, path) for path in check.fields):
        raise ForbiddenError("REPORT_FORBIDDEN", entity=entity.label)
    found = ctx.reader.find(check.entity, both(check.filter, reading_scope(ctx, entity)), limit=MOST)
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in _holding(ctx, check, found):
        key = tuple(normal(record.values.get(name)) for name in check.fields)
        if any(key):
            groups.setdefault(key, []).append(record)
    for group in groups.values():
        if len(group) > 1:
            refs = tuple(Ref(check.entity, record.id) for record in group)
            yield Finding(refs, " = ".join(title_of(entity, record) for record in group))


def _balances(ctx: Context, check: Health) -> Iterable[Finding]:
    ledger = ctx.app.package.ledger(check.ledger)
    grain = ledger.grain(check.grain) if ledger else None
    condition = ctx.expression(check.uid, "when")
    if ledger is None or condition is None:
        return
    group = grain.dimensions if grain else tuple(d.key for d in ledger.dimensions)
    paths = [*group, *(p for p in condition.paths)]
    bounds = bounds_of(condition)
    for values in balance_rows(ctx, check.ledger, check.filter, paths, group=group, bounds=bounds):
        if condition.evaluate(values, ctx.environment):
            yield _of_keys(ctx, check, values, group)


def _entries(ctx: Context, check: Health) -> Iterable[Finding]:
    """Only what is found is named: a ledger has many entries, and few are wrong."""
    ledger, model, measures = ledger_of(ctx, check.ledger)
    condition = ctx.expression(check.uid, "when")
    if condition is None:
        return
    if not {p for p in condition.paths if "." not in p and ledger.dimension(p) is None} <= measures:
        raise ForbiddenError("REPORT_FORBIDDEN", entity=ledger.label)
    mine = Among(scope=scopes_of(ctx, ledger))
    found = bounded_entries(ctx.conn, model, ctx.ws, mine, bounds=bounds_of(condition))
    for some in found:
        records = [
            Record(f"{LEDGER}{ledger.key}", e.entry.id, {**_known(e.dimensions), **e.measures}) for e in some
        ]
        values = ctx.facts.values_many(condition.paths, records)
        for entry, record, known in zip(some, records, values, strict=True):
            if condition.evaluate(known, ctx.environment):
                yield _of_entry(ctx, check, entry, record)


def _known(dimensions: Mapping[str, int]) -> dict[str, Value]:
    return {key: id or None for key, id in dimensions.items()}


def _of_entry(ctx: Context, check: Health, entry: RunningEntry, record: Record) -> Finding:
    """An entry's finding, named by its document and what it is about."""
    found = _of_keys(ctx, check, record.values, tuple(entry.dimensions))
    key = ctx.app.maps.entity_by_id(entry.entity_id)
    entity = ctx.app.package.entity(key) if key else None
    if entity is None or not ctx.kernel.may("read", entity.key):
        return found
    document = ctx.reader.get(entity.key, [entry.record_id]).get(entry.record_id)
    name = title_of(entity, document) if document is not None else ""
    refs = (Ref(entity.key, entry.record_id), *found.refs)
    return Finding(refs, f"{name} · {found.title}" if name else found.title, found.values)


def _of_keys(ctx: Context, check: Health, values: Values, group: Sequence[str]) -> Finding:
    """A balance's finding, named by its dimension records."""
    ledger = ctx.app.package.ledger(check.ledger)
    assert ledger is not None
    refs: list[Ref] = []
    names: list[str] = []
    for key in group:
        dimension, id = ledger.dimension(key), values.get(key)
        entity = ctx.app.package.entity(dimension.entity or "") if dimension else None
        if entity is not None and isinstance(id, int):
            record = ctx.reader.get(entity.key, [id]).get(id)
            refs.append(Ref(entity.key, id))
            names.append(title_of(entity, record) if record else "")
        elif id is not None:
            names.append(str(id))
    measures = {m.key: values[m.key] for m in ledger.measures if m.key in values}
    return Finding(tuple(refs), " · ".join(n for n in names if n), measures)


def _mirror(ctx: Context, check: Health) -> Iterable[Finding]:
    """Pairs of opposite differences in different headers, each line in one pair at most."""
    entity = readable(ctx, check.entity)
    where: dict[str, object] = {"field": check.difference, "op": "!=", "value": "0"}
    found = ctx.reader.find(check.entity, both(where, check.filter, reading_scope(ctx, entity)), limit=MOST)
    paths = {check.difference, *check.same, "parent.business_date", "business_date", "parent.state"}
    values = ctx.facts.values_many(paths, found)
    waiting: dict[tuple[object, ...], list[tuple[Record, date]]] = {}
    for record, known in zip(found, values, strict=True):
        difference, day = known[check.difference], _day(known)
        if not isinstance(difference, Decimal) or not difference or day is None:
            continue
        same = tuple(known[name] for name in check.same)
        other = _partner(waiting.get((*same, -difference), []), record, day, check.days)
        if other is None:
            waiting.setdefault((*same, difference), []).append((record, day))
            continue
        refs = (Ref(check.entity, other.id), Ref(check.entity, record.id))
        yield Finding(refs, _title(ctx, other, record), {check.difference: abs(difference)})


def _day(known: Values) -> date | None:
    day = known.get("parent.business_date") or known.get("business_date")
    return day if isinstance(day, date) else None


def _partner(waiting: list[tuple[Record, date]], record: Record, day: date, days: int) -> Record | None:
    """The first that waits within ``days`` under another header; it waits no longer."""
    for index, (other, then) in enumerate(waiting):
        if abs((day - then).days) <= days and other.parent_id != record.parent_id:
            return waiting.pop(index)[0]
    return None


def _title(ctx: Context, *lines: Record) -> str:
    """The names of the lines' headers."""
    entity = ctx.app.package.entity(lines[0].entity)
    parent = ctx.app.package.entity(entity.parent or "") if entity else None
    if parent is None:
        return ""
    found = ctx.reader.get(parent.key, [line.parent_id for line in lines])
    return " ↔ ".join(title_of(parent, found[line.parent_id]) for line in lines if line.parent_id in found)


KINDS: Mapping[str, Callable[[Context, Health], Iterable[Finding]]] = {
    "records": _records,
    "duplicates": _duplicates,
    "balances": _balances,
    "entries": _entries,
    "mirror": _mirror,
}
