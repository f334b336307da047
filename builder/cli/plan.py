"""Plan: ``plan show`` and ``plan set``: what the workspace may use, and until when."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date, timedelta

from builder.cli.opening import WORKSPACE, opened
from builder.clock import business_date
from builder.commands import SavePlan
from builder.config import Settings
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.plans import plan_of
from builder.runtime.playing import system
from builder.storage import accounts


def add(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of this subject's commands."""
    plan = commands["plan"].add_subparsers(dest="action", required=True, metavar="ACTION")
    show = plan.add_parser("show", help="what the workspace may use")
    show.set_defaults(run=run_show)
    set_ = plan.add_parser("set", help="another plan; what is left out has no limit")
    set_.add_argument("--name", default="", help="what the plan is called")
    set_.add_argument("--seats", type=int, help="people who may sign in")
    set_.add_argument("--apps", type=int, help="apps that may be installed")
    end = set_.add_mutually_exclusive_group()
    end.add_argument("--ends", type=date.fromisoformat, metavar="YYYY-MM-DD", help="last day of writing")
    end.add_argument("--days", type=int, help="days from today on, today included")
    set_.add_argument("--trial", action="store_true", help="it is tried out")
    set_.set_defaults(run=run_set)
    for one in (show, set_):
        one.add_argument("--database", help="database URL")


def run_show(args: argparse.Namespace, settings: Settings) -> int:
    with opened(settings) as engine:
        _tell(engine)
    return 0


def run_set(args: argparse.Namespace, settings: Settings) -> int:
    with opened(settings) as engine:
        ends = args.ends or (_today(engine) + timedelta(days=args.days - 1) if args.days else None)
        command = SavePlan(args.name, args.seats, args.apps, ends, args.trial)
        Dispatcher(engine)(system(WORKSPACE), command)
        _tell(engine)
    return 0


def _today(engine: Engine) -> date:
    with engine.database.snapshot() as conn:
        place = accounts.place_of(conn, WORKSPACE)
    return business_date(engine.clock.now(), place.timezone, place.day_starts_at)


def _tell(engine: Engine) -> None:
    with engine.database.snapshot() as conn:
        plan = plan_of(accounts.place_of(conn, WORKSPACE).plan)
        taken = sum(user.status == "active" for user in accounts.users(conn, WORKSPACE))
    print(f"plan   {plan.name or '-'}{' (trial)' if plan.trial else ''}")
    print(f"seats  {taken} of {plan.seats if plan.seats is not None else 'any number'}")
    print(f"apps   {plan.apps if plan.apps is not None else 'any number'}")
    print(f"until  {plan.ends_on or 'for ever'}")
