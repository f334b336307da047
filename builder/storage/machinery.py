"""Machinery: rules that ran, what fires once, what the events stream tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from builder.changes import RuleRun
from builder.metadata.package import Package
from builder.storage.errors import RetryError
from builder.storage.slots import SlotMap
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.machinery import command_log, fired, rule_run


@dataclass(frozen=True, slots=True)
class RunRow:
    """A rule that ran: when, about which record, what it saw and did."""

    cmd: int
    at: datetime | None
    rule_uid: str
    entity_id: int
    record_id: int
    timing: str
    inputs: Mapping[str, Any]
    outcome: str
    steps: Sequence[Mapping[str, Any]]


def log_rule_runs(
    conn: Connection, ws: int, maps: SlotMap, package: Package, runs: Sequence[RuleRun], *, cmd: int
) -> None:
    """Keep the rules that matched, in their order, by uid."""
    uids = {rule.key: rule.uid for rule in package.rules}
    rows = [
        {
            "ws": ws,
            "cmd": cmd,
            "run_no": number,
            "rule_uid": uids.get(run.rule, run.rule),
            "entity_id": maps.entity_id(run.entity) if run.entity in maps.entities else 0,
            "record_id": run.record_id,
            "timing": run.timing,
            "inputs": dict(run.inputs),
            "outcome": run.outcome,
            "steps": [dict(step) for step in run.steps],
        }
        for number, run in enumerate(runs, 1)
    ]
    if rows:
        conn.execute(insert(rule_run), rows)


def rule_runs(
    conn: Connection, ws: int, *, rule_uid: str = "", cmd: int = 0, limit: int = 200
) -> tuple[RunRow, ...]:
    """Runs of a rule, or of one command, the newest first."""
    names = [name for name in RunRow.__dataclass_fields__ if name not in {"cmd", "at"}]
    joined = rule_run.outerjoin(
        command_log, (command_log.c.ws == rule_run.c.ws) & (command_log.c.cmd == rule_run.c.cmd)
    )
    query = select(rule_run.c.cmd, command_log.c.at, *(rule_run.c[n] for n in names)).select_from(joined)
    query = query.where(rule_run.c.ws == ws)
    if rule_uid:
        query = query.where(rule_run.c.rule_uid == rule_uid)
    if cmd:
        query = query.where(rule_run.c.cmd == cmd)
    return tuple(
        RunRow(*row)
        for row in conn.execute(query.order_by(rule_run.c.cmd.desc(), rule_run.c.run_no).limit(limit))
    )


def has_fired(conn: Connection, ws: int, rule_uid: str, record_id: int, fire_key: str) -> bool:
    """Whether the rule ran for that record and key."""
    own = (fired.c.ws == ws) & (fired.c.rule_uid == rule_uid) & (fired.c.record_id == record_id)
    return conn.execute(select(fired.c.at).where(own, fired.c.fire_key == fire_key)).first() is not None


def fire(conn: Connection, ws: int, keys: Sequence[tuple[str, int, str]], *, now: datetime) -> None:
    """Keep (rule uid, record id, key) as done. ``RetryError`` where another command did one of them meanwhile: decided again, it is
    seen."""
    for uid, record_id, key in sorted(set(keys)):
        made: Any = insert_or(conn, fired).values(
            ws=ws, rule_uid=uid, record_id=record_id, fire_key=key, at=now
        )
        if conn.execute(made.on_conflict_do_nothing().returning(fired.c.fire_key)).first() is None:
            raise RetryError("FIRED")
