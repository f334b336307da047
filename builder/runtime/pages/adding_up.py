"""Adding up: whether quantities of a ledger's entries have a sum. Kilograms and pieces have none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from builder.metadata.entity import Entity, Field
from builder.metadata.ledger import Dimension, Ledger
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.hanging import Item
from builder.runtime.ledger_reading import Named


def is_of_one_unit(ctx: Context, ledger: Ledger, entries: Sequence[Item]) -> bool:
    """Whether everything that the entries move is counted in one unit, as far as records say what they are counted in: a record
    does where one of its own quantities is a balance of the ledger and names the field that holds its unit."""
    return len(_units(ctx, ledger, lambda dimension: _ids(ctx, dimension, entries))) < 2


def rows_have_one_unit(ctx: Context, ledger: Ledger, rows: Sequence[Mapping[str, Named | None]]) -> bool:
    """The same of lines of balances, by what their dimensions name. What they are not told apart by parts no units."""
    return len(_units(ctx, ledger, lambda dimension: _row_ids(dimension, rows))) < 2


Told = Mapping[str, Named | None]
Key = tuple[int | None, ...]


def key_of(by: Sequence[str], row: Told) -> Key:
    """What a line is told by."""
    return tuple(named.id if (named := row.get(k)) is not None else None for k in by)


def mixed(
    ctx: Context,
    ledger: Ledger,
    dimensions: Iterable[Dimension],
    by: Sequence[str],
    read: Callable[[Sequence[str]], Iterable[Told]],
) -> frozenset[Key]:
    """Lines that add up what is counted in several units, for they are not told apart by what names the unit: a warehouse has no quantity.
    ``dimensions`` are those that the reader sees, ``read`` gives the lines by more of them."""
    held: dict[Key, set[Value]] = {}
    for dimension in dimensions:
        if dimension.key in by or (named_by := _unit_of(ctx, ledger, dimension)) is None:
            continue
        entity, field = named_by
        rows = list(read([*by, dimension.key]))
        ids = sorted(set(_row_ids(dimension, rows)))
        unit = {r.id: r.values.get(field) for r in ctx.reader.get(entity.key, ids).values()}
        for row in rows:
            if (named := row.get(dimension.key)) is not None:
                held.setdefault(key_of(by, row), set()).add(unit.get(named.id))
    return frozenset(key for key, found in held.items() if len(found) > 1)


def _unit_of(ctx: Context, ledger: Ledger, dimension: Dimension) -> tuple[Entity, str] | None:
    entity = ctx.app.package.entity(dimension.entity or "")
    field = _unit_field(ledger, dimension, entity) if entity is not None else None
    return (entity, field) if entity is not None and field is not None else None


def _units(ctx: Context, ledger: Ledger, ids_of: Callable[[Dimension], Iterable[int]]) -> set[Value]:
    units: set[Value] = set()
    for dimension in ledger.dimensions:
        if (found := _unit_of(ctx, ledger, dimension)) is None:
            continue
        entity, unit = found
        ids = sorted(set(ids_of(dimension)))
        units |= {r.values.get(unit) for r in ctx.reader.get(entity.key, ids).values()}
    return units


def _row_ids(dimension: Dimension, rows: Sequence[Mapping[str, Named | None]]) -> Iterable[int]:
    return (named.id for row in rows if (named := row.get(dimension.key)) is not None)


def _unit_field(ledger: Ledger, dimension: Dimension, entity: Entity) -> str | None:
    """The field of the dimension's record that holds the unit of what the ledger has of it."""
    return next((f.unit_field for f in entity.fields if f.unit_field and _is_own(f, ledger, dimension)), None)


def _is_own(field: Field, ledger: Ledger, dimension: Dimension) -> bool:
    source = field.balance
    return source is not None and source.ledger == ledger.key and source.dimensions.get(dimension.key) == "id"


def _ids(ctx: Context, dimension: Dimension, entries: Sequence[Item]) -> Iterable[int]:
    for entry in entries:
        id = ctx.engine.database.read_id(entry["dimensions"].get(dimension.key) or "")
        if id is not None:
            yield id
