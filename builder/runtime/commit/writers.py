"""Writers of what is no record: apps, drafts, versions, settings, accounts, roles, periods. Each by its name in ``Changes.writes``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from builder.changes import Changes
from builder.ledger import period
from builder.runtime.commit import merges, times
from builder.runtime.contents import Sent, clean_name, keep_content
from builder.runtime.engine import Engine
from builder.runtime.plans import refuse_seat
from builder.storage import (
    account_writes,
    app_writes,
    choices,
    connections,
    delegations,
    draft_writes,
    files,
    preparing,
)
from builder.storage.errors import RetryError
from builder.storage.publishing import Version, publish

if TYPE_CHECKING:
    from builder.runtime.decide import Decided

Writer = Callable[[Engine, Any, "Decided", int, Mapping[str, Any]], Mapping[str, Any] | None]
EXCLUSIVE = frozenset({"app.publish", "move.stop", "period.close", "ledger.switch"})


def needs_exclusive(changes: Changes) -> bool:
    """Publishing, closing a period and switching a method let no other command of the app through the gate."""
    return any(write.what in EXCLUSIVE for write in changes.writes)


def run_writers(
    engine: Engine, conn: Any, decided: Decided, cmd: int, writers: Mapping[str, Writer]
) -> Mapping[str, Any]:
    """Run every write; what they give back joins the answer."""
    extra: dict[str, Any] = {}
    for write in decided.changes.writes:
        extra.update(writers[write.what](engine, conn, decided, cmd, write.body) or {})
    for change in decided.changes.settings:
        app = decided.app
        assert app is not None
        app_writes.change_setting(
            conn, decided.actor.workspace, app.row.app_id, change.key, change.after, cmd
        )
    return extra


def _install(engine: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    app_writes.install(
        conn,
        decided.actor.workspace,
        app_id=engine.database.new_id(),
        key=body["key"],
        nodes=body["nodes"],
        package=body["package"],
        template_key=body["template_key"],
        template_version=body["template_version"],
        author_id=decided.actor.user_id,
        now=decided.now,
        cmd=cmd,
        new_id=engine.database.new_id,
    )


def _app_id(decided: Decided) -> int:
    assert decided.app is not None
    return decided.app.row.app_id


def _publish(
    engine: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]
) -> Mapping[str, Any]:
    wanted = Version(
        body["nodes"],
        body["package"],
        body["note"],
        decided.actor.user_id,
        body.get("rolled_back_from"),
        body.get("lose", False),
    )
    done = publish(
        conn,
        decided.actor.workspace,
        _app_id(decided),
        wanted,
        now=decided.now,
        expected=body.get("expected"),
        new_id=engine.database.new_id,
    )
    return {"version": done.version, **({"moving": True, "live": not done.waits} if done.job_id else {})}


def _stop_move(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    preparing.give_up(conn, decided.actor.workspace, _app_id(decided), (), decided.now)


def _save_draft(
    _: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]
) -> Mapping[str, Any]:
    version = draft_writes.save_draft(
        conn,
        decided.actor.workspace,
        _app_id(decided),
        kind=body["kind"],
        key=body["key"],
        body=body["body"],
        before=body["before"],
        expected=body["expected"],
        step=body.get("step", 0),
        user_id=decided.actor.user_id,
        now=decided.now,
    )
    return {"version": version}


def _undo(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> Mapping[str, Any]:
    done = draft_writes.undo(
        conn, decided.actor.workspace, _app_id(decided), decided.actor.user_id, decided.now
    )
    return {"undone": done}


def _redo(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> Mapping[str, Any]:
    done = draft_writes.redo(
        conn, decided.actor.workspace, _app_id(decided), decided.actor.user_id, decided.now
    )
    return {"redone": done}


def _discard(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    draft_writes.discard(conn, decided.actor.workspace, _app_id(decided))


def _save_user(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    if body["status"] == "active":
        refuse_seat(conn, decided.actor.workspace, body["id"])
    account_writes.save_user(conn, decided.actor.workspace, body, decided.now)


def _save_unit(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    account_writes.save_org_unit(conn, decided.actor.workspace, body)


def _save_grant(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    account_writes.save_grant(conn, decided.actor.workspace, _app_id(decided), body)


def _save_delegation(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    delegations.add(conn, decided.actor.workspace, body["row"])


def _save_choices(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    choices.keep(conn, decided.actor.workspace, body["user"], body["rows"])


def _end_delegation(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    """What somebody else has taken back meanwhile is gone already."""
    delegations.end(conn, decided.actor.workspace, body["user"], body["id"])


def _save_token(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    account_writes.save_token(conn, decided.actor.workspace, body)


def _revoke_token(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    account_writes.revoke_token(conn, decided.actor.workspace, body)


def _close(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    assert decided.app is not None
    model = decided.app.ledgers[body["ledger"]]
    ws = decided.actor.workspace
    if body["reopen"]:
        period.reopen(conn, model, ws, body["through"], cmd)
    else:
        period.close(conn, model, ws, body["through"], cmd, body["accepted"])
    app_writes.keep(conn, ws, _app_id(decided), body["key"], body["turn"], cmd)


def _draw(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    app_writes.keep(conn, decided.actor.workspace, _app_id(decided), body["key"], body["steps"], cmd)


def _save_plan(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    account_writes.save_plan(conn, decided.actor.workspace, body["text"])


def _switch(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    app_writes.keep(conn, decided.actor.workspace, _app_id(decided), body["key"], body["turn"], cmd)


def _connect(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    row = connections.ConnectionRow(body["key"], body["cipher"], body["key_id"], body["origin"])
    connections.keep(conn, decided.actor.workspace, row)


def _take_file(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    """A file that was swept, or taken by another record meanwhile, is looked for again."""
    if not files.take(conn, decided.actor.workspace, [body["home"]]):
        raise RetryError


def _copy_file(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    files.copy(conn, decided.actor.workspace, {body["from"]: body["home"]})


def _print_file(engine: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    """The bytes first: a row without them would be a file that nobody can open."""
    home, sent = body["home"], Sent(body["name"], body["content"])
    ws = decided.actor.workspace
    sha256 = keep_content(engine, ws, sent.content)
    files.add(
        conn,
        ws,
        file_id=home.file_id,
        name=clean_name(sent.name),
        mime=sent.mime,
        size=len(sent.content),
        sha256=sha256,
        by_user=body["by"],
        at=decided.now,
    )
    files.take(conn, ws, [home])


def _replay(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    """Nothing more: the plan of a replay is written as every other plan is."""


WRITERS: Mapping[str, Writer] = {
    "app.install": _install,
    "app.publish": _publish,
    "move.stop": _stop_move,
    "draft.save": _save_draft,
    "draft.base": _switch,
    "draft.undo": _undo,
    "draft.redo": _redo,
    "draft.discard": _discard,
    "user.save": _save_user,
    "org_unit.save": _save_unit,
    "grant.save": _save_grant,
    "delegation.save": _save_delegation,
    "delegation.end": _end_delegation,
    "choices.save": _save_choices,
    "token.save": _save_token,
    "token.revoke": _revoke_token,
    "connection.save": _connect,
    "schedule.pause": times.pause,
    "schedule.ran": times.ran,
    "chore.hasten": times.hasten,
    "period.close": _close,
    "ledger.replay": _replay,
    "ledger.switch": _switch,
    "tour.finish": _switch,
    "steps.away": _switch,
    "plan.save": _save_plan,
    "app.stage": _switch,
    "process.draw": _draw,
    "records.merge": merges.merge,
    "records.unmerge": merges.unmerge,
    "file.take": _take_file,
    "file.copy": _copy_file,
    "file.print": _print_file,
}
