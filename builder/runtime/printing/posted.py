"""Posted: what each line of a document moved in the ledgers, as its paper tells it: the batches that a pick took, with their quantities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.hanging import entries_of
from builder.runtime.printing.figures import Figure

Named = Callable[[str, set[int]], Mapping[int, Any]]
"""The records of an entity, by id, as paper shows them."""
Row = Mapping[str, Any]


def posted(ctx: Context, record: Record, named: Named) -> Mapping[int, Mapping[str, list[Row]]]:
    """For each line, by ledger, what it comes to for each combination of dimensions; what was taken back is not there any more."""
    sums: dict[int, dict[str, dict[tuple[Any, ...], dict[str, Decimal]]]] = {}
    for entry in entries_of(ctx, record):
        line = ctx.engine.database.read_id(str(entry["line"]))
        if line is None:
            continue
        at = tuple(entry["dimensions"].items())
        row = sums.setdefault(line, {}).setdefault(str(entry["ledger"]), {}).setdefault(at, {})
        for measure, text in entry["measures"].items():
            row[measure] = row.get(measure, Decimal(0)) + Decimal(text)
    return {
        line: {ledger: list(_rows(ctx, ledger, rows, named)) for ledger, rows in by_ledger.items()}
        for line, by_ledger in sums.items()
    }


def _rows(
    ctx: Context, key: str, rows: Mapping[tuple[Any, ...], Mapping[str, Decimal]], named: Named
) -> Iterator[Row]:
    ledger = ctx.app.package.ledger(key)
    assert ledger is not None
    entity_of = {d.key: d.entity or "" for d in ledger.dimensions}
    scale_of = {m.key: m.scale for m in ledger.measures}
    fluid = {m.key for m in ledger.measures if m.kind == "quantity"}
    read = ctx.engine.database.read_id
    for at, measures in rows.items():
        if not any(measures.values()):
            continue
        ids = {d: read(shown) if shown else None for d, shown in at}
        yield {
            **{d: named(entity_of[d], {id}).get(id, "") if id else "" for d, id in ids.items()},
            **{m: Figure(v, scale_of.get(m), fluid=m in fluid) for m, v in measures.items()},
        }
