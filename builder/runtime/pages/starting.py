"""Starting pages: where the work of a role begins."""

from __future__ import annotations

from collections.abc import Iterator

from builder.metadata.filter import paths_of
from builder.metadata.form import View
from builder.metadata.package import Package
from builder.runtime.apps import LoadedApp
from builder.runtime.pages import addresses
from builder.runtime.permissions import Kernel


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


def is_there(kernel: Kernel, view: View) -> bool:
    """Whether the actor may read what the view lists, and it picks nothing by what is switched off."""
    away = kernel.away(view.entity)
    picked = {path.partition(".")[0] for path in paths_of(view.filter)} if view.filter else set()
    return kernel.may("read", view.entity) and not away & picked


def maintains(package: Package, kernel: Kernel, view: str) -> bool:
    """Whether the actor may enter or change what the view lists."""
    listed = package.view(view)
    return listed is not None and any(kernel.may(deed, listed.entity) for deed in ("create", "update"))
