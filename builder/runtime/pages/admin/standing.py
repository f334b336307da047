"""Standing: who the apps and units are that a page about people speaks of, read once per request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.commands import Actor
from builder.errors import ForbiddenError
from builder.metadata.access import Role
from builder.runtime.opening import kernel_of
from builder.runtime.pages.admin_menu import Held, may_see_people
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.storage import accounts
from builder.storage.accounts import OrgUnitRow, UserRow


@dataclass(frozen=True)
class People:
    """Everybody, the org units, and the grants of the apps whose roles the reader may give."""

    actor: Actor
    words: Words
    users: tuple[UserRow, ...]
    units: tuple[OrgUnitRow, ...]
    held: tuple[Held, ...]
    granted: Mapping[str, tuple[tuple[int, str, int], ...]]

    def unit(self, id: int) -> OrgUnitRow | None:
        return next((u for u in self.units if u.org_unit_id == id), None)

    def unit_name(self, id: int) -> str:
        found = self.unit(id)
        return found.name if found else ""

    def unit_choices(self, *, but: str = "") -> list[tuple[str, str]]:
        """(key, name) of the units that are in use."""
        return [(u.key, u.name) for u in self.units if not u.is_archived and u.key != but]

    def roles_of(self, user_id: int) -> list[Mapping[str, Any]]:
        """What a person was granted, app by app."""
        found: list[Mapping[str, Any]] = []
        for app, kernel in self.held:
            by_uid = {role.uid: role for role in app.package.roles}
            for user, uid, unit in self.granted[app.key]:
                if user == user_id and uid in by_uid:
                    found.append(self._grant(app.key, app.package.app.label, by_uid[uid], unit, kernel))
        return found

    def _grant(self, app: str, label: Any, role: Role, unit: int, kernel: Any) -> Mapping[str, Any]:
        place = self.unit(unit)
        return {
            "app": app,
            "app_label": self.words.of(label),
            "role": role.key,
            "label": self.words.of(role.label),
            "unit": place.key if place else "",
            "unit_label": place.name if place else "",
            "may_end": all(kernel.has_right(right) for right in role.app),
        }

    def role_choices(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """(app, its roles) that the reader may give; a role that reaches further than the reader's own rights is left out."""
        made = []
        for app, kernel in self.held:
            roles = [
                (f"{app.key}/{role.key}", self.words.of(role.label))
                for role in app.package.roles
                if all(kernel.has_right(right) for right in role.app)
            ]
            made.append((self.words.of(app.package.app.label), roles))
        return [pair for pair in made if pair[1]]


def people_for(site: Site) -> People:
    """For who may see people; 403 for others."""
    actor, engine = site.actor(), site.door.engine
    with engine.database.snapshot() as conn:
        held = [(app, kernel_of(conn, actor, app)) for app in site.frames.apps(conn, actor)]
        if not may_see_people(actor, held):
            raise ForbiddenError(deed="people")
        own = tuple((app, kernel) for app, kernel in held if kernel.has_right("people"))
        return People(
            actor,
            site.words(),
            accounts.users(conn, actor.workspace),
            accounts.org_units(conn, actor.workspace),
            own,
            {app.key: accounts.grants(conn, actor.workspace, app.row.app_id) for app, _ in own},
        )
