"""Functions that choose: by conditions, by a value, by what is empty.

IF and IFS work out only what they choose; all other functions work out every argument first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from builder.expressions.functions.function import Parameter, add, whole
from builder.expressions.functions.texts import BLANKS
from builder.expressions.operations import at_least, at_most, equal, truth
from builder.expressions.types import ANY, BOOL, DATE, DATETIME, NONE, NUMBER, TEXT, TIME, Type, common


def chosen(condition: Any, then: Any, otherwise: Any = None) -> Any:
    return then if truth(condition) else otherwise


def first_that_holds(*arguments: Any) -> Any:
    """Pairs of condition and value; one more argument is the value where none holds."""
    for index in range(0, len(arguments) - 1, 2):
        if truth(arguments[index]):
            return arguments[index + 1]
    return arguments[-1] if len(arguments) % 2 else None


def switched(value: Any, *arguments: Any) -> Any:
    """Pairs of value and result; one more argument is the result where none is equal."""
    for index in range(0, len(arguments) - 1, 2):
        if equal(value, arguments[index]):
            return arguments[index + 1]
    return arguments[-1] if len(arguments) % 2 else None


def numbered(position: Any, *values: Any) -> Any:
    if position is None:
        return None
    return values[whole(position, 1, len(values)) - 1]


def is_empty(value: Any) -> bool:
    """Whether it is nothing, a text without a visible character or a list without items."""
    if isinstance(value, str):
        return not BLANKS.sub("", value)
    return value is None or (isinstance(value, (list, tuple)) and not value)


def first_filled(*values: Any) -> Any:
    for value in values:
        if not is_empty(value):
            return value
    return None


def nothing_if(value: Any, other: Any) -> Any:
    return None if equal(value, other) else value


def conjunction(*conditions: Any) -> bool:
    return all(truth(condition) for condition in conditions)


def disjunction(*conditions: Any) -> bool:
    return any(truth(condition) for condition in conditions)


def inverted(condition: Any) -> bool:
    return not truth(condition)


def exactly_one(*conditions: Any) -> bool:
    return sum(1 for condition in conditions if truth(condition)) == 1


def is_between(value: Any, low: Any, high: Any) -> bool:
    """Both limits belong to it; nothing lies nowhere."""
    return at_least(value, low) and at_most(value, high)


def is_number(value: Any) -> bool:
    return value.__class__ in (Decimal, int)


def together(types: tuple[Type, ...]) -> Type:
    """The type of a value that is one of these."""
    found = NONE
    for one in types:
        met = common(found, one)
        if met is None:
            return ANY
        found = met
    return ANY if found == NONE else found


def _pairs(types: tuple[Type, ...]) -> Type:
    rest = types[-1:] if len(types) % 2 else ()
    return together((*types[1::2], *rest))


_GROUP = "choices"
_CONDITION, _VALUE = Parameter("condition", (BOOL,)), Parameter("value", (ANY,))
_CONDITIONS = Parameter("conditions", (BOOL,), many=True)
_VALUES = Parameter("values", (ANY,), many=True)
_ORDERED = (NUMBER, DATE, DATETIME, TIME, TEXT)

add(
    "IF",
    _GROUP,
    (_CONDITION, Parameter("then", (ANY,)), Parameter("otherwise", (ANY,), optional=True)),
    lambda types: together(types[1:]),
    chosen,
    zh=("如果", "条件成立取第二个参数，否则取第三个参数，没有则为空。"),
    en=("If", "The second argument where the condition holds, else the third, or nothing."),
    examples=(("IF(2 > 1, 'yes', 'no')", "yes"), ("IF(None, 1, 2)", "2"), ("IF(False, 1)", "None")),
    nothing=True,
)
add(
    "IFS",
    _GROUP,
    (Parameter("condition", (ANY,), many=True), Parameter("value", (ANY,), many=True)),
    _pairs,
    first_that_holds,
    zh=("多条件", "依次给出条件和值，取第一个成立的条件的值；最后单独一个参数是都不成立时的值。"),
    en=(
        "Ifs",
        "Conditions and values in turn: the value of the first condition that holds. One more argument is the value where none holds.",
    ),
    examples=(
        ("IFS(1 > 2, 'a', 2 > 1, 'b')", "b"),
        ("IFS(1 > 2, 'a', 'c')", "c"),
        ("IFS(1 > 2, 'a')", "None"),
    ),
    nothing=True,
)
add(
    "SWITCH",
    _GROUP,
    (_VALUE, Parameter("case", (ANY,), many=True), Parameter("result", (ANY,), many=True)),
    lambda types: together((*types[2::2], *(types[-1:] if len(types) % 2 == 0 else ()))),
    switched,
    zh=("按值选择", "与哪个值相等就取它后面的结果；最后单独一个参数是都不相等时的结果。"),
    en=(
        "Switch",
        "The result behind the case that the value equals. One more argument is the result where it equals none.",
    ),
    examples=(
        ("SWITCH('b', 'a', 1, 'b', 2)", "2"),
        ("SWITCH('x', 'a', 1, 0)", "0"),
        ("SWITCH('x', 'a', 1)", "None"),
    ),
    nothing=True,
)
add(
    "CHOOSE",
    _GROUP,
    (Parameter("position", (NUMBER,)), _VALUES),
    lambda types: together(types[1:]),
    numbered,
    zh=("按序号选择", "取第几个值，从 1 数起。"),
    en=("Choose", "The value at a position, from 1 on."),
    examples=(("CHOOSE(2, 'a', 'b')", "b"), ("CHOOSE(None, 'a')", "None")),
    nothing=True,
)
add(
    "COALESCE",
    _GROUP,
    (_VALUES,),
    together,
    first_filled,
    zh=("第一个有值的", "第一个不为空的参数。"),
    en=("First that is filled", "The first argument that is not empty."),
    examples=(("COALESCE(None, '', 'x')", "x"), ("COALESCE(None, 0)", "0"), ("COALESCE(None)", "None")),
    nothing=True,
)
add(
    "IFBLANK",
    _GROUP,
    (_VALUE, Parameter("otherwise", (ANY,))),
    together,
    first_filled,
    zh=("为空则取", "值为空时取第二个参数。"),
    en=("If blank", "The value, or the second argument where it is empty."),
    examples=(("IFBLANK(None, 0)", "0"), ("IFBLANK(5, 0)", "5")),
    nothing=True,
)
add(
    "ISBLANK",
    _GROUP,
    (_VALUE,),
    BOOL,
    is_empty,
    zh=("为空", "没有值、只有空白的文字或没有内容的列都算为空；0 不为空。"),
    en=("Is blank", "Whether there is no value, no visible text or no item; 0 is a value."),
    examples=(
        ("ISBLANK(None)", "True"),
        ("ISBLANK('  ')", "True"),
        ("ISBLANK(0)", "False"),
        ("ISBLANK([])", "True"),
    ),
    nothing=True,
)
add(
    "NULLIF",
    _GROUP,
    (_VALUE, Parameter("other", (ANY,))),
    lambda types: types[0] if types else ANY,
    nothing_if,
    zh=("相等则空", "两个值相等时为空，否则为第一个值。"),
    en=("Nothing if", "The value, or nothing where it equals the other."),
    examples=(("NULLIF(0, 0)", "None"), ("NULLIF(3, 0)", "3")),
    nothing=True,
)
add(
    "AND",
    _GROUP,
    (_CONDITIONS,),
    BOOL,
    conjunction,
    zh=("并且", "全部条件成立。"),
    en=("And", "Whether all the conditions hold."),
    examples=(("AND(True, 2 > 1)", "True"), ("AND(True, None)", "False")),
    nothing=True,
)
add(
    "OR",
    _GROUP,
    (_CONDITIONS,),
    BOOL,
    disjunction,
    zh=("或者", "至少一个条件成立。"),
    en=("Or", "Whether one of the conditions holds."),
    examples=(("OR(False, 2 > 1)", "True"), ("OR(False, None)", "False")),
    nothing=True,
)
add(
    "NOT",
    _GROUP,
    (_CONDITION,),
    BOOL,
    inverted,
    zh=("非", "条件不成立。"),
    en=("Not", "Whether the condition does not hold."),
    examples=(("NOT(1 > 2)", "True"), ("NOT(None)", "True")),
    nothing=True,
)
add(
    "EXACTLYONE",
    _GROUP,
    (_CONDITIONS,),
    BOOL,
    exactly_one,
    zh=("恰有一个成立", "条件中恰好有一个成立，例如两个字段只能填一个。"),
    en=(
        "Exactly one",
        "Whether one of the conditions holds and no other: one of two fields may be filled, for example.",
    ),
    examples=(("EXACTLYONE(True, False)", "True"), ("EXACTLYONE(True, True)", "False")),
    nothing=True,
)
add(
    "BETWEEN",
    _GROUP,
    (Parameter("value", _ORDERED), Parameter("low", _ORDERED), Parameter("high", _ORDERED)),
    BOOL,
    is_between,
    zh=("介于", "大于等于下限并且小于等于上限。"),
    en=("Between", "Whether the value is from the low limit to the high one, both included."),
    examples=(("BETWEEN(5, 1, 5)", "True"), ("BETWEEN(0, 1, 5)", "False"), ("BETWEEN(None, 1, 5)", "False")),
    nothing=True,
)
add(
    "ISNUMBER",
    _GROUP,
    (_VALUE,),
    BOOL,
    is_number,
    zh=("是数字", "值是否为数字。"),
    en=("Is a number", "Whether the value is a number."),
    examples=(("ISNUMBER(5)", "True"), ("ISNUMBER('5')", "False"), ("ISNUMBER(None)", "False")),
    nothing=True,
)
