"""A small world for expressions: the names of an order, a ledger, and an environment that always says the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from builder.expressions.types import BOOL, DATE, DATETIME, NUMBER, TEXT, Type, list_of, ref

TYPES: Mapping[str, Type] = {
    "quantity": NUMBER,
    "price": NUMBER,
    "discount": NUMBER,
    "note": TEXT,
    "state": TEXT,
    "urgent": BOOL,
    "due": DATE,
    "created_at": DATETIME,
    "customer": ref("customer"),
    "owner": ref(),
    "customer.level": TEXT,
    "customer.limit": NUMBER,
    "item": ref("item"),
    "tags": list_of(TEXT),
    "lines": list_of(ref("order_line")),
    "lines.amount": list_of(NUMBER),
    "lines.name": list_of(TEXT),
}

VALUES: Mapping[str, Any] = {
    "quantity": Decimal("12.5"),
    "price": Decimal("99.90"),
    "discount": Decimal("7.5"),
    "note": "call first",
    "state": "approved",
    "urgent": True,
    "due": date(2026, 3, 9),
    "created_at": datetime(2026, 3, 1, 20, 0, tzinfo=UTC),
    "customer": 7,
    "owner": 3,
    "customer.level": "A",
    "customer.limit": None,
    "item": 11,
    "tags": ("new", "big"),
    "lines": (1, 2, 3),
    "lines.amount": (Decimal("10"), Decimal("20.50"), None),
    "lines.name": ("a", "b", "c"),
}


@dataclass(frozen=True)
class Ledger:
    dimensions: Sequence[str] = ("item", "place", "batch")
    measures: frozenset[str] = frozenset({"on_hand", "reserved"})
    grains: frozenset[frozenset[str]] = frozenset({frozenset({"item"}), frozenset({"item", "place"})})


@dataclass(frozen=True)
class Names:
    """A scope over plain names."""

    types: Mapping[str, Type] = field(default_factory=lambda: TYPES)
    ledgers: Mapping[str, Ledger] = field(default_factory=lambda: {"stock": Ledger()})

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        return self.types.get(".".join(path))

    def names(self) -> Iterable[str]:
        return self.types

    def ledger(self, key: str) -> Ledger | None:
        return self.ledgers.get(key)


@dataclass
class World:
    """Monday, 2 March 2026, 09:30 in Shanghai; user 3; balances as given. ``asked`` keeps what was asked for."""

    zone: str = "Asia/Shanghai"
    balances: Mapping[tuple[Any, ...], Decimal] = field(default_factory=dict)
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    def today(self) -> date:
        return date(2026, 3, 2)

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 1, 30, tzinfo=UTC)

    def user(self) -> int:
        return 3

    def balance(self, ledger: str, measure: str, keys: Sequence[Any]) -> Decimal:
        self.asked.append((ledger, measure, *keys))
        return self.balances.get((ledger, measure, *keys), Decimal(0))
