"""Endpoints of ledgers: balances, entries, periods."""

from __future__ import annotations

import base64
import binascii
from datetime import date
from typing import Any

import orjson
from flask import Blueprint, Response, request

from builder.commands import ClosePeriod, ReplayLedger
from builder.errors import InvalidError, Problem
from builder.runtime import replay_jobs
from builder.runtime.api.body import answer, flag_wanted, key_wanted, parse_json, read_shape, whole
from builder.runtime.api.door import Door
from builder.runtime.api.methods import add_methods
from builder.runtime.api.periods import periods_as_json
from builder.runtime.api.shapes import PeriodShape, ReopenShape
from builder.runtime.ledger_reading import read_balances, read_entries
from builder.runtime.ledger_telling import amounts, as_json
from builder.runtime.listing import MOST
from builder.runtime.representation import title_of
from builder.web.locale import Messages

Cursor = tuple[str, int, int]


def add_ledgers(api: Blueprint, door: Door) -> None:
    """Routes under ``/apps/<app>/ledgers/<ledger>``."""
    messages = Messages.load()
    add_methods(api, door)

    @api.get("/apps/<app>/ledgers/<ledger>/balances")
    def balances(app: str, ledger: str) -> Response:
        actor = door.identify(request)
        group = request.args.get("group")
        with door.reading(actor, app) as ctx:
            rows = read_balances(
                ctx,
                ledger,
                group=None if group is None else [g for g in group.split(",") if g],
                where=_filter(),
                as_of=day_of("as_of"),
                with_zero=flag_wanted(request.args, "zero"),
            )
            items = [
                {"dimensions": as_json(ctx, r.dimensions), "measures": amounts(r.measures)} for r in rows
            ]
        return answer({"items": items})

    @api.get("/apps/<app>/ledgers/<ledger>/entries")
    def entries(app: str, ledger: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            rows, after = read_entries(
                ctx,
                ledger,
                where=_filter(),
                days=(day_of("from"), day_of("to")),
                after=_cursor(),
                limit=_limit(),
            )
            items = [_entry(ctx, row) for row in rows]
        return answer({"items": items, "next": cursor_text(after)})

    @api.get("/apps/<app>/ledgers/<ledger>/periods")
    def periods(app: str, ledger: str) -> Response:
        """Where the ledger stands, who closed it, and what is in the way of closing it through ``through`` (else last month)."""
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            shown = periods_as_json(ctx, messages, ledger, day_of("through"))
        return answer(shown)

    @api.post("/apps/<app>/ledgers/<ledger>/periods")
    def close(app: str, ledger: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, PeriodShape())
        accept = tuple(body["accept"])
        command = ClosePeriod(app, ledger, body["through"], reason=body["reason"], accept=accept)
        return answer(door.send(actor, command, key_wanted(request)), 201)

    @api.delete("/apps/<app>/ledgers/<ledger>/periods")
    def reopen(app: str, ledger: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, ReopenShape(), optional=True)
        command = ClosePeriod(app, ledger, body.get("through"), reopen=True, reason=body.get("reason") or "")
        return answer(door.send(actor, command, key_wanted(request)))

    @api.post("/apps/<app>/ledgers/<ledger>/replay")
    def replay(app: str, ledger: str) -> Response:
        """What is short is done at once; for what is left a job is started."""
        actor = door.identify(request)
        done = door.send(actor, ReplayLedger(app, ledger), key_wanted(request))
        if not done["waiting"]:
            return answer(done)
        job = replay_jobs.start(door.engine, actor, app, ledger)
        return answer({**done, "job": door.engine.database.show(job)}, 202)


def _entry(ctx: Any, row: Any) -> dict[str, Any]:
    entry, show = row.entry.entry, ctx.engine.database.show
    document = None
    if row.document is not None:
        entity = ctx.app.package.entity(row.document.entity)
        document = {
            "entity": entity.key,
            "id": show(row.document.id),
            "title": title_of(entity, row.document),
        }
    return {
        "id": show(entry.id),
        "business_date": entry.business_date.isoformat(),
        "seq": entry.seq,
        "kind": entry.kind,
        "dimensions": as_json(ctx, row.dimensions),
        "measures": amounts(row.measures),
        "running": amounts(row.running),
        "document": document,
    }


def _filter() -> Any:
    text = request.args.get("filter")
    found = parse_json(text.encode()) if text else None
    if found is not None and not isinstance(found, dict):
        raise InvalidError(problems=[Problem("FILTER_SHAPE", "/filter")])
    return found


def _limit() -> int:
    limit = whole(request.args.get("limit", "50"))
    if limit is None or not 1 <= limit <= MOST:
        raise InvalidError(problems=[Problem("LIMIT", "/limit", {"most": MOST})])
    return limit


def day_of(name: str) -> date | None:
    """A day from the query string."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidError(problems=[Problem("VALUE_DATE", f"/{name}")]) from None


def cursor_text(after: Cursor | None) -> str | None:
    return base64.urlsafe_b64encode(orjson.dumps(after)).decode().rstrip("=") if after else None


def _cursor() -> Cursor | None:
    return read_cursor(request.args.get("cursor"))


def read_cursor(text: str | None) -> Cursor | None:
    """The place that a page of entries ended at."""
    if not text:
        return None
    try:
        day, seq, id = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        place = date.fromisoformat(day).isoformat(), int(seq), int(id)
        if max(map(abs, place[1:])) >= 2**63:
            raise ValueError(text)
        return place
    except (ValueError, TypeError, binascii.Error):
        raise InvalidError(problems=[Problem("CURSOR", "/cursor")]) from None
