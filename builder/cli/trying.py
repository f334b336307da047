"""Trying: ``what-if`` compares a rule, an approval or the whole draft with what happened. Nothing is written."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import timedelta

from builder.cli.opening import opened
from builder.config import Settings
from builder.runtime.playing import system
from builder.runtime.trying.history import Ask, over_history

COLUMNS = ("did", "would", "more", "fewer", "otherwise", "unclear")


def add(commands: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options of this subject's commands."""
    made = commands["what-if"]
    made.add_argument("app")
    made.add_argument("--rule", help="this rule alone")
    made.add_argument("--workflow", help="an approval of this workflow alone, with --transition")
    made.add_argument("--transition", default="", help="the transition that the approval is of")
    made.add_argument("--days", type=int, default=30, help="how many days back (30)")
    made.add_argument("--database", help="database URL")
    made.set_defaults(run=run_what_if)


def run_what_if(args: argparse.Namespace, settings: Settings) -> int:
    """0; says for each thing compared how often it did something, would have, and where both differ."""
    kind = "rule" if args.rule else "approval" if args.workflow else "draft"
    with opened(settings) as engine:
        now = engine.clock.now()
        since, until = now - timedelta(days=args.days), now + timedelta(minutes=1)
        ask = Ask(args.app, kind, args.rule or args.workflow or "", since, until, args.transition)
        tally = over_history(engine, system(1), ask, _progress)
    print(f"{tally.records} records, {tally.moments} versions, {tally.differs} differ")
    for name, counts in tally.counts.items():
        print(f"{name}: {', '.join(f'{column} {counts[column]}' for column in COLUMNS)}")
    return 0


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {total}", end="\n" if done >= total else "", file=sys.stderr)
