"""Recipients: the people that a rule names, as they are known now."""

from __future__ import annotations

from collections.abc import Iterable

from builder.metadata.rule import Recipient
from builder.record import Record
from builder.rules.conditions import bound_scene
from builder.rules.context import Context
from builder.rules.reach import ids_in
from builder.rules.scene import Scene


def named(
    recipients: Iterable[Recipient], context: Context, record: Record, scene: Scene | None = None
) -> tuple[int, ...]:
    """The active people among them, each once, in the order in which they are named. ``scene`` is all that is at hand, where that is more than
    the record."""
    scene = scene or Scene(record)
    return tuple(dict.fromkeys(user for to in recipients for user in _users(to, context, scene)))


def _users(to: Recipient, context: Context, scene: Scene) -> Iterable[int]:
    directory, record = context.directory, scene.record
    if directory is None:
        return ()
    if to.role:
        found: Iterable[int | None] = directory.with_role(to.role, record.org_unit_id)
    elif to.user:
        found = (directory.by_login(to.user),)
    elif to.owner:
        found = (record.owner_id or None,)
    elif to.actor:
        found = (context.actor.user_id or None,)
    elif to.head is not None:
        found = tuple(directory.head_of(unit, to.head) for unit in _units(to, context, scene))
    elif to.entity:
        found = _people_of(to, context, scene)
    else:
        found = ids_in(scene.values(context, [to.field or ""]).get(to.field or ""))
    return [user for user in found if user is not None and directory.is_active(user)]


def _units(to: Recipient, context: Context, scene: Scene) -> Iterable[int]:
    """The org units whose head is meant: those at the path, else the record's own. A line is of its document's."""
    if to.unit:
        return ids_in(scene.values(context, [to.unit]).get(to.unit))
    own = scene.record.org_unit_id or (scene.parent.org_unit_id if scene.parent else 0)
    return (own,) if own else ()


def _people_of(to: Recipient, context: Context, scene: Scene) -> Iterable[int]:
    """Whom the records that pass name."""
    where = bound_scene(context, to.filter or {}, scene)
    found = context.reader.find(to.entity or "", where or None, sort=[("id", False)])
    return [user for record in found for user in ids_in(record.get(to.person or ""))]
