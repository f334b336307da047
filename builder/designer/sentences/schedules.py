"""Timing as form: a schedule as what people pick (*every working day at 08:00*), and what they picked as cron again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.metadata.cron import Cron, CronError, parse

Form = Mapping[str, Sequence[str]]

EVERY = ("day", "worked", "week", "month", "month_worked", "hour", "other")
"""How often: each asks for what else it needs. *other* keeps what only cron says."""
OFF = ("", "next", "previous")
"""What happens on a day off to what falls on a day of the month."""
DATES = ("", "count", "next", "previous")
"""What days off mean to a relative date."""
MONTH_DAYS = (*map(str, range(1, 29)), "L", "29", "30", "31")
WORKED_DAYS = (*map(str, range(1, 21)), "L")
WEEK = ("1", "2", "3", "4", "5", "6", "0")
AT, DAY, WEEKDAY = "08:00", "1", "1"
LAST = "L"


def to_form(when: Mapping[str, Any]) -> dict[str, list[str]]:
    """What the pickers show for a schedule."""
    working = str(when.get("working_days") or "")
    try:
        times = parse(str(when.get("cron") or "0 8 * * *"))
    except CronError:
        return {"when.every": ["other"], "when.working": [working]}
    every = _every(times, working)
    form = {"when.every": [every], "when.working": [working]}
    if every != "other":
        form["when.at"] = [f"{times.hours[0]:02d}:{times.minutes[0]:02d}"]
        form["when.weekday"] = [str(day) for day in sorted(times.weekdays, key=lambda d: (d - 1) % 7)]
        form["when.day"] = [LAST if times.last_day else str(min(times.days))]
        form["when.off"] = [working if working in OFF else ""]
    return form


def _every(times: Cron, working: str) -> str:
    if len(times.minutes) != 1 or len(times.months) != 12:
        return "other"
    if times.every_hour and len(times.hours) == 24 and times.any_day and times.any_weekday and not working:
        return "hour"
    if len(times.hours) != 1:
        return "other"
    if times.any_day:
        return _of_week(times, working)
    if not times.any_weekday or len(times.days) + times.last_day != 1:
        return "other"
    return {"count": "month_worked", "only": "other"}.get(working, "month")


def _of_week(times: Cron, working: str) -> str:
    if len(times.days) < 31:
        return "other"
    if times.any_weekday:
        return {"": "day", "only": "worked"}.get(working, "other")
    return "other" if working else "week"


def from_form(form: Form) -> dict[str, str]:
    """``cron`` and ``working_days`` (left out where days off mean nothing) of what was picked."""
    every = _one(form, "when.every")
    if every == "other":
        said = {"cron": _one(form, "when.cron"), "working_days": _one(form, "when.working")}
        return {name: text for name, text in said.items() if text}
    hour, minute = _clock(_one(form, "when.at"))
    days = sorted({d for d in form.get("when.weekday", ()) if d in WEEK}) or [WEEKDAY]
    fields = {
        "day": (f"{minute} {hour} * * *", ""),
        "worked": (f"{minute} {hour} * * *", "only"),
        "week": (f"{minute} {hour} * * {','.join(days)}", ""),
        "month": (f"{minute} {hour} {_day(form, MONTH_DAYS)} * *", _one(form, "when.off")),
        "month_worked": (f"{minute} {hour} {_day(form, WORKED_DAYS)} * *", "count"),
        "hour": (f"{minute} * * * *", ""),
    }
    cron, working = fields.get(every, fields["day"])
    return {"cron": cron, "working_days": working} if working else {"cron": cron}


def _day(form: Form, known: Sequence[str]) -> str:
    day = _one(form, "when.day")
    return day if day in known else DAY


def _clock(text: str) -> tuple[int, int]:
    """Hour and minute; what is no time of day is eight o'clock."""
    hour, _, minute = text.partition(":")
    if (
        hour.isdecimal()
        and len(hour) < 3
        and minute[:2].isdecimal()
        and int(hour) < 24
        and int(minute[:2]) < 60
    ):
        return int(hour), int(minute[:2])
    return _clock(AT)


def _one(form: Form, key: str) -> str:
    values = form.get(key, ())
    return values[-1] if values else ""
