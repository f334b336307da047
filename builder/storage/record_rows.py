"""Record rows: what a change of aggregates comes to, row by row. Pure; ``records`` writes it set by set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from builder.changes import RecordChange
from builder.record import Record, Value
from builder.storage.rows import HEADER
from builder.storage.shapes import AppShape, EntityShape
from builder.storage.tables.pool import EXT
from builder.storage.tokens import normal
from builder.storage.uniques import unique_columns
from builder.storage.values import FieldPlace, converted

Row = dict[str, Any]
SEEN = "seen_version"
_header_of = attrgetter(*HEADER)


@dataclass
class EntityRows:
    """What is written to one entity's table and beside it."""

    shape: EntityShape
    inserts: list[Row] = field(default_factory=list)
    updates: list[Row] = field(default_factory=list)
    deletes: list[int] = field(default_factory=list)
    multi_in: list[Row] = field(default_factory=list)
    multi_out: list[Row] = field(default_factory=list)
    search_in: list[Row] = field(default_factory=list)
    search_out: list[Row] = field(default_factory=list)


@dataclass
class Spans:
    """Stays in states: those that end, and those that begin."""

    ended: list[Row] = field(default_factory=list)
    begun: list[Row] = field(default_factory=list)


class RowSets:
    """Collects the rows of all changes. ``by`` and ``at`` say who and when."""

    def __init__(self, app: AppShape, ws: int, cmd: int, at: datetime, by: int) -> None:
        self._app, self._ws, self._cmd, self._at, self._by = app, ws, cmd, at, by
        self.entities: dict[str, EntityRows] = {}
        self.spans = Spans()

    def add(self, change: RecordChange) -> None:
        key = change.record.entity
        rows = self.entities.get(key)
        shape = self._app.shape(key) if rows is None else rows.shape
        self._record(shape, change.before, change.after)
        self._span(shape, change.before, change.after)
        for key, of_lines in shape.lines:
            self._lines(of_lines, change, key)

    def _of(self, shape: EntityShape) -> EntityRows:
        found = self.entities.get(shape.key)
        if found is None:
            found = self.entities[shape.key] = EntityRows(shape)
        return found

    def _record(self, shape: EntityShape, before: Record | None, after: Record | None) -> None:
        rows = self._of(shape)
        if after is None:
            assert before is not None
            rows.deletes.append(before.id)
        elif before is None:
            rows.inserts.append(self._row(shape, after))
        else:
            rows.updates.append({**self._row(shape, after), SEEN: before.version})
        self._beside(rows, before, after)

    def _lines(self, shape: EntityShape, change: RecordChange, key: str) -> None:
        rows = self._of(shape)
        header = change.after
        known = {line.id: line for line in _lines_of(change.before, key)}
        for line in _lines_of(header, key):
            assert header is not None
            old = known.pop(line.id, None)
            if old is not None and not _differs(old, line, change):
                continue
            new = self._dressed(line, old, header)
            if old is None:
                rows.inserts.append(self._row(shape, new))
            else:
                rows.updates.append({**self._row(shape, new), SEEN: old.version})
            self._beside(rows, old, new)
        for gone in known.values():
            rows.deletes.append(gone.id)
            self._beside(rows, gone, None)

    def _dressed(self, line: Record, old: Record | None, header: Record) -> Record:
        """A line as it is stored: its header's, at its version, archived with it."""
        return line.but(
            parent_id=header.id,
            version=(old.version if old else 0) + 1,
            archived_at=header.archived_at,
            package_version=header.package_version,
            created_by=old.created_by if old else self._by,
            created_at=old.created_at if old else self._at,
            updated_by=self._by,
            updated_at=self._at,
        )

    def _row(self, shape: EntityShape, record: Record) -> Row:
        row: Row = dict(zip(HEADER, _header_of(record), strict=True))
        row["state"] = shape.state_uid(record.state)
        row["created_at"] = record.created_at or self._at
        row["updated_at"] = record.updated_at or self._at
        row["ws"], row["entity_id"] = self._ws, shape.entity_id
        row.update(unique_columns(shape, record))
        values = record.values
        for key, slot, encode in shape.encoders:
            value = values.get(key)
            row[slot] = None if value is None else encode(value)
        for live, shadow in shape.shadows:
            if shadow.slot is not None:
                row[shadow.slot] = shadow.stored(converted(record.values.get(live.key), live, shadow))
        if shape.has_ext:
            row[EXT] = _ext(shape, record)
        return row

    def _beside(self, rows: EntityRows, before: Record | None, after: Record | None) -> None:
        """Multi-values and words, where they changed."""
        shape = rows.shape
        for live, place in _lists_of(shape):
            old = set(place.stored(_as(before, live, place)) or ()) if before else set()
            new = set(place.stored(_as(after, live, place)) or ()) if after else set()
            base = {"ws": self._ws, "entity_id": shape.entity_id, "field_no": place.list_no}
            id = (after or before).id  # type: ignore[union-attr]
            rows.multi_in.extend(
                {**base, "value": str(v), "record_id": id} for v in sorted(new - old, key=str)
            )
            rows.multi_out.extend(
                {**base, "value": str(v), "record_id": id} for v in sorted(old - new, key=str)
            )
        if not shape.is_log:
            self._words(rows, before, after)

    def _words(self, rows: EntityRows, before: Record | None, after: Record | None) -> None:
        shape = rows.shape
        for place in shape.searchable:
            old = normal(place.type.search_text(before.values.get(place.key), place.field)) if before else ""
            new = normal(place.type.search_text(after.values.get(place.key), place.field)) if after else ""
            if old == new:
                continue
            record_id = (after or before).id  # type: ignore[union-attr]
            base = {
                "ws": self._ws,
                "entity_id": shape.entity_id,
                "record_id": record_id,
                "field_no": place.field_no,
            }
            if new:
                rows.search_in.append({**base, "text": new, "spoken": shape.is_spoken(place)})
            else:
                rows.search_out.append(base)

    def _span(self, shape: EntityShape, before: Record | None, after: Record | None) -> None:
        old, new = before.state if before else None, after.state if after else None
        if old == new or shape.is_log:
            return
        id = (after or before).id  # type: ignore[union-attr]
        base = {"ws": self._ws, "entity_id": shape.entity_id, "record_id": id}
        if old is not None:
            self.spans.ended.append(
                {"ws_": self._ws, "entity_": shape.entity_id, "record_": id, "left": self._at}
            )
        if new is not None:
            state = shape.state_uid(new)
            at = {"entered_cmd": self._cmd, "entered_at": self._at, "left_at": None, "actor_id": self._by}
            self.spans.begun.append({**base, **at, "state": state})


