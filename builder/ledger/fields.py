"""Fields of dimension records that guards, costing and issue order read: current, not locked.

A posting that runs beside a change of a limit sees the old or the new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from builder.ledger.definition import LedgerModel
from builder.metadata.package import Package
from builder.record import SYSTEM, Record, Value
from builder.storage.query import fetch
from builder.storage.slots import SlotMap

PARENT = "parent"
"""What leads from a line to its document."""


def dimension_fields(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    model: LedgerModel,
    ids: Mapping[str, set[int]],
) -> dict[tuple[str, int], dict[str, Value]]:
    """Values by (dimension key, id) and path, at most one query per entity and step of a path."""
    found: dict[tuple[str, int], dict[str, Value]] = {}
    for dimension in model.dimensions:
        wanted = ids.get(dimension.key)
        if not wanted or dimension.entity is None:
            continue
        read = _Paths(conn, maps, package, ws)
        for path in sorted(model.fields[dimension.key]):
            values = read.along(dimension.entity, wanted, path.split("."))
            for id_, value in values.items():
                found.setdefault((dimension.key, id_), {})[path] = value
    return found


class _Paths:
    """Follows paths through references, keeping what was fetched."""

    def __init__(self, conn: Connection, maps: SlotMap, package: Package, ws: int) -> None:
        self._conn, self._maps, self._package, self._ws = conn, maps, package, ws
        self._known: dict[tuple[str, int], Record] = {}

    def along(self, entity: str, ids: Iterable[int], path: list[str]) -> dict[int, Value]:
        """The value at the path for each record that exists."""
        records = self._records(entity, ids)
        values = {i: _value(record, path[0]) for i, record in records.items()}
        if len(path) == 1:
            return values
        target = self._target(entity, path[0])
        if target is None:
            return {}
        targets = {v for v in values.values() if isinstance(v, int)}
        beyond = self.along(target, targets, path[1:])
        return {i: beyond.get(v) if isinstance(v, int) else None for i, v in values.items()}

    def _target(self, entity: str, key: str) -> str | None:
        """The entity that a step leads to: a reference's, or that of a line's document."""
        model = self._package.entity(entity)
        field = model.field(key) if model is not None else None
        if field is not None:
            return field.entity
        return model.parent if model is not None and key == PARENT else None

    def _records(self, entity: str, ids: Iterable[int]) -> dict[int, Record]:
        wanted = set(ids)
        missing = {i for i in wanted if (entity, i) not in self._known}
        if missing:
            fetched = fetch(
                self._conn, self._maps, self._package, self._ws, entity, sorted(missing), lines=False
            )
            self._known.update({(entity, i): record for i, record in fetched.items()})
        return {i: self._known[entity, i] for i in wanted if (entity, i) in self._known}


def _value(record: Record, key: str) -> Value:
    """What the record says under the name: a field of its own, the document that a line is of, or what the system keeps."""
    if key in record.values:
        return record.values[key]
    if key == PARENT:
        return record.parent_id or None
    read = SYSTEM.get(key)
    return read(record) if read is not None else None
