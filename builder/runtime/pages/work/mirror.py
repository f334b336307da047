"""The page of the process mirror: how documents really went, beside what is declared and what people drew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import DrawProcess
from builder.errors import BuilderError, NotFoundError
from builder.metadata.settings import MIRROR_HOURS
from builder.runtime.context import Context
from builder.runtime.mirroring import Family, drawn_of, families, may_mirror, mirror_of, transitions_of
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, refused, said
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.pages.work.mirror_page import MirrorPage
from builder.runtime.pages.work.saying import transition_label
from builder.workflow.mirror.drawn import MEANS

DAYS = 90
BLANK_ROWS = 4
YEARS = range(1900, 9000)
"""Days of these years may be asked for: every zone's clock knows them, and the days around them."""


def add_mirror(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/mirror`` and ``/a/<app>/mirror/drawn``."""

    @pages.get("/a/<app>/mirror")
    def mirror(app: str) -> str:
        with site.reading(app) as ctx:
            words = site.words()
            family = chosen_family(ctx)
            first, last = _days(ctx)
            page = MirrorPage(site, ctx, words, mirror_of(ctx, family, _span(first, last, words)))
            return site.page(
                "work/mirror.html",
                page=page,
                families=family_choices(ctx, words),
                family=family.key,
                first=first.isoformat(),
                last=last.isoformat(),
                said=said(words),
                may_draw=ctx.kernel.has_right("settings"),
                hours_url=f"{addresses.built_in_page(app, 'settings')}#f-{MIRROR_HOURS}",
                draw_url=addresses.built_in_page(app, "mirror/drawn", family=family.key),
            )

    @pages.get("/a/<app>/mirror/drawn")
    def mirror_drawn(app: str) -> str:
        with site.reading(app) as ctx:
            ctx.kernel.require("settings")
            family = chosen_family(ctx)
            rows = [step.plain() for step in drawn_of(ctx, family)]
            return site.page("work/drawn.html", **_drawing(ctx, site.words(), family, rows, None))

    @pages.post("/a/<app>/mirror/drawn")
    def mirror_draw(app: str) -> BaseResponse | tuple[str, int]:
        rows = _sent_rows()
        family_key = request.form.get("family", "")
        try:
            site.door.send(
                site.actor(), DrawProcess(app, family_key, tuple(rows)), request.form.get("key") or None
            )
        except BuilderError as error:
            with site.reading(app) as ctx:
                family = chosen_family(ctx)
                return site.page(
                    "work/drawn.html", **_drawing(ctx, site.words(), family, rows, error)
                ), error.status
        return done(addresses.built_in_page(app, "mirror"), "process_drawn", family=family_key)


def chosen_family(ctx: Context) -> Family:
    """The family that is asked for, else the first of which the actor may count something."""
    found = [f for f in families(ctx.app.package) if any(may_mirror(ctx, e) for e in f.entities)]
    if not found:
        raise NotFoundError(page="mirror")
    return next((f for f in found if f.key == request.values.get("family")), found[0])


def family_choices(ctx: Context, words: Words) -> list[Mapping[str, str]]:
    return [
        {
            "key": f.key,
            "label": " → ".join(words.of(e.label) for e in f.entities[:4])
            + (" …" if len(f.entities) > 4 else ""),
        }
        for f in families(ctx.app.package)
        if any(may_mirror(ctx, e) for e in f.entities)
    ]


def _days(ctx: Context) -> tuple[date, date]:
    """The days asked for, both included; the last ninety where nothing is."""
    today = ctx.pending.today
    first, last = _day(request.args.get("from")), _day(request.args.get("to"))
    last = last or today
    first = first or last - timedelta(days=DAYS)
    return min(first, last), max(first, last)


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is not None and found.year in YEARS else None


def _span(first: date, last: date, words: Words) -> tuple[datetime, datetime]:
    begin = datetime(first.year, first.month, first.day, tzinfo=words.zone)
    after = last + timedelta(days=1)
    return begin.astimezone(UTC), datetime(after.year, after.month, after.day, tzinfo=words.zone).astimezone(
        UTC
    )


def _sent_rows() -> list[dict[str, str]]:
    form = request.form
    columns = {name: form.getlist(name) for name in ("label", "who", "means", "minutes", "by")}
    return [
        {name: values[n] if n < len(values) else "" for name, values in columns.items()}
        for n in range(len(columns["label"]))
    ]


def _drawing(
    ctx: Context, words: Words, family: Family, rows: list[dict[str, Any]], error: BuilderError | None
) -> dict[str, Any]:
    """What the page on which a map is drawn shows. Some empty rows wait at its end."""
    blank = {"label": "", "who": "", "means": "wechat", "minutes": "", "by": ""}
    choices = [(key, transition_label(ctx, words, key)) for key in transitions_of(ctx.app.package, family)]
    return {
        "at": addresses.built_in_page(ctx.app.key, "mirror/drawn"),
        "back": addresses.built_in_page(ctx.app.key, "mirror", family=family.key),
        "family": family.key,
        "rows": [*rows, *(blank for _ in range(BLANK_ROWS))],
        "means": MEANS,
        "choices": choices,
        "problem": refused(words, error),
    }
