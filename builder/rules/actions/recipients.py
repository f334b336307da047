"""Recipients: the people that a rule names, as they are known now."""

from __future__ import annotations

from collections.abc import Iterable

from builder.metadata.rule import Recipient
from builder.record import Record
from builder.rules.context import Context
from builder.rules.reach import ids_in


def named(recipients: Iterable[Recipient], context: Context, record: Record) -> tuple[int, ...]:
    """The active people among them, each once, in the order in which they are named."""
    return tuple(dict.fromkeys(user for to in recipients for user in _users(to, context, record)))


def _users(to: Recipient, context: Context, record: Record) -> Iterable[int]:
    directory = context.directory
    if directory is None:
        return ()
    if to.role:
        found: Iterable[int | None] = directory.with_role(to.role, record.org_unit_id)
    elif to.user:
        found = (directory.by_login(to.user),)
    elif to.owner:
        found = (record.owner_id or None,)
    else:
        value = context.values([to.field or ""], record).get(to.field or "")
        found = ids_in(value)
    return [user for user in found if user is not None and directory.is_active(user)]
