"""The desk: home, what waits for me, where an app starts, and the search over everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from builder.errors import BuilderError
from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.inbox import InboxItem, Which, inbox
from builder.runtime.listing import Wanted, list_records
from builder.runtime.lookup import scanned
from builder.runtime.pages import addresses
from builder.runtime.pages.beginning import Beginning, beginning_of
from builder.runtime.pages.cells import Cell, Cells
from builder.runtime.pages.filling import filling_of
from builder.runtime.pages.frame import Menu
from builder.runtime.pages.moving import is_behind
from builder.runtime.pages.site import Site
from builder.runtime.pages.starting import homes_of
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.waiting import Waiting, waiting_of
from builder.runtime.pages.words import Words, colour_of
from builder.runtime.representation import title_of
from builder.web.formats import format_number

RECENT = 8
PER_ENTITY = 4
SHORTCUTS = 8
WAITS = 8
HITS = 8


@dataclass(frozen=True)
class Touched:
    """A record on the desk: recently changed, or found."""

    title: str
    entity: str
    icon: str
    colour: str
    url: str
    when: str
    state: Cell
    at: datetime | None


LISTS: tuple[Which, ...] = ("mine", "done", "started", "cc")
"""What the page of approvals shows: what waits, what one has decided, submitted, got a copy of."""


def add_desk(pages: Blueprint, site: Site) -> None:
    """``/``, ``/tasks``, ``/search``, ``/a/<app>``."""

    @pages.get("/")
    def home() -> str:
        actor, words = site.actor(), site.words()
        touched: list[Touched] = []
        shortcuts: list[Any] = []
        waits: list[Waiting] = []
        begun: list[Beginning | None] = []
        for app in _app_keys(site):
            with site.reading(app) as ctx:
                touched.extend(_recent(ctx, words))
                shortcuts.extend(shortcuts_of(ctx, words))
                waits.extend(waiting_of(ctx, words))
                begun.append(beginning_of(ctx, words))
        touched.sort(key=lambda t: t.at.timestamp() if t.at else 0, reverse=True)
        greeting = words.say(f"page.{_part_of_day(words)}", name=actor.name or actor.login)
        return site.page(
            "home.html",
            greeting=greeting,
            tasks=my_tasks(site),
            waits=waits[:WAITS],
            recent=touched[:RECENT],
            shortcuts=shortcuts[:SHORTCUTS],
            filling=filling_of(site),
            beginnings=[one for one in begun if one and not one.away],
            put_away=[one for one in begun if one and one.away],
        )

    @pages.get("/tasks")
    def tasks() -> str:
        which = next((w for w in LISTS if w == request.args.get("list")), LISTS[0])
        return site.page(
            "tasks.html",
            tasks=my_tasks(site, which),
            which=which,
            lists=LISTS,
            batch=addresses.api_tasks(),
            owned=owned_by(site),
        )

    @pages.get("/search")
    def search() -> str | BaseResponse:
        text = request.args.get("q", "").strip()
        meant: list[Touched] = []
        hits: list[Touched] = []
        for app in _app_keys(site) if text else ():
            with site.reading(app) as ctx:
                meant.extend(_meant(ctx, site.words(), text))
                hits.extend(_found(ctx, site.words(), text))
        if len(meant) == 1:
            return redirect(meant[0].url)
        return site.page("search.html", q=text, hits=hits)

    @pages.get("/a/<app>")
    def app_home(app: str) -> BaseResponse:
        with site.reading(app) as ctx:
            return redirect(start_of(ctx, site.words()))


def _app_keys(site: Site) -> list[str]:
    with site.door.engine.database.snapshot() as conn:
        return [app.key for app in site.frames.apps(conn, site.actor())]


def _part_of_day(words: Words) -> str:
    hour = words.now.astimezone(words.zone).hour
    return "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"


def start_of(ctx: Context, words: Words) -> str:
    """Where the actor's work in the app starts: the page of a role, the app's own, or the first entry of the menu."""
    home = next(homes_of(ctx.app, ctx.kernel), "")
    if home:
        return home
    first = next(
        (i for group in Menu(words, ctx.app, ctx.kernel).items() for i in (group.items or (group,)) if i.url),
        None,
    )
    return first.url if first else "/"


def shortcuts_of(ctx: Context, words: Words) -> list[Mapping[str, str]]:
    """The role's own page, then new records of what the actor makes."""
    app = ctx.app
    colour = colour_of(app.package.app.color)
    start = start_of(ctx, words)
    entries = [i for group in Menu(words, app, ctx.kernel).items() for i in (group.items or (group,))]
    made: list[Mapping[str, str]] = [
        {
            "url": start,
            "label": next((i.label for i in entries if i.url == start), words.of(app.package.app.label)),
            "icon": "dashboard",
            "colour": colour,
        }
    ]
    for entity in listed_entities(app.package):
        if entity.kind == "document" and ctx.kernel.may("create", entity.key):
            label = words.say("page.new_of", entity=words.inside(words.of(entity.label)))
            url = addresses.new_page(app.key, entity.key)
            made.append({"url": url, "label": label, "icon": entity.icon or "plus", "colour": "gray"})
    return made


