"""Functions that ask the environment: the day, the instant, the person, a balance."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from builder.expressions.environment import Environment, asked
from builder.expressions.functions.function import Parameter, add, asks
from builder.expressions.types import ANY, DATE, DATETIME, NUMBER, REFERENCE, TEXT


@asks
def today(env: Environment | None) -> date:
    return asked(env).today()


@asks
def now(env: Environment | None) -> datetime:
    return asked(env).now()


@asks
def user(env: Environment | None) -> int:
    return asked(env).user()


@asks
def balance(env: Environment | None, ledger: Any, measure: Any, *keys: Any) -> Decimal:
    return asked(env).balance(ledger, measure, keys)


_GROUP = "world"

add(
    "TODAY",
    _GROUP,
    (),
    DATE,
    today,
    zh=("今天", "当前业务日期。"),
    en=("Today", "The business date of the moment."),
    examples=(("TODAY()", "2026-03-15"),),
    environment=True,
    volatile=True,
)
add(
    "NOW",
    _GROUP,
    (),
    DATETIME,
    now,
    zh=("此刻", "当前的日期和时间。"),
    en=("Now", "The instant of the moment."),
    examples=(("NOW()", "2026-03-15T08:30:00+00:00"),),
    environment=True,
    volatile=True,
)
add(
    "USER",
    _GROUP,
    (),
    REFERENCE,
    user,
    zh=("当前用户", "正在操作的人。"),
    en=("User", "The person who is acting."),
    examples=(("USER()", "7"),),
    environment=True,
    volatile=True,
)
add(
    "BALANCE",
    _GROUP,
    (
        Parameter("ledger", (TEXT,)),
        Parameter("measure", (TEXT,)),
        Parameter("keys", (ANY,), optional=True, many=True),
    ),
    NUMBER,
    balance,
    zh=("账簿余额", "账簿某个数值的余额；各维度按声明的顺序给出，空表示不限。"),
    en=(
        "Balance",
        "The balance of a measure of a ledger. The dimensions come in their declared order; an empty one is not limited.",
    ),
    examples=(("BALANCE('stock', 'on_hand', None)", "120"),),
    nothing=True,
    environment=True,
    volatile=True,
)
