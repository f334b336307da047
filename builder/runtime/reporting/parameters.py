"""Parameters: what a report is asked with: text forms or exact values, defaults, named periods; and filters filled in with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from builder.errors import InvalidError, Problem
from builder.expressions import ExpressionError, compile_expression
from builder.metadata.field_types.numbers import DIGITS, fits, places, read_decimal
from builder.metadata.periods import bounds
from builder.metadata.report import Parameter, Report
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.resolving import by_text
from builder.runtime.rights import Filter

DROPPED = object()
"""What a condition becomes whose parameter was left empty."""
NUMBERS = frozenset({"decimal", "integer", "money", "quantity", "percent"})
PREFIX = "parameter."
MOST_VALUES = 500
"""Values of one parameter, as of a list in a filter."""
YES, NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
OUTSIDE = (PREFIX, "setting.", "part.label")
"""How names begin in expressions that are not of a row."""


def read_parameters(
    ctx: Context, parameters: Sequence[Parameter], sent: Mapping[str, Any]
) -> dict[str, Value]:
    """Every parameter's value. All that is wrong with what was sent at once."""
    found: dict[str, Value] = {}
    problems: list[Problem] = []
    for parameter in parameters:
        value = sent.get(parameter.key)
        at = f"/parameters/{parameter.key}"
        if _is_empty(value):
            found[parameter.key] = _default(ctx, parameter) if parameter.key not in sent else None
            if found[parameter.key] is None and parameter.required:
                problems.append(Problem("PARAMETER_REQUIRED", at, {"field": parameter.label}))
            continue
        read = _read(ctx, parameter, value, at)
        if isinstance(read, Problem):
            problems.append(read)
        else:
            found[parameter.key] = read
    if problems:
        raise InvalidError(problems=problems)
    return found


def _read(ctx: Context, parameter: Parameter, value: Any, at: str) -> Any:
    """The exact value, or what is wrong with it."""
    named = {"field": parameter.label}
    # Values are counted before any of them is looked up.
    if parameter.multi and len(_given(value)) > MOST_VALUES:
        return Problem("PARAMETER_MANY", at, {**named, "most": MOST_VALUES})
    read = _many(ctx, parameter, value) if parameter.multi else _parameter(ctx, parameter, value)
    if read is None:
        return Problem("PARAMETER_INVALID", at, named)
    if not all(_is_within(parameter, one) for one in (read if isinstance(read, tuple) else (read,))):
        return Problem(
            "PARAMETER_RANGE", at, {**named, "low": parameter.min or "", "high": parameter.max or ""}
        )
    return read


def with_period(ctx: Context, report: Report, sent: Mapping[str, Any], period: str) -> Mapping[str, Any]:
    """What was sent, with the report's two days set to a named period (``last_month``)."""
    days = bounds(period, ctx.pending.today) if report.compare is not None else None
    if report.compare is None or days is None:
        return sent
    return {**sent, report.compare.from_: days[0], report.compare.to: days[1]}


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", (), [])


def _default(ctx: Context, parameter: Parameter) -> Value:
    if not parameter.default:
        return None
    value = evaluated(ctx, parameter.default, {})
    return (value,) if parameter.multi and value is not None and not isinstance(value, tuple) else value


def evaluated(ctx: Context, source: str, values: Mapping[str, Value]) -> Value:
    """The expression over these values and the app's settings; None where it cannot be worked out."""
    try:
        expression = compile_expression(source)
        known = {**settings_in(ctx, expression.paths), **values}
        value: Value = expression.evaluate(known, ctx.environment)
    except ExpressionError:
        return None
    return value


def settings_in(ctx: Context, paths: Sequence[str] | frozenset[str]) -> dict[str, Value]:
    """The app's settings that the paths name."""
    return {p: ctx.reader.setting(p.removeprefix("setting.")) for p in paths if p.startswith("setting.")}


def as_values(asked: Mapping[str, Value]) -> dict[str, Value]:
    """Parameters as expressions name them."""
    return {f"{PREFIX}{key}": value for key, value in asked.items()}


def day_of(ctx: Context, source: str | None, asked: Mapping[str, Value]) -> date | None:
    """The day that an expression over parameters says; None where there is none."""
    value = evaluated(ctx, source, as_values(asked)) if source else None
    return value if isinstance(value, date) else None


def _given(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else str(value).split(",")


def _many(ctx: Context, parameter: Parameter, value: Any) -> tuple[Any, ...] | None:
    read = [_parameter(ctx, parameter, one) for one in _given(value) if not _is_empty(one)]
    return None if any(one is None for one in read) else tuple(read)


def _parameter(ctx: Context, parameter: Parameter, value: Any) -> Any:
    """The exact value, or None where it is none."""
    if parameter.type == "date":
        return _date(value)
    if parameter.type == "reference":
        return _reference(ctx, parameter, value)
    if parameter.type in NUMBERS:
        return _number(value)
    if parameter.type == "boolean":
        return _flag(value)
    if parameter.options:
        return next((o.key for o in parameter.options if str(value) in {o.key, o.uid}), None)
    return str(value)


def _flag(value: Any) -> bool | None:
    text = str(value).strip().lower()
    return text in YES if text in YES | NO else None


def _number(value: Any) -> Decimal | None:
    number = read_decimal(value if isinstance(value, Decimal) else str(value))
    return number if number is not None and fits(number, 0) and places(number) <= DIGITS else None


def _is_within(parameter: Parameter, value: Value) -> bool:
    if not isinstance(value, Decimal):
        return True
    low, high = _number(parameter.min or "-"), _number(parameter.max or "-")
    return (low is None or value >= low) and (high is None or value <= high)


def _date(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _reference(ctx: Context, parameter: Parameter, value: Any) -> int | None:
    if isinstance(value, int):
        return value
    id = ctx.engine.database.read_id(str(value))
    if id is not None:
        return id
    found = by_text(ctx, parameter.entity or "", str(value))
    return found.id if found else None


def with_parameters(where: Filter, asked: Mapping[str, Value]) -> Filter | None:
    """The filter with parameters filled in; a condition whose parameter is empty does not limit."""
    filled = _filled(where, asked)
    return None if filled is DROPPED else filled


def _filled(where: Filter, asked: Mapping[str, Value]) -> Any:
    for joint in ("and", "or"):
        if joint in where:
            parts = [p for part in where[joint] if (p := _filled(part, asked)) is not DROPPED]
            return {joint: parts} if parts else DROPPED
    if "not" in where:
        inner = _filled(where["not"], asked)
        return DROPPED if inner is DROPPED else {"not": inner}
    value = where.get("value")
    if isinstance(value, list | tuple):
        filled = [_value(one, asked) for one in value]
        return DROPPED if DROPPED in filled else {**where, "value": filled}
    filled_in = _value(value, asked)
    if filled_in is DROPPED:
        return DROPPED
    if isinstance(filled_in, tuple) and where.get("op") in {"=", "!="} and isinstance(value, Mapping):
        return {**where, "op": "in" if where["op"] == "=" else "not_in", "value": list(filled_in)}
    return {**where, "value": filled_in} if "value" in where else where


def _value(value: Any, asked: Mapping[str, Value]) -> Any:
    if isinstance(value, Mapping) and "parameter" in value:
        found = asked.get(str(value["parameter"]))
        return DROPPED if found is None else found
    return value
