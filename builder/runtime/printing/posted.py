"""Posted: what each line of a document moved in the ledgers, as its paper tells it: the batches that a pick took, with their quantities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.hanging import entries_of
from builder.runtime.printing.figures import Figure

Named = Callable[[str, set[int]], Mapping[int, Any]]
"""The records of an entity, by id, as paper shows them."""
Row = Mapping[str, Any]
Place = tuple[tuple[str, str | None], ...]
"""Dimensions with the ids of what they name, as outsiders see them."""


def posted(ctx: Context, record: Record, named: Named) -> Mapping[int, Mapping[str, list[Row]]]:
    """For each line, by ledger, what it comes to for each combination of dimensions; what was taken back is not there any more."""
    sums: dict[int, dict[str, dict[Place, dict[str, Decimal]]]] = {}
    for entry in entries_of(ctx, record):
        line = ctx.engine.database.read_id(str(entry["line"]))
        if line is None:
            continue
        at = tuple(entry["dimensions"].items())
        row = sums.setdefault(line, {}).setdefault(str(entry["ledger"]), {}).setdefault(at, {})
        for measure, text in entry["measures"].items():
            row[measure] = row.get(measure, Decimal(0)) + Decimal(text)
    names = _names(ctx, sums.values(), named)
    return {
        line: {ledger: list(_rows(ctx, ledger, rows, names)) for ledger, rows in by_ledger.items()}
        for line, by_ledger in sums.items()
    }


def _names(
    ctx: Context, lines: Iterable[Mapping[str, Mapping[Place, Any]]], named: Named
) -> Mapping[str, Mapping[int, Any]]:
    """What the places name, by entity: each is asked for once."""
    wanted: dict[str, set[int]] = {}
    for by_ledger in lines:
        for key, rows in by_ledger.items():
            entity_of = _entity_of(ctx, key)
            for place in rows:
                for dimension, id in _ids(ctx, place):
                    wanted.setdefault(entity_of[dimension], set()).add(id)
    return {entity: named(entity, ids) for entity, ids in wanted.items()}


def _rows(
    ctx: Context,
    key: str,
    rows: Mapping[Place, Mapping[str, Decimal]],
    names: Mapping[str, Mapping[int, Any]],
) -> Iterator[Row]:
    ledger = ctx.app.package.ledger(key)
    assert ledger is not None
    entity_of = _entity_of(ctx, key)
    scale_of = {m.key: m.scale for m in ledger.measures}
    fluid = {m.key for m in ledger.measures if m.kind == "quantity"}
    for place, measures in rows.items():
        if any(measures.values()):
            yield {
                **dict.fromkeys((dimension for dimension, _ in place), ""),
                **{d: names[entity_of[d]].get(id, "") for d, id in _ids(ctx, place)},
                **{m: Figure(v, scale_of.get(m), fluid=m in fluid) for m, v in measures.items()},
            }


def _entity_of(ctx: Context, ledger: str) -> Mapping[str, str]:
    found = ctx.app.package.ledger(ledger)
    return {d.key: d.entity or "" for d in found.dimensions} if found is not None else {}


def _ids(ctx: Context, place: Place) -> Iterator[tuple[str, int]]:
    """The dimensions that name a record, with its id."""
    for dimension, shown in place:
        id = ctx.engine.database.read_id(shown) if shown else None
        if id is not None:
            yield dimension, id
