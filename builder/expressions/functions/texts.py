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
from builder.expressions.types import ANY, BOOL, NUMBER, TEXT, list_of

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


def trimmed(value: Any) -> str:
    return BLANKS.sub(" ", text(value)).strip(" ")


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


def _filling(value: str, size: Any, fill: Any) -> str:
    if len(text(fill)) != 1:
        raise failed("character")
    return str(fill) * max(whole(size, 0, MAX_TEXT) - len(value), 0)


def padded_left(value: Any, size: Any, fill: Any = " ") -> str:
    given = as_text(None, value)
    return _filling(given, size, fill) + given


def padded_right(value: Any, size: Any, fill: Any = " ") -> str:
    given = as_text(None, value)
    return given + _filling(given, size, fill)


def half_width(value: Any) -> str:
    """Full-width letters, digits, signs and blanks as they are typed on a keyboard."""
    return "".join(
        chr(ord(c) - 0xFEE0) if "\uff01" <= c <= "\uff5e" else " " if c == "\u3000" else c
        for c in text(value)
    )


def digits_of(value: Any) -> str:
    return "".join(c for c in half_width(value) if "0" <= c <= "9")


def masked(value: Any, head: Any, tail: Any) -> str:
    given = text(value)
    start, end = whole(head, 0, MAX_TEXT), whole(tail, 0, MAX_TEXT)
    hidden = max(len(given) - start - end, 0)
    return given[:start] + "*" * hidden + given[start + hidden :] if hidden else "*" * len(given)


def split(value: Any, separator: Any) -> tuple[str, ...]:
    if not text(separator):
        raise failed("character")
    return tuple(text(value).split(text(separator)))


NUMERIC = re.compile(r"([+-]?)(\d{0,28})(?:\.(\d{0,28}))?", re.ASCII)


def number_in(value: Any) -> Decimal | None:
    """The number that a person wrote; None where it is none. Grouping commas and full-width digits are understood."""
    written = re.sub("[, ]", "", half_width(value))
    found = NUMERIC.fullmatch(written)
    if found is None or not (found[2] or found[3]) or len(found[2] + (found[3] or "")) > 28:
        return None
    made = Decimal(f"{found[1]}{found[2] or '0'}.{found[3] or '0'}")
    return made if made else Decimal(0)


_GROUP = "texts"
_TEXT, _PART = Parameter("text", (TEXT,)), Parameter("part", (TEXT,))


def _count(name: str = "count", *, optional: bool = False) -> Parameter:
    return Parameter(name, (NUMBER,), optional=optional)


_FILL = Parameter("fill", (TEXT,), optional=True)

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
    "TRIM",
    _GROUP,
    (_TEXT,),
    TEXT,
    trimmed,
    zh=("去空白", "去掉首尾空白，中间连续的空白只留一个。"),
    en=("Trim", "The text without blanks around it and with single blanks in it."),
    examples=(("TRIM('  a   b ')", "a b"),),
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
add(
    "PADLEFT",
    _GROUP,
    (Parameter("value", (TEXT, NUMBER)), _count("size"), _FILL),
    TEXT,
    padded_left,
    zh=("左补足", "在左边补字符到指定长度，例如编号补零。"),
    en=(
        "Pad left",
        "The text or number with a character (blank) before it, up to a length: leading zeros, for example.",
    ),
    examples=(("PADLEFT(7, 4, '0')", "0007"), ("PADLEFT('12345', 4, '0')", "12345")),
)
add(
    "PADRIGHT",
    _GROUP,
    (Parameter("value", (TEXT, NUMBER)), _count("size"), _FILL),
    TEXT,
    padded_right,
    zh=("右补足", "在右边补字符到指定长度。"),
    en=("Pad right", "The text or number with a character (blank) behind it, up to a length."),
    examples=(("PADRIGHT('ab', 4, '.')", "ab.."),),
)
add(
    "HALFWIDTH",
    _GROUP,
    (_TEXT,),
    TEXT,
    half_width,
    zh=("转半角", "把全角字母、数字和符号转成半角。"),
    en=("Half width", "Full-width letters, digits and signs as ordinary ones."),
    examples=(("HALFWIDTH('ＡＢ－１２')", "AB-12"),),
)
add(
    "DIGITS",
    _GROUP,
    (_TEXT,),
    TEXT,
    digits_of,
    zh=("只留数字", "文字中的数字，去掉其余字符。"),
    en=("Digits only", "The digits of the text and nothing else."),
    examples=(("DIGITS('Tel. 138-0013')", "1380013"), ("DIGITS('x')", "")),
)
add(
    "MASK",
    _GROUP,
    (_TEXT, _count("head"), _count("tail")),
    TEXT,
    masked,
    zh=("遮盖", "只留开头和结尾的几个字，其余用星号代替；太短则全部遮盖。"),
    en=(
        "Mask",
        "Only the first and last so many characters, stars for the others; a text that is too short is hidden altogether.",
    ),
    examples=(("MASK('13800138000', 3, 4)", "138****8000"), ("MASK('12', 1, 1)", "**")),
)
add(
    "SPLIT",
    _GROUP,
    (_TEXT, Parameter("separator", (TEXT,))),
    list_of(TEXT),
    split,
    zh=("拆分", "按分隔符把文字拆成一列。"),
    en=("Split", "The parts of the text between separators, as a list."),
    examples=(("SPLIT('a,b', ',')", "[a, b]"), ("INDEX(SPLIT('A-01-2', '-'), 2)", "01")),
)
add(
    "VALUE",
    _GROUP,
    (_TEXT,),
    NUMBER,
    number_in,
    zh=("文字转数字", "读出文字里写的数，不是数字则为空。"),
    en=("Value", "The number that the text writes; nothing where it is none."),
    examples=(("VALUE('1,234.50')", "1234.5"), ("VALUE('-3')", "-3"), ("VALUE('x')", "None")),
)
