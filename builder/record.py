"""Record: one stored instance of an entity, as every layer above storage sees it. Pure.

Values are plain and exact. Numbers of every numeric field type are ``Decimal`` at the field's
scale; references (record, user, org unit, file) are ``int`` ids; a choice is its option's key; multi-values
are tuples; instants are aware and UTC. ``None`` is "no value".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

Value: TypeAlias = (
    "bool | int | Decimal | str | date | datetime | time | tuple[Any, ...] | Mapping[str, Any] | None"
)


BUSINESS_DATE = "business_date"
NO_LINES: Mapping[str, tuple[Record, ...]] = MappingProxyType({})


class Record(NamedTuple):
    """A record with its lines.

    ``entity`` is the entity's key, ``version`` counts changes of business fields (0: not stored yet),
    ``posting_rev`` counts reversals of its fixed postings, ``state`` is the workflow state's key.
    ``values`` is keyed by field key and holds stored and own computed values; ``lines`` maps a lines
    field's key to its line records in order. A line has ``parent_id`` and ``line_no`` (from 1).

    A decision copies its records dozens of times: a tuple is made and copied three times as fast as a frozen data class.
    """

    entity: str
    id: int
    values: Mapping[str, Value]
    lines: Mapping[str, tuple[Record, ...]] = NO_LINES
    version: int = 0
    posting_rev: int = 0
    state: str | None = None
    owner_id: int = 0
    org_unit_id: int = 0
    business_date: date | None = None
    parent_id: int = 0
    line_no: int = 0
    created_by: int = 0
    created_at: datetime | None = None
    updated_by: int = 0
    updated_at: datetime | None = None
    archived_at: datetime | None = None
    package_version: int = 0
    created_via: str | None = None

    def get(self, key: str) -> Value:
        return self.values.get(key)

    def with_values(self, values: Mapping[str, Value]) -> Record:
        """This record with ``values`` laid over its own."""
        return self.holding({**self.values, **values}, self.lines)

    def assigned(self, values: Mapping[str, Value]) -> Record:
        """This record as a transition or a rule sets it: its fields, and the ``business_date`` that a document has beside them."""
        if BUSINESS_DATE not in values:
            return self.with_values(values)
        fields = {key: value for key, value in values.items() if key != BUSINESS_DATE}
        return self.with_values(fields).but(business_date=values[BUSINESS_DATE])

    def holding(self, values: Mapping[str, Value], lines: Mapping[str, tuple[Record, ...]]) -> Record:
        """This record with that content instead of its own: what ``but`` comes to, without naming anything."""
        return _made(Record, self[:_CONTENT] + (values, lines) + self[_AFTER:])  # noqa: RUF005 - joining is faster than unpacking

    def but(self, **changes: Any) -> Record:
        """This record with other values in those of its attributes."""
        made = list(self)
        for name, value in changes.items():
            made[_AT[name]] = value
        return _made(Record, made)


_made: Callable[..., Record] = tuple.__new__
_AT = {name: at for at, name in enumerate(Record._fields)}
_CONTENT = _AT["values"]
_AFTER = _CONTENT + 2


class Ref(NamedTuple):
    """Names one record: (entity key, id). An id alone names nothing."""

    entity: str
    id: int


Read = Callable[[Record], Value]
SYSTEM: Mapping[str, Read] = {
    "id": attrgetter("id"),
    "state": attrgetter("state"),
    "owner": lambda r: r.owner_id or None,
    "org_unit": lambda r: r.org_unit_id or None,
    "business_date": attrgetter("business_date"),
    "version": attrgetter("version"),
    "line_no": attrgetter("line_no"),
    "created_by": lambda r: r.created_by or None,
    "created_via": attrgetter("created_via"),
    "created_at": attrgetter("created_at"),
    "updated_by": lambda r: r.updated_by or None,
    "updated_at": attrgetter("updated_at"),
    "archived_at": attrgetter("archived_at"),
}
"""What a record says besides its fields, by the names that expressions have for it."""
