"""The log of rules: each run with what it saw, did and touched; searched by page, kept as long as the app says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, literal, or_, select, tuple_

from builder.changes import RuleRun
from builder.metadata.package import Package
from builder.storage.prepared import Prepared
from builder.storage.slots import SlotMap
from builder.storage.tables.machinery import command_log, rule_run
from builder.storage.tables.records import history

MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class RunRow:
    """A rule that ran: when, about which record, what it saw and did. ``touched`` are (entity id, record id) that its commands wrote."""

    cmd: int
    run_no: int
    at: datetime | None
    rule_uid: str
    entity_id: int
    record_id: int
    timing: str
    inputs: dict[str, Any]
    outcome: str
    steps: Sequence[dict[str, Any]]
    micros: int
    touched: Sequence[Sequence[int]] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which runs: of one app; of one rule, of (entity id, record id)s, with one of those outcomes, from ``since`` until before ``until``.
    ``records`` None: of any record; empty: of none."""

    app_id: int
    rule_uid: str = ""
    records: Sequence[tuple[int, int]] | None = None
    outcomes: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    cmds: Sequence[int] = field(default=())


_COLUMNS = [rule_run.c[name] for name in RunRow.__dataclass_fields__]
_ADD = Prepared(insert(rule_run))
_ORDER = (rule_run.c.at, rule_run.c.cmd, rule_run.c.run_no)


def append(
    conn: Connection,
    ws: int,
    maps: SlotMap,
    package: Package,
    runs: Sequence[RuleRun],
    *,
    app_id: int,
    cmd: int,
    now: datetime,
) -> None:
    """Keep rules that matched, in their order, by uid."""
    uids = {rule.key: rule.uid for rule in package.rules}
    named = {ref.entity for run in runs for ref in run.touched} | {run.entity for run in runs}
    ids = {entity: _entity_id(maps, entity) for entity in named}
    rows = [
        {
            "ws": ws,
            "cmd": cmd,
            "run_no": number,
            "rule_uid": uids.get(run.rule, run.rule),
            "entity_id": ids[run.entity],
            "record_id": run.record_id,
            "timing": run.timing,
            "inputs": _plain(run.inputs),
            "outcome": run.outcome,
            "steps": [_plain(step) for step in run.steps],
            "micros": min(run.micros, 2**31 - 1),
            "at": now,
            "app_id": app_id,
            "touched": [[ids[entity], id] for entity, id in run.touched] or None,
        }
        for number, run in enumerate(runs, 1)
    ]
    if rows:
        _ADD.run_many(conn, rows)


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    """What JSON takes; most of it is that already, and nobody writes to it any more."""
    return body if isinstance(body, dict) else dict(body)


def _entity_id(maps: SlotMap, entity: str) -> int:
    return maps.entity_id(entity) if entity in maps.entities else 0


def find(
    conn: Connection, ws: int, wanted: Wanted, *, after: tuple[int, int] | None = None, limit: int = 50
) -> tuple[RunRow, ...]:
    """Runs, the newest first; the page that follows the run ``after`` (command, number)."""
    query = select(*_COLUMNS).where(*_conditions(ws, wanted))
    if after is not None:
        own = (rule_run.c.ws == ws, rule_run.c.cmd == after[0], rule_run.c.run_no == after[1])
        at = conn.execute(select(rule_run.c.at).where(*own)).scalar()
        if at is not None:
            query = query.where(
                tuple_(*_ORDER) < tuple_(*(_bound(c, v) for c, v in zip(_ORDER, (at, *after), strict=True)))
            )
    query = query.order_by(*(c.desc() for c in _ORDER)).limit(limit)
    return tuple(RunRow(*row) for row in conn.execute(query))


def _bound(column: Any, value: Any) -> Any:
    """The value as the column's type writes it."""
    return literal(value, column.type)


