"""Apps: their rows, versions, drafts and settings, read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, func, select

from builder.storage.prepared import Prepared
from builder.storage.tables.apps import app, app_version, draft_edit, draft_node, setting, setting_history
from builder.storage.tables.machinery import command_log

NodeName = tuple[str, str]
Nodes = Mapping[NodeName, Mapping[str, Any]]


FIRST = 1
"""The version that an app was installed as: the template as it was then."""
TAKEN = "engine.template."
"""Before a template's version: under which key the template is kept as the app took it over."""


@dataclass(frozen=True, slots=True)
class AppRow:
    """An app as commands see it. The epochs move with what they are named after: a decision made under older ones is stale."""

    app_id: int
    key: str
    label: Any
    template_key: str
    template_version: str
    live_version: int
    map_epoch: int
    access_epoch: int
    setting_epoch: int
    status: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    version: int
    content_hash: str
    author_id: int
    note: str
    published_at: datetime
    rolled_back_from: int | None


@dataclass(frozen=True, slots=True)
class DraftState:
    """The draft's version, the versions of its changed nodes, what the person may undo and redo, who else has edits in it."""

    version: int
    nodes: Mapping[NodeName, int]
    can_undo: bool
    can_redo: bool
    editors: tuple[int, ...]
    changed_at: datetime | None


_APP = [app.c[name] for name in AppRow.__dataclass_fields__]


def packed(body: Any) -> str | None:
    """A definition as it is stored: its text, so that the order of its properties outlives every database."""
    return None if body is None else orjson.dumps(body).decode()


def unpacked(text: Any) -> Any:
    """The definition that ``packed`` made ``text`` of."""
    return None if text is None else orjson.loads(text)


_BY_KEY = Prepared(select(*_APP).where(app.c.ws == bindparam("ws"), app.c.key == bindparam("key")))


def app_by_key(conn: Connection, ws: int, key: str) -> AppRow | None:
    row = _BY_KEY.first(conn, {"ws": ws, "key": key})
    return AppRow(*row) if row is not None else None


def app_by_id(conn: Connection, ws: int, app_id: int) -> AppRow | None:
    row = conn.execute(select(*_APP).where(app.c.ws == ws, app.c.app_id == app_id)).one_or_none()
    return AppRow(*row) if row is not None else None


def apps(conn: Connection, ws: int) -> tuple[AppRow, ...]:
    """All apps of the workspace, by key."""
    return tuple(
        AppRow(*row) for row in conn.execute(select(*_APP).where(app.c.ws == ws).order_by(app.c.key))
    )


def version_nodes(conn: Connection, ws: int, app_id: int, version: int) -> dict[NodeName, dict[str, Any]]:
    """The definitions of a version in their order; empty where there is no such version."""
    columns = app_version.c
    package = conn.execute(
        select(columns.package).where(columns.ws == ws, columns.app_id == app_id, columns.version == version)
    ).scalar_one_or_none()
    return {(kind, key): unpacked(text) for kind, key, text in package or ()}


def versions(conn: Connection, ws: int, app_id: int) -> tuple[VersionRow, ...]:
    """Every version, the newest first."""
    columns = [app_version.c[name] for name in VersionRow.__dataclass_fields__]
    rows = conn.execute(
        select(*columns)
        .where(app_version.c.ws == ws, app_version.c.app_id == app_id)
        .order_by(app_version.c.version.desc())
    )
    return tuple(VersionRow(*row) for row in rows)


def live_nodes(conn: Connection, ws: int, app_id: int) -> dict[NodeName, dict[str, Any]]:
    """The definitions that are live."""
    version = conn.execute(select(app.c.live_version).where(app.c.ws == ws, app.c.app_id == app_id)).scalar()
    return version_nodes(conn, ws, app_id, version) if version else {}


