"""Results: numbers and costs come back into the decided records before they are written, so that each row is written once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from builder.changes import Changes, NumberRequest, RecordChange
from builder.record import Value
from builder.runtime.numbers import fill


def with_numbers(changes: Changes, counts: Mapping[NumberRequest, int]) -> Changes:
    """The changes with every requested number filled in."""
    if not counts:
        return changes
    given: dict[tuple[str, int], dict[str, Value]] = {}
    for request, count in counts.items():
        given.setdefault((request.entity, request.record_id), {})[request.field] = fill(request, count)
    records = tuple(
        _laid(change, given.get((change.record.entity, change.record.id))) for change in changes.records
    )
    return replace(changes, records=records)


def _laid(change: RecordChange, values: Mapping[str, Value] | None) -> RecordChange:
    if not values or change.after is None:
        return change
    return change._replace(after=change.after.with_values(values))
