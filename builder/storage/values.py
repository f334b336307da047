"""Values: a record's values as columns keep them, and back. Numbers are scaled whole numbers, days are days, references are ids.

What needs no slot lies in ``ext`` under its field's number, which outlives every renaming.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from builder.metadata.entity import Field
from builder.metadata.field_types import FieldType, field_type
from builder.metadata.field_types.system import SystemType
from builder.record import Value

Family = Literal["text", "number", "date", "reference", "json"]
PART = "\x1f"
"""Parts the values of a compound key; no text of a person holds it."""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """Where the values of one stored field live: in ``slot``, or (``slot`` None) in ``ext`` under ``field_no``.
    ``field`` has the scale at which the slot keeps numbers."""

    field: Field
    type: FieldType
    field_no: int
    slot: str | None

    @property
    def key(self) -> str:
        return self.field.key

    @property
    def is_multi(self) -> bool:
        return self.type.storage == "multi"

    @property
    def ext_key(self) -> str:
        # A letter first: SQLite reads a bare number as a place in an array.
        return f"f{self.field_no}"

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
    """The place of a field whose slot keeps numbers at ``scale``."""
    of_type = field_type(field.type)
    if of_type.storage == "ext" and slot is not None and slot[1:].isdigit():
        # Its type once kept a single id in a column; lists have no room there and are written beside the others from now on.
        slot = None
    kept = field if scale is None or scale == of_type.scale_of(field) else replace(field, scale=scale)
    return FieldPlace(kept, of_type, field_no, slot)


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
