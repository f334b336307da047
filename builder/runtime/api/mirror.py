"""The endpoint of the process mirror: how long each step took, and what waits too long, for one family of documents (named by any of them)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from builder.errors import InvalidError, NotFoundError, Problem
from builder.runtime.api.body import answer
from builder.runtime.api.door import Door
from builder.runtime.context import Context
from builder.runtime.mirroring import Family, Mirror, families, may_mirror, mirror_of
from builder.workflow.mirror import Node

DAYS = 90
YEARS = range(1900, 9000)


def add_mirror(api: Blueprint, door: Door) -> None:
    """``/apps/{app}/mirror``."""

    @api.get("/apps/<app>/mirror")
    def mirror(app: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            found = [f for f in families(ctx.app.package) if any(may_mirror(ctx, e) for e in f.entities)]
            if not found:
                raise NotFoundError(page="mirror")
            wanted = request.args.get("family")
            family = next((f for f in found if any(e.key == wanted for e in f.entities)), None)
            if wanted and family is None:
                raise NotFoundError(page="mirror")
            return answer(_body(ctx, found, mirror_of(ctx, family or found[0], _span(ctx))))


def _span(ctx: Context) -> tuple[datetime, datetime]:
    """The days asked for, both included, as the workspace's clock has them; the last ninety where nothing is asked."""
    last = _day("to") or ctx.pending.today
    first = _day("from") or last - timedelta(days=DAYS)
    zone = ZoneInfo(ctx.environment.zone)
    begin, end = (
        datetime.combine(d, time(), zone) for d in (min(first, last), max(first, last) + timedelta(days=1))
    )
    return begin.astimezone(UTC), end.astimezone(UTC)


def _day(name: str) -> date | None:
    text = request.args.get(name)
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.year not in YEARS:
        raise InvalidError(problems=[Problem("VALUE_DATE", f"/{name}", {"field": name, "value": text[:80]})])
    return found


def _body(ctx: Context, found: list[Family], mirror: Mirror) -> dict[str, Any]:
    return {
        "families": [{"key": f.key, "entities": [e.key for e in f.entities]} for f in found],
        "family": mirror.family.key,
        "hours": mirror.hours,
        "waiting": [
            {"entity": w.entity, "state": w.state, "count": w.count, "oldest": w.oldest}
            for w in mirror.waiting
        ],
        "steps": [_step(n) for n in mirror.as_is.nodes],
        "approvals": [
            {
                "node": a.node[1],
                "turns": a.turns,
                "median": a.median,
                "mean": a.mean,
                "p90": a.p90,
                "p95": a.p95,
                "open": a.open,
                "long": a.long,
            }
            for a in mirror.asked
        ],
    }


def _step(node: Node) -> dict[str, Any]:
    """Spans are in seconds."""
    return {
        "entity": node.entity,
        "state": node.state,
        "visits": node.visits,
        "median": node.median,
        "mean": node.mean,
        "p90": node.p90,
        "p95": node.p95,
        "open": node.open,
        "oldest": node.oldest,
    }
