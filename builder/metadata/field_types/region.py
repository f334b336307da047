"""An administrative region, from large to small: 上海市/浦东新区."""

from __future__ import annotations

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import problem, words
from builder.metadata.field_types.texts import TextType

LEVELS = 5


class Region(TextType):
    name = "region"
    label = words("地区", "Region")
    longest = 120
    icon = "map-pin"

    def form(self, text: str, field: Field) -> str | Problem:
        parts = [part.strip() for part in text.split("/")]
        if len(parts) > LEVELS or not all(parts):
            return problem("VALUE_REGION", field)
        return "/".join(parts)
