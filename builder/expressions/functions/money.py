"""Functions on money: tax out of and on top of amounts, discounts, sharing an amount out to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from builder.expressions.decimals import WIDE, ZERO, fit, number, quantise
from builder.expressions.functions.function import Parameter, add, failed, whole
from builder.expressions.types import NUMBER, NUMBERS, TEXT

HUNDRED = Decimal(100)
MOST_SCALE = 12
METHODS = ("largest_remainder", "last_line")


def _scale(digits: Any) -> int:
    return whole(digits, 0, MOST_SCALE)


def _share(amount: Any, part: Decimal, of: Decimal, digits: Any) -> Decimal:
    """``amount × part / of``, rounded once."""
    if not of:
        raise failed("division")
    # The quotient is cut with far more digits than are kept, so rounding it half up decides as the exact one would.
    exact = WIDE.multiply(number(amount), part)
    cut = WIDE.divide(exact, of)
    return fit(quantise(cut, _scale(digits)))


def tax_of_gross(gross: Any, rate: Any, digits: Any = 2) -> Decimal:
    percent = number(rate)
    return _share(gross, percent, WIDE.add(HUNDRED, percent), digits)


def net_of_gross(gross: Any, rate: Any, digits: Any = 2) -> Decimal:
    """So that net and tax are the gross amount, whatever is rounded."""
    return fit(WIDE.subtract(quantise(number(gross), _scale(digits)), tax_of_gross(gross, rate, digits)))


def tax_of_net(net: Any, rate: Any, digits: Any = 2) -> Decimal:
    return _share(net, number(rate), HUNDRED, digits)


def gross_of_net(net: Any, rate: Any, digits: Any = 2) -> Decimal:
    return fit(WIDE.add(quantise(number(net), _scale(digits)), tax_of_net(net, rate, digits)))


def discounted(amount: Any, percent: Any, digits: Any = 2) -> Decimal:
    """The amount less so many per cent."""
    return _share(amount, WIDE.subtract(HUNDRED, number(percent)), HUNDRED, digits)


def margin(revenue: Any, cost: Any, digits: Any = 2) -> Decimal | None:
    """Gross margin in per cent of the revenue; None where there is none."""
    income = number(revenue)
    if not income:
        return None
    return _share(WIDE.subtract(income, number(cost)), HUNDRED, income, digits)


def allocated(amount: Any, weights: Any, digits: Any = 2, method: Any = METHODS[0]) -> tuple[Decimal, ...]:
    """Shares by weight that add up to the amount exactly. Equal shares where the weights are all zero."""
    return _allocated(amount, tuple(weights), digits, method)


# Every line of a document asks for the same shares to take its own.
@lru_cache(maxsize=32)
def _allocated(amount: Any, weights: tuple[Any, ...], digits: Any, method: Any) -> tuple[Decimal, ...]:
    scale = _scale(digits)
    if method not in METHODS:
        raise failed("method", found=str(method), expected=", ".join(METHODS))
    given = [ZERO if one is None else number(one) for one in weights]
    if any(one < 0 for one in given):
        raise failed("negative")
    if not given:
        return ()
    by = given if any(given) else [Decimal(1)] * len(given)
    exact = number(amount)
    if quantise(exact, scale) != exact:
        raise failed("scale", digits=scale)
    return _by_last(exact, by, scale) if method == "last_line" else _by_remainder(exact, by, scale)


def _sum(values: Sequence[Decimal]) -> Decimal:
    total = ZERO
    for value in values:
        total = WIDE.add(total, value)
    return total


def _by_last(amount: Decimal, weights: Sequence[Decimal], scale: int) -> tuple[Decimal, ...]:
    """Every share is rounded, the last one with a weight takes what is left."""
    of = _sum(weights)
    shares = [_share(amount, weight, of, scale) for weight in weights]
    last = max(index for index, weight in enumerate(weights) if weight)
    others = _sum([share for index, share in enumerate(shares) if index != last])
    shares[last] = fit(WIDE.subtract(amount, others))
    return tuple(shares)


def _by_remainder(amount: Decimal, weights: Sequence[Decimal], scale: int) -> tuple[Decimal, ...]:
    """Every share is cut; the units left over go to the largest remainders, of equal ones to the later line."""
    of = _sum(weights)
    unit = Decimal(1).scaleb(-scale)
    products = [WIDE.multiply(amount.copy_abs(), weight) for weight in weights]
    shares = [WIDE.divide_int(WIDE.divide(product, unit), of) for product in products]
    rests = [
        WIDE.subtract(WIDE.divide(product, unit), WIDE.multiply(share, of))
        for product, share in zip(products, shares, strict=True)
    ]
    left = int(WIDE.subtract(WIDE.divide(amount.copy_abs(), unit), _sum(shares)))
    order = sorted(range(len(weights)), key=lambda index: (-rests[index], -index))
    for index in order[:left]:
        shares[index] += 1
    sign = -1 if amount < 0 else 1
    return tuple(fit(WIDE.multiply(share * sign, unit)) for share in shares)


def percentage(part: Any, of: Any, digits: Any = 2) -> Decimal | None:
    """None where there is nothing to compare with."""
    whole_amount = number(of)
    return _share(part, HUNDRED, whole_amount, digits) if whole_amount else None


_GROUP = "money"
_RATE, _DIGITS = Parameter("rate", (NUMBER,)), Parameter("digits", (NUMBER,), optional=True)


def _amount(name: str) -> Parameter:
    return Parameter(name, (NUMBER,))


add(
    "TAX_OF_GROSS",
    _GROUP,
    (_amount("gross"), _RATE, _DIGITS),
    NUMBER,
    tax_of_gross,
    zh=("含税金额的税额", "含税金额中所含的税，税率为百分数，默认两位小数。"),
    en=(
        "Tax within an amount",
        "The tax that a gross amount contains. The rate is in per cent; two digits after the point, or so many.",
    ),
    examples=(
        ("TAX_OF_GROSS(113, 13)", "13"),
        ("TAX_OF_GROSS(100, 13)", "11.5"),
        ("TAX_OF_GROSS(109, 9)", "9"),
    ),
)
add(
    "NET_OF_GROSS",
    _GROUP,
    (_amount("gross"), _RATE, _DIGITS),
    NUMBER,
    net_of_gross,
    zh=("含税金额的不含税额", "含税金额减去其中的税，与税额相加一定等于含税金额。"),
    en=("Net of a gross amount", "The gross amount without its tax; the two always add up to it."),
    examples=(("NET_OF_GROSS(113, 13)", "100"), ("NET_OF_GROSS(100, 13)", "88.5")),
)
add(
    "TAX_OF_NET",
    _GROUP,
    (_amount("net"), _RATE, _DIGITS),
    NUMBER,
    tax_of_net,
    zh=("不含税金额的税额", "在不含税金额之外应加的税。"),
    en=("Tax on an amount", "The tax that is added to a net amount."),
    examples=(("TAX_OF_NET(100, 13)", "13"), ("TAX_OF_NET(0.05, 10)", "0.01")),
)
add(
    "GROSS_OF_NET",
    _GROUP,
    (_amount("net"), _RATE, _DIGITS),
    NUMBER,
    gross_of_net,
    zh=("不含税金额的含税额", "不含税金额加上税。"),
    en=("Gross of a net amount", "The net amount with its tax."),
    examples=(("GROSS_OF_NET(100, 13)", "113"),),
)
add(
    "DISCOUNT",
    _GROUP,
    (_amount("amount"), Parameter("percent", (NUMBER,)), _DIGITS),
    NUMBER,
    discounted,
    zh=("减去百分比", "金额减去百分之几之后的数，例如减 15 就是八五折。"),
    en=("Less a percentage", "The amount less so many per cent."),
    examples=(("DISCOUNT(200, 15)", "170"), ("DISCOUNT(9.99, 10)", "8.99")),
)
add(
    "MARGIN",
    _GROUP,
    (_amount("revenue"), _amount("cost"), _DIGITS),
    NUMBER,
    margin,
    zh=("毛利率", "（收入 − 成本）占收入的百分之几；收入为零时为空。"),
    en=("Margin", "Revenue less cost, in per cent of the revenue; nothing where there is no revenue."),
    examples=(("MARGIN(200, 150)", "25"), ("MARGIN(0, 5)", "None"), ("MARGIN(3, 2)", "33.33")),
)
add(
    "ALLOCATE",
    _GROUP,
    (
        _amount("amount"),
        Parameter("weights", (NUMBERS,)),
        _DIGITS,
        Parameter("method", (TEXT,), optional=True),
    ),
    NUMBERS,
    allocated,
    zh=(
        "分摊",
        "按权重分摊金额，各份之和正好等于金额；零头归余数最大的行（largest_remainder），或归最后一行（last_line）。",
    ),
    en=(
        "Allocate",
        "Shares of the amount by weight that add up to it exactly. What is left over goes to the largest remainders "
        "(largest_remainder) or to the last line (last_line).",
    ),
    examples=(
        ("ALLOCATE(1000, [1, 1, 1])", "[333.33, 333.33, 333.34]"),
        ("ALLOCATE(6000, [300, 100])", "[4500, 1500]"),
        ("ALLOCATE(100, [1, 1, 1], 0, 'last_line')", "[33, 33, 34]"),
        ("ALLOCATE(-10, [1, 2], 2)", "[-3.33, -6.67]"),
    ),
)
add(
    "PERCENT",
    _GROUP,
    (_amount("part"), _amount("of"), _DIGITS),
    NUMBER,
    percentage,
    zh=("百分比", "部分占整体的百分之几，默认两位小数；整体为零时为空。"),
    en=(
        "Percentage",
        "How many per cent the part is, to two digits after the point (or so many); nothing where the whole is zero.",
    ),
    examples=(("PERCENT(1, 3)", "33.33"), ("PERCENT(5, 8, 1)", "62.5"), ("PERCENT(1, 0)", "None")),
)
