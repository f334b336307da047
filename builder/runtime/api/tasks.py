"""Endpoints of approvals: the inbox, decisions, the path before submitting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from builder.commands import ActOnTask, MoveApproval
from builder.errors import BuilderError, InvalidError, NotFoundError, Problem
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.door import Door, overrides_of
from builder.runtime.api.records import with_errors
from builder.runtime.api.shapes import ApprovalMoveShape, BatchShape, TaskShape
from builder.runtime.handlers.tasks import judge_of
from builder.runtime.inbox import InboxItem, Which, inbox
from builder.runtime.overlapping import moving
from builder.runtime.representation import title_of
from builder.runtime.subjects import subject_of
from builder.web.locale import Messages
from builder.workflow import approval as approvals
from builder.workflow.transitions import default_of, starting

ACTIONS = {
    "approve": "approve",
    "reject": "reject",
    "return": "return",
    "transfer": "transfer",
    "add-signer": "add_signer",
    "remove-signer": "remove_signer",
    "cc": "cc",
    "urge": "urge",
    "comment": "comment",
    "withdraw": "withdraw",
    "terminate": "terminate",
    "reopen": "reopen",
}


def add_tasks(api: Blueprint, door: Door, messages: Messages) -> None:
    """``/tasks`` and the preview of an approval."""

    @api.get("/tasks")
    def tasks() -> Response:
        actor = door.identify(request)
        with door.engine.database.snapshot() as conn:
            items = inbox(
                door.engine, conn, actor, door.engine.clock.now(), which=_which(request.args.get("list"))
            )
        return answer({"items": [_task(door, item) for item in items]})

    @api.post("/tasks")
    def act_on_many() -> Response:
        """Each task on its own, with a result of its own: what one is refused keeps no other from being decided."""
        actor = door.identify(request)
        body = read_shape(request, BatchShape())
        key, results = key_wanted(request), []
        for text in dict.fromkeys(body["ids"]):
            try:
                command = ActOnTask(door.id(text), body["action"], body["opinion"])
                done = door.send(actor, command, f"{key}:{text}" if key else None)
                results.append({"task": text, "ok": True, **done})
            except BuilderError as error:
                results.append({"task": text, "ok": False, "error": error})
        return answer(with_errors({"results": results}, messages, actor.locale))

    @api.post("/apps/<app>/<entity>/<id>/approval/move")
    def move(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, ApprovalMoveShape())
        command = MoveApproval(app, entity, door.id(id), body["transition"], body["mapping"])
        return answer(door.dispatch(actor, command, key=key_wanted(request), dry_run=body["dry_run"]))

    @api.post("/tasks/<id>/<action>")
    def act(id: str, action: str) -> Response:
        actor = door.identify(request)
        if action not in ACTIONS:
            raise NotFoundError(task=True)
        body = read_shape(request, TaskShape(), optional=True)
        to_user = body.get("to_user")
        command = ActOnTask(
            door.id(id),
            ACTIONS[action],
            body.get("opinion", ""),
            door.id(to_user) if to_user else None,
            body.get("fields_", {}),
            overrides_of(body.get("override", [])),
            tuple(door.id(user) for user in body.get("users", [])),
            body.get("node", ""),
            body.get("straight", False),
            body.get("place", ""),
        )
        return answer(door.send(actor, command, key_wanted(request)))

    @api.get("/apps/<app>/<entity>/<id>/approval/preview")
    def preview(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            record = ctx.load(entity, door.id(id))
            items = [_step(ctx, step) for step in _path(ctx, record)]
        return answer({"items": items})


def _which(text: str | None) -> Which:
    """Which list is asked for; the open tasks where nothing is."""
    found: Mapping[str, Which] = {"done": "done", "started": "started", "cc": "cc"}
    if text not in {None, "", "mine", *found}:
        raise InvalidError(problems=[Problem("VALUE_CHOICE", "/list", {"field": "list", "value": text})])
    return found.get(text or "", "mine")


def _path(ctx: Any, record: Any) -> tuple[Any, ...]:
    """The approval that runs now, or that would begin where the main button leads."""
    workflow = ctx.app.package.workflow_of(record.entity)
    if workflow is None:
        return ()
    first = default_of(workflow, record.state)
    if first is not None and not moving(ctx, record).kernel.may_fire(record.entity, first.key, record):
        return ()
    there = record if first is None else record.but(state=first.to)
    for transition in starting(workflow, there, judge_of(ctx, there, record)):
        found: tuple[Any, ...] = approvals.preview(
            subject_of(ctx, there, record), transition, ctx.actor.user_id, ctx.actor.org_unit_id
        )
        return found
    return ()


def _step(ctx: Any, step: Any) -> dict[str, Any]:
    show = ctx.engine.database.show

    def people(users: tuple[int, ...]) -> list[dict[str, str]]:
        return [{"id": show(user), "name": ctx.directory.name_of(user)} for user in users]

    return {
        "uid": step.uid,
        "kind": step.kind,
        "label": step.label,
        "mode": step.mode,
        "people": people(step.users),
        "instead_of": people(tuple(user for user in step.on_behalf_of if user)),
        "skipped": step.skipped,
        "choice": step.choice,
        "among": people(step.among),
    }


def _task(door: Door, item: InboxItem) -> dict[str, Any]:
    return {
        "id": door.show(item.task.id),
        "app": item.app,
        "entity": item.entity.key,
        "record": door.show(item.record.id),
        "title": title_of(item.entity, item.record),
        "transition": item.transition.key if item.transition else None,
        "label": item.transition.label if item.transition else item.node_label,
        "step": item.node_label,
        "submitter": item.submitter,
        "status": item.task.status,
        "state": item.state,
        "opened_at": item.opened_at.isoformat(),
        "due_at": item.task.due_at.isoformat() if item.task.due_at else None,
        "refused": list(item.attempt),
    }
