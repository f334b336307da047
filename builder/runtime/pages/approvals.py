"""Approvals on a page: who decided what with which words, whose turn it is, and the decision that waits for the reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from builder.changes import ApprovalTask
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.words import Words
from builder.storage import flow

COLOURS: Mapping[str, str] = {"approve": "green", "reject": "red", "return": "orange", "withdraw": "gray"}


def steps_of(ctx: Context, words: Words, record: Record) -> list[Mapping[str, str]]:
    """The approvals of a record as a timeline, oldest first, and who is asked now."""
    steps = [_decided(ctx, words, row) for row in flow.trail(ctx.conn, ctx.app.maps, ctx.ws, ctx.ref(record))]
    for approval, tasks in ctx.reader.running_approvals(ctx.ref(record)):
        steps.extend(
            _waiting(ctx, words, approval, task) for task in tasks if task.status in {"open", "waiting"}
        )
    return steps


def _decided(ctx: Context, words: Words, row: Any) -> Mapping[str, str]:
    key = f"page.voted.{row.action}"
    what = words.say(key) if words.knows(key) else row.action
    if row.on_behalf_of:
        what = f"{what} ({words.say('page.for_person', name=ctx.directory.name_of(row.on_behalf_of))})"
    return {
        "who": ctx.directory.name_of(row.user_id) or words.say("page.system"),
        "what": what,
        "when": words.ago(row.at),
        "opinion": row.opinion,
        "colour": COLOURS.get(row.action, "blue"),
        "state": "done",
    }


def _waiting(ctx: Context, words: Words, approval: Any, task: ApprovalTask) -> Mapping[str, str]:
    is_open = task.status == "open"
    due = words.say("page.due", when=words.instant(task.due_at)) if task.due_at else words.ago(task.opened_at)
    return {
        "who": ctx.directory.name_of(task.assignee_id),
        "what": words.say("page.deciding" if is_open else "page.later"),
        "when": due if is_open else "",
        "opinion": "",
        "colour": "",
        "state": "waiting" if is_open else "future",
    }


def task_model(
    ctx: Context, words: Words, task: ApprovalTask, show: Callable[[int], str]
) -> Mapping[str, Any]:
    """The reader's open decision, with the addresses of what may be done."""
    id = show(task.id)
    return {
        "id": id,
        "due": words.instant(task.due_at) if task.due_at else "",
        "approve": addresses.api_task(id, "approve"),
        "reject": addresses.api_task(id, "reject"),
        "return": addresses.api_task(id, "return"),
        "transfer": addresses.api_task(id, "transfer"),
        "add_signer": addresses.api_task(id, "add-signer"),
    }
