"""Hidden required fields: a form, or a role that may create, without a field that must have a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.form import Form, FormNode
from builder.metadata.frames import lines_entity


def find(facts: Facts) -> Iterable[Problem]:
    for form in facts.package.forms:
        entity = facts.package.entity(form.entity)
        if entity is not None:
            yield from _form(facts, form, entity)
    for position, role in enumerate(facts.package.roles):
        for index, grant in enumerate(role.grants):
            entity = facts.package.entity(grant.entity)
            for field in must_enter(entity) if entity and "create" in grant.may else ():
                if field.key in grant.hidden or field.key in grant.read_only:
                    path = at("roles", "roles", "roles", position, "grants", index)
                    yield Problem("E175", path, {"role": called(role), "field": called(field)})


def _form(facts: Facts, form: Form, entity: Entity) -> Iterator[Problem]:
    nodes = tuple(_all(form.nodes))
    shown = {node.field for node in nodes if node.kind in {"field", "lines"}}
    made = _made_by_conversions(facts)
    for field in must_enter(entity):
        if field.key not in shown and (entity.key, field.key) not in made:
            yield Problem("E173", at("form", form.key), {"field": called(field), "form": called(form)})
    for node in nodes:
        line = facts.package.entity(_lines(entity, node)) if node.columns_shown else None
        for field in must_enter(line) if line else ():
            if field.key not in node.columns_shown and (_lines(entity, node), field.key) not in made:
                yield warning("E174", at("form", form.key), {"field": called(field), "form": called(form)})


def _made_by_conversions(facts: Facts) -> set[tuple[str, str]]:
    """Fields that tell where a document comes from: where one is required, only conversions make it."""
    found: set[tuple[str, str]] = set()
    for entity in facts.package.entities:
        for conversion in entity.conversions:
            found.add((conversion.to, conversion.source))
            if conversion.lines:
                line = lines_entity(facts.package, conversion.to, conversion.lines.to)
                found.add((line, conversion.lines.source_line))
            for copied in conversion.more_lines:
                line = lines_entity(facts.package, conversion.to, copied.to)
                found.add((line, copied.source_line))
    return found


def _lines(entity: Entity, node: FormNode) -> str:
    field = entity.field(node.field) if node.kind == "lines" else None
    return (field.entity or "") if field else ""


def _all(nodes: Iterable[FormNode]) -> Iterator[FormNode]:
    for node in nodes:
        yield node
        yield from _all(node.nodes)


def must_enter(entity: Entity) -> tuple[Field, ...]:
    """The fields of the entity that nobody but the person can fill in."""
    return tuple(f for f in entity.fields if f.required and not f.archived and not _fills_itself(f))


def _fills_itself(field: Field) -> bool:
    kind = FIELD_TYPES.find(field.type)
    is_generated = kind is not None and kind.generated
    return field.is_computed or bool(field.default or field.lookup or field.is_numbered) or is_generated


CHECK = Check("hidden_required", ("E173", "E174", "E175"), find)
