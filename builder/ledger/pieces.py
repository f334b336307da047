"""Pieces: an intent read into keys and whole numbers, one piece per entry to be made. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from builder.changes import Intent
from builder.ledger.allocate import allocate, group_of
from builder.ledger.definition import DimensionModel, Key, LedgerModel
from builder.ledger.state import EntryKind, scalar_text
from builder.ledger.work import Books, Done, Work
from builder.record import Value

LIMIT = 10**15
"""Scaled measures stay below this."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry to be made. ``valued`` says that the value among ``measures`` is given, not to be found. ``place`` is where its
    layer queues, ``takes_back`` the entry of the same pool that this makes undone; ``source`` is the one entry that it
    mirrors."""

    key: Key
    measures: tuple[int, ...]
    valued: bool = False
    kind: EntryKind = "normal"
    concerns: int = 0
    origin: int = 0
    origin_qty: int = 0
    day: date | None = None
    place: tuple[date, int] | None = None
    takes_back: int = 0
    source: int = 0

    def with_measure(self, place: int, amount: int) -> Piece:
        return replace(self, measures=(*self.measures[:place], amount, *self.measures[place + 1 :]))

    def with_pick(self, position: int, value: int) -> Piece:
        return replace(self, key=(*self.key[:position], value, *self.key[position + 1 :]))


def scaled(value: Decimal, scale: int) -> int:
    """The value as a whole number of ``10 ** -scale``, HALF_UP."""
    return int(value.scaleb(scale).to_integral_value(ROUND_HALF_UP))


def read(work: Work, done: Done) -> Piece | None:
    """The intent as one piece, before picks, origins and costs; None (with problems) where it cannot be one."""
    intent = done.intent
    books = work.books[intent.ledger]
    key = _key(work, books, intent)
    measures = _measures(work, books.model, intent)
    if key is None or measures is None:
        return None
    cost = books.model.cost
    valued = cost is not None and books.model.measures[cost.value].key in {
        *intent.measures,
        *intent.dependent,
    }
    return Piece(key, measures, valued, "reclass" if intent.reclass else "normal")


def follow_nets(intents: Iterable[Intent]) -> list[Intent]:
    """Intents of *follow* postings merged per line and dimensions: what was taken back and what is said now come to one net,
    and a net of nothing makes no entry. Others stay as they are, in order."""
    merged: dict[tuple[object, ...], Intent] = {}
    for intent in intents:
        if not intent.follow or intent.reverses is not None:
            merged[id(intent), len(merged)] = intent
            continue
        known = tuple(sorted((d, scalar_text(v)) for d, v in intent.dimensions.items() if v is not None))
        name = (intent.ledger, intent.entity, intent.record_id, intent.posting, intent.line_id, known)
        merged[name] = _sum(merged[name], intent) if name in merged else intent
    return [i for i in merged.values() if not i.follow or i.reverses is not None or any(i.measures.values())]


def _sum(first: Intent, second: Intent) -> Intent:
    keys = {**first.measures, **second.measures}
    zero = Decimal(0)
    total = {k: first.measures.get(k, zero) + second.measures.get(k, zero) for k in keys}
    rev = max(first.posting_rev, second.posting_rev)
    return replace(second, measures=total, posting_rev=rev)


def in_order(intents: Sequence[Intent]) -> tuple[list[Intent], list[Intent]]:
    """Intents so that each comes after the ones it depends on, otherwise in their own order; and those in a circle."""
    waiting, ordered = list(intents), list[Intent]()
    while waiting:
        open_postings = {(i.entity, i.record_id, i.posting) for i in waiting}
        ready = [i for i in waiting if _source(i) not in open_postings or i.reverses is not None]
        if not ready:
            return ordered, waiting
        ordered += ready
        chosen = {id(i) for i in ready}
        waiting = [i for i in waiting if id(i) not in chosen]
    return ordered, []


def _source(intent: Intent) -> tuple[str, int, str | None]:
    return intent.entity, intent.record_id, intent.depends_on


def sources(work: Work, intent: Intent) -> list[Done]:
    """What the posting that the intent depends on came to: the same line's, else the whole document's."""
    same = [
        d
        for d in work.done
        if (d.intent.entity, d.intent.record_id, d.intent.posting) == _source(intent)
        and d.intent.reverses is None
    ]
    return [d for d in same if d.intent.line_id == intent.line_id] or same


def waits(work: Work, intent: Intent) -> bool:
    """Whether what the intent takes over came to nothing yet, but may come to something when its ledger is replayed: the entry is what the
    difference then reaches."""
    if intent.depends_on is None:
        return False
    taken = {source.removeprefix("-").removeprefix("rest.") for source in intent.dependent.values()}
    for done in sources(work, intent):
        model = work.books[done.intent.ledger].model
        if model.cost is None or model.ledger.order != "replay" or not done.entries:
            continue
        if model.measures[model.cost.value].key in taken:
            return True
    return False


def own_kinds(model: LedgerModel) -> frozenset[EntryKind]:
    """Kinds of entries that make up what an intent itself came to. A residue without a place of its own belongs to it."""
    kinds: frozenset[EntryKind] = frozenset({"normal", "count", "reversal"})
    return kinds | {"residue"} if model.cost is not None and model.cost.residue is None else kinds


def _key(work: Work, books: Books, intent: Intent) -> Key | None:
    model = books.model
    ids: list[int] = []
    missing: list[str] = []
    for position, dimension in enumerate(model.dimensions):
        value = intent.dimensions.get(dimension.key)
        is_picked = model.issue is not None and position == model.issue.pick
        if value is None and dimension.required and not is_picked and dimension.key not in intent.picked:
            missing.append(dimension.key)
        ids.append(_id(books, dimension, value))
    for name in missing:
        work.refuse("DIMENSION_REQUIRED", intent, dimension=name)
    return None if missing else tuple(ids)


def _id(books: Books, dimension: DimensionModel, value: Value) -> int:
    if value is None:
        return 0
    if dimension.type == "reference" and isinstance(value, int | Decimal):
        return int(value)
    return books.state.value_ids[dimension.key, scalar_text(value)]


def _measures(work: Work, model: LedgerModel, intent: Intent) -> tuple[int, ...] | None:
    row = [0] * len(model.measures)
    for name, amount in intent.measures.items():
        place = model.place(name)
        row[place] = scaled(amount, model.measures[place].scale)
    for name, source in intent.dependent.items():
        place = model.place(name)
        found = _dependent(work, intent, source, model.measures[place].scale)
        row[place] = _share(work, intent, name, found) if name in intent.shares else found
    if any(abs(x) >= LIMIT for x in row):
        work.refuse("MEASURE_OVERFLOW", intent)
        return None
    return tuple(row)


def _share(work: Work, intent: Intent, name: str, total: int) -> int:
    """The line's part of what the posting has together."""
    group = work.sharing[group_of(intent)]
    parts = allocate(total, [i.shares.get(name, Decimal(0)) for i in group])
    return next(p for i, p in zip(group, parts, strict=True) if i is intent)


def _dependent(work: Work, intent: Intent, source: str, scale: int) -> int:
    sign, name = (-1, source[1:]) if source.startswith("-") else (1, source)
    is_rest, name = name.startswith("rest."), name.removeprefix("rest.")
    total = Decimal(0)
    for done in sources(work, intent):
        model = work.books[done.intent.ledger].model
        place = model.place(name)
        own = own_kinds(model)
        amount = done.rest if is_rest else sum(e.measures[place] for e in done.entries if e.kind in own)
        total += model.measures[place].exact(amount)
    return scaled(sign * total, scale)
