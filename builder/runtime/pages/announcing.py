"""Announcing: what every page of an app says at its top: a plan that ends, and the first tour of who is new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from builder.clock import business_date
from builder.commands import Actor
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.pages.touring import tour_of
from builder.runtime.pages.words import Words
from builder.runtime.plans import WARNED, plan_of
from builder.runtime.tours import next_role
from builder.storage import accounts
from builder.web.formats import format_date
from builder.web.shell import MenuItem

TOURED = frozenset({"pages.records", "pages.dashboard"})
"""Where a first-run tour is offered: lists and dashboards. Forms and records are for work that has begun."""


def notice_of(engine: Engine, conn: Any, actor: Actor, words: Words) -> dict[str, Any]:
    """What is said of a plan that has ended, or soon will."""
    place = accounts.place_of(conn, actor.workspace, actor.org_unit_id)
    plan = plan_of(place.plan)
    left = plan.days_left(business_date(engine.clock.now(), place.timezone, place.day_starts_at))
    if plan.ends_on is None or left is None or left > WARNED:
        return {}
    key = f"plan.{'trial' if plan.trial else 'plan'}_{'over' if left < 0 else 'ends'}"
    return {"notice": words.say(key, day=format_date(plan.ends_on), n=left + 1), "notice_bad": left < 0}


def tour_offered(
    engine: Engine, conn: Any, actor: Actor, words: Words, own: tuple[str, tuple[MenuItem, ...]] | None
) -> Mapping[str, Any] | None:
    """The tour of a role that the person has not seen. ``own``: the app and its menu as they see it."""
    if own is None or request.endpoint not in TOURED:
        return None
    ctx = open_reading(engine, conn, actor, own[0], engine.clock.now())
    role = next_role(ctx)
    return tour_of(ctx, words, role, own[1]) if role is not None else None
