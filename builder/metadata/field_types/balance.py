"""A live balance of a ledger."""

from __future__ import annotations

from builder.metadata.field_types.computed import SHOWN, ComputedType
from builder.metadata.field_types.kind import words


class Balance(ComputedType):
    name = "balance"
    label = words("账本余额", "Ledger balance")
    properties = (*SHOWN, "balance", "scale")
    sort = "number"
    icon = "ledger"
