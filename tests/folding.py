"""Folding by hand: rows become groups with figures, cut to a limit, every sum exact. What reports say by SQL is compared with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from builder.metadata.report import ReportColumn
from builder.record import Value
from builder.runtime.reporting.buckets import bucketed
from builder.runtime.reporting.rows import alike

Row = Mapping[str, Value]
AVERAGE_DIGITS = Decimal("1e-12")


@dataclass(frozen=True)
class Folded:
    """``rows`` by the columns' fields, the sums of all rows (cut ones too), and whether some were cut."""

    rows: tuple[dict[str, Value], ...]
    totals: Mapping[str, Decimal]
    is_cut: bool


def fold(columns: Sequence[ReportColumn], rows: Iterable[Row], limit: int) -> Folded:
    """The rows of a report. With figures among the columns, equal values of the others make one row."""
    figures = [c for c in columns if c.op]
    made = _grouped(columns, figures, rows) if figures else [_plain(columns, row) for row in rows]
    totals = {
        c.field: _sum(row.get(c.field) for row in made)
        for c in figures
        if c.op in {"sum", "count"}
        and (not c.unit or alike(made, [o.field for o in columns if o.unit == c.unit], c.unit))
    }
    return Folded(tuple(made[:limit]), totals, len(made) > limit)


def _plain(columns: Sequence[ReportColumn], row: Row) -> dict[str, Value]:
    return {**row, **{c.field: bucketed(row.get(c.field), c.bucket) for c in columns}}


def _grouped(
    columns: Sequence[ReportColumn], figures: Sequence[ReportColumn], rows: Iterable[Row]
) -> list[dict[str, Value]]:
    keys = [c for c in columns if not c.op]
    groups: dict[tuple[Any, ...], dict[str, list[Value]]] = {}
    for row in rows:
        key = tuple(bucketed(row.get(c.field), c.bucket) for c in keys)
        group = groups.setdefault(key, {c.field: [] for c in figures})
        for column in figures:
            group[column.field].append(row.get(column.field))
    return [
        {
            **{c.field: value for c, value in zip(keys, key, strict=True)},
            **{c.field: figure(c.op or "count", group[c.field]) for c in figures},
        }
        for key, group in groups.items()
    ]


def figure(op: str, values: Sequence[Value]) -> Decimal | None:
    """One figure over the values that are there; None where there is nothing to take it of. A sum of nothing is 0."""
    if op == "count":
        return Decimal(sum(v is not None for v in values))
    numbers = [Decimal(v) for v in values if isinstance(v, Decimal | int) and not isinstance(v, bool)]
    if op == "sum":
        return sum(numbers, Decimal(0))
    if not numbers:
        return None
    if op == "avg":
        return (sum(numbers, Decimal(0)) / len(numbers)).quantize(AVERAGE_DIGITS, ROUND_HALF_UP)
    return min(numbers) if op == "min" else max(numbers)


def _sum(values: Iterable[Value]) -> Decimal:
    return sum((v for v in values if isinstance(v, Decimal)), Decimal(0))
