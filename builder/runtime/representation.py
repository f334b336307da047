"""Representation: a record as programs and pages get it, projected by what the actor may read.

Decimals are strings at the field's scale, dates ISO 8601, ids opaque strings. A field that may not be read is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.record import Record, Value
from builder.runtime.permissions import Kernel

Show = Callable[[int], str]
Write = Callable[[Value], Any]
REFERENCE_TYPES = frozenset(
    {
        "reference",
        "multi_reference",
        "user",
        "org_unit",
        "file",
        "image",
        "signature",
        "created_by",
        "updated_by",
    }
)


@dataclass(frozen=True)
class Representation:
    """Renders records of one app for one actor. ``show`` turns an id into its outside form."""

    kernel: Kernel
    show: Show

    def record(self, record: Record, fields: Iterable[str] | None = None) -> dict[str, Any]:
        """The record with its lines; ``fields`` limits header fields."""
        entity = self.kernel.package.entity(record.entity)
        assert entity is not None
        wanted = None if fields is None else frozenset(fields)
        out = self._system(record)
        for key, write in self._writers(entity):
            if wanted is not None and key not in wanted:
                continue
            if write is None:
                if key in record.lines:
                    out[key] = [self.line(line) for line in record.lines[key]]
            else:
                value = record.values.get(key)
                out[key] = None if value is None else write(value)
        return out

    def _writers(self, entity: Entity) -> tuple[tuple[str, Write | None], ...]:
        """How each readable field is written; None for lines."""
        found: tuple[tuple[str, Write | None], ...] = self.kernel.remembered(
            ("writers", entity),
            lambda: tuple((f.key, self._writer(f)) for f in self.kernel.readable_fields(entity)),
        )
        return found

    def _writer(self, field: Field) -> Write | None:
        if field.type == "lines":
            return None
        if field.type in REFERENCE_TYPES:
            show = self.show
            return lambda value: show(value) if isinstance(value, int) else self.value(field, value)
        return field_type(field.type).json_writer(field) or _itself

    def line(self, line: Record) -> dict[str, Any]:
        entity = self.kernel.package.entity(line.entity)
        assert entity is not None
        out: dict[str, Any] = {"id": self.show(line.id), "line_no": line.line_no}
        for key, write in self._writers(entity):
            if write is not None:
                value = line.values.get(key)
                out[key] = None if value is None else write(value)
        return out

    def _system(self, record: Record) -> dict[str, Any]:
        show, created, updated = self.show, record.created_at, record.updated_at
        made = _instant(created)
        return {
            "id": show(record.id),
            "version": record.version,
            "state": record.state,
            "owner": show(record.owner_id) if record.owner_id else None,
            "org_unit": show(record.org_unit_id) if record.org_unit_id else None,
            "business_date": record.business_date.isoformat() if record.business_date else None,
            "created_at": made,
            "created_by": show(record.created_by) if record.created_by else None,
            "created_via": record.created_via,
            "updated_at": made if updated == created else _instant(updated),
            "updated_by": show(record.updated_by) if record.updated_by else None,
            "archived_at": _instant(record.archived_at),
        }

    def value(self, field: Field, value: Value) -> Any:
        """One value in its JSON form."""
        if value is None:
            return None
        if field.type in REFERENCE_TYPES:
            if isinstance(value, tuple):
                return [self.show(v) for v in value]
            return self.show(value) if isinstance(value, int) else None
        return field_type(field.type).to_json(value, field)


def _itself(value: Value) -> Any:
    return value


@lru_cache(maxsize=1024)
def _instant(at: datetime | None) -> str | None:
    """What one command makes it makes at one instant."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def title_of(entity: Entity, record: Record, *, fallback: str = "") -> str:
    """What names the record to people: its title field, else its number, name or code."""
    for key in (entity.title, "number", "name", "code"):
        value = record.values.get(key) if key else None
        if value is not None and value != "":
            return str(value)
    return fallback
