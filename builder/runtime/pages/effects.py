"""Effects: what a record posted, a T-account for each ledger: what went in, what went out, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from builder.metadata.ledger import Dimension, Ledger, Measure
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.hanging import Item, entries_of
from builder.runtime.pages import addresses
from builder.runtime.pages.adding_up import is_of_one_unit
from builder.runtime.pages.amounts import Amount, amount, unit_cost, unit_text
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words

SIDES = tuple[Amount, Amount]
"""In and out."""
COLOURS: Mapping[str, str] = {
    "reversal": "orange",
    "true_up": "purple",
    "residue": "gray",
    "count": "blue",
    "count_shift": "blue",
    "reclass": "cyan",
}
"""Kinds of entries that a reader should tell from ordinary ones."""


@dataclass(frozen=True)
class Effect:
    """One entry: both sides of each measure. ``kind`` names what is not an ordinary entry; an undone one is faint."""

    day: str
    kind: str
    colour: str
    names: tuple[str, ...]
    sides: tuple[SIDES, ...]
    unit: str
    undoes: bool


@dataclass(frozen=True)
class Account:
    """One ledger's part of it; ``totals`` are the sums of both sides (empty for quantities of several units)."""

    label: str
    url: str
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    with_unit: bool
    entries: tuple[Effect, ...]
    totals: tuple[SIDES, ...]

    @property
    def is_summed(self) -> bool:
        return len(self.entries) > 1 and any(side.text for sides in self.totals for side in sides)


def effects_of(ctx: Context, words: Words, titles: Titles, record: Record) -> tuple[Account, ...]:
    """Ledgers in the package's order; measures that are nought in every entry are left out, and entries that moved nothing."""
    by_ledger: dict[str, list[Item]] = {}
    for entry in entries_of(ctx, record):
        by_ledger.setdefault(entry["ledger"], []).append(entry)
    found = [ledger for ledger in ctx.app.package.ledgers if ledger.key in by_ledger]
    drawn = (_account(ctx, words, titles, ledger, by_ledger[ledger.key]) for ledger in found)
    return tuple(account for account in drawn if account.entries)


def _account(ctx: Context, words: Words, titles: Titles, ledger: Ledger, entries: Sequence[Item]) -> Account:
    moved = [m for m in ledger.measures if any(_amount(e, m.key) for e in entries)]
    shown = [e for e in entries if any(_amount(e, m.key) for m in moved)]
    named = _named(ctx, ledger, entries)
    costing = ledger.costing
    costed = costing is not None and {costing.quantity, costing.value} <= {m.key for m in moved}

    def effect(entry: Item) -> Effect:
        kind = str(entry["kind"])
        return Effect(
            str(entry["business_date"]),
            words.say(f"ledger.kind.{kind}") if kind in COLOURS else "",
            COLOURS.get(kind, ""),
            tuple(_name(ctx, titles, d, entry) for d in named),
            tuple(_sides(m, [_amount(entry, m.key)]) for m in moved),
            unit_text(unit_cost(_amount(entry, costing.quantity), _amount(entry, costing.value)))
            if costing and costed
            else "",
            bool(entry["reverses"]),
        )

    has_sum = is_of_one_unit(ctx, ledger, shown)
    amounts = {m.key: [_amount(e, m.key) for e in shown] for m in moved}
    return Account(
        words.of(ledger.label),
        addresses.ledger_page(ctx.app.key, ledger.key),
        tuple(words.of(d.label) for d in named),
        tuple(words.of(m.label) for m in moved),
        costed,
        tuple(effect(e) for e in shown),
        tuple(_sides(m, amounts[m.key] if has_sum or m.kind == "value" else ()) for m in moved),
    )


def _sides(measure: Measure, amounts: Sequence[Decimal]) -> SIDES:
    ins = sum((a for a in amounts if a > 0), Decimal(0))
    outs = -sum((a for a in amounts if a < 0), Decimal(0))
    return amount(measure, ins, blank=True), amount(measure, outs, blank=True)


def _named(ctx: Context, ledger: Ledger, entries: Sequence[Item]) -> list[Dimension]:
    """Dimensions that some entry names, those with a page of their own before lines."""
    named = [d for d in ledger.dimensions if d.entity and any(_dimension(e, d.key) for e in entries)]
    return [d for d in named if not _is_lines(ctx, d.entity or "")] or named


def _name(ctx: Context, titles: Titles, dimension: Dimension, entry: Item) -> str:
    id = ctx.engine.database.read_id(_dimension(entry, dimension.key) or "")
    return titles.of(dimension.entity, id) if dimension.entity and id else ""


def _is_lines(ctx: Context, key: str) -> bool:
    entity = ctx.app.package.entity(key)
    return entity is not None and entity.kind == "lines"


def _amount(entry: Item, key: str) -> Decimal:
    measures = entry["measures"]
    assert isinstance(measures, Mapping)
    return Decimal(measures.get(key, "0"))


def _dimension(entry: Item, key: str) -> str | None:
    dimensions = entry["dimensions"]
    assert isinstance(dimensions, Mapping)
    return dimensions.get(key)
