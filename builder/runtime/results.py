"""Results: what the ledger found (costs, picks) comes back into the fields that asked for it, before the record is written."""

from __future__ import annotations

from collections.abc import Mapping

from builder.record import Record, Value

Results = Mapping[tuple[str, int], Mapping[str, Value]]


def with_results(record: Record, results: Results) -> Record:
    """The record with the results of its own postings and of its lines'; itself where there are none. Results are named by the
    document's entity and the id of the record or line."""
    own = results.get((record.entity, record.id))
    lines = {key: tuple(_line(record, line, results) for line in rows) for key, rows in record.lines.items()}
    if not own and all(a is b for key in lines for a, b in zip(lines[key], record.lines[key], strict=True)):
        return record
    return record.with_values(own or {}).but(lines=lines)


def _line(record: Record, line: Record, results: Results) -> Record:
    found = results.get((record.entity, line.id))
    return line.with_values(found) if found else line
