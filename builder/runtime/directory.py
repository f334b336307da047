"""Directory: who is who, read once per decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from builder.commands import Actor
from builder.runtime.apps import LoadedApp
from builder.storage import accounts
from builder.storage.accounts import OrgUnitRow, UserRow


class StoredDirectory:
    """Implements ``ports.Directory`` over a snapshot. ``own_units`` are the org units of the actor."""

    def __init__(self, conn: Any, actor: Actor, app: LoadedApp, own_units: tuple[int, ...] = ()) -> None:
        self._conn = conn
        self._actor = actor
        self._ws = actor.workspace
        self._app = app
        self._own_units = own_units

    @cached_property
    def _users(self) -> Mapping[int, UserRow]:
        return {user.user_id: user for user in accounts.users(self._conn, self._ws)}

    @cached_property
    def _units(self) -> Mapping[int, OrgUnitRow]:
        return {unit.org_unit_id: unit for unit in accounts.org_units(self._conn, self._ws)}

    @cached_property
    def _grants(self) -> tuple[tuple[int, str, int], ...]:
        """(user, role uid, org unit) of the app."""
        return tuple(accounts.grants(self._conn, self._ws, self._app.row.app_id))

    def with_role(self, role: str, org_unit: int = 0) -> tuple[int, ...]:
        model = self._app.package.role(role)
        if model is None:
            return ()
        within = {0, *self._above(org_unit)} if org_unit else None
        found = {
            user
            for user, uid, unit in self._grants
            if uid == model.uid and self.is_active(user) and (within is None or unit in within)
        }
        return tuple(sorted(found))

    def _above(self, org_unit: int) -> list[int]:
        """The unit and everything over it."""
        found: list[int] = []
        while org_unit and org_unit not in found:
            found.append(org_unit)
            unit = self._units.get(org_unit)
            org_unit = unit.parent_id if unit else 0
        return found

    def by_login(self, login: str) -> int | None:
        return next((u.user_id for u in self._users.values() if u.login == login), None)

    def head_of(self, org_unit: int, levels_up: int = 0) -> int | None:
        chain = self._above(org_unit)
        if levels_up >= len(chain):
            return None
        unit = self._units.get(chain[levels_up])
        return unit.head_user_id or None if unit else None

    @cached_property
    def _members(self) -> frozenset[int]:
        known = {role.uid for role in self._app.package.roles}
        return frozenset(user for user, uid, _ in self._grants if uid in known)

    def is_active(self, user: int) -> bool:
        """Whether the person is here: with an account in use, to which the app is open. Nobody else could find a task in it."""
        found = self._users.get(user)
        return found is not None and found.status == "active" and (found.is_admin or user in self._members)

    def is_person(self, user: int) -> bool:
        """Whether there is an account of that id, in use or not."""
        # Most records name the one who makes them, whose account this very request has read; nobody else is worth reading everybody.
        return user == self._actor.user_id or accounts.is_person(self._conn, self._ws, user)

    def is_unit(self, org_unit: int) -> bool:
        return org_unit in self._own_units or accounts.is_unit(self._conn, self._ws, org_unit)

    def app_owners(self) -> tuple[int, ...]:
        designing = {r.uid for r in self._app.package.roles if "design" in r.app}
        holders = {user for user, uid, _ in self._grants if uid in designing and self.is_active(user)}
        if holders:
            return tuple(sorted(holders))
        return tuple(sorted(u.user_id for u in self._users.values() if u.is_admin and u.status == "active"))

    def delegate_of(self, user: int, day: date) -> int | None:
        return accounts.delegate_of(self._conn, self._ws, user, self._app.row.app_id, day)

    def name_of(self, user: int) -> str:
        found = self._users.get(user)
        return found.name if found else ""

    def unit_key(self, org_unit: int) -> str:
        unit = self._units.get(org_unit)
        return unit.key if unit else ""

    def unit_name(self, org_unit: int) -> str:
        unit = self._units.get(org_unit)
        return unit.name if unit else ""

    def people(self) -> tuple[UserRow, ...]:
        """Everybody who is active, by name."""
        return tuple(sorted((u for u in self._users.values() if u.status == "active"), key=lambda u: u.name))

    def units(self) -> tuple[OrgUnitRow, ...]:
        return tuple(self._units.values())
