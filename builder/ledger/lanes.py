"""Lanes: what is locked before anything is read that decides, in one global order, and the state that the locks protect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Table, bindparam, select

from builder.changes import Intent
from builder.ledger.columns import GRAIN_KEY, among, in_lots, key_values, listed, upsert
from builder.ledger.definition import LANE, Key, LedgerModel
from builder.ledger.needs import Needs, needed
from builder.ledger.reading import Reading
from builder.ledger.state import State
from builder.metadata.package import Package
from builder.storage.columns import PG
from builder.storage.errors import RetryError
from builder.storage.prepared import Prepared
from builder.storage.slots import SlotMap
from builder.storage.tables.ledgers import balance, dim_value


class Store(Protocol):
    """The part of the database that lanes are made through."""

    def snapshot(self) -> AbstractContextManager[Connection]: ...
    def single(self) -> AbstractContextManager[Connection]: ...
    @property
    def new_id(self) -> Callable[[], int]: ...


MOST_SEEN = 200_000
_SEEN: WeakKeyDictionary[Store, set[tuple[int, int, Key]]] = WeakKeyDictionary()
"""Lanes that a process has found or made: they never go. ``lock`` makes those that a restored backup has lost."""
LANE_COLUMNS = ("ledger_id", *GRAIN_KEY)


def ensure(database: Store, models: Mapping[str, LedgerModel], ws: int, intents: Sequence[Intent]) -> None:
    """Make the lanes and scalar values that are missing, each in a statement of its own outside the transaction: inserts would
    otherwise wait for each other in the order of documents. An empty lane is harmless."""
    with database.snapshot() as conn:
        needs = needed(conn, models, ws, intents)
        seen = _SEEN.setdefault(database, set())
        missing = [] if all((ws, *lane) in seen for lane in needs.lanes) else _missing(conn, ws, needs)
    if needs.unknown:
        rows = [
            {
                "ws": ws,
                "ledger_id": models[ledger].ledger_id,
                "dim_no": models[ledger].dimensions[models[ledger].position(dimension)].number,
                "value_id": database.new_id(),
                "text": text,
            }
            for ledger, dimension, text in needs.unknown
        ]
        with database.single() as conn:
            conn.execute(_if_absent(conn, dim_value), rows)
        with database.snapshot() as conn:
            missing = _missing(conn, ws, needed(conn, models, ws, intents))
    if missing:
        with database.single() as conn:
            _insert(conn, ws, missing)
    if len(seen) > MOST_SEEN:
        seen.clear()
    if not needs.unknown:
        seen.update((ws, *lane) for lane in needs.lanes)


def lock(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    ws: int,
    intents: Sequence[Intent],
    package: Package | None = None,
) -> Needs:
    """Lock every lane that the intents touch, in the order (ledger id, key) that all writers keep. On SQLite the transaction
    itself is the lock. Nothing read before this may decide."""
    needs = needed(conn, models, ws, intents, package)
    if conn.dialect.name == PG:
        locked = _locked(conn, ws, needs)
        absent = [x for x in needs.lanes if x not in locked]
    else:
        absent = _missing(conn, ws, needs)
    if absent:
        _insert(conn, ws, absent)
        _locked(conn, ws, needs)
    return _followed_again(conn, models, ws, intents, needs, package) if needs.may_move else needs


def _followed_again(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    ws: int,
    intents: Sequence[Intent],
    seen: Needs,
    package: Package | None,
) -> Needs:
    """Units may have gone on until the lanes were locked. Where they reached lanes that are not, the command is tried again."""
    needs = needed(conn, models, ws, intents, package)
    if not set(needs.lanes) <= set(seen.lanes):
        raise RetryError("LANE_MOVED")
    return needs


def hold(conn: Connection, ws: int, rows: Sequence[tuple[int, Key]]) -> None:
    """Lock those lanes (ledger id, key), which exist, in the same global order."""
    if conn.dialect.name == PG:
        _locked(conn, ws, Needs({}, tuple(sorted(rows))))


def read(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    maps: SlotMap,
    package: Package,
    ws: int,
    intents: Sequence[Intent],
    locked: Needs | None = None,
) -> State:
    """Everything ``plan`` needs for the intents, in a fixed number of statements per ledger. Without ``locked`` the same is read
    without a lock: good for the courtesy check, a dry run and what-if."""
    needs = locked or needed(conn, models, ws, intents, package)
    by_ledger: dict[str, list[Intent]] = {}
    for intent in intents:
        by_ledger.setdefault(intent.ledger, []).append(intent)
    reading = Reading(conn, maps, package, ws, needs)
    for name in needs.keys:
        # A ledger that only late costs reach is read as of their days.
        by_ledger.setdefault(name, list(intents))
    states = {name: reading.ledger(models[name], own) for name, own in sorted(by_ledger.items())}
    return State(states, needs.trails.entries, needs.trails.pools, needs.takers)


def _locked(conn: Connection, ws: int, needs: Needs) -> set[tuple[int, Key]]:
    found: set[tuple[int, Key]] = set()
    widths = {lane: len(lane[1]) for lane in needs.lanes}
    by_padded = {_padded(lane): lane for lane in widths}
    dialect = conn.dialect.name
    for lot in in_lots(by_padded):
        rows = _lanes(dialect, locking=True).all(conn, {"of_ws": ws, **listed(dialect, lot)})
        found |= {by_padded[tuple(row)] for row in rows}
    return found


@cache
def _lanes(dialect: str, *, locking: bool) -> Prepared:
    columns = [balance.c[name] for name in LANE_COLUMNS]
    found = select(*columns).where(
        balance.c.ws == bindparam("of_ws"), balance.c.grain == LANE, among(dialect, columns)
    )
    return Prepared(found.order_by(*columns).with_for_update() if locking else found)


def _missing(conn: Connection, ws: int, needs: Needs) -> list[tuple[int, Key]]:
    by_padded = {_padded(lane): lane for lane in needs.lanes}
    known: set[Any] = set()
    dialect = conn.dialect.name
    for lot in in_lots(by_padded):
        rows = _lanes(dialect, locking=False).all(conn, {"of_ws": ws, **listed(dialect, lot)})
        known |= {tuple(row) for row in rows}
    return [lane for key, lane in sorted(by_padded.items()) if key not in known]


def _padded(lane: tuple[int, Key]) -> Key:
    return (lane[0], *key_values(lane[1]).values())


def _insert(conn: Connection, ws: int, lanes: Sequence[tuple[int, Key]]) -> None:
    rows = [{"ws": ws, "ledger_id": ledger, "grain": LANE, **key_values(key)} for ledger, key in lanes]
    conn.execute(_if_absent(conn, balance), rows)


def _if_absent(conn: Connection, table: Table) -> Any:
    return upsert(conn, table).on_conflict_do_nothing()
