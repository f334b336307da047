"""Values: a record's values as columns keep them, and back. Numbers are scaled whole numbers, days are days, references are ids.

What needs no slot lies in ``ext`` under its field's number, which outlives every renaming.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types import FieldType, field_type
from builder.metadata.field_types.system import SystemType
from builder.record import Value

Family = Literal["text", "number", "date", "reference", "json"]
PART = "\x1f"
"""Parts the values of a compound key; no text of a person holds it."""
TURN = 100_000
"""Between the numbers of a field's lists, where it moved from one kind of list to another."""
LOCALE = "en"
"""Values change their type through plain words; the language only says how options and yes and no are spelt."""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """Where the values of one stored field live: in ``slot``, or (``slot`` None) in ``ext`` under ``field_no``.
    ``field`` has the scale at which the slot keeps numbers; ``turn`` tells places without a slot that the field had one after the
    other apart."""

    field: Field
    type: FieldType
    field_no: int
    slot: str | None
    turn: int = 0

    @property
    def key(self) -> str:
        return self.field.key

    @property
    def is_multi(self) -> bool:
        return self.type.storage == "multi"

    @property
    def ext_key(self) -> str:
        # A letter first: SQLite reads a bare number as a place in an array.
        return f"f{self.field_no}x{self.turn}" if self.turn else f"f{self.field_no}"

    @property
    def list_no(self) -> int:
        """The number under which the values of a list are kept one by one."""
        return self.field_no + TURN * self.turn

    @property
    def family(self) -> Family:
        storage = self.type.storage
        return "json" if storage in {"ext", "multi", "none"} else storage  # type: ignore[return-value]

    def stored(self, value: Value) -> Any:
        """The value as its slot keeps it."""
        return None if value is None else self.type.encode(value, self.field)

    def loaded(self, stored: Any) -> Value:
        """The value that ``stored`` keeps."""
        return None if stored is None else self.type.decode(stored, self.field)

    def into_ext(self, value: Value) -> Any:
        """The value in plain JSON."""
        found = self.stored(value)
        return found.isoformat() if isinstance(found, date) else found

    def from_ext(self, stored: Any) -> Value:
        if self.family == "date" and isinstance(stored, str):
            stored = date.fromisoformat(stored)
        return self.loaded(stored)


def place_of(field: Field, field_no: int, slot: str | None, scale: int | None) -> FieldPlace:
    """The place of a field whose slot keeps numbers at ``scale``. ``slot`` is as the slot table says it: ``ext``, ``ext:t``, ``multi``
    (each with ``#`` and its turn, if it is not the first) are no columns of the field's own."""
    of_type = field_type(field.type)
    if of_type.storage == "ext" and slot is not None and slot[1:].isdigit():
        # Its type once kept a single id in a column; lists have no room there and are written beside the others from now on.
        slot = None
    kept = field if scale is None or scale == of_type.scale_of(field) else replace(field, scale=scale)
    if slot is None or slot[1:].isdigit():
        return FieldPlace(kept, of_type, field_no, slot)
    return FieldPlace(kept, of_type, field_no, None, turn_of(slot))


def turn_of(slot: str) -> int:
    """Which of the field's places without a slot it is; 0 for the first."""
    return int(slot.partition("#")[2] or 0)


def converted(value: Value, old: FieldPlace, new: FieldPlace) -> Value:
    """The value as the new type reads it: exactly where both are numbers or of one type, else through its words. None where the new
    type cannot read them."""
    if value is None or old.type is new.type:
        return value
    if isinstance(value, Decimal | date) and old.family == new.family:
        return value
    read = new.type.from_text(old.type.to_text(value, old.field, LOCALE), new.field, LOCALE)
    return None if isinstance(read, Problem) else read


def is_stored(field: Field) -> bool:
    """Whether records keep a value of the field; live ones are worked out when somebody asks."""
    if field.type == "lines" or field_type(field.type).storage == "none":
        return False
    if field.rollup or field.balance or (field.lookup and field.copy == "live"):
        return False
    return not field.formula or field.stored


def system_column(field: Field) -> str | None:
    """The record's own column that a field of a system type shows."""
    found = field_type(field.type)
    return found.column if isinstance(found, SystemType) else None


def unique_text(parts: Iterable[Any]) -> str | None:
    """What a unique slot keeps of stored values: their normal form, or None where there are none, which clashes with nothing."""
    normal = [_normal(part) for part in parts]
    return PART.join(normal) if any(normal) else None


def _normal(stored: Any) -> str:
    if stored is None:
        return ""
    text = stored.isoformat() if isinstance(stored, date | datetime) else str(stored)
    return unicodedata.normalize("NFKC", text).strip().casefold()
