"""Combinations: of a report's rows that belong together, one row of each axis, in every way that there is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import prod

from builder.errors import InvalidError
from builder.metadata.computation import Combination
from builder.record import Value
from builder.runtime.report_reading import Reading, Row

MOST = 5000
"""Combinations of one run: as many as records may come of one."""


def combined(reading: Reading, combination: Combination) -> list[Row]:
    """The combinations of each group, in the order of the report's rows. Raises ``InvalidError`` where there are too many."""
    groups: dict[Value, list[Row]] = {}
    for row in reading.result(combination.report).rows:
        by = reading.value("combine.by", row)
        if by is not None:
            groups.setdefault(by, []).append(row)
    axes = tuple(combination.axes)
    placed = [(rows[0], [_on(reading, axis, rows) for axis in axes]) for rows in groups.values()]
    # They are counted before they are made: a few more values are soon a million of rows.
    if sum(prod(len(axis) for axis in ways) for _, ways in placed) > MOST:
        raise InvalidError("COMPUTATION_TOO_LARGE", most=MOST)
    return [_row(first, axes, rows) for first, ways in placed for rows in product(*ways)]


def _on(reading: Reading, axis: str, rows: Sequence[Row]) -> list[Row]:
    """The rows that lie on an axis; an empty one where none does, so that the others still combine."""
    return [row for row in rows if reading.value(f"combine.axes.{axis}", row) is True] or [{}]


def _row(first: Row, axes: Sequence[str], rows: Sequence[Row]) -> Row:
    own = {f"{axis}.{name}": row.get(name) for axis, row in zip(axes, rows, strict=True) for name in first}
    return {**first, **own}
