"""Functions that bring texts into shape: blanks, widths, leading zeros, hidden parts, what is written in them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from builder.expressions.functions.function import Parameter, add, failed, whole
from builder.expressions.functions.texts import BLANKS, as_text, text
from builder.expressions.tokens import MAX_TEXT
from builder.expressions.types import NUMBER, TEXT, list_of


def trimmed(value: Any) -> str:
    return BLANKS.sub(" ", text(value)).strip(" ")


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
_TEXT, _SIZE = Parameter("text", (TEXT,)), Parameter("size", (NUMBER,))
_FILL = Parameter("fill", (TEXT,), optional=True)
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
    "PADLEFT",
    _GROUP,
    (Parameter("value", (TEXT, NUMBER)), _SIZE, _FILL),
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
    (Parameter("value", (TEXT, NUMBER)), _SIZE, _FILL),
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
    (_TEXT, Parameter("head", (NUMBER,)), Parameter("tail", (NUMBER,))),
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
