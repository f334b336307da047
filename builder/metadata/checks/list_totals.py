"""List totals: the database adds up what records keep as numbers; what is worked out when somebody asks has no total below a list."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.entity import Field
from builder.metadata.field_types import FIELD_TYPES


def find(facts: Facts) -> Iterable[Problem]:
    for view in facts.package.views:
        entity = facts.package.entity(view.entity)
        for index, path in enumerate(view.totals if entity is not None else ()):
            field = entity.field(path) if entity is not None and "." not in path else None
            # A name that leads nowhere is another check's.
            if "." in path or (field is not None and not is_summed(field)):
                where = at("view", view.key, "totals", index)
                yield Problem(
                    "E207", where, {"view": called(view), "field": called(field) if field else path}
                )


def is_summed(field: Field) -> bool:
    """Whether the database can add up what records have of the field."""
    kind = FIELD_TYPES.find(field.type)
    is_live = bool(field.rollup or field.balance or (field.formula and not field.stored))
    return kind is not None and kind.sort == "number" and not is_live


CHECK = Check("list_totals", ("E207",), find)
