"""Approvals on a page: who decided what with which words, whose turn it is, and the decision that waits for the reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.changes import ApprovalTask
from builder.expressions import ExpressionError
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.handlers.tasks import judge_of
from builder.runtime.overlapping import moving
from builder.runtime.pages.words import Words
from builder.runtime.subjects import subject_of
from builder.storage import flow
from builder.storage.flow_rows import label_of
from builder.workflow import approval as approvals
from builder.workflow.preview import Preview
from builder.workflow.transitions import default_of, starting

COLOURS: Mapping[str, str] = {
    **dict.fromkeys(("approve", "repeat", "late_pass"), "green"),
    **dict.fromkeys(("reject", "terminate"), "red"),
    **dict.fromkeys(("return", "late_return", "restart"), "orange"),
    **dict.fromkeys(("withdraw", "abandon", "skip"), "gray"),
}
BLANK: Mapping[str, str] = {"who": "", "what": "", "when": "", "opinion": "", "colour": "", "state": ""}

BESIDES = frozenset({"cc", "comment", "withdraw", "terminate", "reopen"})
"""What is done beside a decision, in nobody's place."""


def steps_of(ctx: Context, words: Words, record: Record) -> list[Mapping[str, str]]:
    """The approvals of a record as a timeline, oldest first, and who is asked now."""
    steps = [_decided(ctx, words, row) for row in flow.trail(ctx.conn, ctx.app.maps, ctx.ws, ctx.ref(record))]
    for approval, tasks in ctx.reader.running_approvals(ctx.ref(record)):
        steps.extend(
            _waiting(ctx, words, approval, task)
            for task in tasks
            if task.status in {"open", "waiting", "timer"}
        )
    return steps or [_foreseen(ctx, words, one) for one in foreseen(ctx, record)]


def foreseen(ctx: Context, record: Record) -> tuple[Preview, ...]:
    """The approval that would begin where the main button leads; empty where none would."""
    workflow = ctx.app.package.workflow_of(record.entity)
    first = default_of(workflow, record.state) if workflow else None
    if (
        workflow is None
        or first is None
        or not moving(ctx, record).kernel.may_fire(record.entity, first.key, record)
    ):
        return ()
    there = record.but(state=first.to)
    try:
        for transition in starting(workflow, there, judge_of(ctx, there, record)):
            subject = subject_of(ctx, there, record)
            return approvals.preview(subject, transition, ctx.actor.user_id, ctx.actor.org_unit_id)
    except ExpressionError:
        # What cannot be judged yet is foretold when it can.
        return ()
    return ()


def choices(ctx: Context, words: Words, record: Record, people: str) -> tuple[Mapping[str, Any], ...]:
    """What the main button must ask: whom the submitter chooses at each node that says so. ``people`` is where anybody is looked up."""
    show = ctx.engine.database.show
    return tuple(
        {
            "key": f"approvers.{one.uid}",
            "label": words.of(one.label),
            "type": "user",
            "required": True,
            **(
                {"options": [{"key": show(u), "label": ctx.directory.name_of(u)} for u in one.among]}
                if one.among
                else {"lookupUrl": people}
            ),
        }
        for one in foreseen(ctx, record)
        if one.choice
    )


def _foreseen(ctx: Context, words: Words, one: Preview) -> Mapping[str, str]:
    asked = () if one.skipped else one.users
    names = words.listed(name for user in asked if (name := ctx.directory.name_of(user)))
    would = "would_decide" if one.kind == "approver" else "would_know"
    return {
        "who": names or words.of(one.label),
        "what": words.say("page.path.skipped" if one.skipped else f"page.{would}"),
        "when": words.of(one.label) if names else "",
        "opinion": "",
        "colour": "",
        "state": "future",
    }


def _decided(ctx: Context, words: Words, row: Any) -> Mapping[str, str]:
    key = f"page.voted.{row.action}"
    # A plug-in's action has words of its own or none: nobody is shown its key.
    what = words.say(key) if words.knows(key) else words.say("page.voted.other")
    if row.on_behalf_of and row.action not in BESIDES:
        key = "page.to_person" if row.action == "urge" else "page.for_person"
        what = f"{what} ({words.say(key, name=ctx.directory.name_of(row.on_behalf_of))})"
    return {
        "who": ctx.directory.name_of(row.user_id) or words.say("page.system"),
        "what": what,
        "when": words.ago(row.at),
        "opinion": row.opinion,
        "colour": COLOURS.get(row.action, "blue"),
        "state": "done",
    }


def _waiting(ctx: Context, words: Words, approval: Any, task: ApprovalTask) -> Mapping[str, str]:
    if task.status == "timer":
        until = words.say("page.due", when=words.instant(task.due_at)) if task.due_at else ""
        label = label_of(approval.definition["nodes"], task.node_uid)
        return {
            **BLANK,
            "who": words.of(label),
            "what": words.say("page.waits"),
            "when": until,
            "state": "waiting",
        }
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