def row_sets(
    app: AppShape, ws: int, changes: Iterable[RecordChange], *, cmd: int, at: datetime, by: int
) -> RowSets:
    """All rows of the changes, by entity."""
    sets = RowSets(app, ws, cmd, at, by)
    for change in changes:
        sets.add(change)
    return sets


def _lines_of(record: Record | None, key: str) -> Sequence[Record]:
    return record.lines.get(key, ()) if record is not None else ()


def _differs(old: Record, new: Record, change: RecordChange) -> bool:
    before, after = change.before, change.after
    assert after is not None
    moved = before is not None and before.archived_at != after.archived_at
    return moved or old.line_no != new.line_no or dict(old.values) != dict(new.values)


def _lists_of(shape: EntityShape) -> Iterable[tuple[FieldPlace, FieldPlace]]:
    """Where lists live and are kept value by value: beside their place also where they are moving to."""
    yield from ((place, place) for place in shape.multis)
    yield from ((live, shadow) for live, shadow in shape.shadows if shadow.is_multi)


def _as(record: Record, live: FieldPlace, place: FieldPlace) -> Value:
    return converted(record.values.get(live.key), live, place)


def _ext(shape: EntityShape, record: Record) -> Mapping[str, Any] | None:
    found = {place.ext_key: place.into_ext(record.values.get(place.key)) for place in shape.in_ext}
    for live, shadow in shape.shadows:
        if shadow.slot is None:
            found[shadow.ext_key] = shadow.into_ext(converted(record.values.get(live.key), live, shadow))
    return {key: value for key, value in found.items() if value is not None} or None
