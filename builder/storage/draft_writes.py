"""Drafts, written: definitions saved, undone, redone, thrown away. Only commit calls these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from builder.errors import ConflictError
from builder.storage.app_writes import locked, update_app
from builder.storage.apps import Nodes, packed, unpacked
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables import apps as t


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
    step: int = 0,
) -> int:
    """The node's new version in the draft (a node without edits has 0). ``before`` is what the live version has of it."""
    row = locked(conn, ws, app_id)
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
            step=step,
        )
    )
    _put(conn, ws, app_id, kind, key, packed(body), current + 1, user_id, now)
    update_app(conn, ws, app_id, draft_version=row.draft_version + 1)
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


def undo(conn: Connection, ws: int, app_id: int, user_id: int, now: datetime) -> list[dict[str, Any]]:
    """The nodes of this person's last edit, taken back; none where there is nothing to take back."""
    return _step(conn, ws, app_id, user_id, now, back=True)


def redo(conn: Connection, ws: int, app_id: int, user_id: int, now: datetime) -> list[dict[str, Any]]:
    """The nodes of this person's last undone edit, done again; none where nothing was undone."""
    return _step(conn, ws, app_id, user_id, now, back=False)


def _step(
    conn: Connection, ws: int, app_id: int, user_id: int, now: datetime, *, back: bool
) -> list[dict[str, Any]]:
    row = locked(conn, ws, app_id)
    edits = t.draft_edit.c
    query = (
        select(t.draft_edit)
        .where(
            edits.ws == ws, edits.app_id == app_id, edits.user_id == user_id, edits.undone == int(not back)
        )
        .order_by(edits.edit_no.desc() if back else edits.edit_no)
    )
    found = _together(conn, query)
    done = [_turned(conn, ws, app_id, edit, user_id, now, back=back) for edit in found]
    if done:
        update_app(conn, ws, app_id, draft_version=row.draft_version + 1)
    return done


def _together(conn: Connection, query: Any) -> list[Any]:
    """The next edit with those that were made in one step with it."""
    first = conn.execute(query.limit(1)).one_or_none()
    if first is None or not first.step:
        return [first] if first is not None else []
    return list(conn.execute(query.where(t.draft_edit.c.step == first.step)))


def _turned(
    conn: Connection, ws: int, app_id: int, edit: Any, user_id: int, now: datetime, *, back: bool
) -> dict[str, Any]:
    edits = t.draft_edit.c
    node = _node(conn, ws, app_id, edit.kind, edit.key)
    stands, wanted = (edit.forward, edit.backward) if back else (edit.backward, edit.forward)
    if node is None or node.body != stands:
        # Somebody else has edited the same node since: taking this back would take theirs back too.
        raise ConflictError("EDITED_SINCE", kind=edit.kind, key=edit.key)
    _put(conn, ws, app_id, edit.kind, edit.key, wanted, node.version + 1, user_id, now)
    same = (edits.ws == ws) & (edits.app_id == app_id) & (edits.edit_no == edit.edit_no)
    conn.execute(update(t.draft_edit).where(same).values(undone=int(back)))
    return {"kind": edit.kind, "key": edit.key, "body": unpacked(wanted), "version": node.version + 1}


def discard(conn: Connection, ws: int, app_id: int) -> None:
    """Throw the draft's edits away, what could be undone included."""
    row = locked(conn, ws, app_id)
    for table in (t.draft_node, t.draft_edit):
        conn.execute(delete(table).where(table.c.ws == ws, table.c.app_id == app_id))
    update_app(conn, ws, app_id, draft_version=row.draft_version + 1)


def settle(conn: Connection, ws: int, app_id: int, live: Nodes) -> None:
    """Forget what of the draft is live now. Edits that were made since stay, with their way back."""
    columns = t.draft_node.c
    own = (columns.ws == ws) & (columns.app_id == app_id)
    rows = conn.execute(select(columns.kind, columns.key, columns.body).where(own)).all()
    for row in rows:
        if row.body == packed(live.get((row.kind, row.key))):
            conn.execute(delete(t.draft_node).where(own, columns.kind == row.kind, columns.key == row.key))
    if all(row.body == packed(live.get((row.kind, row.key))) for row in rows):
        discard(conn, ws, app_id)
