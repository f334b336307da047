"""Values: what the log and the history keep in JSON form, exact again. Ids are numbers there."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from builder.metadata.entity import Field
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.field_types.files import FILE_TYPES
from builder.record import Value

USERS = frozenset({"user", "created_by", "updated_by", "owner"})
INSTANTS = frozenset({"datetime", "created_at", "updated_at"})


def exact(of: Field, value: Any) -> Value:
    """A value in the log's JSON form (ids are numbers there) as the exact one."""
    if value is None or value == "":
        return None
    if is_number(of):
        try:
            return Decimal(str(value))
        except InvalidOperation:
            return str(value)
    if of.entity or of.type in USERS | FILE_TYPES or of.type == "org_unit":
        return tuple(int(v) for v in value) if isinstance(value, list) else int(value)
    if of.type == "date" and isinstance(value, str):
        return date.fromisoformat(value[:10])
    if of.type in INSTANTS and isinstance(value, str):
        return datetime.fromisoformat(value)
    if of.type == "time" and isinstance(value, str):
        return time.fromisoformat(value)
    return tuple(value) if isinstance(value, list) else value


def is_number(of: Field) -> bool:
    """Whether expressions see a number in the field."""
    kind = FIELD_TYPES.find(of.type)
    return kind is not None and kind.sort == "number"
