"""The business: items, warehouses, customers, suppliers. The same in both worlds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from random import Random

CENTRAL = "ZC"
FRONTS = ("PD", "JD", "KS")
WAREHOUSES = (CENTRAL, *FRONTS)
CUSTOMERS = 48
SUPPLIERS = {"GY1": 4, "GY2": 5, "GY3": 6, "GY4": 6, "GY5": 7, "GY6": 8}
"""Supplier and days until goods arrive."""
RATE = Decimal("9")
"""Tax on grain and edible oil, in per cent; prices are without it."""

FAMILIES = (
    (
        "LY-DM", "DAI", (("5kg", 34), ("10kg", 65), ("25kg", 152), ("50kg", 296)),
        ("五常大米", "东北珍珠米", "丝苗米", "泰国香米", "射阳大米", "盘锦大米", "长粒香米", "小站稻米", "马坝油粘米", "虾稻米", "糯米", "胚芽米"),
    ),
    (
        "LY-SY", "TONG", (("1.8L×6", 132), ("5L", 62), ("10L", 119), ("20L", 231)),
        ("一级大豆油", "三级大豆油", "花生油", "菜籽油", "玉米油", "葵花籽油", "稻米油", "调和油", "棕榈油", "芝麻油"),
    ),
    (
        "LY-ZL", "DAI", (("2.5kg", 25), ("5kg", 48), ("25kg", 218)),
        ("小米", "黑米", "绿豆", "红豆", "燕麦米", "薏米", "高粱米", "荞麦米", "玉米糁", "糙米", "黄豆", "芸豆"),
    ),
)  # fmt: skip
SLOW = ("初榨橄榄油 1L×6", "LY-SY", "TONG", 348)
"""Sells at a high price, and hardly at all."""


@dataclass(frozen=True)
class Item:
    code: str
    name: str
    category: str
    unit: str
    buy: Decimal
    sell: Decimal
    share: float
    """Of the lines that customers order."""
    supplier: str


def _plain() -> Iterator[tuple[str, str, str, int]]:
    for category, unit, sizes, names in FAMILIES:
        for name in names:
            for size, price in sizes:
                yield f"{name} {size}", category, unit, price
    yield SLOW


def _items() -> tuple[Item, ...]:
    """Few items sell much and many little: shares fall with the rank (Zipf's law), ranks are drawn once and for all."""
    plain = list(_plain())
    ranks = list(range(1, len(plain)))
    Random("twin").shuffle(ranks)
    weights = [1 / rank**0.7 for rank in ranks] + [0.01]
    suppliers = tuple(SUPPLIERS)
    return tuple(
        Item(
            f"T{n:03d}", name, category, unit, Decimal(price), (Decimal(price) * Decimal("1.12")).quantize(Decimal("0.01")),
            weights[n] / sum(weights), suppliers[n % len(suppliers)],
        )
        for n, (name, category, unit, price) in enumerate(plain)
    )  # fmt: skip


ITEMS = _items()
BY_CODE = {item.code: item for item in ITEMS}
_PLACE = {item.code: n for n, item in enumerate(ITEMS)}


def beside(code: str) -> str:
    """The item that is taken for this one: the next size or sort."""
    return ITEMS[_PLACE[code] ^ 1 if _PLACE[code] ^ 1 < len(ITEMS) else 0].code


def front_of(customer: int) -> str:
    return FRONTS[customer % len(FRONTS)]
