"""Lines: what happened to the lines of a document, as events of their own for the rules that watch lines."""

from __future__ import annotations

from collections.abc import Iterator

from builder.events import (
    Event,
    LineAdded,
    LineChanged,
    LineEvent,
    LineRemoved,
    RecordChanged,
    RecordCreated,
)
from builder.metadata.package import Package
from builder.record import Record


def line_events(package: Package, event: Event) -> Iterator[LineEvent]:
    """The lines that came, changed and went by the event, field by field in the document's order. Nothing where no rule watches them."""
    watched = package.rule_index.lines
    if not watched:
        return
    if isinstance(event, RecordCreated):
        yield from _between(package, None, event.record, None)
    elif isinstance(event, RecordChanged):
        if event.after.entity in watched:
            yield LineChanged(event.before, event.after, event.fields)
        else:
            yield from _between(package, event.before, event.after, event.fields)


def _between(
    package: Package, before: Record | None, after: Record, fields: frozenset[str] | None
) -> Iterator[LineEvent]:
    model = package.entity(after.entity)
    for field in model.line_fields if model else ():
        if field.entity not in package.rule_index.lines or (fields is not None and field.key not in fields):
            continue
        old = {line.id: line for line in before.lines.get(field.key, ())} if before else {}
        for index, line in enumerate(after.lines.get(field.key, ())):
            was = old.pop(line.id, None)
            yield from _line(was, line, after, f"/{field.key}/{index}")
        for gone in old.values():
            yield LineRemoved(gone, after, f"/{field.key}")


def _line(was: Record | None, line: Record, parent: Record, place: str) -> Iterator[LineEvent]:
    if was is None:
        yield LineAdded(line, parent, place)
        return
    keys = {*was.values, *line.values}
    fields = frozenset(key for key in keys if was.values.get(key) != line.values.get(key))
    if fields:
        yield LineChanged(was, line, fields, parent, place)


def with_line(parent: Record, line: Record) -> Record:
    """The document with that line in the place of the one that has its id."""
    lines = {
        key: tuple(line if own.id == line.id and own.entity == line.entity else own for own in rows)
        for key, rows in parent.lines.items()
    }
    return parent.but(lines=lines)
