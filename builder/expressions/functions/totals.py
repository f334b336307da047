"""Functions that make one value of a column of lines: totals, counts, extremes. What is nothing is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from builder.expressions.decimals import WIDE, ZERO, divide, fit, number
from builder.expressions.functions.function import Parameter, add, failed
from builder.expressions.operations import equal, less
from builder.expressions.types import (
    ANY,
    DATE,
    DATETIME,
    LIST,
    NUMBER,
    NUMBERS,
    TEXT,
    TIME,
    Type,
    list_of,
)


def items(value: Any) -> Sequence[Any]:
    """The items of a list; nothing has none."""
    if value is None:
        return ()
    if isinstance(value, (tuple, list)):
        return value
    raise failed("list", found=type(value).__name__)


def spread(values: Iterable[Any]) -> Iterator[Any]:
    """What is something among the values and in the lists among them."""
    for value in values:
        if isinstance(value, (tuple, list)):
            for item in value:
                if item is not None:
                    yield item
        elif value is not None:
            yield value


def _sum(values: Iterable[Any]) -> Decimal:
    total = ZERO
    for value in values:
        total = WIDE.add(total, number(value))
    return fit(total)


def total(*values: Any) -> Decimal:
    return _sum(spread(values))


def count(*values: Any) -> Decimal:
    return Decimal(sum(1 for _ in spread(values)))


def average(*values: Any) -> Decimal | None:
    found = tuple(spread(values))
    return divide(_sum(found), Decimal(len(found))) if found else None


def least(*values: Any) -> Any:
    best = None
    for value in spread(values):
        best = value if best is None or less(value, best) else best
    return best


def most(*values: Any) -> Any:
    best = None
    for value in spread(values):
        best = value if best is None or less(best, value) else best
    return best


def median(*values: Any) -> Decimal | None:
    found = sorted(number(value) for value in spread(values))
    if not found:
        return None
    middle = len(found) // 2
    if len(found) % 2:
        return found[middle]
    return divide(fit(WIDE.add(found[middle - 1], found[middle])), Decimal(2))


def sides(one: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """Two columns, row by row."""
    left, right = items(one), items(other)
    if len(left) != len(right):
        raise failed("lengths", found=len(right), expected=len(left))
    return zip(left, right, strict=True)


def sum_of_products(one: Any, other: Any) -> Decimal:
    total_of = ZERO
    for a, b in sides(one, other):
        if a is not None and b is not None:
            total_of = WIDE.add(total_of, WIDE.multiply(number(a), number(b)))
    return fit(total_of)


def sum_if(column: Any, value: Any, summed: Any) -> Decimal:
    return _sum(b for a, b in sides(column, summed) if equal(a, value) and b is not None)


def count_if(column: Any, value: Any) -> Decimal:
    return Decimal(sum(1 for item in items(column) if equal(item, value)))


def average_if(column: Any, value: Any, averaged: Any) -> Decimal | None:
    return average(tuple(b for a, b in sides(column, averaged) if equal(a, value)))


def average_weighted(column: Any, weights: Any) -> Decimal | None:
    """None where the weights are nothing altogether."""
    pairs = [(a, b) for a, b in sides(column, weights) if a is not None and b is not None]
    by = _sum(b for _, b in pairs)
    return divide(sum_of_products([a for a, _ in pairs], [b for _, b in pairs]), by) if by else None


def element(types: tuple[Type, ...]) -> Type:
    """What the first argument is, or holds."""
    if not types:
        return ANY
    return (types[0].of or ANY) if types[0].kind == "list" else types[0]


_GROUP = "totals"
_COLUMN, _VALUE = Parameter("column", (LIST,)), Parameter("value", (ANY,))
_ORDERED = (NUMBER, DATE, DATETIME, TIME, TEXT)
_NUMBERS = Parameter("numbers", (NUMBER, NUMBERS), many=True)
_VALUES = Parameter("values", (ANY,), many=True)
_COMPARED = Parameter("values", (*_ORDERED, *(list_of(one) for one in _ORDERED)), many=True)
_NUMBER_COLUMN = Parameter("numbers", (NUMBERS,))
add(
    "SUM",
    _GROUP,
    (_NUMBERS,),
    NUMBER,
    total,
    zh=("求和", "一列明细或若干数的合计，空值不计；没有明细时为 0。"),
    en=(
        "Sum",
        "The total of a column of lines or of numbers; what is empty does not count, and no lines make 0.",
    ),
    examples=(("SUM([1.5, 2.5, None])", "4"), ("SUM(1, 2, 3)", "6"), ("SUM([])", "0")),
    nothing=True,
)
add(
    "COUNT",
    _GROUP,
    (_VALUES,),
    NUMBER,
    count,
    zh=("计数", "有值的明细行数。"),
    en=("Count", "How many values are not empty."),
    examples=(("COUNT(['a', None, 'b'])", "2"), ("COUNT([])", "0")),
    nothing=True,
)
add(
    "AVERAGE",
    _GROUP,
    (_NUMBERS,),
    NUMBER,
    average,
    zh=("平均值", "有值的数的平均值，没有值时为空。"),
    en=("Average", "The mean of the numbers that are not empty; nothing where there are none."),
    examples=(("AVERAGE([1, 2, None, 6])", "3"), ("AVERAGE(1, 2)", "1.5"), ("AVERAGE([])", "None")),
    nothing=True,
)
add(
    "MIN",
    _GROUP,
    (_COMPARED,),
    element,
    least,
    zh=("最小值", "最小的数、最早的日期；空值不计。"),
    en=("Least", "The least number, the earliest date; what is empty does not count."),
    examples=(("MIN(3, 1.5, 2)", "1.5"), ("MIN([4, None, 2])", "2"), ("MIN([])", "None")),
    nothing=True,
)
add(
    "MAX",
    _GROUP,
    (_COMPARED,),
    element,
    most,
    zh=("最大值", "最大的数、最晚的日期；空值不计。"),
    en=("Greatest", "The greatest number, the latest date; what is empty does not count."),
    examples=(("MAX(3, 1.5, 2)", "3"), ("MAX(0, -5)", "0"), ("MAX([None])", "None")),
    nothing=True,
)
add(
    "MEDIAN",
    _GROUP,
    (_NUMBERS,),
    NUMBER,
    median,
    zh=("中位数", "按大小排列后居中的数。"),
    en=("Median", "The number in the middle when they are in order."),
    examples=(("MEDIAN([5, 1, 3])", "3"), ("MEDIAN([1, 2, 3, 10])", "2.5"), ("MEDIAN([])", "None")),
    nothing=True,
)
add(
    "SUMPRODUCT",
    _GROUP,
    (_NUMBER_COLUMN, Parameter("by", (NUMBERS,))),
    NUMBER,
    sum_of_products,
    zh=("乘积之和", "两列逐行相乘后的合计，例如数量乘单价。"),
    en=(
        "Sum of products",
        "Two columns multiplied line by line and added up: quantities by prices, for example.",
    ),
    examples=(("SUMPRODUCT([2, 3], [10, 5.5])", "36.5"), ("SUMPRODUCT([], [])", "0")),
    nothing=True,
)
add(
    "SUMIF",
    _GROUP,
    (_COLUMN, _VALUE, _NUMBER_COLUMN),
    NUMBER,
    sum_if,
    zh=("条件求和", "第一列等于给定值的各行，在第三个参数那一列的合计。"),
    en=("Sum where", "The total of the third argument over the lines whose first column equals the value."),
    examples=(("SUMIF(['a', 'b', 'a'], 'a', [1, 2, 4])", "5"), ("SUMIF([], 'a', [])", "0")),
    nothing=True,
)
add(
    "COUNTIF",
    _GROUP,
    (_COLUMN, _VALUE),
    NUMBER,
    count_if,
    zh=("条件计数", "等于给定值的行数。"),
    en=("Count where", "How many lines of the column equal the value."),
    examples=(
        ("COUNTIF(['a', 'b', 'a'], 'a')", "2"),
        ("COUNTIF([True, False, True], True)", "2"),
        ("COUNTIF([None], None)", "1"),
    ),
    nothing=True,
)
add(
    "AVERAGEIF",
    _GROUP,
    (_COLUMN, _VALUE, _NUMBER_COLUMN),
    NUMBER,
    average_if,
    zh=("条件平均", "第一列等于给定值的各行，在第三个参数那一列的平均值。"),
    en=(
        "Average where",
        "The mean of the third argument over the lines whose first column equals the value.",
    ),
    examples=(("AVERAGEIF(['a', 'b', 'a'], 'a', [1, 2, 4])", "2.5"), ("AVERAGEIF([], 'a', [])", "None")),
    nothing=True,
)
add(
    "AVERAGEWEIGHTED",
    _GROUP,
    (_NUMBER_COLUMN, Parameter("weights", (NUMBERS,))),
    NUMBER,
    average_weighted,
    zh=("加权平均", "按权重计算的平均值，权重合计为零时为空。"),
    en=("Weighted average", "The mean by weights; nothing where the weights add up to zero."),
    examples=(("AVERAGEWEIGHTED([10, 20], [3, 1])", "12.5"), ("AVERAGEWEIGHTED([10], [0])", "None")),
    nothing=True,
)