def template_nodes(conn: Connection, ws: int, app_id: int) -> dict[NodeName, dict[str, Any]]:
    """The template as the live version took it over last, or as the app was made of it: what an upgrade compares both sides with."""
    version = str(live_nodes(conn, ws, app_id).get(("app", "app"), {}).get("version", ""))
    taken = kept_log(conn, ws, app_id, TAKEN + version)
    if taken:
        return {(kind, key): unpacked(text) for kind, key, text in taken[0].value}
    return version_nodes(conn, ws, app_id, FIRST)


def draft_nodes(conn: Connection, ws: int, app_id: int) -> dict[NodeName, dict[str, Any]]:
    """The live definitions with the draft's edits laid over them: what would be published now."""
    nodes = live_nodes(conn, ws, app_id)
    for row in _draft_rows(conn, ws, app_id):
        if row.body is None:
            nodes.pop((row.kind, row.key), None)
        else:
            nodes[row.kind, row.key] = unpacked(row.body)
    return nodes


def _draft_rows(conn: Connection, ws: int, app_id: int) -> list[Row[Any]]:
    columns = draft_node.c
    query = select(
        columns.kind, columns.key, columns.body, columns.version, columns.changed_by, columns.changed_at
    )
    where = (columns.ws == ws) & (columns.app_id == app_id)
    return list(conn.execute(query.where(where).order_by(columns.changed_at, columns.kind, columns.key)))


def draft_state(conn: Connection, ws: int, app_id: int, user_id: int = 0) -> DraftState:
    """How the draft stands, as ``user_id`` sees it."""
    version = (
        conn.execute(select(app.c.draft_version).where(app.c.ws == ws, app.c.app_id == app_id)).scalar() or 0
    )
    rows = _draft_rows(conn, ws, app_id)
    edits = draft_edit.c
    found = conn.execute(
        select(edits.undone, func.count())
        .where(edits.ws == ws, edits.app_id == app_id, edits.user_id == user_id)
        .group_by(edits.undone)
    )
    counts: dict[int, int] = {row[0]: row[1] for row in found}
    return DraftState(
        version,
        {(row.kind, row.key): row.version for row in rows},
        can_undo=counts.get(0, 0) > 0,
        can_redo=counts.get(1, 0) > 0,
        editors=tuple(sorted({row.changed_by for row in rows} - {user_id})),
        changed_at=max((row.changed_at for row in rows), default=None),
    )


def settings(conn: Connection, ws: int, app_id: int) -> dict[str, Any]:
    """Settings that were given a value, in JSON form."""
    columns = setting.c
    rows = conn.execute(select(columns.key, columns.value).where(columns.ws == ws, columns.app_id == app_id))
    return {row.key: row.value for row in rows}


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A value that a setting was given: by whom and when. ``before`` is the one that it had (None: the default)."""

    key: str
    version: int
    value: Any
    at: datetime | None
    actor_id: int


def kept_log(conn: Connection, ws: int, app_id: int, key: str) -> tuple[SettingRow, ...]:
    """What ``app_writes.keep`` has kept under that key, the newest first."""
    return _log(conn, ws, app_id, setting_history.c.key == key, 1000)


def setting_log(conn: Connection, ws: int, app_id: int, *, limit: int = 100) -> tuple[SettingRow, ...]:
    """The values that an app's settings were given, the newest first."""
    return _log(conn, ws, app_id, setting_history.c.key.not_like("engine.%"), limit)


def _log(conn: Connection, ws: int, app_id: int, which: Any, limit: int) -> tuple[SettingRow, ...]:
    own = setting_history.c
    joined = setting_history.outerjoin(
        command_log, (command_log.c.ws == own.ws) & (command_log.c.cmd == own.cmd)
    )
    query = (
        select(own.key, own.version, own.value, command_log.c.at, command_log.c.actor_id)
        .select_from(joined)
        .where(own.ws == ws, own.app_id == app_id, which)
        .order_by(own.cmd.desc())
        .limit(limit)
    )
    return tuple(SettingRow(r.key, r.version, r.value, r.at, r.actor_id or 0) for r in conn.execute(query))
