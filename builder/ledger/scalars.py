"""Scalars: dimensions that are texts, days or numbers are kept as ids of ``dim_value``; here ids and texts find each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, select

from builder.ledger.definition import LedgerModel
from builder.storage.tables.ledgers import dim_value


def ids_of(
    conn: Connection, model: LedgerModel, ws: int, dimension: str, texts: Sequence[str]
) -> tuple[int, ...]:
    """Ids of those texts that were ever posted."""
    if not texts:
        return ()
    statement = select(dim_value.c.value_id).where(*_own(model, ws, dimension), dim_value.c.text.in_(texts))
    return tuple(conn.execute(statement).scalars())


def texts_of(
    conn: Connection, model: LedgerModel, ws: int, dimension: str, ids: Sequence[int]
) -> Mapping[int, str]:
    if not ids:
        return {}
    statement = select(dim_value.c.value_id, dim_value.c.text).where(
        *_own(model, ws, dimension), dim_value.c.value_id.in_(ids)
    )
    return {row.value_id: row.text for row in conn.execute(statement)}


def _own(model: LedgerModel, ws: int, dimension: str) -> tuple[ColumnElement[bool], ...]:
    number = model.dimensions[model.position(dimension)].number
    return (dim_value.c.ws == ws, dim_value.c.ledger_id == model.ledger_id, dim_value.c.dim_no == number)
