"""Apps, written: installed, their versions kept, their settings changed. Only commit calls these."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, select, update

from builder.errors import NotFoundError
from builder.metadata.canonical import content_hash
from builder.metadata.package import Package
from builder.storage.apps import NodeName, Nodes, packed
from builder.storage.slot_writes import ensure_slots
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables import apps as t

APP: NodeName = ("app", "app")


def install(
    conn: Connection,
    ws: int,
    *,
    app_id: int,
    key: str,
    nodes: Nodes,
    package: Package,
    template_key: str,
    template_version: str,
    author_id: int,
    now: datetime,
    cmd: int,
    new_id: Callable[[], int],
) -> None:
    """The app with version 1 live and places for all its entities and ledgers."""
    conn.execute(
        t.app.insert().values(
            ws=ws,
            app_id=app_id,
            key=key,
            label=nodes[APP]["label"],
            template_key=template_key,
            template_version=template_version,
            live_version=1,
        )
    )
    add_version(
        conn, ws, app_id, version=1, nodes=nodes, author_id=author_id, note="", now=now, rolled_back_from=None
    )
    ensure_slots(conn, ws, app_id, package)


def next_version(conn: Connection, ws: int, app_id: int) -> int:
    """The number that the next version gets."""
    columns = t.app_version.c
    query = select(func.max(columns.version)).where(columns.ws == ws, columns.app_id == app_id)
    return int(conn.execute(query).scalar() or 0) + 1


def add_version(
    conn: Connection,
    ws: int,
    app_id: int,
    *,
    version: int,
    nodes: Nodes,
    author_id: int,
    note: str,
    now: datetime,
    rolled_back_from: int | None,
) -> None:
    """Keep the version, for ever."""
    conn.execute(
        t.app_version.insert().values(
            ws=ws,
            app_id=app_id,
            version=version,
            package=[[kind, key, packed(body)] for (kind, key), body in nodes.items()],
            content_hash=content_hash(nodes),
            author_id=author_id,
            note=note,
            published_at=now,
            rolled_back_from=rolled_back_from,
        )
    )


def locked(conn: Connection, ws: int, app_id: int) -> Any:
    """The app's row, locked: whoever edits a draft waits for the other."""
    row = conn.execute(
        select(t.app).where(t.app.c.ws == ws, t.app.c.app_id == app_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFoundError(app=app_id)
    return row


def update_app(conn: Connection, ws: int, app_id: int, **values: Any) -> None:
    """Change columns of the app's row."""
    conn.execute(update(t.app).where(t.app.c.ws == ws, t.app.c.app_id == app_id).values(**values))


def keep(conn: Connection, ws: int, app_id: int, key: str, value: Any, cmd: int) -> None:
    """Add to what is kept of an app beside its settings, under a key that no setting can have."""
    columns = t.setting_history.c
    own = (columns.ws == ws, columns.app_id == app_id, columns.key == key)
    last = conn.execute(select(func.max(columns.version)).where(*own)).scalar()
    row = {"version": (last or 0) + 1, "value": value, "cmd": cmd}
    conn.execute(t.setting_history.insert().values(ws=ws, app_id=app_id, key=key, **row))


def change_setting(conn: Connection, ws: int, app_id: int, key: str, value: Any, cmd: int) -> None:
    """Give the setting a value, and keep the one that it had."""
    plain = orjson.loads(orjson.dumps(value, default=str))
    columns = t.setting.c
    own = (columns.ws == ws) & (columns.app_id == app_id) & (columns.key == key)
    row = locked(conn, ws, app_id)
    version = (conn.execute(select(columns.version).where(own)).scalar() or 0) + 1
    values = {"value": plain, "version": version, "cmd": cmd}
    statement: Any = insert_or(conn, t.setting).values(ws=ws, app_id=app_id, key=key, **values)
    keys = [columns.ws, columns.app_id, columns.key]
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
    conn.execute(t.setting_history.insert().values(ws=ws, app_id=app_id, key=key, **values))
    update_app(conn, ws, app_id, setting_epoch=row.setting_epoch + 1)
