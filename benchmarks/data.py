"""Data: what both sides are filled with and sent, the same for the same number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

PASSWORD = "Meas-ure-5-things"
UNITS = 10
CLERKS = tuple(f"clerk{n}" for n in range(UNITS))
MANAGER = "manager"
STATUSES = ("open", "planned", "running", "done", "stopped")
KINDS = ("small", "medium", "large")
FIRST_DAY = date(2024, 1, 1)
DAYS = 700
RECEIPT_LINES = 200
CREDIT_LIMIT = "900000000.00"
ON_HAND = "1000000"


@dataclass(frozen=True, slots=True)
class Size:
    """How many records of each kind a world has."""

    things: int = 20_000
    items: int = 1000
    warehouses: int = 4
    customers: int = 200


@dataclass(frozen=True, slots=True)
class Filled:
    """What a side was filled with: ids as callers see them, in the order of ``thing_body``'s numbers and of the codes."""

    things: Sequence[str]
    items: Sequence[str]
    warehouses: Sequence[str]
    customers: Sequence[str]

    def things_of(self, unit: int) -> list[str]:
        """The things that the clerk of this org unit may see."""
        return [id for n, id in enumerate(self.things) if unit_of_thing(n) == unit]


def unit_key(n: int) -> str:
    return f"unit{n}"


def unit_of_thing(n: int) -> int:
    return (n // len(STATUSES)) % UNITS


def item_code(n: int) -> str:
    return f"I{n:06d}"


def warehouse_code(n: int) -> str:
    return f"W{n:02d}"


def customer_code(n: int) -> str:
    return f"C{n:05d}"


def thing_body(
    n: int, customers: Sequence[str], warehouses: Sequence[str], prefix: str = "T"
) -> dict[str, Any]:
    """Nineteen fields that a person enters; the twentieth, the amount, is computed."""
    return {
        "code": f"{prefix}{n:08d}",
        "name": f"东北大米 {n} kg",
        "note": f"第 {n} 号样品,送到门店后请先登记再入库。",
        "quantity": f"{n % 977}.{n % 10_000:04d}",
        "price": f"{n % 331}.{n * 7 % 10_000:04d}",
        "weight": f"{n % 83}.{n % 1000:03d}",
        "discount": f"{n % 100}.50",
        "pieces": n % 10_007,
        "day": (FIRST_DAY + timedelta(days=n * 13 % DAYS)).isoformat(),
        "due": f"2026-{n % 12 + 1:02d}-15T08:30:00+08:00",
        "status": STATUSES[n % len(STATUSES)],
        "kind": KINDS[n % len(KINDS)],
        "is_active": n % 7 != 0,
        "customer": customers[n % len(customers)],
        "warehouse": warehouses[n % len(warehouses)],
        "email": f"buyer{n}@example.com",
        "phone": f"021-5{n % 10_000_000:07d}",
        "url": f"https://example.com/things/{n}",
        "rating": n % 6,
    }


def thing_change(n: int) -> dict[str, Any]:
    """Five fields of a thing, none of them the key."""
    return {
        "name": f"东北大米 {n} 号",
        "quantity": f"{n % 911}.{n % 10_000:04d}",
        "price": f"{n % 293}.2500",
        "note": f"改过 {n} 次",
        "rating": n % 6,
    }


def delivery_body(items: Sequence[str], customer: str, warehouse: str) -> dict[str, Any]:
    """One line for each of ``items``, one piece each."""
    return {
        "customer": customer,
        "warehouse": warehouse,
        "lines": [{"item": item, "quantity": "1", "price": f"{n + 10}.5000"} for n, item in enumerate(items)],
    }


def receipt_bodies(items: Sequence[str], warehouses: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Receipts that put every item into every warehouse, in documents of ``RECEIPT_LINES`` lines."""
    for warehouse in warehouses:
        for start in range(0, len(items), RECEIPT_LINES):
            lines = [
                {"item": item, "quantity": ON_HAND, "price": f"{(start + n) % 97 + 3}.3300"}
                for n, item in enumerate(items[start : start + RECEIPT_LINES])
            ]
            yield {"warehouse": warehouse, "business_date": day_before(1), "lines": lines}


def day_before(days: int) -> str:
    """So many days before today in UTC: no place where the benchmarks run is behind it."""
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()
