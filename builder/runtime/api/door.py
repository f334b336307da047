"""Door: what the endpoints share: who asks, a reading of the app, and the way into dispatch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Request

from builder.commands import Actor, Command, Override
from builder.errors import NotFoundError
from builder.runtime.context import Context
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.representation import Representation


@dataclass(frozen=True)
class Door:
    """``identify`` gives the actor of a request, or raises 401; it has checked the session's CSRF token too."""

    engine: Engine
    dispatch: Dispatcher
    identify: Callable[[Request], Actor]

    @contextmanager
    def reading(self, actor: Actor, app: str) -> Iterator[Context]:
        """A consistent snapshot of one app for one actor. 404 where the actor holds nothing in it."""
        with self.engine.database.snapshot() as conn:
            yield open_reading(self.engine, conn, actor, app, self.engine.clock.now())

    def id(self, text: str) -> int:
        """An outside id as ours; 404 for anything that is none."""
        found = self.engine.database.read_id(text)
        if found is None:
            raise NotFoundError
        return found

    def show(self, id: int) -> str:
        return self.engine.database.show(id)

    def representation(self, ctx: Context) -> Representation:
        return Representation(ctx.kernel, self.engine.database.show)

    def send(self, actor: Actor, command: Command, key: str | None) -> Mapping[str, Any]:
        return self.dispatch(actor, command, key=key)


def overrides_of(sent: list[dict[str, Any]]) -> tuple[Override, ...]:
    return tuple(Override(o["guard"], o["reason"]) for o in sent)


def foreseen_of(door: Door, sent: Any) -> dict[str, tuple[int, ...]] | None:
    """Whom a submitter was shown, by node. What is sent in another shape was shown to nobody."""
    if not isinstance(sent, Mapping) or not all(isinstance(users, list) for users in sent.values()):
        return None
    return {str(node): tuple(door.id(str(user)) for user in users) for node, users in sent.items()}


def people_of(door: Door, sent: Mapping[str, list[str]]) -> dict[str, tuple[int, ...]]:
    """The people whom a submitter chose, by node."""
    return {node: tuple(door.id(user) for user in users) for node, users in sent.items()}
