"""Questions: which records are meant: filters with their placeholders filled in, ready to be asked of one entity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from builder.errors import InvalidError, Problem
from builder.metadata import filter as filters_of_metadata
from builder.metadata.filter import Condition, Filter, Joined, Negated
from builder.storage.lists import Which
from builder.storage.lowering import Lowered, lower
from builder.storage.rendering import params
from builder.storage.shapes import EntityShape


@dataclass(frozen=True)
class FilterContext:
    """What placeholders of filters stand for: the business date, the actor and its org units (with all below them), the app's settings."""

    today: date
    user_id: int = 0
    org_units: Iterable[int] = ()
    setting: Callable[[str], Any] | None = None

    def resolve(self, where: Mapping[str, Any]) -> dict[str, Any]:
        """The filter with relative dates, the actor and settings filled in, in plain form."""
        units = tuple(self.org_units)
        found = filters_of_metadata.resolve(
            _spelled(where), today=self.today, user_id=self.user_id, org_units=units, setting=self.setting
        )
        return dict(found)


def _spelled(where: Any) -> Any:
    """``{"actor": "org_units"}`` is the list that ``{"actor": "org_unit"}`` becomes."""
    if isinstance(where, Mapping):
        if dict(where) == {"actor": "org_units"}:
            return {"actor": "org_unit"}
        return {key: _spelled(value) for key, value in where.items()}
    return [_spelled(one) for one in where] if isinstance(where, list | tuple) else where


@dataclass
class Question:
    """A question ready to be asked: its shape, and what is bound to it."""

    shape: EntityShape
    which: Which
    lowered: Lowered
    bound: dict[str, Any] = field(default_factory=dict)


def question(
    shape: EntityShape,
    ws: int,
    wheres: Iterable[Mapping[str, Any] | None],
    filters: FilterContext,
    *,
    archived: bool = False,
    exclude: Sequence[int] = (),
) -> Question:
    """The records that pass all of the filters."""
    parts = tuple(_filter(filters.resolve(where)) for where in wheres if where)
    lowered = lower(shape, parts[0] if len(parts) == 1 else Joined(True, parts))
    bound = {"ws": ws, **params("p", lowered.values)}
    if exclude:
        bound["exclude"] = list(exclude)
    return Question(shape, Which(lowered.node, (), archived, bool(exclude)), lowered, bound)


def _filter(where: Any) -> Filter:
    """The filter; the engine's own lists may be longer than those of people."""
    if not isinstance(where, Mapping):
        raise InvalidError(problems=[Problem("FILTER_SHAPE", "/filter")])
    for joint in ("and", "or"):
        if joint in where:
            if not isinstance(where[joint], list | tuple):
                raise InvalidError(problems=[Problem("FILTER_SHAPE", f"/filter/{joint}")])
            return Joined(joint == "and", tuple(_filter(part) for part in where[joint]))
    if "not" in where:
        return Negated(_filter(where["not"]))
    if not where:
        return Joined(True, ())
    if not isinstance(where.get("field"), str) or where.get("op") not in filters_of_metadata.OPERATORS:
        raise InvalidError(problems=[Problem("FILTER_SHAPE", "/filter")])
    return Condition(where["field"], where["op"], _value(where["op"], where.get("value")))


def _value(op: str, value: Any) -> Any:
    """The value, where it is of the shape that the operator needs."""
    if op in filters_of_metadata.LISTS and not isinstance(value, Mapping):
        is_list = isinstance(value, list | tuple | set | frozenset)
        if not is_list or (op == "between" and len(value) != 2):
            raise InvalidError(problems=[Problem("FILTER_VALUE", "/filter", {"op": op})])
    return value
