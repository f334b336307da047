"""Effects: what a record posted, ledger by ledger, with names instead of ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from builder.metadata.ledger import Ledger, Measure
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.hanging import entries_of
from builder.runtime.pages import addresses
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.web.formats import format_number


@dataclass(frozen=True)
class Effect:
    """One entry: ``values`` are (text, is negative) by measure; an undone one is struck through by what undoes it."""

    day: str
    names: tuple[str, ...]
    values: tuple[tuple[str, bool], ...]
    undoes: bool


@dataclass(frozen=True)
class LedgerEffects:
    label: str
    url: str
    dimensions: tuple[str, ...]
    measures: tuple[str, ...]
    entries: tuple[Effect, ...]


def measure_text(measure: Measure, value: Decimal) -> str:
    """A measure's amount: values at their scale, quantities without zeros that say nothing."""
    text = format_number(value, measure.scale)
    if measure.kind == "value" or "." not in text:
        return text
    return text.rstrip("0").rstrip(".")


def effects_of(ctx: Context, words: Words, titles: Titles, record: Record) -> tuple[LedgerEffects, ...]:
    """Ledgers in the package's order; measures that are nought in every entry are left out, and entries that moved nothing."""
    by_ledger: dict[str, list[Mapping[str, object]]] = {}
    for entry in entries_of(ctx, record):
        by_ledger.setdefault(entry["ledger"], []).append(entry)
    found = [ledger for ledger in ctx.app.package.ledgers if ledger.key in by_ledger]
    drawn = (_effects(ctx, words, titles, ledger, by_ledger[ledger.key]) for ledger in found)
    return tuple(effects for effects in drawn if effects.entries)


def _effects(
    ctx: Context, words: Words, titles: Titles, ledger: Ledger, entries: list[Mapping[str, object]]
) -> LedgerEffects:
    moved = [m for m in ledger.measures if any(_amount(e, m.key) for e in entries)]
    named = [d for d in ledger.dimensions if d.entity and any(_dimension(e, d.key) for e in entries)]
    named = [
        d for d in named if d.entity and ctx.app.package.entity(d.entity) and not _is_lines(ctx, d.entity)
    ] or named

    def name(entity: str | None, entry: Mapping[str, object], key: str) -> str:
        id = ctx.engine.database.read_id(_dimension(entry, key) or "")
        return titles.of(entity, id) if entity and id else ""

    return LedgerEffects(
        words.of(ledger.label),
        addresses.ledger_page(ctx.app.key, ledger.key),
        tuple(words.of(d.label) for d in named),
        tuple(words.of(m.label) for m in moved),
        tuple(
            Effect(
                str(e["business_date"]),
                tuple(name(d.entity, e, d.key) for d in named),
                tuple(
                    (measure_text(m, a), a < 0) if (a := _amount(e, m.key)) else ("", False) for m in moved
                ),
                bool(e["reverses"]),
            )
            for e in entries
            if any(_amount(e, m.key) for m in moved)
        ),
    )


def _is_lines(ctx: Context, key: str) -> bool:
    entity = ctx.app.package.entity(key)
    return entity is not None and entity.kind == "lines"


def _amount(entry: Mapping[str, object], key: str) -> Decimal:
    measures = entry["measures"]
    assert isinstance(measures, Mapping)
    return Decimal(measures.get(key, "0"))


def _dimension(entry: Mapping[str, object], key: str) -> str | None:
    dimensions = entry["dimensions"]
    assert isinstance(dimensions, Mapping)
    return dimensions.get(key)
