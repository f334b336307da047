"""Needs: which keys the intents touch, as far as it can be known before anything is locked.

Entries and the ids of scalar values never change once they are there, so what is read here stays true.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from builder.changes import Intent
from builder.ledger.columns import entry_of, rows_at
from builder.ledger.definition import DimensionModel, Key, LedgerModel
from builder.ledger.following import followed, with_more
from builder.ledger.passing import beyond, takers
from builder.ledger.state import Entry, Takers, scalar_text
from builder.ledger.trails import Trails
from builder.metadata.package import Package
from builder.record import Value
from builder.storage.tables.ledgers import dim_value, entry


@dataclass(frozen=True, slots=True)
class Needs:
    """``keys`` are the entries' keys by ledger (0 where a pick is still open), ``lanes`` the lanes in the one global order
    (ledger id, key), ``reversible`` the entries to be undone. ``unknown`` are scalars that have no id yet, ``trails`` where late costs
    have to follow, ``takers`` who took over the values of issues that wait for what they lacked."""

    keys: Mapping[str, tuple[Key, ...]]
    lanes: tuple[tuple[int, Key], ...]
    reversible: Mapping[int, Entry] = field(default_factory=dict)
    value_ids: Mapping[str, Mapping[tuple[str, str], int]] = field(default_factory=dict)
    unknown: tuple[tuple[str, str, str], ...] = ()
    trails: Trails = field(default_factory=Trails)
    takers: Mapping[int, Takers] = field(default_factory=dict)

    @property
    def may_move(self) -> bool:
        """Whether others may change what was found until the lanes are locked."""
        return self.trails.is_followed or bool(self.takers)


def needed(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    ws: int,
    intents: Sequence[Intent],
    package: Package | None = None,
) -> Needs:
    """What the intents touch. A scalar without an id is given a negative one, which finds nothing. Without the ``package`` nobody is
    looked for who took over a value."""
    used = {i.ledger for i in intents}
    reversible = _entries(conn, models, ws, [i for i in intents if i.reverses is not None])
    value_ids, unknown = _value_ids(conn, models, ws, intents)
    keys: dict[str, dict[Key, None]] = {name: {} for name in sorted(used)}
    own: dict[int, Key] = {}
    for place, intent in enumerate(intents):
        if intent.reverses is None:
            own[place] = _key(models[intent.ledger], intent, value_ids[intent.ledger])
            keys[intent.ledger][own[place]] = None
        elif intent.reverses in reversible:
            keys[intent.ledger][reversible[intent.reverses].key] = None
    trails, begun = followed(conn, models, ws, intents, own)
    found = dict[int, Takers]()
    if package is not None:
        moved = [(i, own[p]) for p, i in enumerate(intents) if p in own]
        moved += [(i, reversible[i.reverses].key) for i in intents if i.reverses in reversible]
        found = takers(conn, models, ws, package, moved)
    taking = [e for them in found.values() for e, _ in them]
    trails = with_more(conn, models, ws, trails, taking)
    if package is not None and trails.is_followed:
        more = beyond(conn, models, ws, package, trails.issues())
        taking += [e for them in more.values() for e, _ in them]
        found = {i: tuple(dict.fromkeys((*found.get(i, ()), *more.get(i, ())))) for i in {**found, **more}}
    for e in taking:
        keys.setdefault(e.ledger, {})[e.key] = None
    for ledger, key in (*((e.ledger, e.key) for e in begun), *trails.keys()):
        keys.setdefault(ledger, {})[key] = None
    lanes = {
        (models[name].ledger_id, models[name].lane.of(key))
        for name, ledger_keys in keys.items()
        if not models[name].is_turnover
        for key in ledger_keys
    }
    touched = {n: tuple(k) for n, k in keys.items()}
    return Needs(touched, tuple(sorted(lanes)), reversible, value_ids, unknown, trails, found)


def _entries(
    conn: Connection, models: Mapping[str, LedgerModel], ws: int, intents: Iterable[Intent]
) -> dict[int, Entry]:
    by_ledger = {models[i.ledger].ledger_id: models[i.ledger] for i in intents}
    wanted = [(i.reverses,) for i in intents if i.reverses is not None]
    rows = rows_at(conn, entry, ws, ["entry_id"], wanted)
    return {r.entry_id: entry_of(by_ledger[r.ledger_id], r) for r in rows if r.ledger_id in by_ledger}


def _value_ids(
    conn: Connection, models: Mapping[str, LedgerModel], ws: int, intents: Iterable[Intent]
) -> tuple[dict[str, dict[tuple[str, str], int]], tuple[tuple[str, str, str], ...]]:
    found: dict[str, dict[tuple[str, str], int]] = {i.ledger: {} for i in intents}
    wanted: dict[tuple[str, str, str], None] = {}
    for intent in intents:
        for dimension in _scalars(models[intent.ledger]):
            value = intent.dimensions.get(dimension.key)
            if value is not None:
                wanted[intent.ledger, dimension.key, scalar_text(value)] = None
    for name in {ledger for ledger, _, _ in wanted}:
        model = models[name]
        numbers = {d.number: d.key for d in _scalars(model)}
        texts = [text for ledger, _, text in wanted if ledger == name]
        rows = conn.execute(
            dim_value.select().where(
                dim_value.c.ws == ws, dim_value.c.ledger_id == model.ledger_id, dim_value.c.text.in_(texts)
            )
        )
        found[name].update({(numbers[r.dim_no], r.text): r.value_id for r in rows if r.dim_no in numbers})
    unknown = tuple(w for w in wanted if (w[1], w[2]) not in found[w[0]])
    for position, (ledger, dimension_key, text) in enumerate(unknown, 1):
        found[ledger][dimension_key, text] = -position
    return found, unknown


def _scalars(model: LedgerModel) -> list[DimensionModel]:
    return [d for d in model.dimensions if d.type != "reference"]


def _key(model: LedgerModel, intent: Intent, value_ids: Mapping[tuple[str, str], int]) -> Key:
    given = intent.dimensions.get
    return tuple([_id(d, given(d.key), value_ids) for d in model.dimensions])


def _id(dimension: DimensionModel, value: Value, value_ids: Mapping[tuple[str, str], int]) -> int:
    if value is None:
        return 0
    if dimension.type == "reference":
        return value if value.__class__ is int else int(str(value))
    return value_ids[dimension.key, scalar_text(value)]
