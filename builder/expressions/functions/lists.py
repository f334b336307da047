"""Functions on lists: columns of lines, lists that are written down. What is nothing is passed over."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from builder.expressions.decimals import ZERO
from builder.expressions.functions.function import Parameter, add, bounded, failed, whole
from builder.expressions.functions.totals import element, items, sides, spread
from builder.expressions.operations import equal, less, truth
from builder.expressions.types import (
    ANY,
    BOOL,
    LIST,
    NUMBER,
    TEXT,
    Type,
    list_of,
)

MOST_ITEMS = 100_000


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
    for key, found in sides(keys, values):
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


def holds_any(*values: Any) -> bool:
    return any(truth(value) for value in spread(values))


def holds_all(*values: Any) -> bool:
    """Nothing counts as not true here, as everywhere."""
    for value in values:
        for item in items(value) if isinstance(value, (tuple, list)) else (value,):
            if not truth(item):
                return False
    return True


def _third(types: tuple[Type, ...]) -> Type:
    return element(types[2:])


def _same_list(types: tuple[Type, ...]) -> Type:
    return list_of(element(types))


_GROUP = "lists"
_COLUMN, _VALUE = Parameter("column", (LIST,)), Parameter("value", (ANY,))
_TRUTHS = Parameter("conditions", (BOOL, list_of(BOOL)), many=True)

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
