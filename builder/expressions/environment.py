"""What an expression asks of the world: the clock, the actor and balances, injected by who evaluates it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from builder.expressions.errors import ExpressionError


class Environment(Protocol):
    """The command's business date, instant (UTC), actor, and the balance of a ledger's measure for positional keys
    (None: not limited). It may also have a ``zone`` (an IANA name or a ``tzinfo``): the zone in which an instant
    becomes a day; without it that is UTC."""

    def today(self) -> date: ...

    def now(self) -> datetime: ...

    def user(self) -> int: ...

    def balance(self, ledger: str, measure: str, keys: Sequence[Any]) -> Decimal: ...


def asked(env: Environment | None) -> Environment:
    """The environment, where an expression needs one."""
    if env is None:
        raise ExpressionError("EXPRESSION_FAILED", reason="environment")
    return env


def zone_of(env: Environment | None) -> tzinfo:
    zone = getattr(env, "zone", None)
    if isinstance(zone, str):
        return ZoneInfo(zone)
    return zone if isinstance(zone, tzinfo) else UTC


def local(env: Environment | None, value: Any) -> datetime:
    """An instant in the zone of the environment; a day as its midnight there."""
    if isinstance(value, datetime):
        return value.astimezone(zone_of(env))
    return datetime(value.year, value.month, value.day, tzinfo=zone_of(env))


def day_of(env: Environment | None, value: Any) -> date:
    """The day of a date or of an instant."""
    if isinstance(value, datetime):
        return value.astimezone(zone_of(env)).date()
    if isinstance(value, date):
        return value
    raise ExpressionError("EXPRESSION_FAILED", reason="date", found=type(value).__name__)
