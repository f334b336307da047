"""An amount of money, in the currency of the workspace."""

from __future__ import annotations

from builder.metadata.field_types.kind import words
from builder.metadata.field_types.numbers import NumberType


class Money(NumberType):
    name = "money"
    label = words("金额", "Money")
    icon = "money"
