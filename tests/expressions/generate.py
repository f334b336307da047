"""Expressions by chance: typed well enough that most of them compile, strange enough that many of them fail."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from builder.expressions.functions import FUNCTIONS, Function, Parameter
from builder.expressions.types import BOOL, DATE, DATETIME, NUMBER, TEXT, TIME, Type, list_of

KINDS = ("number", "text", "bool", "date", "datetime", "time")
TYPES: Mapping[str, Type] = {
    **dict.fromkeys(("quantity", "price", "rate", "big", "tiny", "none_number"), NUMBER),
    **dict.fromkeys(("code", "name", "blank", "none_text"), TEXT),
    **dict.fromkeys(("urgent", "closed", "none_bool"), BOOL),
    **dict.fromkeys(("due", "leap", "none_date"), DATE),
    "created": DATETIME,
    "late": DATETIME,
    "opens": TIME,
    "lines.amount": list_of(NUMBER),
    "lines.weight": list_of(NUMBER),
    "lines.tag": list_of(TEXT),
    "lines.day": list_of(DATE),
    "lines.done": list_of(BOOL),
    "lines.none": list_of(NUMBER),
}
VALUES: Mapping[str, Any] = {
    "quantity": Decimal("12.5"),
    "price": Decimal("-99.905"),
    "rate": Decimal("13"),
    "big": Decimal("9876543210987654321.25"),
    "tiny": Decimal("0.000000000037"),
    "none_number": None,
    "code": "XS-2026-001",
    "name": "Ｆｒｅｓｈ 牛奶 🥛 straße",
    "blank": " 　",
    "none_text": None,
    "urgent": True,
    "closed": False,
    "none_bool": None,
    "due": date(2026, 3, 31),
    "leap": date(2024, 2, 29),
    "none_date": None,
    "created": datetime(2026, 2, 28, 17, 45, 30, 250_000, tzinfo=UTC),
    "late": datetime(2025, 12, 31, 15, 59, 59, tzinfo=UTC),
    "opens": time(8, 30),
    "lines.amount": (Decimal("10"), Decimal("20.50"), None, Decimal("-0.005")),
    "lines.weight": (Decimal("1"), Decimal("2"), Decimal("3"), Decimal("1")),
    "lines.tag": ("a", "b", "a", None),
    "lines.day": (date(2026, 1, 1), None, date(2025, 10, 1), date(2026, 1, 1)),
    "lines.done": (True, False, None, True),
    "lines.none": (),
}
CONSTANTS: Mapping[str, Sequence[str]] = {
    "number": (
        "0",
        "1",
        "2",
        "3",
        "0.5",
        "1.005",
        "-2.675",
        "7",
        "12",
        "100",
        "-1",
        "0.1",
        "1234567.891",
        "99999999999999",
        "None",
    ),
    "text": (
        "'a'",
        "'XS'",
        "'-'",
        "''",
        "'milk'",
        "'1,234.50'",
        "'2026-02-28'",
        "'2026年3月5日'",
        "'￥'",
        "'牛'",
        "'12'",
        "None",
    ),
    "bool": ("True", "False", "None"),
    "date": ("DATE(2026, 1, 31)", "DATE(2028, 2, 29)", "TODAY()", "None"),
    "datetime": ("NOW()", "None"),
    "time": ("TIMEOF(NOW())", "opens"),
}
# What an argument of such a name should be, so that not every call of its function fails.
BY_NAME: Mapping[str, Sequence[str]] = {
    "digits": ("0", "1", "2", "3", "4", "-2", "0.5"),
    "unit": (
        "'days'",
        "'weeks'",
        "'months'",
        "'quarters'",
        "'years'",
        "'hours'",
        "'minutes'",
        "'workdays'",
        "'Day'",
        "'x'",
    ),
    "pattern": (
        "'#,##0.00'",
        "'0.##'",
        "'000'",
        "'0.0%'",
        "'yyyy-mm-dd hh:mm'",
        "'d/m/yy h:mm'",
        "'¥#,##0.00'",
        "'x'",
    ),
    "method": ("'largest_remainder'", "'last_line'", "'x'"),
    "year": ("2026", "2024", "1999", "0"),
    "month": ("1", "2", "12", "13"),
    "day": ("1", "28", "29", "31"),
    "exponent": ("2", "3", "0", "-1", "-2", "5", "1.5"),
    "count": ("0", "1", "2", "5", "-3", "40", "quantity"),
    "size": ("0", "2", "8", "20"),
    "head": ("0", "1", "3"),
    "tail": ("0", "2"),
    "start": ("1", "2", "5", "0"),
    "times": ("0", "2", "3"),
    "months": ("0", "1", "-13", "24"),
    "position": ("1", "2", "-1", "3", "0"),
    "fill": ("'0'", "' '", "'ab'"),
    "condition": ("urgent", "closed", "none_bool", "quantity > 3", "code == 'a'"),
}


class Chance:
    """Expressions by one seed."""

    def __init__(self, seed: int, names: Sequence[str]) -> None:
        self.random = random.Random(seed)
        self.functions = [FUNCTIONS.get(name) for name in names]

    def expression(self, function: Function | None = None, depth: int = 3) -> str:
        """One that calls ``function``, or any."""
        return self.call(function, depth) if function else self.of(self.random.choice(KINDS), depth)

    def of(self, kind: str, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.15:
            return self.leaf(kind)
        chance = self.random.random()
        if chance < 0.12:
            return f"({self.of(kind, depth - 1)} if {self.of('bool', depth - 1)} else {self.of(kind, depth - 1)})"
        if kind == "number" and chance < 0.5:
            return f"({self.of(kind, depth - 1)} {self.random.choice('+-*/')} {self.of(kind, depth - 1)})"
        if kind == "bool" and chance < 0.7:
            return self.condition(depth)
        fitting = [f for f in self.functions if isinstance(f.result, Type) and f.result.kind == kind]
        return self.call(self.random.choice(fitting), depth) if fitting else self.leaf(kind)

    def leaf(self, kind: str) -> str:
        paths = [path for path, type in TYPES.items() if type.kind == kind]
        return self.random.choice([*paths, *CONSTANTS[kind]])

    def condition(self, depth: int) -> str:
        chance = self.random.random()
        kind = self.random.choice(KINDS)
        if chance < 0.2:
            return f"not ({self.of('bool', depth - 1)})"
        if chance < 0.45:
            return f"({self.of('bool', depth - 1)} {self.random.choice(('and', 'or'))} {self.of('bool', depth - 1)})"
        if chance < 0.6:
            return f"({self.of(kind, depth - 1)} {self.random.choice(('in', 'not in'))} {self.items(kind, depth - 1)})"
        signs = ("==", "!=") if kind == "bool" else ("==", "!=", "<", "<=", ">", ">=")
        third = (
            f" {self.random.choice(signs)} {self.of(kind, depth - 1)}" if self.random.random() < 0.2 else ""
        )
        return f"({self.of(kind, depth - 1)} {self.random.choice(signs)} {self.of(kind, depth - 1)}{third})"

    def items(self, kind: str, depth: int) -> str:
        paths = [
            path for path, type in TYPES.items() if type.kind == "list" and type.of and type.of.kind == kind
        ]
        if paths and self.random.random() < 0.5:
            return self.random.choice(paths)
        return f"[{', '.join(self.of(kind, depth - 1) for _ in range(self.random.randrange(5)))}]"

    def call(self, function: Function, depth: int) -> str:
        kind = self.random.choice(KINDS)
        least, most = function.least, function.most
        count = self.random.randint(least, least + 3 if most is None else most)
        arguments = [self.argument(function.parameter(index), kind, depth - 1) for index in range(count)]
        return f"{function.name}({', '.join(arguments)})"

    def argument(self, parameter: Parameter, kind: str, depth: int) -> str:
        given = BY_NAME.get(parameter.name)
        if (
            given
            and self.random.random() < 0.9
            and parameter.types[0].kind in ("number", "text", "bool", "any")
        ):
            return self.random.choice(given)
        wanted = self.random.choice(parameter.types)
        if wanted.kind == "list":
            of = wanted.of.kind if wanted.of else "any"
            return self.items(kind if of == "any" else of, depth)
        return self.of(kind if wanted.kind == "any" else wanted.kind, depth)
