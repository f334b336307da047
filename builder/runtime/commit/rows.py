"""Rows: everything of a decision that is not a ledger's, written set by set in one fixed order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from builder.changes import Changes
from builder.runtime.engine import Engine
from builder.storage import comments, flow, history, links, machinery, outbox, records, rule_runs, tickets

if TYPE_CHECKING:
    from builder.runtime.decide import Decided

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Kept:
    """The rows that the command's link covers."""

    histories: Rows = ()
    steps: Rows = ()
    tickets: Rows = ()


def write_rows(engine: Engine, conn: Any, decided: Decided, changes: Changes, cmd: int) -> Kept:
    """Records with history, search and states; links, approvals, messages, rule runs, comments. Gives the rows of history and of tickets."""
    actor, app = decided.actor, decided.app
    if app is None:
        return Kept()
    kept: Rows = ()
    steps: Rows = ()
    rows: Rows = ()
    ws = actor.workspace
    if changes.records:
        records.write(
            conn, app.maps, app.package, ws, changes.records, cmd=cmd, now=decided.now, actor_id=actor.user_id
        )
        kept = history.append(conn, app.maps, app.package, ws, changes.records, cmd=cmd)
    if changes.links:
        links.append(conn, app.maps, ws, changes.links, cmd=cmd)
    if changes.approvals or changes.tasks or changes.decisions:
        flow.write(
            conn,
            app.maps,
            ws,
            changes.approvals,
            changes.tasks,
            changes.decisions,
            cmd=cmd,
            now=decided.now,
        )
    if changes.tickets:
        steps, rows = tickets.write(
            conn,
            app.maps,
            ws,
            app.row.app_id,
            changes.tickets,
            changes.ticket_steps,
            cmd=cmd,
            now=decided.now,
        )
    if changes.comments:
        comments.append(conn, app.maps, ws, changes.comments, author_id=actor.user_id, now=decided.now)
    if changes.messages:
        outbox.append(conn, ws, changes.messages, cmd=cmd, now=decided.now, new_id=engine.database.new_id)
    if changes.rule_runs:
        runs, app_id = changes.rule_runs, app.row.app_id
        rule_runs.append(conn, ws, app.maps, app.package, runs, app_id=app_id, cmd=cmd, now=decided.now)
    if changes.fired:
        machinery.fire(conn, ws, changes.fired, now=decided.now)
    return Kept(kept, steps, rows)
