"""Amounts in Chinese capitals, as banks require them."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import pytest

from builder.expressions import ExpressionError
from builder.expressions.functions.numerals import CAPITALS, bill_date, capital, in_capitals, small

AMOUNTS = {
    "0": "零元整",
    "-0.004": "零元整",
    "100": "壹佰元整",
    "0.05": "伍分",
    "0.5": "伍角整",
    "10001": "壹万零壹元整",
    "100500": "壹拾万零伍佰元整",
    "20000005": "贰仟万零伍元整",
    "48000000": "肆仟捌佰万元整",
    "325.04": "叁佰贰拾伍元零肆分",
    "6007.14": "陆仟零柒元壹角肆分",
    "16409.02": "壹万陆仟肆佰零玖元零贰分",
    "1688.99": "壹仟陆佰捌拾捌元玖角玖分",
    "1010101.10": "壹佰零壹万零壹佰零壹元壹角整",
    "100000000": "壹亿元整",
    "100000001": "壹亿零壹元整",
    "1680.32": "壹仟陆佰捌拾元叁角贰分",
    "107000.53": "壹拾万柒仟元伍角叁分",
    "-12.3": "负壹拾贰元叁角整",
    "1.005": "壹元零壹分",
    "1000000000000": "壹万亿元整",
    "1234500000000": "壹万贰仟叁佰肆拾伍亿元整",
    "1000050000000": "壹万亿零伍仟万元整",
    "9999999999999999.99": "玖仟玖佰玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分",
}


@pytest.mark.parametrize(("amount", "words"), AMOUNTS.items())
def test_amount_in_capitals(amount: str, words: str) -> None:
    assert in_capitals(Decimal(amount)) == words


def test_zero_before_jiao_is_written_where_asked_for() -> None:
    assert in_capitals(Decimal("1680.32"), True) == "壹仟陆佰捌拾元零叁角贰分"
    assert in_capitals(Decimal("107000.53"), True) == "壹拾万柒仟元零伍角叁分"
    assert in_capitals(Decimal("325.30"), True) == "叁佰贰拾伍元叁角整"


def read(words: str) -> Decimal:
    """The amount that capitals write: an independent way back."""
    total, section, digit = 0, 0, 0
    units = {"拾": 10, "佰": 100, "仟": 1000}
    cents = {"角": 10, "分": 1}
    found = Decimal(0)
    for character in words.removeprefix("负"):
        if character in CAPITALS:
            digit = CAPITALS.index(character)
        elif character in units:
            section, digit = section + digit * units[character], 0
        elif character == "万":
            total, section, digit = total + (section + digit) * 10_000, 0, 0
        elif character == "亿":
            total, section, digit = (total + section + digit) * 100_000_000, 0, 0
        elif character == "元":
            found, total, section, digit = found + total + section + digit, 0, 0, 0
        elif character in cents:
            found, digit = found + Decimal(digit * cents[character]) / 100, 0
    return -found if words.startswith("负") else found


def test_every_amount_reads_back() -> None:
    chance = random.Random(15835)
    for _ in range(3000):
        whole = chance.randrange(10 ** chance.randrange(1, 17))
        sparse = int("".join(c if chance.random() < 0.5 else "0" for c in str(whole)))
        amount = Decimal(sparse) + Decimal(chance.randrange(100)) / 100
        for words in (in_capitals(amount), in_capitals(amount, True)):
            assert read(words) == amount, (amount, words)
            assert "零零" not in words
            assert not words.startswith("零") or words == "零元整"


def test_what_is_beyond_is_refused() -> None:
    with pytest.raises(ExpressionError):
        in_capitals(Decimal(10**16))


def test_numerals_without_money() -> None:
    assert capital(Decimal("30050")) == "叁万零伍拾"
    assert [small(Decimal(n)) for n in ("0", "10", "15", "20", "110", "1000001")] == [
        *("零", "十", "十五", "二十", "一百一十", "一百万零一"),
    ]


def test_dates_on_bills_leave_no_room_before_a_number() -> None:
    assert bill_date(None, date(2026, 2, 5)) == "贰零贰陆年零贰月零伍日"
    assert bill_date(None, date(2026, 10, 30)) == "贰零贰陆年零壹拾月零叁拾日"
    assert bill_date(None, date(2026, 1, 10)) == "贰零贰陆年零壹月零壹拾日"
    assert bill_date(None, date(2026, 3, 21)) == "贰零贰陆年叁月贰拾壹日"
    assert bill_date(None, date(2026, 12, 11)) == "贰零贰陆年壹拾贰月壹拾壹日"
