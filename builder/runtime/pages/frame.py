"""Frame: who is at the screen, the menu of the app, what waits: the shell around every page of the runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from flask import g, request

from builder.commands import Actor
from builder.errors import BuilderError
from builder.metadata.package import Package
from builder.metadata.report import MenuItem as MenuNode
from builder.runtime.api.door import Door
from builder.runtime.api.events import token_of
from builder.runtime.apps import LoadedApp
from builder.runtime.computations import may_compute
from builder.runtime.identity import Identity
from builder.runtime.opening import kernel_of
from builder.runtime.pages import addresses
from builder.runtime.pages.admin_menu import admin_menu, may_open, may_open_report
from builder.runtime.pages.announcing import notice_of, tour_offered
from builder.runtime.pages.lists import default_view
from builder.runtime.pages.starting import daily_of, homes_of, is_there, maintains, pinned_of
from builder.runtime.pages.words import Words, colour_of
from builder.runtime.permissions import Kernel
from builder.storage import accounts, notifications, tickets
from builder.storage import apps as stored_apps
from builder.web.locale import Messages, Texts
from builder.web.preferences import read_preferences
from builder.web.session import sign_in_csrf
from builder.web.shell import COLOURS, AppLink, MenuItem, Shell, ShellUser


class Frames:
    """Makes the shell and the words of one request. ``designer_url`` is where the designer is mounted (empty: nowhere)."""

    def __init__(
        self,
        door: Door,
        identity: Identity,
        texts: Texts,
        messages: Messages,
        *,
        designer_url: str = "/design",
    ) -> None:
        self._door, self._identity = door, identity
        self._texts, self._messages = texts, messages
        self._designer_url = designer_url

    def words(self) -> Words:
        """The words of this request's reader."""
        if "words" not in g:
            found = self._identity.find(request)
            chosen = read_preferences(request, found.actor.locale if found else None)
            zone = self._zone(found.actor if found else None)
            g.words = Words(self._texts, self._messages, chosen.locale, self._door.engine.clock.now(), zone)
        made: Words = g.words
        return made

    def _zone(self, actor: Actor | None) -> ZoneInfo:
        """The clock on the wall where the reader works."""
        engine = self._door.engine
        if actor is None:
            return ZoneInfo(engine.settings.timezone)
        with engine.database.snapshot() as conn:
            return ZoneInfo(accounts.place_of(conn, actor.workspace, actor.org_unit_id).timezone)

    def locale(self) -> str:
        """The language of this request's reader."""
        found = self._identity.find(request)
        return read_preferences(request, found.actor.locale if found else None).locale

    def shell(self) -> Shell:
        """The frame; for a stranger a bare one with the token of the sign-in form."""
        found = self._identity.find(request)
        words = self.words()
        chosen = read_preferences(request, found.actor.locale if found else None)
        looks: dict[str, Any] = {"locale": chosen.locale, "theme": chosen.theme, "density": chosen.density}
        looks["product"] = words.say("page.product")
        if found is None:
            return Shell(csrf=sign_in_csrf(request), **looks)
        with self._door.engine.database.snapshot() as conn:
            return self._made(conn, found.actor, found.csrf, words, looks)

    def _made(self, conn: Any, actor: Actor, csrf: str, words: Words, looks: dict[str, Any]) -> Shell:
        apps = [(app, kernel_of(conn, actor, app)) for app in self.apps(conn, actor)]
        current = self._current(apps)
        every = sum(bool(row.live_version) for row in stored_apps.apps(conn, actor.workspace))
        # Whoever may install apps finds them from every page, also before there is any app to come from.
        catalog = f"{self._designer_url}/" if actor.is_admin and self._designer_url else ""
        admin = admin_menu(words, actor, apps, current, every, request.path, catalog)
        menu: tuple[MenuItem, ...] = ()
        pinned: tuple[MenuItem, ...] = ()
        head = notifications.heads(conn, actor.workspace, [actor.user_id])[actor.user_id]
        waiting = head.decisions
        own_tickets = tickets.waiting(conn, actor.workspace, actor.user_id)
        if current is not None:
            menu = (
                self._mine(words, waiting, own_tickets),
                *Menu(words, *current).items(request.path, request.args.get("view", "")),
            )
            pinned = pinned_of(menu, set(homes_of(*current)), *daily_of(*current))
        menu = (*(menu or (self._mine(words, waiting, own_tickets),)), *admin)
        engine = self._door.engine
        own = (current[0].key, Menu(words, *current).items()) if current is not None else None
        may_design = current is not None and current[1].has_right("design")
        return Shell(
            user=ShellUser(actor.name or actor.login, self._detail(actor, current, words)),
            app=_link(current[0], words) if current else None,
            apps=tuple(_link(app, words) for app, _ in apps),
            menu=menu,
            pinned=pinned,
            notifications=head.unread,
            live=token_of(self._door, head),
            inbox_url="/inbox",
            csrf=csrf,
            catalog_url=catalog,
            **notice_of(engine, conn, actor, words),
            tour=tour_offered(engine, conn, actor, words, own),
            designer_url=f"{self._designer_url}/{current[0].key}"
            if current and may_design and self._designer_url
            else "",
            **looks,
        )

    def apps(self, conn: Any, actor: Actor) -> list[LoadedApp]:
        """The apps that the actor may know."""
        found = []
        for row in stored_apps.apps(conn, actor.workspace):
            if not row.live_version:
                continue
            app = self._door.engine.apps.load(conn, actor.workspace, row.key)
            try:
                kernel_of(conn, actor, app)
            except BuilderError:
                continue
            found.append(app)
        return found

    def _current(self, apps: list[tuple[LoadedApp, Kernel]]) -> tuple[LoadedApp, Kernel] | None:
        wanted = (request.view_args or {}).get("app")
        named = next((pair for pair in apps if pair[0].key == wanted), None)
        return named or (apps[0] if len(apps) == 1 else None)

    def _detail(self, actor: Actor, current: tuple[LoadedApp, Kernel] | None, words: Words) -> str:
        roles = [words.of(role.label) for role, _ in current[1].grants] if current else []
        return " · ".join(roles) or actor.login

    def _mine(self, words: Words, waiting: int, own_tickets: int) -> MenuItem:
        path = request.path
        return MenuItem(
            words.say("page.desk"),
            items=(
                MenuItem(words.say("ui.home"), "/", "home", current=path == "/"),
                MenuItem(
                    words.say("page.tasks"),
                    "/tasks",
                    "checklist",
                    current=path.startswith("/tasks"),
                    count=waiting,
                    live="decisions",
                ),
                MenuItem(
                    words.say("work.tickets"),
                    "/tickets",
                    "flag",
                    current=path.startswith("/tickets"),
                    count=own_tickets,
                ),
            ),
        )


