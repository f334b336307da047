"""Handlers of an app's definitions: install, draft, publish, roll back. The designer's commands come through the same door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.changes import Write
from builder.commands import (
    DiscardDraft,
    InstallApp,
    Publish,
    RollBack,
    SaveDraft,
    TakeOver,
    UndoDraft,
)
from builder.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, Problem
from builder.metadata.checks import check
from builder.metadata.loading import load
from builder.metadata.package import Package
from builder.runtime.context import Context
from builder.runtime.plans import refuse_app
from builder.runtime.root import Root
from builder.runtime.widening import widened
from builder.storage import apps as stored
from builder.storage import preparing

Nodes = Mapping[tuple[str, str], Mapping[str, Any]]


def install_app(root: Root, command: InstallApp) -> Mapping[str, Any]:
    """The app at version 1, after every check."""
    root.require_admin()
    if stored.app_by_key(root.conn, root.actor.workspace, command.key) is not None:
        raise ConflictError("APP_EXISTS", app=command.key)
    refuse_app(root.conn, root.actor.workspace)
    nodes = renamed(command.nodes, command.key, command.label)
    package = checked(nodes)
    root.pending.writes.append(
        Write(
            "app.install",
            {
                "key": command.key,
                "nodes": nodes,
                "package": package,
                "template_key": command.template_key,
                "template_version": command.template_version,
            },
        )
    )
    return {"app": command.key, "version": 1}


def renamed(nodes: Nodes, key: str, label: Any = None) -> Nodes:
    """The same definitions under another app key: a clone shares nothing but its origin."""
    app = dict(nodes[("app", "app")])
    app["key"] = key
    if label:
        app["label"] = label
    return {**nodes, ("app", "app"): app}


def checked(nodes: Nodes) -> Package:
    """The package of these nodes, if it loads and no check finds an error; else all problems at once."""
    package, problems = load(nodes)
    if package is None or any(p.severity == "error" for p in problems):
        raise InvalidError("PACKAGE_INVALID", problems=problems)
    found = check(package)
    errors = [p for p in found if p.severity == "error"]
    if errors:
        raise InvalidError("PACKAGE_INVALID", problems=errors)
    return package


def save_draft(ctx: Context, command: SaveDraft) -> Mapping[str, Any]:
    """The node's new version. Half-made definitions may be kept: a draft is judged when it is published."""
    ctx.kernel.require("design")
    nodes = stored.draft_nodes(ctx.conn, ctx.ws, ctx.app.row.app_id)
    at = (command.kind, command.key)
    if command.body is None and at not in nodes:
        raise NotFoundError(kind=command.kind, key=command.key)
    if command.body is not None and not isinstance(command.body, Mapping):
        raise InvalidError(problems=[Problem("NODE_SHAPE", "")])
    ctx.pending.writes.append(
        Write(
            "draft.save",
            {
                "kind": command.kind,
                "key": command.key,
                "body": command.body,
                "before": nodes.get(at),
                "expected": command.expected,
                "step": command.step,
            },
        )
    )
    return {"kind": command.kind, "key": command.key}


def take_over(ctx: Context, command: TakeOver) -> Mapping[str, Any]:
    """All of it or nothing. Which template it came from is kept under that template's version: it counts once a version with it is live."""
    ctx.kernel.require("design")
    app_id = ctx.app.row.app_id
    live, nodes = stored.live_nodes(ctx.conn, ctx.ws, app_id), stored.draft_nodes(ctx.conn, ctx.ws, app_id)
    if live != nodes:
        raise ConflictError("DRAFT_OPEN", app=command.app)
    state = stored.draft_state(ctx.conn, ctx.ws, app_id)
    for at, body in command.changed.items():
        edit = {"kind": at[0], "key": at[1], "body": body, "before": live.get(at)}
        seen = {"expected": state.nodes.get(at), "step": state.version + 1}
        ctx.pending.writes.append(Write("draft.save", {**edit, **seen}))
    version = str(command.template[("app", "app")].get("version", ""))
    turn = [[kind, key, stored.packed(body)] for (kind, key), body in command.template.items()]
    ctx.pending.writes.append(Write("draft.base", {"key": stored.TAKEN + version, "turn": turn}))
    return {"app": command.app, "changed": len(command.changed)}


def undo_draft(ctx: Context, command: UndoDraft) -> Mapping[str, Any]:
    ctx.kernel.require("design")
    ctx.pending.writes.append(Write("draft.redo" if command.redo else "draft.undo", {}))
    return {}


def discard_draft(ctx: Context, command: DiscardDraft) -> Mapping[str, Any]:
    ctx.kernel.require("design")
    ctx.pending.writes.append(Write("draft.discard", {}))
    return {}


def publish(ctx: Context, command: Publish) -> Mapping[str, Any]:
    """The number of the new version, after every check over the whole draft and over the values of fields that change their type."""
    ctx.kernel.require("design")
    app_id = ctx.app.row.app_id
    if preparing.is_running(ctx.conn, ctx.ws, app_id):
        raise ConflictError("MOVE_RUNNING")
    nodes = stored.draft_nodes(ctx.conn, ctx.ws, app_id)
    package = checked(nodes)
    _check_rights(ctx, package)
    if not command.lose:
        problems = preparing.unreadable_values(ctx.conn, ctx.ws, app_id, package, ctx.app.package)
        if problems:
            raise InvalidError("VALUES_UNREADABLE", problems=problems)
    # Whatever is saved between this decision and the commit must not be thrown away with the draft.
    seen = stored.draft_state(ctx.conn, ctx.ws, app_id).version
    expected = command.expected if command.expected is not None else seen
    body = {"nodes": nodes, "package": package, "note": command.note, "expected": expected}
    ctx.pending.writes.append(Write("app.publish", {**body, "lose": command.lose}))
    return {"app": ctx.app.key, "version": ctx.app.row.live_version + 1}


def _check_rights(ctx: Context, package: Package) -> None:
    """Who designs gives no role a right over the app or its data that they lack themselves: the role may be their own."""
    known = {role.uid: set(role.app) for role in ctx.app.package.roles}
    gained = {right for role in package.roles for right in role.app if right not in known.get(role.uid, ())}
    for right in sorted(gained):
        if not ctx.kernel.has_right(right):
            raise ForbiddenError(deed="publish", right=right)
    problems = widened(ctx.kernel, package)
    if problems:
        raise ForbiddenError("RIGHTS_LACKED", problems=problems)


def roll_back(ctx: Context, command: RollBack) -> Mapping[str, Any]:
    """An older version's definitions live again under a new number. No value is lost that the older version can read. Going back to
    the live version while records move stops the move: that is all there is to take back."""
    ctx.kernel.require("design")
    app_id = ctx.app.row.app_id
    nodes = stored.version_nodes(ctx.conn, ctx.ws, app_id, command.version)
    if not nodes:
        raise NotFoundError(version=command.version)
    if command.version == ctx.app.row.live_version and preparing.is_running(ctx.conn, ctx.ws, app_id):
        ctx.pending.writes.append(Write("move.stop", {}))
        return {"app": ctx.app.key, "version": command.version}
    package = checked(nodes)
    _check_rights(ctx, package)
    body = {"nodes": nodes, "package": package, "note": command.note, "rolled_back_from": command.version}
    ctx.pending.writes.append(Write("app.publish", {**body, "lose": True}))
    return {"app": ctx.app.key, "version": ctx.app.row.live_version + 1}
