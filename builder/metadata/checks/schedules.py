"""Schedules: a timed rule has times that come, and says what days off mean to it in a way that its kind knows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.cron import MOST_WORKED, Cron, CronError, parse
from builder.metadata.rule import Rule

FIELDS = 5
CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def find(facts: Facts) -> Iterable[Problem]:
    for rule in facts.package.rules:
        if rule.when.kind == "schedule" and rule.when.cron:
            yield from _times(rule, at("rule", rule.key, "when", "cron"))
            yield from _set(facts, rule)
        elif rule.when.kind == "relative_date" and rule.when.working_days == "only":
            # A date on a day off would be passed over without anybody being told.
            yield Problem("E243", at("rule", rule.key, "when", "working_days"), {"rule": called(rule)})


def _set(facts: Facts, rule: Rule) -> Iterator[Problem]:
    """A time of day that the owner sets is written as one, so that it is known before anybody changes it."""
    setting = facts.package.setting(rule.when.time or "")
    if setting is not None and not (setting.type == "text" and CLOCK.fullmatch(str(setting.default))):
        params = {"rule": called(rule), "setting": called(setting)}
        yield Problem("E244", at("rule", rule.key, "when", "time"), params)


def _times(rule: Rule, path: str) -> Iterator[Problem]:
    cron = str(rule.when.cron)
    if len(cron.split()) != FIELDS:
        return  # The shape of rules says so.
    try:
        times = parse(cron)
    except CronError as error:
        part = cron.split()[error.field]
        yield Problem(
            "E240", path, {"rule": called(rule), "cron": cron, "part": part, "place": error.field + 1}
        )
        return
    if rule.when.working_days == "count":
        yield from _counted(rule, times, path)
    elif times.never:
        yield Problem("E241", path, {"rule": called(rule), "cron": cron})
    elif times.missing_months:
        months = ", ".join(map(str, times.missing_months))
        yield warning("E242", path, {"rule": called(rule), "day": min(times.days), "months": months})


def _counted(rule: Rule, times: Cron, path: str) -> Iterator[Problem]:
    if not times.any_day and not times.last_day and min(times.days) > MOST_WORKED:
        yield Problem("E241", path, {"rule": called(rule), "cron": rule.when.cron})


CHECK = Check("schedules", ("E240", "E241", "E242", "E243", "E244"), find)
