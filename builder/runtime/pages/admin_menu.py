"""The menu's last group: the pages of those who look after the system, and who may open which."""

from __future__ import annotations

from collections.abc import Iterable

from builder.commands import Actor
from builder.runtime.apps import LoadedApp
from builder.runtime.pages import addresses
from builder.runtime.pages.words import Words
from builder.runtime.permissions import Kernel
from builder.web.shell import MenuItem

Held = tuple[LoadedApp, Kernel]
BUILT_IN = (("health", "heart-rate-monitor"), ("import", "table-import"))
"""Pages that apps have in their own menu, or else here."""


def _own_pages(app: LoadedApp) -> set[str]:
    return {node.page for group in app.package.app.menu for node in (group, *group.items) if node.page}


def may_see_people(actor: Actor, held: Iterable[Held]) -> bool:
    """Administrators care for accounts; who has the right over people in an app, for its roles."""
    is_free = not actor.scope or bool({"*:read", "*:write"} & {*actor.scope})
    return (actor.is_admin and is_free) or any(kernel.has_right("people") for _, kernel in held)


def may_back_up(actor: Actor, held: Iterable[Held], every: int) -> bool:
    """A backup holds everything: only who has the right in each of ``every`` app may make and take one."""
    granting = sum(kernel.has_right("backup") for _, kernel in held)
    return actor.is_admin or (every > 0 and granting == every)


def admin_menu(
    words: Words, actor: Actor, held: list[Held], current: Held | None, every: int, path: str
) -> tuple[MenuItem, ...]:
    """The group, or nothing for who may open none of its pages."""
    wanted: list[tuple[str, str, str]] = []
    if current is not None and current[1].has_right("settings"):
        app = current[0].key
        wanted.extend(
            (addresses.built_in_page(app, page), f"page.{page}", icon)
            for page, icon in BUILT_IN
            if page not in _own_pages(current[0])
        )
        wanted.append((addresses.built_in_page(app, "settings"), "admin.settings", "adjustments"))
        wanted.append((addresses.built_in_page(app, "runs"), "admin.runs", "robot"))
    if may_see_people(actor, held):
        wanted.append(("/people", "admin.people", "users"))
    if may_back_up(actor, held, every):
        wanted.append(("/backup", "admin.backup", "database"))
    entries = tuple(
        MenuItem(words.say(label), url, icon, current=path == url or path.startswith(f"{url}/"))
        for url, label, icon in wanted
    )
    return (MenuItem(words.say("admin.menu"), items=entries),) if entries else ()
