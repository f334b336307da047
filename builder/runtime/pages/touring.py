"""Touring: the steps of a first-run tour, made of what the person's own menu opens and says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.metadata.access import Role
from builder.runtime.context import Context
from builder.runtime.pages.words import Words
from builder.web.shell import MenuItem

SHOWN = 3
"""Entries of the menu that get a step of their own: more, and nobody reads to the end."""
NAMED = 5

Step = Mapping[str, str]


def tour_of(ctx: Context, words: Words, role: Role, menu: Iterable[MenuItem]) -> Mapping[str, Any]:
    """What ``base.html`` and ``<zg-tour>`` need. ``menu`` is the app's own as the person sees it."""
    name = words.of(role.label)
    return {
        "role": role.key,
        "url": f"/api/v1/apps/{ctx.app.key}/tours",
        "title": words.say("tour.invite", role=name),
        "text": words.say("tour.invite_text"),
        "steps": [*_steps(ctx, words, role, tuple(menu))],
        "words": {
            key: words.say(f"tour.{key}", n="{n}", all="{all}")
            for key in ("label", "next", "back", "finish", "skip", "of")
        },
    }


def _steps(ctx: Context, words: Words, role: Role, menu: tuple[MenuItem, ...]) -> Iterable[Step]:
    entries = [entry for group in menu for entry in (group.items or (group,)) if entry.url]
    app = words.of(ctx.app.package.app.label)
    hello = words.say("tour.hello_text", app=app, role=words.of(role.label), help=words.of(role.help)).strip()
    yield {
        "title": words.say("tour.hello", name=ctx.actor.name or ctx.actor.login),
        "text": hello,
        "target": "",
    }
    if entries:
        named = words.listed(entry.label for entry in entries[:NAMED])
        yield {
            "title": words.say("tour.menu"),
            "text": words.say("tour.menu_text", entries=named),
            "target": "#sidebar, .bottombar",
        }
    for entry in _explained(ctx, entries)[:SHOWN]:
        yield {
            "title": entry.label,
            "text": _help(ctx, words, entry),
            "target": f'#sidebar a[href="{entry.url}"], .bottombar a[href="{entry.url}"]',
        }
    for key, target in (
        ("search", ".searchbox, .phone-only[href^='/search']"),
        ("tasks", '#sidebar a[href="/tasks"], .bottombar a[href="/tasks"]'),
        ("help", "[data-help]"),
    ):
        yield {"title": words.say(f"tour.{key}"), "text": words.say(f"tour.{key}_text"), "target": target}


def _explained(ctx: Context, entries: Iterable[MenuItem]) -> list[MenuItem]:
    return [entry for entry in entries if any(_texts(ctx, entry))]


def _texts(ctx: Context, entry: MenuItem) -> tuple[Any, ...]:
    """What is written about the list that the entry opens: its own help, else its records'."""
    parts = entry.url.partition("?")[0].split("/")
    entity = ctx.app.package.entity(parts[3]) if len(parts) == 4 else None
    if entity is None:
        return ()
    views = ctx.app.package.views_of(entity.key)
    view = next((v for v in views if f"view={v.key}" in entry.url), views[0] if views else None)
    return tuple(text for text in (view.help if view else None, entity.help) if text)


def _help(ctx: Context, words: Words, entry: MenuItem) -> str:
    return next((said for text in _texts(ctx, entry) if (said := words.of(text))), "")
