"""Own eyes: what a text tells each of its readers. Who may not see a field is not told it by a ticket, a notice or a refusal either."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from builder.changes import Ticket
from builder.errors import NotFoundError
from builder.rules.context import LEDGER, Sees
from builder.rules.wording import WORDS, words_to
from builder.runtime.apps import LoadedApp
from builder.runtime.auth import actor_of
from builder.runtime.permissions import Kernel
from builder.runtime.sights import common
from builder.runtime.standing import standing_of
from builder.storage import accounts


def through(kernel: Kernel) -> Sees:
    """What somebody with these rights sees: the fields that their roles show, the measures that each of their rights shows."""

    def sees(entity: str, key: str) -> bool:
        if not entity.startswith(LEDGER):
            return kernel.may("read", entity) and kernel.is_readable(entity, key)
        ledger = kernel.package.ledger(entity.removeprefix(LEDGER))
        if ledger is None or ledger.dimension(key) is not None:
            return True
        return key in common(kernel, ledger)

    return sees


def sights(conn: Any, ws: int, app: LoadedApp) -> Callable[[int], Sees | None]:
    """What each person sees of the app, for rules that tell people. Somebody's rights are looked up once a decision. Who is nobody
    in the app sees nothing of its records."""
    kernels: dict[int, Kernel | None] = {}

    def kernel(user: int) -> Kernel | None:
        if user not in kernels:
            kernels[user] = _kernel(conn, ws, app, user)
        return kernels[user]

    def sight_of(user: int) -> Sees | None:
        def sees(entity: str, key: str) -> bool:
            own = kernel(user)
            return own is not None and through(own)(entity, key)

        return sees if user else None

    return sight_of


def _kernel(conn: Any, ws: int, app: LoadedApp, user: int) -> Kernel | None:
    row = accounts.user(conn, ws, user)
    try:
        return standing_of(conn, actor_of(ws, row), app).kernel if row is not None else None
    except NotFoundError:
        return None


def read_by(ticket: Ticket, sees: Sees | None) -> Ticket:
    """The ticket in the words that its reader may read."""
    kept = ticket.source.get(WORDS)
    if kept is None or sees is None:
        return ticket
    title, body = words_to(kept, sees)
    return replace(ticket, title=title, body=body)
