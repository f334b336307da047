"""What rules did to a record, on its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.runs.failed import settled_about
from builder.runtime.pages.runs.searching import lines
from builder.runtime.pages.words import Words
from builder.storage import rule_runs
from builder.storage.rule_runs import RunRow

SHOWN = 8
MOST = 2 * SHOWN


def runs_on(ctx: Context, words: Words, record: Record) -> dict[str, Any]:
    """The last runs about the record, or that wrote it, and what somebody gave up. ``all`` is the log, for those who look after the app."""
    maps = ctx.app.maps
    if record.entity not in maps.entities or not ctx.app.package.rules:
        return {"runs": [], "settled": [], "all": ""}
    at = (ctx.app.row.app_id, maps.entity_id(record.entity), record.id)
    found = _settled(rule_runs.of_record(ctx.conn, ctx.ws, *at, limit=MOST))
    may_look = ctx.kernel.has_right("settings")
    shown = lines(ctx, words, found[:SHOWN])
    id = ctx.engine.database.show(record.id)
    log = addresses.built_in_page(ctx.app.key, "runs", entity=record.entity, id=id)
    return {
        "runs": shown if may_look else [{**one, "url": ""} for one in shown],
        "settled": settled_about(ctx, words, record.entity, record.id),
        "all": log if may_look and found else "",
    }


def _settled(newest_first: Sequence[RunRow]) -> tuple[RunRow, ...]:
    """Without the announcements of what has been done since: whoever reads the record wants what came of it."""
    kept: list[RunRow] = []
    ran: set[str] = set()
    for run in newest_first:
        if run.outcome != "queued" or run.rule_uid not in ran:
            kept.append(run)
        ran.add(run.rule_uid)
    return tuple(kept)
