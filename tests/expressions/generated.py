"""Expressions and values by chance, the same for the same seed: every construct, every function, values that are empty now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from builder.expressions.functions import FUNCTIONS, Function, Parameter
from builder.expressions.types import BOOL, DATE, DATETIME, NUMBER, TEXT, TIME, Type, list_of

PLAIN = (NUMBER, TEXT, BOOL, DATE, DATETIME, TIME)
NAMES: Mapping[str, Type] = {
    **{f"number_{i}": NUMBER for i in range(3)},
    **{f"text_{i}": TEXT for i in range(3)},
    **{f"bool_{i}": BOOL for i in range(2)},
    **{f"date_{i}": DATE for i in range(2)},
    **{f"datetime_{i}": DATETIME for i in range(2)},
    "time_0": TIME,
    "order.customer.limit": NUMBER,
    "order.state": TEXT,
    **{f"lines.{t.kind}_{i}": list_of(t) for t in PLAIN for i in range(2)},
}
TEXTS = ("", "a", "B", "ab", "Abc d", "客户", "¥12.50", "12.5", "2026-03-05", " x ", "straße", "a,b,c", "😀")
NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "0.5",
    "0.05",
    "12.50",
    "100",
    "7",
    "33.333333",
    "99999999.99",
    "0.000001",
    "123456789012345678",
)
UNITS = ("days", "weeks", "months", "quarters", "years", "workdays", "hours", "minutes", "day", "moments")
PATTERNS = ("0.00", "#,##0.00", "yyyy-mm-dd", "yyyy年m月d日", "0", "0%")

# Functions whose result is of the type of their arguments, by what they make.
CHOOSING = (
    "IF({bool}, {T}, {T})", "IF({bool}, {T})", "IFS({bool}, {T}, {bool}, {T})", "IFS({bool}, {T}, {T})", "COALESCE({T}, {T})",
    "IFBLANK({T}, {T})", "NULLIF({T}, {T})", "CHOOSE({number}, {T}, {T})", "SWITCH({U}, {U}, {T}, {U}, {T}, {T})", "({T} if {bool} else {T})",
    "({T} if {bool} else None)",
)  # fmt: skip
FROM_LISTS = (
    "FIRST({list})",
    "LAST({list})",
    "INDEX({list}, {number})",
    "LOOKUP({U}, {listU}, {list})",
    "LOOKUP({U}, {listU}, {list}, {T})",
)
ORDERING = ("MIN({T}, {T})", "MAX({T}, {list})", "MIN({list})")
LISTS = ("UNIQUE({list})", "SORT({list})", "[{T}, {T}]", "[{T}]")


@dataclass
class Generator:
    """``expression`` makes one of a type; ``depth`` bounds it."""

    random: Random

    def __post_init__(self) -> None:
        self._by_result: dict[str, list[Function]] = {}
        for name in FUNCTIONS.names():
            function = FUNCTIONS.get(name)
            if isinstance(function.result, Type) and name != "BALANCE":
                self._by_result.setdefault(str(function.result), []).append(function)

    def any_type(self) -> Type:
        return self.random.choice(PLAIN)

    def some(self, depth: int) -> str:
        """An expression of any type."""
        kind = self.any_type() if self.random.random() < 0.9 else list_of(self.any_type())
        return self.expression(kind, depth)

    def expression(self, of: Type, depth: int) -> str:
        if depth <= 0 or self.random.random() < 0.15:
            return self._leaf(of)
        makers: list[Callable[[Type, int], str]] = [self._own, self._own, self._function, self._template]
        return self.random.choice(makers)(of, depth - 1)

    def _leaf(self, of: Type) -> str:
        names = [name for name, known in NAMES.items() if known == of]
        if names and self.random.random() < 0.6:
            return self.random.choice(names)
        if self.random.random() < 0.04:
            return "None"
        if of.kind == "list":
            of = of.of or NUMBER
            return "[" + ", ".join(self._constant(of) for _ in range(self.random.randint(0, 3))) + "]"
        return self._constant(of)

    def _constant(self, of: Type) -> str:
        choose = self.random.choice
        match of.kind:
            case "number":
                return choose(("", "-")) + choose(NUMBERS)
            case "bool":
                return choose(("True", "False"))
            case "date":
                return choose(
                    ("TODAY()", "DATE(2026, 2, 28)", "DATE(2024, 2, 29)", "DATEVALUE('2025-12-31')")
                )
            case "datetime":
                return choose(("NOW()", "DATETIME(DATE(2026, 3, 1), TIMEOF(NOW()))"))
            case "time":
                return "TIMEOF(NOW())"
        return f"'{choose(TEXTS)}'"

    def _own(self, of: Type, depth: int) -> str:
        """By the language's own operators."""
        choose = self.random.choice
        if of.kind == "number":
            if self.random.random() < 0.12:
                return f"-({self.expression(NUMBER, depth)})"
            op = choose(("+", "-", "*", "/", "+", "*"))
            return f"({self.expression(NUMBER, depth)} {op} {self.expression(NUMBER, depth)})"
        if of.kind == "bool":
            return choose((self._logic, self._compare, self._compare, self._chain, self._within))(depth)
        return self._template(of, depth)

    def _logic(self, depth: int) -> str:
        if self.random.random() < 0.25:
            return f"(not {self.expression(BOOL, depth)})"
        joint = self.random.choice((" and ", " or "))
        return "(" + joint.join(self.expression(BOOL, depth) for _ in range(self.random.randint(2, 3))) + ")"

    def _compare(self, depth: int) -> str:
        of = self.random.choice((NUMBER, NUMBER, TEXT, DATE, DATETIME, TIME, BOOL, list_of(NUMBER)))
        signs = ("==", "!=") if of in (BOOL, list_of(NUMBER)) else ("==", "!=", "<", "<=", ">", ">=")
        return f"({self.expression(of, depth)} {self.random.choice(signs)} {self.expression(of, depth)})"

    def _chain(self, depth: int) -> str:
        parts = [self.expression(NUMBER, depth) for _ in range(3)]
        one, other = self.random.choice(("<", "<=", "!=")), self.random.choice((">", "<=", "=="))
        return f"({parts[0]} {one} {parts[1]} {other} {parts[2]})"

    def _within(self, depth: int) -> str:
        of = self.any_type()
        op = self.random.choice(("in", "not in"))
        return f"({self.expression(of, depth)} {op} {self.expression(list_of(of), depth)})"

    def _template(self, of: Type, depth: int) -> str:
        if of.kind == "list":
            templates, element = LISTS, of.of or NUMBER
        else:
            element = of
            templates = (*CHOOSING, *FROM_LISTS, *(ORDERING if of.kind not in ("bool", "ref") else ()))
        chosen, other = self.random.choice(templates), self.any_type()
        parts: Mapping[str, Type] = {
            "{T}": element,
            "{list}": list_of(element),
            "{U}": other,
            "{listU}": list_of(other),
            "{bool}": BOOL,
            "{number}": NUMBER,
        }
        for mark, type in parts.items():
            while mark in chosen:
                chosen = chosen.replace(mark, self.expression(type, depth), 1)
        return chosen

    def _function(self, of: Type, depth: int) -> str:
        functions = self._by_result.get(str(of))
        if not functions:
            return self._template(of, depth)
        function = self.random.choice(functions)
        return f"{function.name}({', '.join(self._arguments(function, depth))})"

    def _arguments(self, function: Function, depth: int) -> Iterator[str]:
        for parameter in function.parameters:
            if parameter.optional and self.random.random() < 0.4:
                return
            for _ in range(self.random.randint(1, 3) if parameter.many else 1):
                yield self._argument(parameter, depth)

    def _argument(self, parameter: Parameter, depth: int) -> str:
        choose = self.random.choice
        if parameter.name == "unit":
            return f"'{choose(UNITS)}'"
        if parameter.name == "pattern":
            return f"'{choose(PATTERNS)}'"
        if (
            parameter.name in ("digits", "size", "times", "count", "exponent", "months", "position")
            and self.random.random() < 0.8
        ):
            return str(self.random.randint(-1, 6))
        of = choose(parameter.types)
        if of.kind == "any":
            of = choose((*PLAIN, list_of(NUMBER)))
        if of.kind == "list" and (of.of is None or of.of.kind == "any"):
            of = list_of(self.any_type())
        return self.expression(of, depth)

    # Values

    def values(self) -> dict[str, Any]:
        size = self.random.randint(0, 4)
        return {name: self._filled(type, size) for name, type in NAMES.items()}

    def _filled(self, of: Type, size: int) -> Any:
        if of.kind == "list":
            return tuple(self._value(of.of or NUMBER) for _ in range(size))
        return self._value(of)

    def _value(self, of: Type) -> Any:
        choose = self.random.choice
        if self.random.random() < 0.12:
            return None
        day = date(2026, 3, 2) + timedelta(days=choose((0, 0, 1, -1, -3, 30, 400, -400)))
        clock = time(choose((0, 9, 23)), choose((0, 30)))
        match of.kind:
            case "number":
                return Decimal(choose(("", "-")) + choose(NUMBERS))
            case "bool":
                return choose((True, False))
            case "date":
                return day
            case "datetime":
                return datetime.combine(day, clock, UTC)
            case "time":
                return clock
        return choose(TEXTS)
