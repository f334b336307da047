"""The calendar of an app on the page of its schedules: which days are off or worked beyond what is known, changed by who looks after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import SaveCalendar
from builder.errors import BuilderError, InvalidError, Problem
from builder.runtime.calendars import HOLIDAY, KINDS, own_days
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.workflow.chinese_holidays import KNOWN

LONGEST = 62
DAY = timedelta(days=1)


def add_calendar(pages: Blueprint, site: Site, page: Callable[..., str]) -> None:
    """``/a/<app>/schedules/calendar``: say something of some days in a row, or nothing any more."""

    @pages.post("/a/<app>/schedules/calendar")
    def calendar_save(app: str) -> str | BaseResponse:
        try:
            days = _asked(request.form)
            site.door.send(site.actor(), SaveCalendar(app, days), request.form.get("key") or None)
        except InvalidError as error:
            with site.reading(app) as ctx:
                return page(site, ctx, error=error)
        return done(addresses.built_in_page(app, "schedules"), "calendar_saved")


def _asked(form: Mapping[str, str]) -> dict[str, str]:
    first, last = form.get("first", ""), form.get("last", "") or form.get("first", "")
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        raise _wrong("CALENDAR_DAY", day=first) from None
    if not start <= end < start + LONGEST * DAY:
        raise _wrong("CALENDAR_SPAN", most=LONGEST)
    kind = form.get("kind", "")
    return {(start + DAY * i).isoformat(): kind for i in range((end - start).days + 1)}


def _wrong(code: str, **params: Any) -> BuilderError:
    return InvalidError(problems=[Problem(code, "/days", params)])


def calendar_shown(ctx: Context, words: Words) -> Mapping[str, Any]:
    """The days of which the owner has said something, days in a row together, the latest first; and up to which year holidays are
    known."""
    spans = [
        {
            "first": first.isoformat(),
            "last": last.isoformat(),
            "days": words.say("times.span", first=first.isoformat(), last=last.isoformat())
            if last > first
            else first.isoformat(),
            "count": words.say("times.day_count", n=(last - first).days + 1),
            "kind": words.say(f"times.kind.{kind}"),
            "colour": "red" if kind == HOLIDAY else "green",
        }
        for first, last, kind in _spans(own_days(ctx.conn, ctx.ws, ctx.app))
    ]
    return {
        "spans": spans[::-1],
        "kinds": [(kind, words.say(f"times.kind.{kind}")) for kind in KINDS],
        "known": words.say("times.known", first=KNOWN[0], last=KNOWN[-1]),
        "is_behind": ctx.pending.today.year >= KNOWN[-1] and not _says_of(ctx, KNOWN[-1] + 1),
        "behind": words.say("times.behind", year=KNOWN[-1] + 1),
        "today": ctx.pending.today.isoformat(),
    }


def _says_of(ctx: Context, year: int) -> bool:
    return any(day.startswith(f"{year}-") for day in own_days(ctx.conn, ctx.ws, ctx.app))


def _spans(days: Mapping[str, str]) -> Iterator[tuple[date, date, str]]:
    """Days in a row of one kind together."""
    found: list[tuple[date, date, str]] = []
    for text, kind in sorted(days.items()):
        day = date.fromisoformat(text)
        if found and found[-1][1] + DAY == day and found[-1][2] == kind:
            found[-1] = (found[-1][0], day, kind)
        else:
            found.append((day, day, kind))
    return iter(found)