def count(conn: Connection, ws: int, wanted: Wanted) -> int:
    """How many there are, counted up to ``MOST_COUNTED``."""
    some = select(rule_run.c.cmd).where(*_conditions(ws, wanted)).limit(MOST_COUNTED).subquery()
    return int(conn.execute(select(func.count()).select_from(some)).scalar_one())


def _conditions(ws: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    c = rule_run.c
    found: list[ColumnElement[bool]] = [c.ws == ws, c.app_id == wanted.app_id]
    if wanted.rule_uid:
        found.append(c.rule_uid == wanted.rule_uid)
    if wanted.records is not None:
        mine = [(c.entity_id == entity) & (c.record_id == id) for entity, id in wanted.records]
        found.append(or_(*mine) if mine else c.cmd < 0)
    if wanted.cmds:
        found.append(c.cmd.in_(list(wanted.cmds)))
    if wanted.outcomes:
        found.append(c.outcome.in_(list(wanted.outcomes)))
    if wanted.since is not None:
        found.append(c.at >= wanted.since)
    if wanted.until is not None:
        found.append(c.at < wanted.until)
    return found


def get(conn: Connection, ws: int, app_id: int, cmd: int, run_no: int) -> RunRow | None:
    """One run of the app."""
    own = (
        rule_run.c.ws == ws,
        rule_run.c.app_id == app_id,
        rule_run.c.cmd == cmd,
        rule_run.c.run_no == run_no,
    )
    row = conn.execute(select(*_COLUMNS).where(*own)).one_or_none()
    return RunRow(*row) if row is not None else None


def command_of(conn: Connection, ws: int, cmd: int) -> tuple[int, int] | None:
    """Who sent the command that a run belongs to, and the app's version then; None for one that was refused."""
    c = command_log.c
    row = conn.execute(select(c.actor_id, c.package_version).where(c.ws == ws, c.cmd == cmd)).one_or_none()
    return (row.actor_id, row.package_version) if row is not None else None


def of_record(
    conn: Connection, ws: int, app_id: int, entity_id: int, record_id: int, *, limit: int = 50
) -> tuple[RunRow, ...]:
    """Runs about a record, and those about others that wrote it, the newest first."""
    c, h = rule_run.c, history.c
    wrote = select(h.cmd).where(h.ws == ws, h.entity_id == entity_id, h.record_id == record_id)
    about = (c.entity_id == entity_id) & (c.record_id == record_id)
    query = select(*_COLUMNS).where(c.ws == ws, c.app_id == app_id, or_(about, c.cmd.in_(wrote)))
    rows = (
        RunRow(*row) for row in conn.execute(query.order_by(*(o.desc() for o in _ORDER)).limit(limit * 4))
    )
    mine = [
        r
        for r in rows
        if (r.entity_id, r.record_id) == (entity_id, record_id) or [entity_id, record_id] in (r.touched or ())
    ]
    return tuple(mine[:limit])


def of_rule(
    conn: Connection, ws: int, rule_uid: str, since: datetime, until: datetime
) -> frozenset[tuple[int, int]]:
    """(command, record id) of all runs of a rule in a period."""
    c = rule_run.c
    query = select(c.cmd, c.record_id).where(c.ws == ws, c.rule_uid == rule_uid, c.at >= since, c.at < until)
    return frozenset((row.cmd, row.record_id) for row in conn.execute(query))


def forget_before(conn: Connection, ws: int, app_id: int, before: datetime, *, limit: int = 5_000) -> int:
    """Remove the app's runs from before then, at most ``limit`` of them; says how many."""
    c = rule_run.c
    old = select(c.cmd, c.run_no).where(c.ws == ws, c.app_id == app_id, c.at < before).limit(limit)
    keys = [(row.cmd, row.run_no) for row in conn.execute(old)]
    if not keys:
        return 0
    return conn.execute(delete(rule_run).where(c.ws == ws, tuple_(c.cmd, c.run_no).in_(keys))).rowcount
