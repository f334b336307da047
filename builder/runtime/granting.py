"""Granting: what a token may reach, as whoever makes it says it, and what it does reach among what is told across apps."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from builder.commands import Actor
from builder.errors import ForbiddenError, InvalidError, NotFoundError, Problem
from builder.runtime.engine import Engine
from builder.runtime.opening import kernel_of

DEEDS = frozenset({"read", "write"})
EVERY = "*"


def read_scope(engine: Engine, conn: Any, actor: Actor, said: Iterable[str]) -> tuple[str, ...]:
    """What a token is limited to: ``app:read`` or ``app:write`` for each app, ``*`` for all of them; *read* alone is ``*:read``.
    A word that opens nothing is a problem: a token that silently reaches no app would be looked for in the wrong place."""
    found: list[str] = []
    problems: list[Problem] = []
    for place, text in enumerate(said):
        scope = f"{EVERY}:{text.strip()}" if text.strip() in DEEDS else text.strip()
        app, _, deed = scope.partition(":")
        if deed in DEEDS and (app == EVERY or _is_known(engine, conn, actor, app)):
            found.append(scope)
        else:
            problems.append(Problem("TOKEN_SCOPE", f"/scope/{place}", {"scope": text[:80]}))
    if problems:
        raise InvalidError(problems=problems)
    return tuple(dict.fromkeys(found))


def _is_known(engine: Engine, conn: Any, actor: Actor, app: str) -> bool:
    """Whether there is such an app for the one who makes the token: nobody learns here which others there are."""
    try:
        return kernel_of(conn, actor, engine.apps.load(conn, actor.workspace, app)).has_app
    except NotFoundError:
        return False


def reaches(actor: Actor, app: object) -> bool:
    """Whether whoever asks may hear of what concerns this app (None: no app at all, which only a token for every app may)."""
    apps = {scope.partition(":")[0] for scope in actor.scope}
    return not apps or EVERY in apps or app in apps


def check_writing(actor: Actor) -> None:
    """Refuse a token that was made for reading alone."""
    if actor.scope and not any(scope.endswith(":write") for scope in actor.scope):
        raise ForbiddenError(deed="token")
