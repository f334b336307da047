"""Expecting: what a step had to lead to, compared with what it led to. Every number exactly; every difference is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from builder.errors import Problem
from builder.ledger import balance as balances
from builder.ledger import scalars
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.differing import Difference, outcome, same
from builder.runtime.health import findings
from builder.runtime.live import with_live
from builder.runtime.playing import Played, Player, open_tasks
from builder.runtime.relay import Delivered
from builder.runtime.reports import run_report
from builder.runtime.resolving import LINKS, relative_day
from builder.storage import query as stored


@dataclass(frozen=True)
class Before:
    """What is counted before a step, for what it makes."""

    counts: Mapping[str, int]


def look(player: Player, wanted: Mapping[str, Any]) -> Before:
    """Count what the step's expectation will compare."""
    entities = wanted.get("created", {})
    if not entities:
        return Before({})
    with player.reading() as ctx:
        return Before({entity: _count(ctx, entity) for entity in entities})


def _count(ctx: Context, entity: str) -> int:
    found = stored.aggregate(
        ctx.conn, ctx.app.maps, ctx.app.package, ctx.ws, entity, "count", "id", None, ctx.reader.filters
    )
    return int(found or 0)


def differences(
    player: Player, played: Played, before: Before, delivered: Sequence[Delivered]
) -> tuple[Difference, ...]:
    """Everything in which the step came out otherwise than expected. A refusal that nobody expected is one."""
    wanted = played.step.expect
    found = list(outcome(wanted, played.error))
    if found and "error" not in wanted:
        return tuple(found)
    with player.reading() as ctx:
        for key in [one for one in wanted if one in CHECKS]:
            found.extend(CHECKS[key](player, ctx, played, wanted[key]))
        found.extend(_created(ctx, wanted.get("created", {}), before))
        found.extend(_messages(ctx, wanted.get("messages"), delivered))
    return tuple(found)


def _state(player: Player, ctx: Context, played: Played, wanted: Any) -> Iterator[Difference]:
    record = _record(ctx, played)
    state = record.state if record else None
    if state != wanted:
        yield Difference("state", str(wanted), str(state))


def _states(player: Player, ctx: Context, played: Played, wanted: Mapping[str, str]) -> Iterator[Difference]:
    """The states of other records, by their names."""
    for name, state in wanted.items():
        ref = player.resolver.ref(ctx, name)
        record = ctx.reader.get(ref.entity, [ref.id]).get(ref.id)
        if record is None or record.state != state:
            yield Difference(f"states.{name}", state, str(record.state if record else None))


def _record(ctx: Context, played: Played) -> Record | None:
    if played.ref is None:
        return None
    return ctx.reader.get(played.ref.entity, [played.ref.id]).get(played.ref.id)


def _values(player: Player, ctx: Context, played: Played, wanted: Mapping[str, Any]) -> Iterator[Difference]:
    record = _record(ctx, played)
    entity = ctx.app.package.entity(record.entity) if record else None
    if record is None or entity is None:
        yield Difference("values", str(wanted), "")
        return
    yield from _fields(player, ctx, entity, with_live(ctx, [record])[0], wanted, "values")


def _fields(
    player: Player, ctx: Context, entity: Entity, record: Record, wanted: Mapping[str, Any], at: str
) -> Iterator[Difference]:
    for key, value in wanted.items():
        field = entity.field(key)
        if field is not None and field.type == "lines":
            if not _are_rows(value):
                yield Difference(f"{at}.{key}", "[{…}]", str(value))
                continue
            yield from _lines(player, ctx, field, record, value, f"{at}.{key}")
            continue
        found = record.values.get(key)
        if key == "business_date" and field is None:
            found = record.business_date
        if not _is_value(player, ctx, field, record, value, found):
            yield Difference(f"{at}.{key}", str(value), "" if found is None else str(found))


def _are_rows(wanted: Any) -> bool:
    return isinstance(wanted, list | tuple) and all(isinstance(row, Mapping) for row in wanted)


def _lines(
    player: Player, ctx: Context, field: Field, record: Record, wanted: Sequence[Any], at: str
) -> Iterator[Difference]:
    lines = record.lines.get(field.key, ())
    entity = ctx.app.package.entity(field.entity or "")
    for index, row in enumerate(wanted):
        if index >= len(lines) or entity is None:
            yield Difference(f"{at}[{index}]", str(row), "")
        else:
            yield from _fields(player, ctx, entity, lines[index], row, f"{at}[{index}]")


def _is_value(
    player: Player, ctx: Context, field: Field | None, record: Record, wanted: Any, found: Any
) -> bool:
    if field is None:
        return same(relative_day(wanted, ctx.pending.today), found)
    if field.type in LINKS and isinstance(wanted, str):
        return bool(player.resolver.reference(ctx, field, wanted, record.values) == found)
    wanted = relative_day(wanted, ctx.pending.today)
    if wanted is None or isinstance(found, Decimal):
        return same(wanted, found)
    read = field_type(field.type).parse(wanted, field)
    return same(wanted, found) if isinstance(read, Problem) else bool(read == found)


