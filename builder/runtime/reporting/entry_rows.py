"""Entry rows: what a report reads of a ledger's entries, all of them or a page, as flat values by path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from builder.errors import TooLargeError
from builder.metadata.text import in_locale
from builder.record import Record, Value
from builder.rules.context import LEDGER
from builder.runtime.context import Context
from builder.runtime.ledger_reading import EntryRow, ledger_of, read_entries, read_part
from builder.runtime.report_rows import MOST, PAGE, Limits, Values, allowed, ids_of, limits_of
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter

ENTRY = frozenset(
    {
        *("id", "kind", "actor", "seq", "business_date", "reason"),
        *("document", "document.entity", "document.id", "document.type"),
    }
)
BALANCE = "balance."
SIDES = ("added.", "taken.", "added_on.", "taken_on.")
"""Before a measure: what an entry added of it, or took (positive), and the day on which it did."""
ZERO = Decimal(0)


def entry_rows(ctx: Context, key: str, where: Filter | None, paths: Sequence[str]) -> Iterator[Values]:
    """Rows of a ledger's entries in their order, with what is known of each and the balances after it (``balance.<measure>``)."""
    limits, wanted = _asked(ctx, key, where, paths)
    after: tuple[str, int, int] | None = None
    count = 0
    while True:
        rows, after = read_entries(ctx, key, where=limits.where, days=limits.days, after=after, limit=PAGE)
        yield from (values for values in _values(ctx, key, rows, wanted) if limits.passes(ctx, values))
        count += len(rows)
        if after is None:
            return
        if count >= MOST:
            raise TooLargeError("REPORT_TOO_LARGE", most=MOST)


def page_of_entries(
    ctx: Context, key: str, where: Filter | None, paths: Sequence[str], offset: int, limit: int
) -> tuple[list[Values], int] | None:
    """``limit`` of those rows from ``offset`` on, and how many there are; None where only all of them can tell which they are."""
    limits, wanted = _asked(ctx, key, where, paths)
    _, _, measures = ledger_of(ctx, key)
    bounds = limits.bounds
    if bounds is None or not {b.path for b in bounds} <= measures:
        return None
    rows, count = read_part(
        ctx, key, where=limits.where, days=limits.days, bounds=bounds, offset=offset, limit=limit
    )
    return list(_values(ctx, key, rows, wanted)), count


def _asked(
    ctx: Context, key: str, where: Filter | None, paths: Sequence[str]
) -> tuple[Limits, frozenset[str]]:
    """The filter taken apart, and the paths over dimensions and measures, which the actor may all see."""
    ledger, _, measures = ledger_of(ctx, key)
    limits = limits_of(ctx, ledger, where)
    own = [p for p in [*paths, *limits.paths] if p not in ENTRY and not p.startswith((BALANCE, *SIDES))]
    return limits, frozenset(allowed(ctx, ledger, measures, own))


def _values(
    ctx: Context, key: str, rows: Sequence[EntryRow], wanted: frozenset[str]
) -> Iterator[Mapping[str, Value]]:
    records = [
        Record(f"{LEDGER}{key}", row.entry.entry.id, {**ids_of(row.dimensions), **row.measures})
        for row in rows
    ]
    for row, values in zip(rows, ctx.facts.values_many(wanted, records), strict=True):
        yield {**values, **_about(ctx, row)}


def _about(ctx: Context, row: EntryRow) -> dict[str, Value]:
    entry, document = row.entry.entry, row.document
    model = ctx.app.package.entity(document.entity) if document is not None else None
    return {
        "id": entry.id,
        "kind": entry.kind,
        "seq": entry.seq,
        "reason": entry.reason,
        "business_date": entry.business_date,
        "document": title_of(model, document) if model is not None and document is not None else "",
        "document.entity": document.entity if document is not None else None,
        "document.id": document.id if document is not None else None,
        "document.type": in_locale(model.label, ctx.actor.locale) if model is not None else None,
        "actor": document.updated_by or None if document is not None else None,
        **{f"{BALANCE}{measure}": value for measure, value in row.running.items()},
        **{f"added.{measure}": max(value, ZERO) for measure, value in row.measures.items()},
        **{f"taken.{measure}": max(-value, ZERO) for measure, value in row.measures.items()},
        **{f"added_on.{measure}": entry.business_date for measure, v in row.measures.items() if v > 0},
        **{f"taken_on.{measure}": entry.business_date for measure, v in row.measures.items() if v < 0},
    }
