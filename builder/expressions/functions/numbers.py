"""Functions on numbers. All are exact on Decimals; what cannot be exact has 12 digits after the point, rounded half up."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_UP, Decimal
from math import isqrt
from typing import Any

from builder.expressions.decimals import QUOTIENT_SCALE, WIDE, ZERO, divide, fit, number, quantise
from builder.expressions.functions.function import Parameter, add, failed, whole
from builder.expressions.types import NUMBER

_ONE = Decimal(1)
LEAST_DIGITS, MOST_DIGITS = -15, 12
MOST_POWER = 100


def absolute(value: Any) -> Decimal:
    return number(value).copy_abs()


def sign(value: Any) -> Decimal:
    given = number(value)
    return Decimal((given > 0) - (given < 0))


def _unit(digits: Any) -> Decimal:
    return _ONE.scaleb(-whole(digits, LEAST_DIGITS, MOST_DIGITS))


def rounded(value: Any, digits: Any = 0) -> Decimal:
    """Half away from zero; negative ``digits`` round to tens, hundreds and so on."""
    places = whole(digits, LEAST_DIGITS, MOST_DIGITS)
    if places >= 0:
        return fit(quantise(number(value), places))
    return _to(value, _unit(places), None)


def _to(value: Any, unit: Decimal, mode: str | None) -> Decimal:
    """The multiple of ``unit`` that ``mode`` leads to; half up where there is none."""
    steps = WIDE.divide(number(value), unit)
    whole_steps = quantise(steps, 0) if mode is None else steps.quantize(_ONE, mode, WIDE)
    return fit(WIDE.multiply(whole_steps, unit))


def rounded_up(value: Any, digits: Any = 0) -> Decimal:
    return _to(value, _unit(digits), ROUND_UP)


def rounded_down(value: Any, digits: Any = 0) -> Decimal:
    return _to(value, _unit(digits), ROUND_DOWN)


def floored(value: Any) -> Decimal:
    return _to(value, _ONE, ROUND_FLOOR)


def _stepped(value: Any, step: Any, mode: str) -> Decimal:
    given, by = number(value), number(step)
    if by <= 0:
        raise failed("positive")
    # The remainder is exact where a quotient would be cut, so a value that is a multiple stays one.
    rest = _remainder(given, by)
    below = WIDE.subtract(given, rest)
    return fit(below if not rest or mode == ROUND_FLOOR else WIDE.add(below, by))


def ceiling(value: Any, step: Any = 1) -> Decimal:
    return _stepped(value, step, ROUND_CEILING)


def floor(value: Any, step: Any = 1) -> Decimal:
    return _stepped(value, step, ROUND_FLOOR)


def _remainder(a: Decimal, b: Decimal) -> Decimal:
    if not b:
        raise failed("division")
    rest = WIDE.remainder(a, b)
    return WIDE.add(rest, b) if rest and (rest < 0) is not (b < 0) else rest


def modulo(a: Any, b: Any) -> Decimal:
    return fit(_remainder(number(a), number(b)))


def quotient(a: Any, b: Any) -> Decimal:
    by = number(b)
    if not by:
        raise failed("division")
    return fit(WIDE.divide_int(number(a), by))


def power(base: Any, exponent: Any) -> Decimal:
    """Exact for exponents from 0; a negative one is the quotient of 1 and the power."""
    times = whole(exponent, -MOST_POWER, MOST_POWER)
    negative, digits, scale = number(base).as_tuple()
    raised = int("".join(map(str, digits))) ** abs(times)
    sign_of = 1 if negative and times % 2 else 0
    made = fit(Decimal((sign_of, tuple(map(int, str(raised))), int(scale) * abs(times))))
    return made if times >= 0 else divide(_ONE, made) or ZERO


def square_root(value: Any) -> Decimal:
    given = number(value)
    if given < 0:
        raise failed("negative")
    # The root with 40 digits after the point, cut; a cut root never crosses the half that decides the rounding.
    units = int(given.scaleb(80, WIDE))
    return fit(quantise(Decimal(isqrt(units)).scaleb(-40, WIDE), QUOTIENT_SCALE))


def divided(a: Any, b: Any, otherwise: Any = None) -> Any:
    if a is None or b is None:
        return None
    return divide(a, b) if number(b) else otherwise


def limited(value: Any, low: Any, high: Any) -> Decimal:
    least, most = number(low), number(high)
    if least > most:
        raise failed("limits")
    return min(max(number(value), least), most)


def _number(name: str, *, optional: bool = False) -> Parameter:
    return Parameter(name, (NUMBER,), optional=optional)


_VALUE, _DIGITS = _number("number"), _number("digits", optional=True)
_GROUP = "numbers"

add(
    "ABS",
    _GROUP,
    (_VALUE,),
    NUMBER,
    absolute,
    zh=("绝对值", "去掉正负号后的数。"),
    en=("Absolute value", "The number without its sign."),
    examples=(("ABS(-12.5)", "12.5"), ("ABS(3)", "3"), ("ABS(None)", "None")),
)
add(
    "SIGN",
    _GROUP,
    (_VALUE,),
    NUMBER,
    sign,
    zh=("正负号", "正数得 1，零得 0，负数得 -1。"),
    en=("Sign", "1 for a positive number, 0 for zero, -1 for a negative one."),
    examples=(("SIGN(-0.01)", "-1"), ("SIGN(0)", "0"), ("SIGN(7)", "1")),
)
add(
    "ROUND",
    _GROUP,
    (_VALUE, _DIGITS),
    NUMBER,
    rounded,
    zh=("四舍五入", "保留指定的小数位数，不写位数时取整；位数为负时舍入到十、百、千。"),
    en=(
        "Round",
        "Rounds half away from zero to so many digits after the point (none: to a whole number); "
        "negative digits round to tens, hundreds and so on.",
    ),
    examples=(("ROUND(2.345, 2)", "2.35"), ("ROUND(-2.5)", "-3"), ("ROUND(1250, -2)", "1300")),
)
add(
    "ROUNDUP",
    _GROUP,
    (_VALUE, _DIGITS),
    NUMBER,
    rounded_up,
    zh=("向上舍入", "只要有余数就向远离零的方向进一。"),
    en=("Round up", "Rounds away from zero."),
    examples=(("ROUNDUP(2.301, 2)", "2.31"), ("ROUNDUP(-2.1)", "-3"), ("ROUNDUP(2)", "2")),
)
add(
    "ROUNDDOWN",
    _GROUP,
    (_VALUE, _DIGITS),
    NUMBER,
    rounded_down,
    zh=("截断", "舍去指定位数之后的数字。"),
    en=("Round down", "Cuts the digits after the given place, towards zero."),
    examples=(("ROUNDDOWN(2.349, 2)", "2.34"), ("ROUNDDOWN(-2.9)", "-2"), ("ROUNDDOWN(1299, -2)", "1200")),
)
add(
    "INT",
    _GROUP,
    (_VALUE,),
    NUMBER,
    floored,
    zh=("向下取整", "不大于该数的最大整数。"),
    en=("Whole part", "The greatest whole number that is not above the number."),
    examples=(("INT(2.9)", "2"), ("INT(-2.1)", "-3")),
)
add(
    "CEILING",
    _GROUP,
    (_VALUE, _number("step", optional=True)),
    NUMBER,
    ceiling,
    zh=("向上取倍数", "不小于该数的最小倍数，例如按整箱数量补足。"),
    en=(
        "Up to a multiple",
        "The least multiple of the step (1) that is not below the number: whole boxes, for example.",
    ),
    examples=(
        ("CEILING(13, 12)", "24"),
        ("CEILING(2.1)", "3"),
        ("CEILING(-2.1)", "-2"),
        ("CEILING(0.3, 0.1)", "0.3"),
    ),
)
add(
    "FLOOR",
    _GROUP,
    (_VALUE, _number("step", optional=True)),
    NUMBER,
    floor,
    zh=("向下取倍数", "不大于该数的最大倍数。"),
    en=("Down to a multiple", "The greatest multiple of the step (1) that is not above the number."),
    examples=(("FLOOR(25, 12)", "24"), ("FLOOR(0.37, 0.05)", "0.35"), ("FLOOR(-0.1)", "-1")),
)
add(
    "MOD",
    _GROUP,
    (_VALUE, _number("divisor")),
    NUMBER,
    modulo,
    zh=("余数", "相除后的余数，正负号与除数相同。"),
    en=("Remainder", "What is left over of a division; it has the sign of the divisor."),
    examples=(("MOD(14, 4)", "2"), ("MOD(-14, 4)", "2"), ("MOD(5.5, 2)", "1.5")),
)
add(
    "QUOTIENT",
    _GROUP,
    (_VALUE, _number("divisor")),
    NUMBER,
    quotient,
    zh=("整除", "相除后只留整数部分。"),
    en=("Whole quotient", "The whole part of a division."),
    examples=(("QUOTIENT(14, 4)", "3"), ("QUOTIENT(-14, 4)", "-3")),
)
add(
    "DIVIDE",
    _GROUP,
    (_VALUE, _number("divisor"), _number("otherwise", optional=True)),
    NUMBER,
    divided,
    zh=("安全相除", "除数为零时不报错，返回第三个参数，没有则返回空。"),
    en=("Divide safely", "The quotient; where the divisor is zero the third argument, or nothing."),
    examples=(
        ("DIVIDE(10, 4)", "2.5"),
        ("DIVIDE(10, 0, 0)", "0"),
        ("DIVIDE(10, 0)", "None"),
        ("DIVIDE(1, 3)", "0.333333333333"),
    ),
    nothing=True,
)
add(
    "POWER",
    _GROUP,
    (_VALUE, _number("exponent")),
    NUMBER,
    power,
    zh=("乘方", "数的整数次方，指数从 -100 到 100。"),
    en=("Power", "The number raised to a whole exponent from -100 to 100."),
    examples=(
        ("POWER(1.1, 3)", "1.331"),
        ("POWER(2, 10)", "1024"),
        ("POWER(2, -2)", "0.25"),
        ("POWER(5, 0)", "1"),
    ),
)
add(
    "SQRT",
    _GROUP,
    (_VALUE,),
    NUMBER,
    square_root,
    zh=("平方根", "不小于零的数的平方根，保留 12 位小数。"),
    en=("Square root", "The root of a number from zero on, to 12 digits after the point."),
    examples=(("SQRT(144)", "12"), ("SQRT(2)", "1.414213562373")),
)
add(
    "LIMIT",
    _GROUP,
    (_VALUE, _number("low"), _number("high")),
    NUMBER,
    limited,
    zh=("限定范围", "小于下限取下限，大于上限取上限。"),
    en=("Keep within", "The number, or the limit that it is beyond."),
    examples=(("LIMIT(120, 0, 100)", "100"), ("LIMIT(-1, 0, 100)", "0"), ("LIMIT(50, 0, 100)", "50")),
)
