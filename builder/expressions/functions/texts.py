"""Functions on texts. A character is a code point; positions count from 1."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from builder.expressions.decimals import number_text
from builder.expressions.environment import Environment, zone_of
from builder.expressions.functions.function import Parameter, add, asks, bounded, failed, whole
from builder.expressions.tokens import MAX_TEXT
from builder.expressions.types import ANY, BOOL, NUMBER, TEXT

BLANKS = re.compile("[ \t\r\n\u00a0\u3000]+")


def text(value: Any) -> str:
    if value.__class__ is not str:
        raise failed("texts", found=type(value).__name__)
    return str(value)


def as_text(env: Environment | None, value: Any) -> str:
    """How a value stands in a sentence: nothing as nothing, a number without trailing zeros, an instant in the zone."""
    if value is None:
        return ""
    if value.__class__ is bool:
        return "TRUE" if value else "FALSE"
    if isinstance(value, (Decimal, int)):
        return number_text(Decimal(value))
    if isinstance(value, datetime):
        return f"{value.astimezone(zone_of(env)):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return text(value)


@asks
def concatenated(env: Environment | None, *values: Any) -> str:
    return bounded("".join(as_text(env, value) for value in values))


def upper(value: Any) -> str:
    return bounded(text(value).upper())


def lower(value: Any) -> str:
    return bounded(text(value).lower())


def length(value: Any) -> Decimal:
    return Decimal(len(text(value)))


def left(value: Any, count: Any = 1) -> str:
    return text(value)[: whole(count, 0, MAX_TEXT)]


def right(value: Any, count: Any = 1) -> str:
    size = whole(count, 0, MAX_TEXT)
    return text(value)[-size:] if size else ""


def middle(value: Any, start: Any, count: Any = MAX_TEXT) -> str:
    begin = whole(start, 1, MAX_TEXT + 1) - 1
    return text(value)[begin : begin + whole(count, 0, MAX_TEXT)]


def found_at(part: Any, value: Any, start: Any = 1) -> Decimal:
    return Decimal(text(value).find(text(part), whole(start, 1, MAX_TEXT + 1) - 1) + 1)


def contains(value: Any, part: Any) -> bool:
    return text(part).lower() in text(value).lower()


def starts(value: Any, part: Any) -> bool:
    return text(value).startswith(text(part))


def ends(value: Any, part: Any) -> bool:
    return text(value).endswith(text(part))


def substituted(value: Any, old: Any, new: Any) -> str:
    given, out, into = text(value), text(old), text(new)
    if not out:
        return given
    # Counted first: what would be too long is never built.
    if len(given) + given.count(out) * (len(into) - len(out)) > MAX_TEXT:
        raise failed("text", limit=MAX_TEXT)
    return given.replace(out, into)


def repeated(value: Any, times: Any) -> str:
    given, count = text(value), whole(times, 0, MAX_TEXT)
    if len(given) * count > MAX_TEXT:
        raise failed("text", limit=MAX_TEXT)
    return given * count


_GROUP = "texts"
_TEXT, _PART = Parameter("text", (TEXT,)), Parameter("part", (TEXT,))


def _count(name: str = "count", *, optional: bool = False) -> Parameter:
    return Parameter(name, (NUMBER,), optional=optional)


add(
    "CONCAT",
    _GROUP,
    (Parameter("values", (ANY,), many=True),),
    TEXT,
    concatenated,
    zh=("拼接", "把各个值连成一段文字，空值不占位置。"),
    en=("Concatenate", "All values in one text; what is empty leaves no trace."),
    examples=(
        ("CONCAT('No. ', 12.50, None)", "No. 12.5"),
        ("CONCAT(DATE(2026, 3, 5), '/', True)", "2026-03-05/TRUE"),
    ),
    nothing=True,
    environment=True,
)
add(
    "UPPER",
    _GROUP,
    (_TEXT,),
    TEXT,
    upper,
    zh=("大写字母", "字母都变成大写。"),
    en=("Upper case", "The text in capital letters."),
    examples=(("UPPER('ab-1')", "AB-1"),),
)
add(
    "LOWER",
    _GROUP,
    (_TEXT,),
    TEXT,
    lower,
    zh=("小写字母", "字母都变成小写。"),
    en=("Lower case", "The text in small letters."),
    examples=(("LOWER('AB-1')", "ab-1"),),
)
add(
    "LEN",
    _GROUP,
    (_TEXT,),
    NUMBER,
    length,
    zh=("长度", "文字有几个字。"),
    en=("Length", "How many characters the text has."),
    examples=(("LEN('掌柜')", "2"), ("LEN('')", "0")),
)
add(
    "LEFT",
    _GROUP,
    (_TEXT, _count(optional=True)),
    TEXT,
    left,
    zh=("左边", "开头的几个字。"),
    en=("Left", "So many characters (1) from the start."),
    examples=(("LEFT('ABC', 2)", "AB"), ("LEFT('ABC')", "A")),
)
add(
    "RIGHT",
    _GROUP,
    (_TEXT, _count(optional=True)),
    TEXT,
    right,
    zh=("右边", "结尾的几个字。"),
    en=("Right", "So many characters (1) from the end."),
    examples=(("RIGHT('ABC', 2)", "BC"), ("RIGHT('ABC', 0)", "")),
)
add(
    "MID",
    _GROUP,
    (_TEXT, _count("start"), _count(optional=True)),
    TEXT,
    middle,
    zh=("中间", "从第几个字起的若干个字。"),
    en=("Middle", "So many characters from a position on, or all that follow."),
    examples=(("MID('ABCDE', 2, 3)", "BCD"), ("MID('ABCDE', 4)", "DE"), ("MID('A', 5, 1)", "")),
)
add(
    "FIND",
    _GROUP,
    (_PART, _TEXT, _count("start", optional=True)),
    NUMBER,
    found_at,
    zh=("查找文字", "一段文字出现在第几个字，没有则为 0。"),
    en=("Find", "Where the part stands in the text; 0 where it does not."),
    examples=(("FIND('-', 'AB-1')", "3"), ("FIND('x', 'AB')", "0")),
)
add(
    "CONTAINS",
    _GROUP,
    (_TEXT, _PART),
    BOOL,
    contains,
    zh=("文字包含", "文字中是否有这一段，不分大小写。"),
    en=("Contains", "Whether the part is in the text, in capital or small letters."),
    examples=(
        ("CONTAINS('Fresh milk', 'MILK')", "True"),
        ("CONTAINS('a', 'b')", "False"),
        ("CONTAINS(None, 'a')", "None"),
    ),
)
add(
    "STARTSWITH",
    _GROUP,
    (_TEXT, _PART),
    BOOL,
    starts,
    zh=("以…开头", "文字是否以这一段开头。"),
    en=("Starts with", "Whether the text begins with the part."),
    examples=(("STARTSWITH('XS-01', 'XS')", "True"), ("STARTSWITH('xs-01', 'XS')", "False")),
)
add(
    "ENDSWITH",
    _GROUP,
    (_TEXT, _PART),
    BOOL,
    ends,
    zh=("以…结尾", "文字是否以这一段结尾。"),
    en=("Ends with", "Whether the text ends with the part."),
    examples=(("ENDSWITH('a.pdf', '.pdf')", "True"), ("ENDSWITH('a.pdf', '.xls')", "False")),
)
add(
    "SUBSTITUTE",
    _GROUP,
    (_TEXT, Parameter("old", (TEXT,)), Parameter("new", (TEXT,))),
    TEXT,
    substituted,
    zh=("替换", "把文字中的一段全部换成另一段。"),
    en=("Substitute", "The text with every occurrence of a part replaced."),
    examples=(("SUBSTITUTE('a-b-c', '-', '/')", "a/b/c"), ("SUBSTITUTE('a', '', 'x')", "a")),
)
add(
    "REPT",
    _GROUP,
    (_TEXT, _count("times")),
    TEXT,
    repeated,
    zh=("重复", "把文字重复若干遍。"),
    en=("Repeat", "The text so many times."),
    examples=(("REPT('ab', 3)", "ababab"), ("REPT('ab', 0)", "")),
)
