"""Apps, written: installed, published, drafted, undone; their settings changed. Only commit calls these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, delete, func, select, update

from builder.errors import ConflictError, NotFoundError
from builder.metadata.canonical import content_hash
from builder.metadata.loading import load_trusted
from builder.metadata.package import Package
from builder.storage import apps
from builder.storage.apps import NodeName, Nodes, packed, unpacked
from builder.storage.moving import carry_along
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
    _add_version(conn, ws, app_id, 1, nodes, author_id, "", now, None)
    ensure_slots(conn, ws, app_id, package)


def publish(
    conn: Connection,
    ws: int,
    app_id: int,
    *,
    nodes: Nodes,
    package: Package,
    note: str,
    author_id: int,
    now: datetime,
    cmd: int,
    expected: int | None,
    rolled_back_from: int | None,
    new_id: Callable[[], int],
) -> int:
    """The number of the version that is live from now on. ``expected`` is the draft's version that the author saw. Publishing empties the
    draft; rolling back leaves it. Records are carried along where fields change their place."""
    row = _locked(conn, ws, app_id)
    if expected is not None and row.draft_version != expected:
        raise ConflictError("VERSION_CONFLICT", yours=expected, current=row.draft_version)
    before = load_trusted(apps.version_nodes(conn, ws, app_id, row.live_version))
    version = int(conn.execute(_last_version(ws, app_id)).scalar_one()) + 1
    _add_version(conn, ws, app_id, version, nodes, author_id, note, now, rolled_back_from)
    has_changed, changed = ensure_slots(conn, ws, app_id, package, before)
    carry_along(conn, ws, app_id, package, before, changed)
    _update(
        conn,
        ws,
        app_id,
        live_version=version,
        label=nodes[APP]["label"],
        map_epoch=row.map_epoch + int(has_changed),
    )
    if rolled_back_from is None:
        discard(conn, ws, app_id)
    return version


def _last_version(ws: int, app_id: int) -> Any:
    columns = t.app_version.c
    return select(func.max(columns.version)).where(columns.ws == ws, columns.app_id == app_id)


def _add_version(
    conn: Connection,
    ws: int,
    app_id: int,
    version: int,
    nodes: Nodes,
    author_id: int,
    note: str,
    now: datetime,
    rolled_back_from: int | None,
) -> None:
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


def _locked(conn: Connection, ws: int, app_id: int) -> Any:
    """The app's row, locked: whoever edits a draft waits for the other."""
    row = conn.execute(
        select(t.app).where(t.app.c.ws == ws, t.app.c.app_id == app_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFoundError(app=app_id)
    return row


def _update(conn: Connection, ws: int, app_id: int, **values: Any) -> None:
    conn.execute(update(t.app).where(t.app.c.ws == ws, t.app.c.app_id == app_id).values(**values))


def save_draft(
    conn: Connection,
    ws: int,
    app_id: int,
    *,
    kind: str,
    key: str,
    body: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    expected: int | None,
    user_id: int,
    now: datetime,
) -> int:
    """The node's new version in the draft (a node without edits has 0). ``before`` is what the live version has of it."""
    row = _locked(conn, ws, app_id)
    node = _node(conn, ws, app_id, kind, key)
    current = node.version if node is not None else 0
    if expected is not None and expected != current:
        raise ConflictError("VERSION_CONFLICT", yours=expected, current=current)
    backward = node.body if node is not None else packed(before)
    edits = t.draft_edit.c
    own = (edits.ws == ws) & (edits.app_id == app_id)
    # What was undone is gone once something else is done: there is one line of time.
    conn.execute(delete(t.draft_edit).where(own, edits.user_id == user_id, edits.undone == 1))
    last = conn.execute(select(func.max(edits.edit_no)).where(own)).scalar() or 0
    conn.execute(
        t.draft_edit.insert().values(
            ws=ws,
            app_id=app_id,
            edit_no=last + 1,
            user_id=user_id,
            kind=kind,
            key=key,
            forward=packed(body),
            backward=backward,
            at=now,
        )
    )
    _put(conn, ws, app_id, kind, key, packed(body), current + 1, user_id, now)
    _update(conn, ws, app_id, draft_version=row.draft_version + 1)
    return int(current + 1)


def _node(conn: Connection, ws: int, app_id: int, kind: str, key: str) -> Any:
    columns = t.draft_node.c
    where = (columns.ws == ws) & (columns.app_id == app_id) & (columns.kind == kind) & (columns.key == key)
    return conn.execute(select(columns.body, columns.version).where(where)).one_or_none()


def _put(
    conn: Connection,
    ws: int,
    app_id: int,
    kind: str,
    key: str,
    text: str | None,
    version: int,
    by: int,
    now: datetime,
) -> None:
    values = {"body": text, "version": version, "changed_by": by, "changed_at": now}
    statement: Any = insert_or(conn, t.draft_node).values(ws=ws, app_id=app_id, kind=kind, key=key, **values)
    columns = t.draft_node.c
    keys = [columns.ws, columns.app_id, columns.kind, columns.key]
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def undo(conn: Connection, ws: int, app_id: int, user_id: int, now: datetime) -> dict[str, Any] | None:
    """The node whose last edit by this person is taken back; None where there is nothing to take back."""
    return _step(conn, ws, app_id, user_id, now, back=True)


def redo(conn: Connection, ws: int, app_id: int, user_id: int, now: datetime) -> dict[str, Any] | None:
    """The node whose last undone edit is done again; None where nothing was undone."""
    return _step(conn, ws, app_id, user_id, now, back=False)


def _step(
    conn: Connection, ws: int, app_id: int, user_id: int, now: datetime, *, back: bool
) -> dict[str, Any] | None:
    row = _locked(conn, ws, app_id)
    edits = t.draft_edit.c
    query = (
        select(t.draft_edit)
        .where(
            edits.ws == ws, edits.app_id == app_id, edits.user_id == user_id, edits.undone == int(not back)
        )
        .order_by(edits.edit_no.desc() if back else edits.edit_no)
        .limit(1)
    )
    edit = conn.execute(query).one_or_none()
    if edit is None:
        return None
    node = _node(conn, ws, app_id, edit.kind, edit.key)
    stands, wanted = (edit.forward, edit.backward) if back else (edit.backward, edit.forward)
    if node is None or node.body != stands:
        # Somebody else has edited the same node since: taking this back would take theirs back too.
        raise ConflictError("EDITED_SINCE", kind=edit.kind, key=edit.key)
    _put(conn, ws, app_id, edit.kind, edit.key, wanted, node.version + 1, user_id, now)
    same = (edits.ws == ws) & (edits.app_id == app_id) & (edits.edit_no == edit.edit_no)
    conn.execute(update(t.draft_edit).where(same).values(undone=int(back)))
    _update(conn, ws, app_id, draft_version=row.draft_version + 1)
    return {"kind": edit.kind, "key": edit.key, "body": unpacked(wanted), "version": node.version + 1}


def discard(conn: Connection, ws: int, app_id: int) -> None:
    """Throw the draft's edits away, what could be undone included."""
    row = _locked(conn, ws, app_id)
    for table in (t.draft_node, t.draft_edit):
        conn.execute(delete(table).where(table.c.ws == ws, table.c.app_id == app_id))
    _update(conn, ws, app_id, draft_version=row.draft_version + 1)


def change_setting(conn: Connection, ws: int, app_id: int, key: str, value: Any, cmd: int) -> None:
    """Give the setting a value, and keep the one that it had."""
    plain = orjson.loads(orjson.dumps(value, default=str))
    columns = t.setting.c
    own = (columns.ws == ws) & (columns.app_id == app_id) & (columns.key == key)
    row = _locked(conn, ws, app_id)
    version = (conn.execute(select(columns.version).where(own)).scalar() or 0) + 1
    values = {"value": plain, "version": version, "cmd": cmd}
    statement: Any = insert_or(conn, t.setting).values(ws=ws, app_id=app_id, key=key, **values)
    keys = [columns.ws, columns.app_id, columns.key]
    conn.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
    conn.execute(t.setting_history.insert().values(ws=ws, app_id=app_id, key=key, **values))
    _update(conn, ws, app_id, setting_epoch=row.setting_epoch + 1)
