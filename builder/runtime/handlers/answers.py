"""Answers: what a person adds to lines that a conversion brings over with a required value empty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Entity
from builder.record import Record
from builder.rules.validation import is_empty
from builder.runtime.context import Context


def said(entity: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` without what is required and comes over empty: such a field starts as in a document that is made by hand."""
    must = {of.key for of in entity.fields if of.required}
    return {key: value for key, value in values.items() if not (key in must and is_empty(value))}


@dataclass
class Answers:
    """What is answered, by lines field of the target and source line. Each line is judged by the person's own rights: who may not make
    such a document freely leaves what the conversion brings as it is."""

    ctx: Context
    target: Entity
    given: Mapping[str, Mapping[int, Mapping[str, Any]]]
    problems: list[Problem] = field(default_factory=list)
    _used: set[tuple[str, int]] = field(default_factory=set)
    _rows: dict[str, int] = field(default_factory=dict)

    def laid_over(self, to: str, line: Record, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row as the next document gets it."""
        at = self._rows.setdefault(to, 0)
        self._rows[to] += 1
        entity = line_entity(self.ctx, self.target, to)
        brought, answered = said(entity, row), self.given.get(to, {}).get(line.id, {})
        if answered:
            self._used.add((to, line.id))
            self._judge(entity, brought, answered, f"/{to}/{at}")
        return {**brought, **answered}

    def _judge(
        self, entity: Entity, brought: Mapping[str, Any], answered: Mapping[str, Any], place: str
    ) -> None:
        _, wrong = self.ctx.input.apply(
            entity, Record(entity.key, 0, {}), answered, deed="create", path=place
        )
        self.problems.extend(wrong)
        if self.ctx.kernel.may("create", self.target.key):
            return
        taken = {key for key, value in brought.items() if not is_empty(value)}
        self.problems.extend(
            Problem("FIELD_READ_ONLY", f"{place}/{of.key}", {"field": of.label})
            for of in entity.fields
            if of.key in taken and of.key in answered
        )

    def check(self) -> None:
        """Raises what is wrong with the answers: those to a line that does not go over are not left out in silence."""
        wanted = {(to, line) for to, lines in self.given.items() for line in lines}
        self.problems.extend(Problem("LINE_UNKNOWN", f"/{to}") for to, _ in sorted(wanted - self._used))
        if self.problems:
            raise InvalidError(problems=self.problems)


def line_entity(ctx: Context, target: Entity, to: str) -> Entity:
    """The entity of the lines that a lines field holds."""
    of = target.field(to)
    found = ctx.app.package.entity(of.entity or "") if of is not None else None
    assert found is not None
    return found