def _balances(
    player: Player, ctx: Context, played: Played, wanted: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    for index, part in enumerate(wanted):
        model = ctx.app.ledgers[part["ledger"]]
        where = {key: _dimension(player, ctx, part, key) for key in part["dimensions"]}
        as_of = part.get("as_of")
        day = date.fromisoformat(relative_day(as_of, player.today)) if as_of else None
        rows = balances.balances(ctx.conn, model, ctx.ws, group=(), where=where, as_of=day, with_zero=True)
        for measure, value in part["measures"].items():
            found = rows[0].measures[measure] if rows else Decimal(0)
            if not same(value, found):
                yield Difference(
                    f"balances[{index}].{part['ledger']}.{measure}", str(value), format(found, "f")
                )


def _dimension(player: Player, ctx: Context, part: Mapping[str, Any], key: str) -> tuple[int, ...]:
    """The id of the record that a dimension names; of a text, day or number, its id if it was ever posted."""
    ledger = ctx.app.package.ledger(part["ledger"])
    dimension = next(d for d in ledger.dimensions if d.key == key) if ledger else None
    value = part["dimensions"][key]
    if dimension is not None and dimension.entity is None:
        text = relative_day(value, player.today) if dimension.type == "date" else str(value)
        return scalars.ids_of(ctx.conn, ctx.app.ledgers[part["ledger"]], ctx.ws, key, [text])
    of = Field(key, key, "reference", key, entity=dimension.entity if dimension else None)
    return (int(player.resolver.reference(ctx, of, value, {})),)


def _tasks(player: Player, ctx: Context, played: Played, wanted: Any) -> Iterator[Difference]:
    found = len(open_tasks(ctx, played.ref)) if played.ref else 0
    if found != int(wanted):
        yield Difference("tasks", str(wanted), str(found))


def _health(player: Player, ctx: Context, played: Played, wanted: Mapping[str, int]) -> Iterator[Difference]:
    for key, count in wanted.items():
        check = next((h for h in ctx.app.package.health if h.key == key), None)
        found = len(findings(ctx, check)) if check else -1
        if found != count:
            yield Difference(f"health.{key}", str(count), str(found))


def _reports(
    player: Player, ctx: Context, played: Played, wanted: Sequence[Mapping[str, Any]]
) -> Iterator[Difference]:
    for index, part in enumerate(wanted):
        report = ctx.app.package.report(part["report"])
        assert report is not None
        sent = {k: _parameter(player, ctx, v) for k, v in part.get("parameters", {}).items()}
        rows = run_report(ctx, report, sent).rows
        at = f"reports[{index}]"
        if "count" in part and len(rows) != part["count"]:
            yield Difference(f"{at}.count", str(part["count"]), str(len(rows)))
        for number, row in enumerate(part.get("rows", ())):
            for key, value in row.items():
                found = rows[number].get(key) if number < len(rows) else None
                meant = _named(player, ctx, value)
                if not same(meant, found):
                    yield Difference(f"{at}.rows[{number}].{key}", str(value), str(found))


def _parameter(player: Player, ctx: Context, value: Any) -> Any:
    return relative_day(_named(player, ctx, value), ctx.pending.today)


def _named(player: Player, ctx: Context, value: Any) -> Any:
    """The id of the record of an earlier step, or the value itself."""
    named = isinstance(value, str) and value.startswith("$")
    return player.resolver.ref(ctx, value).id if named else value


CHECKS: Mapping[str, Any] = {
    "state": _state,
    "states": _states,
    "values": _values,
    "balances": _balances,
    "tasks": _tasks,
    "health": _health,
    "reports": _reports,
}


def _created(ctx: Context, wanted: Mapping[str, int], before: Before) -> Iterator[Difference]:
    for entity, count in wanted.items():
        found = _count(ctx, entity) - before.counts[entity]
        if found != count:
            yield Difference(f"created.{entity}", str(count), str(found))


def _messages(ctx: Context, wanted: Any, delivered: Iterable[Delivered]) -> Iterator[Difference]:
    """Notifications and e-mails that the step made: how many, or how many to whoever holds a role."""
    if wanted is None:
        return
    mine = [
        d.body for d in delivered if d.kind in {"notification", "email"} and d.body.get("app") == ctx.app.key
    ]
    told_to = Counter(body["user_id"] for body in mine)
    if not isinstance(wanted, Mapping):
        if sum(told_to.values()) != int(wanted):
            yield Difference("messages", str(wanted), str(sum(told_to.values())))
        return
    for role, count in wanted.items():
        found = sum(told_to[user] for user in ctx.directory.with_role(role))
        if found != count:
            yield Difference(f"messages.{role}", str(count), str(found))
