"""Mentions: whom a comment names by ``@login`` or ``@name``, and telling those of them who may see the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from builder.changes import Message
from builder.errors import BuilderError
from builder.record import Record
from builder.runtime.auth import actor_of
from builder.runtime.context import Context
from builder.storage import accounts
from builder.storage.accounts import UserRow

CODE = "NOTICE_MENTIONED"


def named_in(body: str, users: Iterable[UserRow]) -> list[int]:
    """Ids of those whom the text names, each once. The longest name wins (``@anna`` is not ``@ann``); people of one name are all meant."""
    names: dict[str, list[int]] = {}
    for user in users:
        for name in {user.login.casefold(), user.name.casefold()} - {""}:
            names.setdefault(name, []).append(user.user_id)
    longest_first = sorted(names, key=len, reverse=True)
    found: dict[int, None] = {}
    for rest in body.casefold().replace("＠", "@").split("@")[1:]:
        meant = next((name for name in longest_first if _starts_with(rest, name)), "")
        found.update(dict.fromkeys(names.get(meant, ())))
    return list(found)


def _starts_with(text: str, name: str) -> bool:
    """A Latin name ends where its word does; after a Chinese one the sentence may go on at once."""
    if not text.startswith(name):
        return False
    after = text[len(name) : len(name) + 1]
    is_word = after.isascii() and (after.isalnum() or after == "_")
    return not (is_word and name[-1].isascii())


def mentioned(ctx: Context, record: Record, body: str, given: Sequence[int]) -> tuple[int, ...]:
    """Whom a comment is for: named in its text or ``given`` by id, active, not its author, and allowed to see the record. Others are not
    told that it exists."""
    if not given and not any(sign in body for sign in "@＠"):
        return ()
    people = {user.user_id: user for user in accounts.users(ctx.conn, ctx.ws) if user.status == "active"}
    wanted = dict.fromkeys((*given, *named_in(body, people.values())))
    return tuple(
        id for id in wanted if id in people and id != ctx.actor.user_id and _may_see(ctx, people[id], record)
    )


def _may_see(ctx: Context, user: UserRow, record: Record) -> bool:
    if ctx.read_as is None:
        return False
    try:
        ctx.read_as(actor_of(ctx.ws, user)).load(record.entity, record.id)
    except BuilderError:
        return False
    return True


def notice(ctx: Context, record: Record, comment_id: int, user_id: int) -> Message:
    """What tells one of them, once a comment."""
    body = {
        "user_id": user_id,
        "kind": CODE,
        "code": CODE,
        "params": {"name": ctx.actor.name or ctx.actor.login},
        "app": ctx.app.key,
        "entity": record.entity,
        "record_id": record.id,
    }
    return Message("notification", body, dedupe_key=f"{CODE}:{comment_id}:{user_id}")
