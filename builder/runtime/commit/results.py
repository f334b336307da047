"""Results: numbers and costs come back into the decided records before they are written, so that each row is written once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from builder.changes import Changes, NumberRequest, RecordChange
from builder.record import Record, Value
from builder.runtime.numbers import fill

Results = Mapping[tuple[str, int], Mapping[str, Decimal]]
"""(entity key of the document, line or record id) → field key → result."""


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
    return replace(change, after=change.after.with_values(values))


def with_results(changes: Changes, results: Results) -> Changes:
    """The changes with costs and other results of postings in the fields that asked for them."""
    if not results:
        return changes
    return replace(changes, records=tuple(_with_results(change, results) for change in changes.records))


def _with_results(change: RecordChange, results: Results) -> RecordChange:
    record = change.after
    if record is None:
        return change
    own = results.get((record.entity, record.id))
    if own:
        record = record.with_values(own)
    lines = {key: tuple(_line(record, line, results) for line in rows) for key, rows in record.lines.items()}
    return replace(change, after=replace(record, lines=lines))


def _line(record: Record, line: Record, results: Results) -> Record:
    found = results.get((record.entity, line.id))
    return line.with_values(found) if found else line
