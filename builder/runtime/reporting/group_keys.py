"""Group keys: the values by which a report puts rows together, in the text by which the outside names a row."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from builder.metadata.field_types.numbers import read_decimal
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.reporting.buckets import is_label
from builder.runtime.reporting.shown import ShownColumn


def read_key(ctx: Context, shown: ShownColumn, text: str | None) -> Value:
    """A group's value from the text that the outside knows it by."""
    if text is None or text == "":
        return None
    if shown.column.bucket not in {None, "day"}:
        return text if is_label(text, shown.column.bucket or "") else None
    if shown.entity or shown.type in {"user", "created_by", "updated_by", "id"}:
        return ctx.engine.database.read_id(text)
    if shown.type == "date" or shown.column.bucket == "day":
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    if shown.type in {"boolean", "flag"}:
        return text in {"True", "true", "1"}
    if shown.is_number:
        return read_decimal(text)
    return text


def key_text(ctx: Context, shown: ShownColumn, value: Value) -> str:
    """The text that the outside knows a group's value by; empty for nothing."""
    if value is None:
        return ""
    named = bool(shown.entity) or shown.type in {"user", "created_by", "updated_by", "id"}
    if named and isinstance(value, int) and not isinstance(value, bool):
        return ctx.engine.database.show(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