def listed_entities(package: Package) -> list[Entity]:
    """Entities that have a list: first those of the menu, in its order."""
    nodes = [node for group in package.app.menu for node in (group.items or (group,))]
    views = [v for node in nodes if node.view and (v := package.view(node.view))]
    keys = dict.fromkeys(v.entity for v in (*views, *package.views))
    return [e for key in keys if (e := package.entity(key)) and e.kind != "lines"]


def _seen_entities(ctx: Context) -> Iterator[Entity]:
    return (e for e in listed_entities(ctx.app.package) if ctx.kernel.may("read", e.key))


def _recent(ctx: Context, words: Words) -> Iterator[Touched]:
    mine = {"field": "updated_by", "op": "=", "value": ctx.actor.user_id}
    wanted = Wanted(mine, sort=(("updated_at", True),), limit=PER_ENTITY, count="none")
    for entity in _seen_entities(ctx):
        for record in list_records(ctx, entity.key, wanted).records:
            yield touched_of(ctx, words, entity, record)


def _meant(ctx: Context, words: Words, text: str) -> Iterator[Touched]:
    """What a scan of the text means: whoever scans the ticket of a step wants that step, and no list of one."""
    for entity in _seen_entities(ctx):
        try:
            records = scanned(ctx, entity, text)
        except BuilderError:
            continue
        for record in records:
            yield touched_of(ctx, words, entity, record)


def _found(ctx: Context, words: Words, text: str) -> Iterator[Touched]:
    for entity in _seen_entities(ctx):
        try:
            records = list_records(ctx, entity.key, Wanted(text=text, limit=HITS, count="none")).records
        except BuilderError:
            continue
        for record in records:
            yield touched_of(ctx, words, entity, record)


def touched_of(ctx: Context, words: Words, entity: Entity, record: Record) -> Touched:
    cells = Cells(ctx, words, Titles(ctx))
    id = ctx.engine.database.show(record.id)
    return Touched(
        title_of(entity, record, fallback=words.of(entity.label)),
        words.of(entity.label),
        entity.icon or "file-text",
        colour_of(ctx.app.package.app.color),
        addresses.record_page(ctx.app.key, entity.key, id),
        words.ago(record.updated_at),
        cells.state(entity, record.state) if record.state else Cell(),
        record.updated_at,
    )


def owned_by(site: Site) -> list[Mapping[str, str]]:
    """The apps in which the reader may take running approvals over to the live version, and there are some to take."""
    words = site.words()
    found: list[Mapping[str, str]] = []
    for app in _app_keys(site):
        with site.reading(app) as ctx:
            if ctx.actor.user_id in ctx.directory.app_owners() and is_behind(ctx):
                label = words.of(ctx.app.package.app.label)
                found.append({"url": addresses.moving_page(app), "label": label})
    return found


def my_tasks(site: Site, which: Which = "mine") -> list[Mapping[str, Any]]:
    engine, words = site.door.engine, site.words()
    now = engine.clock.now()
    with engine.database.snapshot() as conn:
        items = inbox(engine, conn, site.actor(), now, which=which)
    return [_task(site, words, item, now) for item in items]


def _task(site: Site, words: Words, item: InboxItem, now: datetime) -> Mapping[str, Any]:
    id = site.show(item.record.id)
    return {
        "id": site.show(item.task.id),
        "url": addresses.record_page(item.app, item.entity.key, id),
        "title": title_of(item.entity, item.record, fallback=id),
        "entity": words.of(item.entity.label),
        "app": words.of(item.app_label),
        "label": words.of(item.node_label) or words.of(item.transition.label if item.transition else None),
        "submitter": item.submitter,
        "when": words.ago(item.opened_at),
        "due": words.instant(item.task.due_at) if item.task.due_at else "",
        "late": item.task.due_at is not None and item.task.due_at < now,
        "amount": _amount(item),
        "over": words.say(f"page.approval.{item.state}"),
        "refused": [words.message(p["code"], p.get("params", {}), p.get("message")) for p in item.attempt],
        "approve": addresses.api_task(site.show(item.task.id), "approve"),
        "reject": addresses.api_task(site.show(item.task.id), "reject"),
    }


def _amount(item: InboxItem) -> str:
    """The money that is decided about: the first amount that the record itself adds up."""
    sums = (
        f
        for f in item.entity.fields
        if f.type == "money" and f.formula and f.indexed and f.key not in item.hidden
    )
    value = next((v for f in sums if isinstance(v := item.record.values.get(f.key), Decimal)), None)
    return format_number(value, 2)
