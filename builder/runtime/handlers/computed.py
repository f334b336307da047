"""Telling of computations: what one came to, for whoever ran it or looks first, as far as they may read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

from builder.metadata.computation import Computation
from builder.metadata.entity import Entity, Field
from builder.record import Record, Value
from builder.runtime.context import Context

Outcome = Literal["new", "changed", "same", "gone"]
Key = tuple[str, ...]
SEEN = 16


@dataclass(frozen=True)
class Made:
    """What a record comes to. ``was`` are the values it had, of the fields that change."""

    key: Key
    outcome: Outcome
    values: Mapping[str, Value]
    lines: tuple[Mapping[str, Value], ...]
    record: Record | None = None
    was: Mapping[str, Value] | None = None

    @property
    def seen(self) -> str:
        """Equal where a record would come to the same from the same."""
        parts = [self.outcome, *self.key]
        for values in (self.values, self.was or {}, *self.lines):
            parts.extend(f"{key}={plain(value)}" for key, value in sorted(values.items()))
        return sha256("\x1f".join(parts).encode()).hexdigest()[:SEEN]


def seen_of(seen: Iterable[str]) -> str:
    """What a look says of several records, out of what it says of each."""
    return sha256("".join(sorted(seen)).encode()).hexdigest()[:SEEN]


def all_seen(made: Iterable[Made]) -> str:
    """Of everything that is to be done."""
    return seen_of(m.seen for m in made if m.outcome != "same")


def plain(value: Value) -> str:
    """A value as text that is equal where values are."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)


def text_of(key: Key) -> str:
    return "\x1f".join(key)


def lines_field(entity: Entity, computation: Computation) -> Field:
    assert computation.lines is not None
    field = entity.field(computation.lines.field)
    assert field is not None
    return field


def told(
    ctx: Context,
    entity: Entity,
    computation: Computation,
    made: Sequence[Made],
    left: Mapping[str, Decimal],
) -> Mapping[str, Any]:
    line = (
        ctx.app.package.entity(lines_field(entity, computation).entity or "") if computation.lines else None
    )
    counts = {name: sum(1 for m in made if m.outcome == name) for name in ("new", "changed", "same", "gone")}
    rows = [
        {
            "key": text_of(m.key),
            "outcome": m.outcome,
            "seen": m.seen,
            "id": ctx.engine.database.show(m.record.id) if m.record and m.outcome != "new" else None,
            "values": _shown(ctx, entity, m.values),
            "was": _shown(ctx, entity, m.was or {}),
            "lines": [_shown(ctx, line, values) for values in m.lines] if line is not None else [],
        }
        for m in made
    ]
    return {
        "computation": computation.key,
        "entity": entity.key,
        "counts": counts,
        "rows": rows,
        "seen": all_seen(made),
        "left": [{"name": name, "quantity": format(quantity, "f")} for name, quantity in left.items()],
    }


def _shown(ctx: Context, entity: Entity, values: Mapping[str, Value]) -> dict[str, Any]:
    """The values that the actor may read, in their JSON form."""
    show = ctx.engine.database.show
    found: dict[str, Any] = {}
    for key, value in values.items():
        field = entity.field(key)
        if field is None or field.type == "lines" or not ctx.kernel.is_readable(entity.key, key):
            continue
        is_id = type(value) is int and field.type != "integer"
        found[key] = show(value) if is_id and isinstance(value, int) else _json(value)
    return found


def _json(value: Value) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