def _link(app: LoadedApp, words: Words) -> AppLink:
    model = app.package.app
    colour = colour_of(model.color)
    return AppLink(
        app.key,
        words.of(model.label),
        addresses.app_page(app.key),
        model.icon or "apps",
        colour if colour in COLOURS else "blue",
    )


Target: TypeAlias = tuple[str, str, str, Callable[[str], bool]]
"""Where an entry leads, what it is called, its icon, and whether a path is its own."""


class Menu:
    """The app's menu as one actor may see it."""

    def __init__(self, words: Words, app: LoadedApp, kernel: Kernel) -> None:
        self._words, self._app, self._kernel = words, app, kernel

    @property
    def _package(self) -> Package:
        return self._app.package

    def items(self, path: str = "", view: str = "") -> tuple[MenuItem, ...]:
        """Groups with entries; what the actor may not open is left out, and groups that are empty then."""
        made: list[MenuItem] = []
        for node in self._package.app.menu or self._made_up():
            if not self._is_for(node):
                continue
            if not node.items:
                made.extend(self._entry(node, path, view))
                continue
            entries = tuple(e for n in node.items if self._is_for(n) for e in self._entry(n, path, view))
            if entries:
                made.append(MenuItem(self._words.of(node.label), icon=node.icon, items=entries))
        return tuple(made)

    def _made_up(self) -> tuple[MenuNode, ...]:
        """An app without a menu shows its entities."""
        return tuple(
            MenuNode(v.uid, view=v.key)
            for e in self._package.entities
            for v in self._package.views_of(e.key)[:1]
        )

    def _is_for(self, node: MenuNode) -> bool:
        return not node.roles or self._kernel.is_unlimited or bool(self._kernel.role_keys() & set(node.roles))

    def _entry(self, node: MenuNode, path: str, view: str) -> list[MenuItem]:
        found = self._target(node, view)
        if found is None or (node.to_maintain and not maintains(self._package, self._kernel, node.view)):
            return []
        url, label, icon, current = found
        text = self._words.of(node.label) or label
        return [MenuItem(text, url, node.icon or icon, current(path))]

    def _target(self, node: MenuNode, view: str) -> Target | None:
        if node.view:
            return self._view(node.view, view)
        if node.dashboard:
            return self._dashboard(node.dashboard)
        if node.report:
            return self._report(node.report)
        if node.ledger:
            return self._ledger(node.ledger)
        if node.computation:
            return self._computation(node.computation)
        if not node.page or not may_open(node.page, self._package, self._kernel):
            return None
        url = addresses.built_in_page(self._app.key, node.page)
        return url, self._words.say(f"page.{node.page}"), "point", lambda path: path == url

    def _dashboard(self, key: str) -> Target | None:
        dashboard = self._package.dashboard(key)
        if dashboard is None or not self._kernel.may_see("dashboards", key):
            return None
        url = addresses.dashboard_page(self._app.key, key)
        return url, self._words.of(dashboard.label), "dashboard", lambda path: path == url

    def _report(self, key: str) -> Target | None:
        report = self._package.report(key)
        if report is None or not may_open_report(report, self._kernel):
            return None
        url = addresses.report_page(self._app.key, key)
        return url, self._words.of(report.label), "report-analytics", lambda path: path == url

    def _ledger(self, key: str) -> Target | None:
        ledger = self._package.ledger(key)
        if ledger is None or not self._kernel.measures(key):
            return None
        url = addresses.ledger_page(self._app.key, key)
        return url, self._words.of(ledger.label), "scale", lambda path: path.startswith(url)

    def _computation(self, key: str) -> Target | None:
        computation = self._package.computation(key)
        if computation is None or not may_compute(self._kernel, computation):
            return None
        url = addresses.built_in_page(self._app.key, f"computations/{key}")
        return url, self._words.of(computation.label), "calculator", lambda path: path == url

    def _view(self, key: str, shown: str) -> Target | None:
        view = self._package.view(key)
        entity = self._package.entity(view.entity) if view else None
        if view is None or entity is None or not is_there(self._kernel, view):
            return None
        url = addresses.list_page(self._app.key, entity.key, view=view.key)
        is_first = default_view(self._package, entity.key) is view
        home = addresses.list_page(self._app.key, entity.key)

        def current(path: str) -> bool:
            if path == home:
                return shown == view.key or (not shown and is_first)
            return is_first and path.startswith(f"{home}/")

        return url, self._words.of(view.label), entity.icon or "table", current
