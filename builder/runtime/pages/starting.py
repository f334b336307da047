"""Starting pages: where the work of a role begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.metadata.filter import paths_of
from builder.metadata.form import View
from builder.metadata.package import Package
from builder.runtime.apps import LoadedApp
from builder.runtime.pages import addresses
from builder.runtime.permissions import Kernel
from builder.web.shell import MenuItem

URGENT = {"warning": "warn", "danger": "bad"}
"""Tones of the numbers on a dashboard that ask for a deed."""
PINNED = 4


def homes_of(app: LoadedApp, kernel: Kernel) -> Iterator[str]:
    """The addresses of the pages that the actor's roles, then the app, name as home, of those that they may open."""
    package = app.package
    for wish in [role.home for role, _ in kernel.grants if role.home] + [package.app.home]:
        kind, _, key = wish.partition("/")
        if kind == "dashboards" and package.dashboard(key) and kernel.may_see("dashboards", key):
            yield addresses.dashboard_page(app.key, key)
        view = package.view(key) if kind == "views" else None
        if view is not None and kernel.may("read", view.entity):
            yield addresses.list_page(app.key, view.entity, view=view.key)


def daily_of(app: LoadedApp, kernel: Kernel) -> tuple[tuple[str, ...], frozenset[str]]:
    """The addresses of the lists of documents that the actor works through day by day: those that the pages where its roles start mark as urgent,
    in their order, and those of what it enters or moves on."""
    package = app.package

    def addresses_of(views: Iterable[View]) -> Iterator[str]:
        for view in views:
            entity = package.entity(view.entity)
            if entity is not None and entity.kind == "document" and is_there(kernel, view):
                yield addresses.list_page(app.key, view.entity, view=view.key)

    starts = [package.dashboard(role.home.removeprefix("dashboards/")) for role, _ in kernel.grants]
    named = [
        package.view(card.view) for start in starts if start for card in start.cards if card.tone in URGENT
    ]
    marked = [view for view in named if view is not None]
    # What a card opens need not be in the menu: then another list of the same documents is.
    akin = [other for view in marked for other in package.views_of(view.entity)]
    entered = (view for view in package.views if _works_on(package, kernel, view.entity))
    return tuple(addresses_of([*marked, *akin])), frozenset(addresses_of(entered))


def _works_on(package: Package, kernel: Kernel, entity: str) -> bool:
    flow = package.workflow_of(entity)
    return kernel.may("create", entity) or (
        flow is not None and any(kernel.may_fire(entity, move.key) for move in flow.transitions)
    )


def is_there(kernel: Kernel, view: View) -> bool:
    """Whether the actor may read what the view lists, and it picks nothing by what is switched off."""
    away = kernel.away(view.entity)
    picked = {path.partition(".")[0] for path in paths_of(view.filter)} if view.filter else set()
    return kernel.may("read", view.entity) and not away & picked


def maintains(package: Package, kernel: Kernel, view: str) -> bool:
    """Whether the actor may enter or change what the view lists."""
    listed = package.view(view)
    return listed is not None and any(kernel.may(deed, listed.entity) for deed in ("create", "update"))


def pinned_of(
    menu: tuple[MenuItem, ...], homes: set[str], urgent: tuple[str, ...], entered: frozenset[str]
) -> tuple[MenuItem, ...]:
    """A phone's bottom bar: home, tasks, where the work of the role begins, then what it works through each day, before what the menu has first."""
    flat = [i for group in menu for i in (group.items or (group,)) if i.url not in {"", "/tickets"}]

    def rank(item: MenuItem) -> tuple[bool, bool, int, bool]:
        at = urgent.index(item.url) if item.url in urgent else len(urgent)
        return item.url not in {"/", "/tasks"}, item.url not in homes, at, item.url not in entered

    return tuple(sorted(flat, key=rank)[:PINNED])
