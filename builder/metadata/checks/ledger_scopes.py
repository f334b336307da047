"""Scopes of ledger grants: whole, by one dimension a ledger, and not gone round by a figure of a record that adds up every row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from builder.errors import Problem
from builder.metadata.access import LedgerGrant, Role
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.checks.readers import sees
from builder.metadata.entity import Entity
from builder.metadata.ledger import Ledger


def find(facts: Facts) -> Iterable[Problem]:
    limited: dict[str, str] = {}
    for position, role in enumerate(facts.package.roles):
        for index, grant in enumerate(role.ledgers):
            ledger = facts.package.ledger(grant.ledger)
            if ledger is None or (grant.scope is None and not grant.dimension):
                continue
            path = at("roles", "roles", "roles", position, "ledgers", index)
            params = {"role": called(role), "ledger": called(ledger)}
            yield from _grant(grant, ledger, path, params)
            first = limited.setdefault(ledger.key, grant.dimension)
            if first != grant.dimension:
                yield Problem("E211", f"{path}/dimension", {**params, "other": _dimension(ledger, first)})
            yield from _figures(facts, role, grant, params)


def _grant(grant: LedgerGrant, ledger: Ledger, path: str, params: Mapping[str, object]) -> Iterator[Problem]:
    """A scope is over the records of a dimension: one without the other says nothing."""
    dimension = ledger.dimension(grant.dimension)
    if grant.scope is None or not grant.dimension or (dimension is not None and not dimension.entity):
        yield Problem("E210", path, params)


def _figures(facts: Facts, role: Role, grant: LedgerGrant, params: Mapping[str, object]) -> Iterator[Problem]:
    """A balance field that does not name the dimension adds up rows that the role may not see."""
    for entity, index, field in facts.fields():
        source = field.balance
        if source is None or source.ledger != grant.ledger or grant.dimension in source.dimensions:
            continue
        if sees(role, facts.package, entity.key) and not _is_hidden(facts, role, entity, field.key):
            where = at("entity", entity.key, "fields", index, "balance")
            yield warning("E212", where, {**params, "field": called(field), "entity": called(entity)})


def _is_hidden(facts: Facts, role: Role, entity: Entity, key: str) -> bool:
    own, above = role.grant(entity.key), role.grant(entity.parent or "")
    if own is not None or above is None:
        return own is not None and key in own.hidden
    document = facts.package.entity(above.entity)
    lines = document.line_fields if document else ()
    return any(f"{f.key}.{key}" in above.hidden for f in lines if f.entity == entity.key)


def _dimension(ledger: Ledger, key: str) -> object:
    found = ledger.dimension(key)
    return called(found) if found else key


CHECK = Check("ledger_scopes", ("E210", "E211", "E212"), find)
