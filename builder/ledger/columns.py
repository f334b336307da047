"""Columns: where keys and measures of a ledger live in the tables, and back.

An entry's key has a column per dimension number; a row's key at a grain has its dimensions side by side from ``k1``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import (
    Column,
    ColumnClause,
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    Select,
    Table,
    Text,
    bindparam,
    column,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite

from builder.ledger import state
from builder.ledger.definition import Key, LedgerModel
from builder.storage.columns import PG, Ids
from builder.storage.prepared import Prepared
from builder.storage.tables.ledgers import COST_DIMENSIONS, DIMENSIONS, GRAIN_DIMENSIONS, MEASURES

GRAIN_KEY = tuple(f"k{n}" for n in range(1, GRAIN_DIMENSIONS + 1))
COST_KEY = tuple(f"k{n}" for n in range(1, COST_DIMENSIONS + 1))
ENTRY_KEY = tuple(f"k{n}" for n in range(1, DIMENSIONS + 1))
MEASURE = tuple(f"m{n}" for n in range(1, MEASURES + 1))
_ZEROS = (0,) * DIMENSIONS
AT_ONCE = 2000
"""Keys in one statement, below every driver's limit of parameters."""


def padded(key: Key, columns: Sequence[str] = GRAIN_KEY) -> Key:
    """The key filled with 0 to the number of columns."""
    return (*key, *_ZEROS[len(key) : len(columns)])


def key_values(key: Key, columns: Sequence[str] = GRAIN_KEY) -> dict[str, int]:
    """A row's key by column."""
    return dict(zip(columns, padded(key, columns), strict=True))


def entry_key_values(model: LedgerModel, key: Key) -> dict[str, int]:
    """An entry's key by column, each dimension at its number."""
    values = dict.fromkeys(ENTRY_KEY, 0)
    for dimension, value in zip(model.dimensions, key, strict=True):
        values[ENTRY_KEY[dimension.number - 1]] = value
    return values


@cache
def _measure_columns(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}{n}" for n in range(1, MEASURES + 1))


def measure_values(model: LedgerModel, measures: Sequence[int], prefix: str = "m") -> dict[str, int]:
    """Measures by column, each at its number; a row without them (``()``) is all 0."""
    columns = _measure_columns(prefix)
    values = dict.fromkeys(columns, 0)
    if measures:
        for measure, value in zip(model.measures, measures, strict=True):
            values[columns[measure.number - 1]] = value
    return values


def row_key(row: Any, width: int) -> Key:
    """The key of a row of a grain of that many dimensions."""
    return tuple(getattr(row, name) for name in GRAIN_KEY[:width])


def measures_of(model: LedgerModel, row: RowMapping, prefix: str = "m") -> tuple[int, ...]:
    return tuple(int(row[f"{prefix}{m.number}"]) for m in model.measures)


def entry_of(model: LedgerModel, found: Row[Any]) -> state.Entry:
    """An entry from its row."""
    row = found._mapping
    return state.Entry(
        row["entry_id"],
        row["journal_id"],
        model.key,
        row["line_id"],
        row["part"],
        row["kind"],
        tuple(row[f"k{d.number}"] for d in model.dimensions),
        row["business_date"],
        row["seq"],
        measures_of(model, row),
        row["concerns_entry"] or 0,
        row["reason"],
    )


def among(dialect: str, columns: Sequence[Column[Any]]) -> ColumnElement[bool]:
    """The condition that whole-number ``columns`` are one of the keys that ``listed`` binds. A list of rows written out would be
    read by no more of an index than what stands beside it, and be another statement for every number of keys."""
    if dialect != PG:
        rows = func.json_each(bindparam("listed", type_=Text())).table_valued("value", name="listed")
        parts = [func.json_extract(rows.c.value, f"$[{i}]") for i in range(len(columns))]
        return tuple_(*columns).in_(select(*parts))
    arrays = [bindparam(f"listed{i}", type_=Ids()) for i in range(len(columns))]
    names: list[ColumnClause[int]] = [column(f"a{i}") for i in range(len(columns))]
    listed = func.unnest(*arrays).table_valued(*names, name="listed").render_derived()
    return tuple_(*columns).in_(select(*listed.c))


def listed(dialect: str, keys: Sequence[Key]) -> dict[str, Any]:
    """What ``among`` binds for ``keys``."""
    if dialect != PG:
        return {"listed": orjson.dumps(keys).decode()}
    return {f"listed{i}": list(values) for i, values in enumerate(zip(*keys, strict=True))}


@cache
def _asking(dialect: str, table: Table, names: tuple[str, ...], of_ledger: bool) -> Prepared:
    return Prepared(_rows_at(dialect, table, names, of_ledger))


@cache
def _rows_at(dialect: str, table: Table, names: tuple[str, ...], of_ledger: bool) -> Select[Any]:
    found = select(table).where(
        table.c.ws == bindparam("of_ws"), among(dialect, [table.c[name] for name in names])
    )
    return found.where(table.c.ledger_id == bindparam("of_ledger")) if of_ledger else found


def in_lots(keys: Iterable[Key], size: int = AT_ONCE) -> Iterable[list[Key]]:
    """The keys, sorted and without doubles, in lots that fit one statement."""
    waiting = iter(sorted(set(keys)))
    while lot := list(islice(waiting, size)):
        yield lot


def rows_at(
    conn: Connection,
    table: Table,
    ws: int,
    names: Sequence[str],
    keys: Iterable[Key],
    *where: ColumnElement[bool],
    ledger_id: int | None = None,
) -> list[Row[Any]]:
    """Rows of the table (of one ledger, where that is named) whose columns ``names`` are one of ``keys``."""
    found: list[Row[Any]] = []
    dialect = conn.dialect.name
    for lot in in_lots(keys):
        shape = (dialect, table, tuple(names), ledger_id is not None)
        bound = {"of_ws": ws, **listed(dialect, lot)}
        if ledger_id is not None:
            bound["of_ledger"] = ledger_id
        if where:
            found += conn.execute(_rows_at(*shape).where(*where), bound).all()
        else:
            found += _asking(*shape).named(conn, bound)
    return found


def upsert(conn: Connection, table: Table) -> Any:
    """An insert that can say what happens on a conflict, in the connection's dialect."""
    return postgresql.insert(table) if conn.dialect.name == PG else sqlite.insert(table)
