"""What types share that are worked out when they are read and never stored. Pure."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import FieldType, Sort, Storage, problem
from builder.record import Value

SHOWN: tuple[str, ...] = ("key", "label", "help", "visible_if")


class ComputedType(FieldType):
    """A live value of whatever kind its source has. Nobody enters it."""

    storage: ClassVar[Storage] = "none"
    sort: ClassVar[Sort] = "any"
    generated: ClassVar[bool] = True
    icon = "function"

    def read(self, value: Any, field: Field) -> Value | Problem:
        return problem("VALUE_COMPUTED", field)

    def to_json(self, value: Value, field: Field) -> Any:
        if isinstance(value, Decimal):
            if field.scale is None:
                return format(value, "f")
            return format(round(value, field.scale), "f")
        if isinstance(value, datetime):
            return value.isoformat().replace("+00:00", "Z")
        if isinstance(value, date | time):
            return value.isoformat()
        return list(value) if isinstance(value, tuple) else value

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        shown = self.to_json(value, field)
        return "" if shown is None else str(shown)

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        return problem("VALUE_COMPUTED", field) if text.strip() else None

    def encode(self, value: Value, field: Field) -> Any:
        return None

    def json_schema(self, field: Field) -> dict[str, Any]:
        return {"readOnly": True}
