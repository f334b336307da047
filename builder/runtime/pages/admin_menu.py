"""The menu's last group: the pages of those who look after the system, and who may open which."""

from __future__ import annotations

from collections.abc import Iterable

from builder.commands import Actor
from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.metadata.report import Health, Report
from builder.runtime.apps import LoadedApp
from builder.runtime.mirroring import families
from builder.runtime.pages import addresses
from builder.runtime.pages.words import Words
from builder.runtime.permissions import Kernel
from builder.runtime.reporting.shown import parts_of
from builder.web.shell import MenuItem

Held = tuple[LoadedApp, Kernel]
BUILT_IN = (
    ("health", "heart-rate-monitor"),
    ("import", "table-import"),
    ("board", "layout-kanban"),
    ("mirror", "route"),
)
"""Pages that apps have in their own menu, or else here."""


IMPORTED = frozenset({"master", "tree", "document", "log"})
"""Kinds of entities whose records a workbook may bring."""


def may_open(page: str, package: Package, kernel: Kernel) -> bool:
    """Whether a built-in page has anything for the actor: something to import into, a check that looks at what it may see."""
    if page == "import":
        return any(may_import(entity, kernel) for entity in package.entities)
    if page == "health":
        return any(_may_look(check, kernel) for check in package.health) or kernel.has_right("settings")
    if page in {"board", "mirror"}:
        see = _may_count if page == "mirror" else _may_read
        return any(see(entity, kernel) for f in families(package) for entity in f.entities)
    return kernel.has_right("settings")


def _may_read(entity: Entity, kernel: Kernel) -> bool:
    return kernel.may("read", entity.key)


def _may_count(entity: Entity, kernel: Kernel) -> bool:
    """Counts tell of every record: they are for who may read every record."""
    return kernel.may("read", entity.key) and kernel.scope(entity.key) is None


def may_import(entity: Entity, kernel: Kernel) -> bool:
    return entity.kind in IMPORTED and kernel.may("create", entity.key) and kernel.may("import", entity.key)


def _may_look(check: Health, kernel: Kernel) -> bool:
    if check.ledger:
        return bool(kernel.measures(check.ledger))
    return all(kernel.may("read", key) for key in (check.entity, *check.entities))


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
    words: Words,
    actor: Actor,
    held: list[Held],
    current: Held | None,
    every: int,
    path: str,
    catalog: str = "",
) -> tuple[MenuItem, ...]:
    """The group, or nothing for who may open none of its pages."""
    wanted: list[tuple[str, str, str]] = []
    if current is not None and current[1].has_right("settings"):
        app = current[0].key
        wanted.extend(
            (addresses.built_in_page(app, page), f"page.{page}", icon)
            for page, icon in BUILT_IN
            if page not in _own_pages(current[0]) and may_open(page, current[0].package, current[1])
        )
        wanted.append((addresses.built_in_page(app, "settings"), "admin.settings", "adjustments"))
        wanted.append((addresses.built_in_page(app, "runs"), "admin.runs", "robot"))
        wanted.append((addresses.built_in_page(app, "schedules"), "admin.schedules", "clock"))
        if current[0].package.scenarios:
            wanted.append((addresses.built_in_page(app, "scenarios"), "admin.scenarios", "clipboard-check"))
        if current[0].package.connectors:
            wanted.append((addresses.built_in_page(app, "connections"), "admin.connections", "plug"))
    if catalog:
        wanted.append((catalog, "admin.catalog", "apps"))
    if may_see_people(actor, held):
        wanted.append(("/people", "admin.people", "users"))
    if may_back_up(actor, held, every):
        wanted.append(("/backup", "admin.backup", "database"))
    entries = tuple(
        MenuItem(words.say(label), url, icon, current=path == url or path.startswith(f"{url}/"))
        for url, label, icon in wanted
    )
    return (MenuItem(words.say("admin.menu"), items=entries),) if entries else ()


def may_open_report(report: Report, kernel: Kernel) -> bool:
    """Whether the reader may see the report and everything that it is made of."""
    return kernel.may_see("reports", report.key) and all(
        kernel.may("read", part.entity) if part.source == "records" else bool(kernel.measures(part.ledger))
        for part in parts_of(report)
    )
