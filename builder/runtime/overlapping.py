"""Overlapping roles: whoever holds several reads and writes each record with those of them that show it, never with a mixture.

One role shows the prices of the east and another works in the west: together they do not show the prices of the west.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from builder.metadata.access import Grant, Role
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.permissions import Kernel
from builder.runtime.scopes import any_of

Held = tuple[Role, tuple[int, ...]]
Sets = tuple[frozenset[str], ...]


def at_record(ctx: Context, record: Record) -> Context:
    """The same look with the rights over this very record; the very same where the roles do not differ in what they show of the entity."""
    return _over(ctx, record) if is_uneven(ctx.kernel, record.entity) else ctx


def moving(ctx: Context, record: Record) -> Context:
    """The same where roles differ in the moves and conversions that they open: a role moves the records that it shows, and no others."""
    kernel, entity = ctx.kernel, record.entity
    if kernel.is_unlimited or len(kernel.grants) < 2:
        return ctx
    is_mixed = kernel.kept(("moving", entity), lambda: _differs(kernel, entity, _moves))
    return _over(ctx, record) if is_mixed else ctx


def _over(ctx: Context, record: Record) -> Context:
    kernel = ctx.kernel
    held = tuple(_held(ctx, record, role, units) for role, units in kernel.grants)
    return ctx if held == kernel.grants else replace(ctx, kernel=replace(kernel, grants=held))


def is_uneven(kernel: Kernel, entity: str) -> bool:
    """Whether some role shows or opens other records and other fields of the entity than another one does."""
    if kernel.is_unlimited or len(kernel.grants) < 2:
        return False
    return kernel.kept(("uneven", entity), lambda: _differs(kernel, entity, _fields))


def _differs(kernel: Kernel, entity: str, opened: Callable[[Grant], Sets]) -> bool:
    found = [(grant, units) for role, units in kernel.grants if (grant := role.grant(entity)) is not None]
    reach = {(repr(grant.scope), units) for grant, units in found}
    return len(reach) > 1 and len({opened(grant) for grant, _ in found}) > 1


def _fields(grant: Grant) -> Sets:
    return frozenset(grant.hidden), frozenset(grant.read_only), frozenset(grant.states)


def _moves(grant: Grant) -> Sets:
    return frozenset(grant.transitions), frozenset(grant.own), frozenset(grant.conversions)


def _held(ctx: Context, record: Record, role: Role, units: tuple[int, ...]) -> Held:
    """The role as it is over this record: without its grant where that does not show it. Its rights over other entities stay."""
    grant = role.grant(record.entity)
    if grant is None or role.all_entities or ctx.passes(record, _reach(ctx, record.entity, grant, units)):
        return role, units
    return replace(role, grants=tuple(one for one in role.grants if one is not grant)), units


def _reach(ctx: Context, entity: str, grant: Grant, units: tuple[int, ...]) -> Any:
    model = ctx.app.package.entity(entity)
    by_unit = model is not None and model.kind in {"document", "log"}
    return any_of([(grant.scope, units if by_unit else ())])
