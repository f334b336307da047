"""Outside ids in filters: programs name records, people and units by opaque ids; storage knows them by its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from builder.metadata.package import Package
from builder.runtime.representation import REFERENCE_TYPES

Filter = Mapping[str, Any]
Read = Callable[[str], int | None]
OWN_IDS = frozenset({"id", "owner", "org_unit", "created_by", "updated_by", "parent"})


def with_ids(ctx: Any, entity: str, where: Filter) -> Filter:
    """``where`` with the ids that its values name, as ``read_ids`` gives them; ``ctx`` is a ``Context``, which cannot be named here: its reader reads
    settings by this."""
    return read_ids(ctx.app.package, ctx.engine.database.read_id, entity, where)


def read_ids(package: Package, read: Read, entity: str, where: Filter) -> Filter:
    """``where`` with the ids that its values name. A text that is no id of ours stays, and matches nothing."""
    for joint in ("and", "or"):
        if joint in where:
            return {joint: [read_ids(package, read, entity, part) for part in where[joint]]}
    if "not" in where:
        return {"not": read_ids(package, read, entity, where["not"])}
    if "value" not in where or not names_record(package, entity, str(where.get("field"))):
        return where
    value = where["value"]
    if isinstance(value, list | tuple):
        return {**where, "value": [_read(read, one) for one in value]}
    return {**where, "value": _read(read, value)}


def _read(read: Read, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    found = read(value)
    return value if found is None else found


def names_record(package: Package, entity: str, path: str) -> bool:
    """Whether what the path leads to is an id: of the record itself, of another, of a person or a unit."""
    model = package.entity(entity)
    head, _, rest = path.partition(".")
    if model is None:
        return False
    field = model.field(head)
    if field is None:
        if head == "parent" and rest:
            return names_record(package, model.parent or "", rest)
        return head in OWN_IDS and not rest
    if field.lookup and field.copy == "live":
        return names_record(package, entity, f"{field.lookup}.{rest}" if rest else field.lookup)
    if not rest:
        return field.type in REFERENCE_TYPES
    return names_record(package, field.entity or "", rest)
