"""Record: one stored instance of an entity, as every layer above storage sees it. Pure.

Values are plain and exact. Numbers of every numeric field type are ``Decimal`` at the field's
scale; references (record, user, org unit, file) are ``int`` ids; a choice is its option's key; multi-values
are tuples; instants are aware and UTC. ``None`` is "no value".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeAlias

Value: TypeAlias = (
    "bool | int | Decimal | str | date | datetime | time | tuple[Any, ...] | Mapping[str, Any] | None"
)


@dataclass(frozen=True, slots=True)
class Record:
    """A record with its lines.

    ``entity`` is the entity's key, ``version`` counts changes of business fields (0: not stored yet),
    ``posting_rev`` counts reversals of its fixed postings, ``state`` is the workflow state's key.
    ``values`` is keyed by field key and holds stored and own computed values; ``lines`` maps a lines
    field's key to its line records in order. A line has ``parent_id`` and ``line_no`` (from 1).
    """

    entity: str
    id: int
    values: Mapping[str, Value]
    lines: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
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
        return self.but(values={**self.values, **values})

    @staticmethod
    def of(attributes: Iterable[Any]) -> Record:
        """A record of all its attributes, in the order in which they are declared."""
        made = _new(Record)
        for put, value in zip(_PUTS, attributes, strict=True):
            put(made, value)
        return made

    def but(self, **changes: Any) -> Record:
        """This record with other values in those of its attributes."""
        made = Record.of(_attributes_of(self))
        for name, value in changes.items():
            _PUT[name](made, value)
        return made


# A decision copies its records dozens of times. ``dataclasses.replace`` asks and checks every field by name, which takes three times
# as long; the slots themselves may be filled where the instance is new.
_PUT = {f.name: getattr(Record, f.name).__set__ for f in fields(Record)}
_PUTS = tuple(_PUT.values())
_attributes_of = attrgetter(*_PUT)
_new = object.__new__


@dataclass(frozen=True, slots=True)
class Ref:
    """Names one record: (entity key, id). An id alone names nothing."""

    entity: str
    id: int
