"""What types share that show a record's own system columns. Pure."""

from __future__ import annotations

from typing import Any, ClassVar

from builder.metadata.entity import Field
from builder.metadata.field_types.computed import SHOWN, ComputedType
from builder.record import Value


class SystemType(ComputedType):
    """A value that the record carries anyway: who and when. ``column`` is its name there."""

    column: ClassVar[str]
    properties: ClassVar[tuple[str, ...]] = SHOWN

    def encode(self, value: Value, field: Field) -> Any:
        return None
