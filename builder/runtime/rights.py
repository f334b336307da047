"""Rights over the app: what somebody may do with it as a whole, and which of its ledgers, reports and dashboards are there for them.

What may be done with records is in ``permissions``, which builds on this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from builder.commands import Actor
from builder.errors import ForbiddenError
from builder.metadata.access import Role
from builder.metadata.package import Package
from builder.runtime.parts import Parts
from builder.runtime.scopes import rows_of

Filter = Mapping[str, Any]


@dataclass(frozen=True)
class Rights:
    """The rights of ``actor`` in one app. ``grants`` pairs each role held with the org-unit ids (with all below them) for which it
    was granted, empty for everywhere."""

    actor: Actor
    package: Package
    grants: tuple[tuple[Role, tuple[int, ...]], ...]
    concealed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Fields, by entity, that this very look does not show, whatever rights there are."""
    parts: Parts | None = None
    """What belongs to parts of the app that are switched off: it is not there for people and programs, whatever rights they have."""

    @property
    def is_app(self) -> bool:
        """True where the app itself acts, by a rule or a timer. An administrator's token is still a person's."""
        return self.actor.kind in {"rule", "timer", "system"}

    @cached_property
    def is_unlimited(self) -> bool:
        return self.actor.is_admin or self.is_app

    @property
    def has_app(self) -> bool:
        """True where the actor may know that the app exists."""
        return self.token_allows("read") and (self.is_unlimited or bool(self.grants))

    @property
    def may_command(self) -> bool:
        """False for a token that was made for reading alone."""
        return self.token_allows("write")

    def token_allows(self, deed: str) -> bool:
        scope = self.actor.scope
        if not scope:
            return True
        need = "read" if deed in {"read", "export", "print"} else "write"
        app = self.package.app.key
        return any(s in {f"{app}:{need}", f"*:{need}", f"{app}:write", "*:write"} for s in scope)

    def is_off(self, what: str, key: str) -> bool:
        """Whether it belongs to a part that is switched off. The app itself goes on with what is there."""
        return self.parts is not None and not self.is_app and self.parts.hides(what, key)

    def measures(self, ledger: str) -> frozenset[str]:
        """Keys of the measures of ``ledger`` that the actor may see; empty: the ledger does not exist for it."""
        model = self.package.ledger(ledger)
        if model is None or self.is_off("ledgers", ledger):
            return frozenset()
        everything = frozenset(m.key for m in model.measures)
        if self.is_unlimited:
            return everything
        seen: set[str] = set()
        for role, _ in self.grants:
            granted = [g for g in role.ledgers if g.ledger == ledger]
            if role.all_entities and not granted:
                return everything
            for grant in granted:
                seen.update(everything if "*" in grant.measures else grant.measures)
        return everything & seen

    def rows_of(self, ledger: str) -> Mapping[str, Filter]:
        """By dimension what its records must pass for rows of ``ledger`` to exist for the actor; empty: every row."""
        return {} if self.is_unlimited else rows_of((role for role, _ in self.grants), ledger)

    def may_override(self, permission: str | None) -> bool:
        held = self.is_unlimited or any(permission in role.overrides for role, _ in self.grants)
        return permission is not None and held

    def may_see(self, what: str, key: str) -> bool:
        """``what`` is ``reports`` or ``dashboards``."""
        return not self.is_off(what, key) and (
            self.is_unlimited
            or any({key, "*"} & set(getattr(role, what)) or role.all_entities for role, _ in self.grants)
        )

    def has_right(self, right: str) -> bool:
        """Rights over the app itself: design, people, settings, close_period, backup, audit."""
        if not self.token_allows("update") and right != "audit":
            return False
        return (
            self.actor.is_admin or self.actor.kind == "system" or any(right in r.app for r, _ in self.grants)
        )

    def require(self, right: str) -> None:
        if not self.has_right(right):
            raise ForbiddenError(deed=right)

    def role_keys(self) -> frozenset[str]:
        return frozenset(role.key for role, _ in self.grants)
