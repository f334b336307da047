"""Numbers in Chinese characters: amounts in capitals as banks require them, capital and small numerals, dates on bills."""

from __future__ import annotations

from datetime import date
from typing import Any

from builder.expressions.decimals import number, quantise
from builder.expressions.environment import Environment, day_of
from builder.expressions.functions.function import Parameter, add, asks, failed
from builder.expressions.types import BOOL, DATE, DATETIME, NUMBER, TEXT

CAPITALS = "零壹贰叁肆伍陆柒捌玖"
SMALL = "〇一二三四五六七八九"
_CAPITAL_UNITS = ("", "拾", "佰", "仟")
_SMALL_UNITS = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿")
LIMIT = 10**16


def _section(value: int, digits: str, units: tuple[str, ...]) -> str:
    """A number below ten thousand; zeros between digits are one, those at the end none."""
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            text += (digits[0] if gap and text else "") + digits[digit] + units[place]
        gap = not digit
    return text


def integer(value: int, digits: str, units: tuple[str, ...]) -> str:
    """A whole number from 0 on in groups of four digits; empty for zero."""
    text, gap = "", False
    for place in (3, 2, 1, 0):
        section = value // 10 ** (4 * place) % 10_000
        if section:
            text += digits[0] if text and (gap or section < 1000) else ""
            text += _section(section, digits, units) + _group(place, value)
        gap = not section
    return text


def _group(place: int, value: int) -> str:
    """万 before further 亿 is not followed by 亿 twice: 壹万贰仟亿, but 壹万亿."""
    if place == 3 and value // 10**8 % 10_000:
        return "万"
    return _GROUPS[place]


def in_capitals(value: Any, zero_before_jiao: Any = False) -> str:
    """The amount to the cent, as on bills. ``zero_before_jiao`` writes 零 between 元 and 角 where the yuan end in zero; both are allowed."""
    amount = quantise(number(value), 2)
    cents = int(abs(amount).scaleb(2))
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    if yuan >= LIMIT:
        raise failed("amount", limit=LIMIT)
    text = integer(yuan, CAPITALS, _CAPITAL_UNITS)
    text = f"{text}元" if text else ""
    if not jiao and not fen:
        text = (text or "零元") + "整"
    else:
        text += _coins(yuan, jiao, fen, zero=bool(zero_before_jiao))
    return ("负" if cents and amount < 0 else "") + text


def _coins(yuan: int, jiao: int, fen: int, *, zero: bool) -> str:
    text = ""
    if jiao:
        text = ("零" if zero and yuan and yuan % 10 == 0 else "") + CAPITALS[jiao] + "角"
    elif yuan:
        text = "零"
    return text + (CAPITALS[fen] + "分" if fen else "整")


def _written(value: Any, digits: str, units: tuple[str, ...], zero: str) -> str:
    """A number with its digits after the point, without trailing zeros."""
    given = number(value)
    whole_part, _, rest = f"{abs(given):f}".partition(".")
    if int(whole_part) >= LIMIT:
        raise failed("amount", limit=LIMIT)
    text = integer(int(whole_part), zero + digits[1:], units) or zero
    rest = rest.rstrip("0")
    if rest:
        text += "点" + "".join((zero + digits[1:])[int(d)] for d in rest)
    return ("负" if given < 0 else "") + text


def capital(value: Any) -> str:
    return _written(value, CAPITALS, _CAPITAL_UNITS, "零")


def small(value: Any) -> str:
    text = _written(value, SMALL, _SMALL_UNITS, "零")
    sign, plain = ("负", text[1:]) if text.startswith("负") else ("", text)
    # Ten to nineteen begin with 十 in small numerals.
    return sign + (plain[1:] if plain.startswith("一十") else plain)


def _date_number(value: int, *, month: bool) -> str:
    """As banks ask for it, so that nothing can be put before a number later: 零壹月, 零壹拾月, 壹拾壹月, 零贰拾日."""
    text = integer(value, CAPITALS, _CAPITAL_UNITS)
    zero = value in (1, 2, 10) if month else value < 10 or value in (10, 20, 30)
    return ("零" if zero else "") + text


@asks
def bill_date(env: Environment | None, value: Any) -> str:
    day: date = day_of(env, value)
    year = "".join(CAPITALS[int(d)] for d in f"{day.year:04}")
    return f"{year}年{_date_number(day.month, month=True)}月{_date_number(day.day, month=False)}日"


_GROUP = "numerals"
_NUMBER = Parameter("number", (NUMBER,))

add(
    "RMB",
    _GROUP,
    (Parameter("amount", (NUMBER,)), Parameter("zero_before_jiao", (BOOL,), optional=True)),
    TEXT,
    in_capitals,
    zh=("人民币大写", "金额的中文大写，精确到分；第二个参数为 True 时，元位是零则在角前写“零”。"),
    en=(
        "Amount in capitals",
        "The amount in Chinese capitals, to the cent. True as second argument writes 零 before 角 where the yuan end in zero.",
    ),
    examples=(
        ("RMB(325.04)", "叁佰贰拾伍元零肆分"),
        ("RMB(10001)", "壹万零壹元整"),
        ("RMB(0)", "零元整"),
        ("RMB(-12.3)", "负壹拾贰元叁角整"),
        ("RMB(1680.32, True)", "壹仟陆佰捌拾元零叁角贰分"),
    ),
)
add(
    "CAPITALNUMBER",
    _GROUP,
    (_NUMBER,),
    TEXT,
    capital,
    zh=("数字大写", "数的中文大写，例如写在数量之后。"),
    en=("Number in capitals", "The number in Chinese capital numerals."),
    examples=(("CAPITALNUMBER(1203)", "壹仟贰佰零叁"), ("CAPITALNUMBER(0.5)", "零点伍")),
)
add(
    "CHINESENUMBER",
    _GROUP,
    (_NUMBER,),
    TEXT,
    small,
    zh=("中文数字", "数的中文小写。"),
    en=("Chinese number", "The number in Chinese small numerals."),
    examples=(
        ("CHINESENUMBER(12)", "十二"),
        ("CHINESENUMBER(10203)", "一万零二百零三"),
        ("CHINESENUMBER(-3.14)", "负三点一四"),
    ),
)
add(
    "BILLDATE",
    _GROUP,
    (Parameter("date", (DATE, DATETIME)),),
    TEXT,
    bill_date,
    zh=("票据日期大写", "票据出票日期的中文大写，按银行规定在月、日前加“零”。"),
    en=("Date on a bill", "The date in Chinese capitals as banks require it on bills."),
    examples=(
        ("BILLDATE(DATE(2026, 1, 15))", "贰零贰陆年零壹月壹拾伍日"),
        ("BILLDATE(DATE(2026, 10, 20))", "贰零贰陆年零壹拾月零贰拾日"),
    ),
    environment=True,
)
