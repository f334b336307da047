"""The plan of the trading template's sample: the steps so far, and what its planner knows."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

FIRST_DAY, LAST_DAY = -59, -1
STOPPED = "C008"
"""The customer who does not pay."""
STORY_ITEM = "MF004"
"""The item of the unapproved returns: 500 in the books."""

# code → (share of demand, opening in the central warehouse, in each front warehouse)
DEMAND: dict[str, tuple[int, int, int]] = {
    "DM001": (10, 260, 110),
    "DM002": (7, 160, 70),
    "DM003": (6, 900, 40),
    "SY001": (10, 280, 120),
    "SY002": (6, 150, 60),
    "SY003": (4, 90, 36),
    "SY004": (2, 48, 24),
    "SY005": (1, 60, 0),
    "SY006": (4, 90, 36),
    "ZL001": (4, 90, 44),
    "ZL002": (4, 100, 50),
    "ZL003": (3, 90, 60),
    "ZL004": (2, 60, 30),
    "ZL005": (3, 70, 30),
    "MF001": (4, 100, 30),
    "MF002": (5, 120, 50),
    "MF003": (5, 200, 90),
}
FRONT = ("PD", "JD", "KS")
PLACES = ("ZC", *FRONT)
REGULARS = ("C001", "C002", "C003", "C004", "C005", "C006", "C007", "C099")
CUSTOMERS = dict(zip(REGULARS, ("PD", "ZC", "JD", "KS", "JD", "PD", "ZC", "PD"), strict=True))
BATCHED = "SY005"


@dataclass
class Plan:
    """The steps so far, and what the planner needs to know to stay within stock and credit."""

    chance: random.Random
    items: dict[str, dict[str, Any]]
    units: dict[str, str]
    partners: dict[str, dict[str, Any]]
    steps: list[dict[str, Any]] = field(default_factory=list)
    stock: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    owed: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    ordered: set[str] = field(default_factory=set)
    later: dict[int, list[Any]] = field(default_factory=lambda: defaultdict(list))
    day: int = FIRST_DAY
    minute: int = 0
    made: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def begin(self, day: int) -> None:
        self.day, self.minute = day, 8 * 60 + 30

    def step(self, do: str, **properties: Any) -> None:
        """The next step, some minutes after the one before."""
        self.minute += self.chance.randint(2, 7)
        at = f"{self.day}d {self.minute // 60:02d}:{self.minute % 60:02d}"
        known = {key.rstrip("_"): value for key, value in properties.items() if value is not None}
        self.steps.append({"do": do, "at": at, **known})

    def at(self, clock: str, do: str, **properties: Any) -> None:
        """A step at an hour of its own: the chances of the other steps stay as they were."""
        known = {key.rstrip("_"): value for key, value in properties.items()}
        self.steps.append({"do": do, "at": f"{self.day}d {clock}", **known})

    def clock(self) -> str:
        """The hour of the step before, without a chance taken."""
        return str(self.steps[-1]["at"]).split()[1] if self.steps else "08:30"

    def create(
        self, who: str, name: str, entity: str, values: dict[str, Any], *, submit: bool | None = None
    ) -> None:
        self.step("create", as_=who, id=name, entity=entity, values=values, submit=submit)

    def move(self, who: str, record: str, transition: str = "approve", **values: Any) -> None:
        self.step("transition", as_=who, record=f"${record}", transition=transition, values=values or None)

    def convert(self, who: str, name: str, source: str, conversion: str, **values: Any) -> None:
        self.step("convert", as_=who, id=name, record=f"${source}", conversion=conversion, values=values)

    def first_line(self, who: str, record: str, quantity: str) -> None:
        line = {"id": f"${record}.lines[0]", "quantity": quantity}
        self.step("update", as_=who, record=f"${record}", values={"lines": [line]})

    def name(self, prefix: str) -> str:
        self.made[prefix] += 1
        return f"{prefix}{self.made[prefix]}"

    def price(self, item: str, key: str = "sale_price") -> Decimal:
        return Decimal(self.items[item][key])


def text(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"
