"""Pivoting: one group of a report goes across: its values become columns, each with every figure, and a last one adds them up. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from builder.metadata.text import LOCALES, Text, in_locale
from builder.record import Value
from builder.runtime.reporting.cells import ZERO
from builder.runtime.reporting.rows import age_sorted, alike, order
from builder.runtime.reporting.shown import ShownColumn

MOST_ACROSS = 60
"""Columns that a table may have across; what lies beyond is only in the last column's sums."""
TOTAL: Text = {"zh-CN": "合计", "en": "Total"}
Name = Callable[[ShownColumn, Value], str]


@dataclass(frozen=True)
class Pivot:
    """The columns and rows as they are drawn. ``at`` says by a column's key which figure it is, and for which value across (absent: all)."""

    columns: tuple[ShownColumn, ...]
    rows: tuple[dict[str, Value], ...]
    totals: Mapping[str, Decimal]
    at: Mapping[str, tuple[str, tuple[Value, ...]]]


def pivoted(columns: Sequence[ShownColumn], rows: Sequence[Mapping[str, Value]], name: Name) -> Pivot | None:
    """The table with its group across; None where none goes."""
    across = next((c for c in columns if c.column.across), None)
    if across is None:
        return None
    groups = [c for c in columns if not c.is_figure and c is not across]
    figures = [c for c in columns if c.is_figure and c.column.op]
    values = _values(across, rows)
    at: dict[str, tuple[str, tuple[Value, ...]]] = {}
    made: list[ShownColumn] = list(groups)
    for place, value in enumerate(values):
        for figure in figures:
            key = f"{figure.key}@{place}"
            at[key] = (figure.key, (value,))
            made.append(
                replace(figure, key=key, label=_label(name(across, value), figure, len(figures) == 1))
            )
    for figure in figures:
        if figure.column.op in {"sum", "count"}:
            key = f"{figure.key}@"
            at[key] = (figure.key, ())
            made.append(replace(figure, key=key, label=_total(figure, len(figures) == 1)))
    out = _rows(groups, figures, across, values, rows)
    by_key = {c.key: c.column for c in figures}
    sums = {
        key: sum((v for row in out if isinstance(v := row.get(key), Decimal)), ZERO)
        for key, (figure, _) in at.items()
        if by_key[figure].op in {"sum", "count"}
        and (not by_key[figure].unit or alike(out, (key,), by_key[figure].unit))
    }
    return Pivot(tuple(made), tuple(out), sums, at)


def _values(across: ShownColumn, rows: Sequence[Mapping[str, Value]]) -> list[Value]:
    found = list(dict.fromkeys(row.get(across.key) for row in rows))
    by: Callable[[Any], tuple[int, Any]] = age_sorted if across.column.bucket == "age" else order
    return sorted(found, key=by)[:MOST_ACROSS]


def _rows(
    groups: Sequence[ShownColumn],
    figures: Sequence[ShownColumn],
    across: ShownColumn,
    values: Sequence[Value],
    rows: Sequence[Mapping[str, Value]],
) -> list[dict[str, Value]]:
    places = {value: at for at, value in enumerate(values)}
    made: dict[tuple[Value, ...], dict[str, Value]] = {}
    for row in rows:
        key = tuple(row.get(c.key) for c in groups)
        out = made.setdefault(key, {c.key: v for c, v in zip(groups, key, strict=True)})
        place = places.get(row.get(across.key))
        for figure in figures:
            value = row.get(figure.key)
            if place is not None:
                out[f"{figure.key}@{place}"] = value
            if isinstance(value, Decimal) and figure.column.op in {"sum", "count"}:
                known = out.get(f"{figure.key}@")
                out[f"{figure.key}@"] = value + (known if isinstance(known, Decimal) else ZERO)
    return list(made.values())


def _label(value: str, figure: ShownColumn, is_only: bool) -> Text:
    return {k: value if is_only else f"{value} · {in_locale(figure.label, k)}" for k in LOCALES}


def _total(figure: ShownColumn, is_only: bool) -> Text:
    return {
        k: in_locale(TOTAL, k) if is_only else f"{in_locale(TOTAL, k)} · {in_locale(figure.label, k)}"
        for k in LOCALES
    }
