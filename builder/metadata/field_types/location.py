"""A place on earth: latitude and longitude in degrees, six decimal places."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, problem, words
from builder.metadata.field_types.numbers import read_decimal
from builder.record import Value

STEP = Decimal("0.000001")
LIMITS = {"lat": Decimal(90), "lng": Decimal(180)}


class Location(FieldType):
    name = "location"
    label = words("定位", "Location")
    storage = "ext"
    sort = "any"
    properties = COMMON
    icon = "map-pin"

    def read(self, value: Any, field: Field) -> Value | Problem:
        if not isinstance(value, Mapping) or set(value) != set(LIMITS):
            return problem("VALUE_LOCATION", field)
        found: dict[str, Decimal] = {}
        for part, limit in LIMITS.items():
            degrees = read_decimal(value[part])
            if degrees is None or abs(degrees) > limit:
                return problem("VALUE_LOCATION", field)
            found[part] = degrees.quantize(STEP)
        return found

    def to_json(self, value: Value, field: Field) -> Any:
        return {k: format(v, "f") for k, v in value.items()} if isinstance(value, Mapping) else None

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        return f"{value['lat']}, {value['lng']}" if isinstance(value, Mapping) else ""

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        if not text.strip():
            return None
        lat, _, lng = text.replace("，", ",").partition(",")
        return self.read({"lat": lat.strip(), "lng": lng.strip()}, field)

    def encode(self, value: Value, field: Field) -> Any:
        return self.to_json(value, field)

    def decode(self, stored: Any, field: Field) -> Value:
        return {k: Decimal(v) for k, v in stored.items()} if stored else None

    def json_schema(self, field: Field) -> dict[str, Any]:
        degrees = {"type": "string"}
        return {
            "type": ["object", "null"],
            "properties": {"lat": degrees, "lng": degrees},
            "required": ["lat", "lng"],
        }
