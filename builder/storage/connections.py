"""Connections: what an administrator filled in for a connector: where it leads, and a sealed text that only the process can open."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.people import secret


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """``origin`` is where it leads; ``cipher`` holds switch and secrets, sealed under the key ``key_id``."""

    secret_key: str
    cipher: bytes
    key_id: str
    origin: str


def keep(conn: Connection, ws: int, row: ConnectionRow) -> None:
    """Put the connection in the place of the one before."""
    values = {"cipher": row.cipher, "key_id": row.key_id, "origin": row.origin}
    made = insert_or(conn, secret).values(ws=ws, secret_key=row.secret_key, **values)
    conn.execute(made.on_conflict_do_update(index_elements=["ws", "secret_key"], set_=values))


def get(conn: Connection, ws: int, key: str) -> ConnectionRow | None:
    columns = [secret.c[name] for name in ConnectionRow.__dataclass_fields__]
    row = conn.execute(select(*columns).where(secret.c.ws == ws, secret.c.secret_key == key)).one_or_none()
    return ConnectionRow(row[0], bytes(row[1]), row[2], row[3]) if row is not None else None


def remove(conn: Connection, ws: int, key: str) -> None:
    conn.execute(delete(secret).where(secret.c.ws == ws, secret.c.secret_key == key))
