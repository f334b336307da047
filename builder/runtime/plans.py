"""Plans: how many people and apps a workspace may have, and until when it is written to. Afterwards everything is still read.

A plan is set by who runs the server (``builder plan``), never from within the workspace; another one takes nothing away from what is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from builder.clock import business_date
from builder.commands import (
    ChangePassword,
    ChangeProfile,
    Command,
    FinishTour,
    PutAwaySteps,
    SaveNoticeChoices,
    SavePlan,
)
from builder.errors import ForbiddenError, InvalidError, Problem
from builder.storage import account_writes, accounts
from builder.storage import apps as stored_apps

WARNED = 7
"""Days before its end from which on everybody is told."""
ALWAYS: tuple[type[Any], ...] = (
    SavePlan,
    ChangePassword,
    ChangeProfile,
    SaveNoticeChoices,
    FinishTour,
    PutAwaySteps,
)
"""What people may do although the plan has ended: nothing of it touches what the workspace keeps."""


@dataclass(frozen=True)
class Plan:
    """See ``builder.commands.SavePlan``."""

    name: str = ""
    seats: int | None = None
    apps: int | None = None
    ends_on: date | None = None
    trial: bool = False

    def days_left(self, today: date) -> int | None:
        """Days after today on which may be written; below zero once it has ended, None where it never does."""
        return (self.ends_on - today).days if self.ends_on is not None else None

    def is_over(self, today: date) -> bool:
        return self.ends_on is not None and today > self.ends_on


def written(plan: SavePlan) -> str:
    """The plan as it is kept; nothing where there is no limit at all."""
    made = Plan(plan.name.strip(), plan.seats, plan.apps, plan.ends_on, plan.trial)
    return "" if made == Plan() else orjson.dumps(made).decode()


@lru_cache(maxsize=256)
def plan_of(text: str) -> Plan:
    """The plan that was kept so."""
    if not text:
        return Plan()
    body = orjson.loads(text)
    ends = body.get("ends_on")
    return Plan(
        str(body.get("name") or ""),
        body.get("seats"),
        body.get("apps"),
        date.fromisoformat(ends) if ends else None,
        bool(body.get("trial")),
    )


def refuse_ended(text: str, today: date, actor_kind: str, command: Command) -> None:
    """403 for what would be written after the plan has ended. Who runs the server goes on."""
    if not text or actor_kind == "system" or isinstance(command, ALWAYS):
        return
    plan = plan_of(text)
    if plan.is_over(today):
        raise ForbiddenError("TRIAL_ENDED" if plan.trial else "PLAN_ENDED", day=plan.ends_on)


def refuse_seat(conn: Any, ws: int, user_id: int) -> None:
    """Raises where one more person would be one too many."""
    seats = plan_of(accounts.place_of(conn, ws).plan).seats
    if seats is not None and account_writes.seats_taken(conn, ws, user_id) >= seats:
        raise InvalidError(problems=[Problem("SEATS_TAKEN", "/status", {"seats": seats})])


def refuse_app(conn: Any, ws: int) -> None:
    """Raises where one more app would be one too many."""
    apps = plan_of(accounts.place_of(conn, ws).plan).apps
    if apps is not None and len(stored_apps.apps(conn, ws)) >= apps:
        raise InvalidError(problems=[Problem("APPS_TAKEN", "/key", {"apps": apps})])


def has_ended(conn: Any, ws: int, now: Any) -> bool:
    """Whether nothing is done by itself in the workspace any more."""
    place = accounts.place_of(conn, ws)
    return plan_of(place.plan).is_over(business_date(now, place.timezone, place.day_starts_at))
