"""Functions on lists: columns of lines, lists that are written down. What is nothing is passed over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from builder.expressions.decimals import WIDE, ZERO, divide, fit, number
from builder.expressions.functions.function import Parameter, add, bounded, failed, whole
from builder.expressions.operations import equal, less, truth
from builder.expressions.types import (
    ANY,
    BOOL,
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

MOST_ITEMS = 100_000


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


def _sides(one: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """Two columns, row by row."""
    left, right = items(one), items(other)
    if len(left) != len(right):
        raise failed("lengths", found=len(right), expected=len(left))
    return zip(left, right, strict=True)


def sum_of_products(one: Any, other: Any) -> Decimal:
    total_of = ZERO
    for a, b in _sides(one, other):
        if a is not None and b is not None:
            total_of = WIDE.add(total_of, WIDE.multiply(number(a), number(b)))
    return fit(total_of)


def sum_if(column: Any, value: Any, summed: Any) -> Decimal:
    return _sum(b for a, b in _sides(column, summed) if equal(a, value) and b is not None)


def count_if(column: Any, value: Any) -> Decimal:
    return Decimal(sum(1 for item in items(column) if equal(item, value)))


def average_if(column: Any, value: Any, averaged: Any) -> Decimal | None:
    return average(tuple(b for a, b in _sides(column, averaged) if equal(a, value)))


def average_weighted(column: Any, weights: Any) -> Decimal | None:
    """None where the weights are nothing altogether."""
    pairs = [(a, b) for a, b in _sides(column, weights) if a is not None and b is not None]
    by = _sum(b for _, b in pairs)
    return divide(sum_of_products([a for a, _ in pairs], [b for _, b in pairs]), by) if by else None


def holds_any(*values: Any) -> bool:
    return any(truth(value) for value in spread(values))


def holds_all(*values: Any) -> bool:
    """Nothing counts as not true here, as everywhere."""
    for value in values:
        for item in items(value) if isinstance(value, (tuple, list)) else (value,):
            if not truth(item):
                return False
    return True


def distinct(column: Any) -> tuple[Any, ...]:
    found: list[Any] = []
    seen: set[tuple[bool, Any]] = set()
    for item in items(column):
        key = (item.__class__ is bool, item)
        if item is not None and key not in seen:
            seen.add(key)
            found.append(item)
    return tuple(found)


def count_distinct(column: Any) -> Decimal:
    return Decimal(len(distinct(column)))


def repeats(column: Any) -> bool:
    return len(distinct(column)) < sum(1 for item in items(column) if item is not None)


def includes(column: Any, value: Any) -> bool:
    return any(equal(item, value) for item in items(column))


def first(column: Any) -> Any:
    return next(spread((items(column),)), None)


def last(column: Any) -> Any:
    return next(spread((tuple(reversed(items(column))),)), None)


def at(column: Any, position: Any) -> Any:
    """Nothing beyond the ends; negative positions count from the end."""
    if position is None:
        return None
    found, place = items(column), whole(position, -MOST_ITEMS, MOST_ITEMS)
    index = place - 1 if place > 0 else len(found) + place
    return found[index] if place and 0 <= index < len(found) else None


def position_of(column: Any, value: Any) -> Decimal:
    for index, item in enumerate(items(column)):
        if equal(item, value):
            return Decimal(index + 1)
    return ZERO


def looked_up(value: Any, keys: Any, values: Any, otherwise: Any = None) -> Any:
    for key, found in _sides(keys, values):
        if equal(key, value):
            return found
    return otherwise


def joined(column: Any, separator: Any = ", ") -> str:
    parts = tuple(spread((items(column),)))
    if not all(isinstance(part, str) for part in (*parts, separator)):
        raise failed("texts")
    return bounded(separator.join(parts))


def ordered(column: Any) -> tuple[Any, ...]:
    """In ascending order, without what is nothing."""
    found: list[Any] = []
    for item in spread((items(column),)):
        less(item, found[0] if found else item)  # refuses kinds that have no order with each other
        found.append(item)
    return tuple(sorted(found))


def element(types: tuple[Type, ...]) -> Type:
    """What the first argument is, or holds."""
    if not types:
        return ANY
    return (types[0].of or ANY) if types[0].kind == "list" else types[0]


def _third(types: tuple[Type, ...]) -> Type:
    return element(types[2:])


def _same_list(types: tuple[Type, ...]) -> Type:
    return list_of(element(types))


_GROUP = "lists"
_ORDERED = (NUMBER, DATE, DATETIME, TIME, TEXT)
_NUMBERS = Parameter("numbers", (NUMBER, NUMBERS), many=True)
_VALUES = Parameter("values", (ANY,), many=True)
_COMPARED = Parameter("values", (*_ORDERED, *(list_of(one) for one in _ORDERED)), many=True)
_TRUTHS = Parameter("conditions", (BOOL, list_of(BOOL)), many=True)
_COLUMN, _VALUE = Parameter("column", (LIST,)), Parameter("value", (ANY,))
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
add(
    "ANY",
    _GROUP,
    (_TRUTHS,),
    BOOL,
    holds_any,
    zh=("任一成立", "至少有一行成立。"),
    en=("Any", "Whether at least one of the conditions holds."),
    examples=(("ANY([False, True])", "True"), ("ANY([])", "False"), ("ANY([None, False])", "False")),
    nothing=True,
)
add(
    "ALL",
    _GROUP,
    (_TRUTHS,),
    BOOL,
    holds_all,
    zh=("全部成立", "每一行都成立；没有明细时也算成立。"),
    en=("All", "Whether every condition holds; no lines hold too."),
    examples=(("ALL([True, True])", "True"), ("ALL([True, None])", "False"), ("ALL([])", "True")),
    nothing=True,
)
add(
    "UNIQUE",
    _GROUP,
    (_COLUMN,),
    _same_list,
    distinct,
    zh=("去重", "不重复的值，按首次出现的顺序。"),
    en=("Distinct values", "The values without repetitions, in the order in which they come."),
    examples=(("UNIQUE([2, 1, 2, None])", "[2, 1]"),),
    nothing=True,
)
add(
    "COUNTUNIQUE",
    _GROUP,
    (_COLUMN,),
    NUMBER,
    count_distinct,
    zh=("不重复计数", "不重复的值有几个。"),
    en=("Count distinct", "How many different values there are."),
    examples=(("COUNTUNIQUE(['a', 'b', 'a'])", "2"), ("COUNTUNIQUE([])", "0")),
    nothing=True,
)
add(
    "HASDUPLICATES",
    _GROUP,
    (_COLUMN,),
    BOOL,
    repeats,
    zh=("有重复", "是否有值出现了不止一次。"),
    en=("Has duplicates", "Whether a value occurs more than once."),
    examples=(("HASDUPLICATES([1, 2, 1])", "True"), ("HASDUPLICATES([1, None, None])", "False")),
    nothing=True,
)
add(
    "INCLUDES",
    _GROUP,
    (_COLUMN, _VALUE),
    BOOL,
    includes,
    zh=("列中包含", "列中是否有给定的值。"),
    en=("Includes", "Whether the value is in the list."),
    examples=(("INCLUDES([1, 2], 2)", "True"), ("INCLUDES([], 2)", "False")),
    nothing=True,
)
add(
    "FIRST",
    _GROUP,
    (_COLUMN,),
    element,
    first,
    zh=("第一个", "第一个不为空的值。"),
    en=("First", "The first value that is not empty."),
    examples=(("FIRST([None, 5, 6])", "5"), ("FIRST([])", "None")),
    nothing=True,
)
add(
    "LAST",
    _GROUP,
    (_COLUMN,),
    element,
    last,
    zh=("最后一个", "最后一个不为空的值。"),
    en=("Last", "The last value that is not empty."),
    examples=(("LAST([5, 6, None])", "6"), ("LAST([])", "None")),
    nothing=True,
)
add(
    "INDEX",
    _GROUP,
    (_COLUMN, Parameter("position", (NUMBER,))),
    element,
    at,
    zh=("第几个", "列中第几个值，从 1 数起，负数从末尾数；没有时为空。"),
    en=(
        "Item at",
        "The value at a position from 1 on (negative: from the end); nothing where there is none.",
    ),
    examples=(("INDEX(['a', 'b'], 2)", "b"), ("INDEX(['a', 'b'], -1)", "b"), ("INDEX(['a'], 9)", "None")),
    nothing=True,
)
add(
    "MATCH",
    _GROUP,
    (_VALUE, _COLUMN),
    NUMBER,
    lambda value, column: position_of(column, value),
    zh=("所在位置", "值在列中的位置，从 1 数起；没有时为 0。"),
    en=("Position in a list", "Where the value stands in the list, from 1 on; 0 where it does not."),
    examples=(("MATCH('b', ['a', 'b'])", "2"), ("MATCH('x', ['a', 'b'])", "0")),
    nothing=True,
)
add(
    "LOOKUP",
    _GROUP,
    (_VALUE, _COLUMN, Parameter("values", (LIST,)), Parameter("otherwise", (ANY,), optional=True)),
    _third,
    looked_up,
    zh=("查找", "在第一列中找到给定值的那一行，取另一列的值；找不到时取第四个参数，没有则为空。"),
    en=(
        "Look up",
        "The value in the second list where the first list equals what is looked for; else the fourth argument, or nothing.",
    ),
    examples=(
        ("LOOKUP('b', ['a', 'b'], [10, 20])", "20"),
        ("LOOKUP('x', ['a'], [10], 0)", "0"),
        ("LOOKUP('x', ['a'], [10])", "None"),
    ),
    nothing=True,
)
add(
    "JOIN",
    _GROUP,
    (Parameter("texts", (list_of(TEXT),)), Parameter("separator", (TEXT,), optional=True)),
    TEXT,
    joined,
    zh=("连接", "把一列文字用分隔符连成一段。"),
    en=("Join", "The texts of a list in one, with a separator (comma and blank) between them."),
    examples=(("JOIN(['a', None, 'b'], '/')", "a/b"), ("JOIN(['a', 'b'])", "a, b"), ("JOIN([])", "")),
    nothing=True,
)
add(
    "SORT",
    _GROUP,
    (_COLUMN,),
    _same_list,
    ordered,
    zh=("排序", "按从小到大排列，空值不计。"),
    en=("Sort", "The values in ascending order, without what is empty."),
    examples=(("SORT([3, None, 1])", "[1, 3]"), ("SORT(['b', 'a'])", "[a, b]")),
    nothing=True,
)
