"""Comparing: what the operators of filters do with a stored value and one from JSON, which is read as the stored one's kind. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

NOTHING = object()
"""What a wanted value becomes that cannot be of the stored one's kind: equal to and comparable with nothing."""


def alike(wanted: Any, actual: Any) -> Any:
    """``wanted`` in the kind of ``actual``; ``NOTHING`` where it cannot be."""
    if wanted is None or type(wanted) is type(actual):
        return wanted
    reader = _READERS.get(type(actual))
    try:
        return reader(wanted) if reader else wanted
    except (ValueError, TypeError, InvalidOperation):
        return NOTHING


def _decimal(wanted: Any) -> Any:
    if isinstance(wanted, bool):
        return NOTHING
    number = Decimal(wanted)
    return number if number.is_finite() else NOTHING


def _int(wanted: Any) -> Any:
    return NOTHING if isinstance(wanted, bool) else int(wanted)


def _date(wanted: Any) -> Any:
    if isinstance(wanted, datetime):
        return wanted.date()
    return date.fromisoformat(wanted)


def _instant(wanted: Any) -> Any:
    if isinstance(wanted, date):
        return datetime.combine(wanted, time(0), UTC)
    found = datetime.fromisoformat(wanted)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _time(wanted: Any) -> Any:
    return time.fromisoformat(wanted)


def _text(wanted: Any) -> Any:
    return str(wanted) if isinstance(wanted, int | Decimal) and not isinstance(wanted, bool) else NOTHING


_READERS: Mapping[type, Callable[[Any], Any]] = {
    Decimal: _decimal,
    int: _int,
    date: _date,
    datetime: _instant,
    time: _time,
    str: _text,
}


def _each(actual: Any) -> tuple[Any, ...]:
    return tuple(actual) if isinstance(actual, tuple | list) else (actual,)


def _is_empty(actual: Any) -> bool:
    return actual is None or (isinstance(actual, str | tuple | list | Mapping) and not actual)


def _equal(actual: Any, wanted: Any) -> bool:
    """A field of several values equals what any of them equals."""
    if wanted is None or wanted == "":
        return _is_empty(actual)
    if wanted.__class__ is str and actual.__class__ is str:
        return bool(actual == wanted)
    if isinstance(wanted, list | tuple):
        return set(_each(actual)) == {alike(w, a) for w in wanted for a in _each(actual)[:1]}
    if isinstance(actual, datetime) and _is_day(wanted):
        return bool(actual.date() == alike(wanted, actual.date()))
    return any(_same(one, alike(wanted, one)) for one in _each(actual))


def _same(one: Any, other: Any) -> bool:
    if one is None or isinstance(one, bool) is not isinstance(other, bool):
        return False
    return bool(one == other)


def _in(actual: Any, wanted: Any) -> bool:
    return any(_equal(actual, one) for one in wanted)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def answer(actual: Any, wanted: Any) -> bool:
        one = actual.date() if isinstance(actual, datetime) and _is_day(wanted) else actual
        other = alike(wanted, one)
        if one is None or other is None or other is NOTHING:
            return False
        return not isinstance(one, bool | tuple | list | Mapping) and compare(one, other)

    return answer


def _is_day(wanted: Any) -> bool:
    """Whether a whole day is meant, which lasts until midnight, and not the instant at which it starts."""
    return (isinstance(wanted, str) and len(wanted) == 10) or (
        isinstance(wanted, date) and not isinstance(wanted, datetime)
    )


_less = _ordered(lambda a, b: a < b)
_at_most = _ordered(lambda a, b: a <= b)
_more = _ordered(lambda a, b: a > b)
_at_least = _ordered(lambda a, b: a >= b)


def _between(actual: Any, wanted: Any) -> bool:
    """Both ends belong to it; an end that is nothing leaves it open."""
    low, high = wanted
    if actual is None or (low is None and high is None):
        return False
    return (low is None or _at_least(actual, low)) and (high is None or _at_most(actual, high))


def _contains(actual: Any, wanted: Any) -> bool:
    if isinstance(actual, tuple | list):
        return _equal(actual, wanted) if wanted not in (None, "") else False
    return isinstance(actual, str) and isinstance(wanted, str) and wanted.casefold() in actual.casefold()


def _starts_with(actual: Any, wanted: Any) -> bool:
    return (
        isinstance(actual, str)
        and isinstance(wanted, str)
        and actual.casefold().startswith(wanted.casefold())
    )


COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": _equal,
    "!=": lambda actual, wanted: not _equal(actual, wanted),
    "<": _less,
    "<=": _at_most,
    ">": _more,
    ">=": _at_least,
    "in": _in,
    "not_in": lambda actual, wanted: not _in(actual, wanted),
    "between": _between,
    "contains": _contains,
    "starts_with": _starts_with,
    "is_empty": lambda actual, _: _is_empty(actual),
    "not_empty": lambda actual, _: not _is_empty(actual),
}
