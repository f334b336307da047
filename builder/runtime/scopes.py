"""Scopes: the filters that rights put before every read and write, built from what grants say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from builder.metadata.access import Role
from builder.metadata.filter import filter_of
from builder.record import Value

Passing = tuple[frozenset[str], Callable[[Mapping[str, Value]], bool]]
"""The paths that a scope reads, and whether their values pass."""
OWN: Mapping[str, Any] = {
    "or": [{"field": "owner", "op": "=", "value": {"actor": "id"}}, {"field": "owner", "op": "is_empty"}]
}
"""Records of the one who acts, and those that the app made: they are nobody's."""
NOTHING: Mapping[str, Any] = {"field": "id", "op": "in", "value": []}


def any_of(grants: Iterable[tuple[Mapping[str, Any] | None, tuple[int, ...]]]) -> Mapping[str, Any] | None:
    """The filter of what any of the grants shows, None: everything. Each is given as its scope and the ids of its org units (empty:
    everywhere)."""
    parts: list[Mapping[str, Any]] = []
    for scope, units in grants:
        limits: list[Mapping[str, Any]] = [scope] if scope else []
        if units:
            limits.append({"field": "org_unit", "op": "in", "value": list(units)})
        if not limits:
            return None
        parts.append(limits[0] if len(limits) == 1 else {"and": limits})
    return parts[0] if len(parts) == 1 else {"or": parts}


def rows_of(roles: Iterable[Role], ledger: str) -> Mapping[str, Mapping[str, Any]]:
    """By dimension the filter that its records must pass for rows of the ledger to exist; empty: every row. What any role shows is shown;
    grants by different dimensions, which a check refuses, all have to be kept."""
    found: dict[str, list[Mapping[str, Any] | None]] = {}
    for role in roles:
        granted = [g for g in role.ledgers if g.ledger == ledger]
        if any(g.scope is None for g in granted) or (role.all_entities and not granted):
            return {}
        for grant in granted:
            found.setdefault(grant.dimension, []).append(grant.scope)
    return {key: any_of((scope, ()) for scope in scopes) or NOTHING for key, scopes in found.items()}


def over_lines(where: Mapping[str, Any]) -> Mapping[str, Any]:
    """A filter over documents as one over their lines."""
    for joint in ("and", "or"):
        if joint in where:
            return {joint: [over_lines(part) for part in where[joint]]}
    if "not" in where:
        return {"not": over_lines(where["not"])}
    return {**where, "field": f"parent.{where['field']}"}


def passing_of(where: Mapping[str, Any]) -> Passing:
    """A filter ready to be tested on values."""
    read = filter_of(where)
    return frozenset(c.field for c in read.conditions()), read.passes
