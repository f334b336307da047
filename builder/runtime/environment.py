"""Environment: what environment functions of expressions see: this command's clock, actor and balances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from builder.record import Value


@dataclass(frozen=True, slots=True)
class CommandEnvironment:
    """``at`` is the instant of the command, ``day`` its business date in the actor's place, ``zone`` the one in which an instant
    becomes a day there."""

    at: datetime
    day: date
    user_id: int
    balance_of: Callable[[str, str, Sequence[Value]], Decimal]
    zone: str = "UTC"

    def today(self) -> date:
        return self.day

    def now(self) -> datetime:
        return self.at

    def user(self) -> int:
        return self.user_id

    def balance(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal:
        return self.balance_of(ledger, measure, keys)
