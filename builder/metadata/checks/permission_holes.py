"""Permission holes: what a role may write but not see, and what it sees although it is hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from builder.errors import Problem
from builder.metadata.access import Grant
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.entity import Entity

WRITING = ("create", "update", "delete", "import")


def find(facts: Facts) -> Iterable[Problem]:
    for position, role in enumerate(facts.package.roles):
        seen: set[str] = set()
        for index, grant in enumerate(role.grants):
            path = at("roles", "roles", "roles", position, "grants", index)
            entity = facts.package.entity(grant.entity)
            params = {"role": called(role), "entity": called(entity) if entity else grant.entity}
            yield from _grant(grant, path, params)
            if entity:
                yield from _names(grant, entity, path, params)
            if grant.entity in seen:
                yield Problem("E168", path, params)
            seen.add(grant.entity)


def _grant(grant: Grant, path: str, params: Mapping[str, object]) -> Iterator[Problem]:
    if "read" not in grant.may and (set(grant.may) & set(WRITING) or grant.transitions or grant.conversions):
        yield Problem("E167", path, params)
    if (
        grant.hidden
        and grant.states == ()
        and "update" in grant.may
        and set(grant.hidden) & set(grant.read_only)
    ):
        yield warning("E176", path, params)


def _names(grant: Grant, entity: Entity, path: str, params: Mapping[str, object]) -> Iterator[Problem]:
    """Records are called by their titles wherever they are met: a role that sees them cannot help reading those."""
    for key in {entity.title, entity.subtitle} & set(grant.hidden):
        field = entity.field(key)
        yield Problem("E129", path, {**params, "field": called(field) if field else key})


CHECK = Check("permission_holes", ("E129", "E167", "E168", "E176"), find)
