"""Root: what handlers of workspace-wide commands decide with; they concern no single app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from builder.commands import Actor
from builder.errors import ForbiddenError
from builder.runtime.engine import Engine
from builder.runtime.pending import Pending


@dataclass
class Root:
    """A decision without an app: accounts, org units, tokens, installing."""

    engine: Engine
    conn: Any
    actor: Actor
    pending: Pending

    def require_admin(self) -> None:
        """Accounts, org units and installing are for administrators of the workspace; a token that was made for some
        apps is not for this."""
        scope = self.actor.scope
        if (not self.actor.is_admin and self.actor.kind != "system") or (scope and "*:write" not in scope):
            raise ForbiddenError(deed="admin")

    def show(self, id: int) -> str:
        return self.engine.database.show(id)
