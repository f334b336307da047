"""Widening: what a new version would let roles do with data that they may not do now. Who publishes gives no role a right that they lack
themselves: the role may be their own, or become it. Administrators lack none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from builder.commands import Actor
from builder.errors import Problem
from builder.metadata.access import Deed, Role
from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.record import Record
from builder.runtime.permissions import Kernel
from builder.runtime.sights import common

DEEDS: tuple[str, ...] = get_args(Deed)
SOMEBODY = -1
"""Whose records are somebody else's, whoever acts."""


def widened(own: Kernel, package: Package) -> list[Problem]:
    """The rights over data that are there now which roles would gain and the publisher lacks, role by role."""
    if own.is_unlimited:
        return []
    before = {role.uid: role for role in own.package.roles}
    found: list[Problem] = []
    for index, role in enumerate(package.roles):
        old = _alone(own.package, before.get(role.uid))
        for entity, what in _gained(own, old, _alone(package, role), package):
            params = {"role": role.label, "entity": entity, "what": what}
            found.append(Problem("RIGHT_LACKED", f"roles.json#/roles/{index}", params))
    return found


def _alone(package: Package, role: Role | None) -> Kernel:
    """The rights of somebody who has this role alone."""
    nobody = Actor(workspace=0, user_id=0)
    return Kernel(nobody, package, ((role, ()),) if role is not None else ())


def _gained(own: Kernel, old: Kernel, new: Kernel, package: Package) -> Iterator[tuple[object, str]]:
    for entity in own.package.entities:
        later = package.entity_by_uid(entity.uid)
        if later is not None:
            for what in (
                *_deeds(own, old, new, entity, later),
                *_fields(own, old, new, entity, later),
                *_moves(own, old, new, entity, later),
            ):
                yield entity.label, what
    for ledger in own.package.ledgers:
        gained = (new.measures(ledger.key) - old.measures(ledger.key)) - common(own, ledger)
        if gained or _is_wider(own, old, new, ledger.key):
            yield ledger.label, "read"
    for name in {o for role, _ in new.grants for o in role.overrides}:
        if not old.may_override(name) and not own.may_override(name):
            yield "", name


def _is_wider(own: Kernel, old: Kernel, new: Kernel, ledger: str) -> bool:
    """Whether the new version would show rows of the ledger that the publisher may not see, as far as scopes tell."""
    limit, wanted = own.rows_of(ledger), new.rows_of(ledger)
    is_same = bool(old.measures(ledger)) and wanted == old.rows_of(ledger)
    return bool(limit and new.measures(ledger)) and wanted != limit and not is_same


def _deeds(own: Kernel, old: Kernel, new: Kernel, entity: Entity, later: Entity) -> Iterator[str]:
    for deed in DEEDS:
        if not new.may(deed, later.key):
            continue
        if not own.may(deed, entity.key) and not old.may(deed, entity.key):
            yield deed
            continue
        limit, wanted = own.scope(entity.key, deed), new.scope(later.key, deed)
        is_same = old.may(deed, entity.key) and wanted == old.scope(entity.key, deed)
        if limit is not None and wanted != limit and not is_same:
            yield deed


def _fields(own: Kernel, old: Kernel, new: Kernel, entity: Entity, later: Entity) -> Iterator[str]:
    for field in entity.fields:
        then = later.field_by_uid(field.uid)
        if then is None:
            continue
        for deed, before, after, mine in (
            ("read", old.is_readable, new.is_readable, own.is_readable),
            ("update", old.is_writable, new.is_writable, own.is_writable),
        ):
            if not new.may(deed, later.key) or not after(later.key, then.key):
                continue
            had = old.may(deed, entity.key) and before(entity.key, field.key)
            if not had and not (own.may(deed, entity.key) and mine(entity.key, field.key)):
                yield deed


def _moves(own: Kernel, old: Kernel, new: Kernel, entity: Entity, later: Entity) -> Iterator[str]:
    workflow = own.package.workflow_of(entity.key)
    for move in workflow.transitions if workflow else ():
        # A right over one's own records alone is less than one over everybody's.
        for record in (None, Record(entity.key, 0, {}, owner_id=SOMEBODY)):
            lacks = not any(k.may_fire(entity.key, move.key, record) for k in (old, own))
            if lacks and new.may_fire(later.key, move.key, record):
                yield move.key
                break
    for conversion in entity.conversions:
        lacks = not old.may_convert(entity.key, conversion.key) and not own.may_convert(
            entity.key, conversion.key
        )
        if lacks and new.may_convert(later.key, conversion.key):
            yield conversion.key
