"""Deciding: everything that the reader may do about the approvals of a record, as buttons. What is not allowed now is not offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.changes import Approval, ApprovalTask
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.words import Words
from builder.runtime.subjects import subject_of
from builder.storage import flow
from builder.workflow.actions import ACTIONS
from builder.workflow.actions.send_back import earlier
from builder.workflow.actions.withdraw import may_withdraw
from builder.workflow.approval import is_forbidden, may
from builder.workflow.flow import fields_now
from builder.workflow.progress import Progress
from builder.workflow.standing import Token
from builder.workflow.voting import LIVE

Draw = Callable[[list[str]], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Button:
    """``deed`` is what the page sends; ``look`` says how the button looks."""

    label: str
    icon: str
    deed: Mapping[str, Any]
    look: str = ""


@dataclass
class Deciding:
    """``main`` are the buttons of the reader's own decision, ``more`` everything else."""

    due: str = ""
    step: str = ""
    main: list[Button] = field(default_factory=list)
    more: list[Button] = field(default_factory=list)


@dataclass(frozen=True)
class _Maker:
    ctx: Context
    words: Words
    people: str
    draw: Draw

    def button(
        self, task: ApprovalTask, action: str, icon: str, word: str = "", look: str = "", **deed: Any
    ) -> Button:
        key = word or f"page.act.{action}"
        label = self.words.say(key, **deed.pop("say", {}))
        id = self.ctx.engine.database.show(task.id)
        url = addresses.api_task(id, action.replace("_", "-"))
        return Button(label, icon, {"url": url, "label": label, **deed}, look)


def deciding(ctx: Context, words: Words, record: Record, people: str, draw: Draw) -> Deciding:
    """``people`` is where people are looked up; ``draw`` gives fields as a small dialog asks for them."""
    make, found = _Maker(ctx, words, people, draw), Deciding()
    running = ctx.reader.running_approvals(ctx.ref(record))
    for approval, tasks in running:
        p = Progress(subject_of(ctx, record), approval, tasks)
        _own(make, p, found)
        _besides(make, p, found)
    if not running:
        _reopening(make, record, found)
    return found


def _allowed(make: _Maker, p: Progress, task: ApprovalTask, action: str) -> bool:
    return not is_forbidden(_node(p, task), action) and may(
        p, task, ACTIONS.get(action), make.ctx.actor.user_id
    )


def _node(p: Progress, task: ApprovalTask) -> Mapping[str, Any]:
    token = p.token_of(task)
    return {} if token is None or token.rescue else p.tree.node(token.node)


def _own(make: _Maker, p: Progress, found: Deciding) -> None:
    open_ = [t for t in p.tasks.values() if t.status == "open" and p.token_of(t) is not None]
    mine = next((t for t in open_ if _allowed(make, p, t, "approve")), None)
    token = p.token_of(mine) if mine is not None else None
    if mine is None or token is None or found.main:
        return
    node: Mapping[str, Any] = {} if token.rescue else p.tree.node(token.node)
    found.due = make.words.instant(mine.due_at) if mine.due_at else ""
    found.step = make.words.of(p.tree.node(token.node)["label"])
    said = {"opinion": "#opinion"}
    signed = fields_now(p.definition, p.subject, [node["signature"]] if node.get("signature") else [])
    needs = list(make.draw(list(signed)))
    confirm = make.words.say("page.reject_confirm")
    found.main.append(make.button(mine, "approve", "check", "page.approve", "approve", needs=needs, **said))
    found.more += _changing(make, p, mine, node, needs)
    if _allowed(make, p, mine, "reject"):
        found.main.append(
            make.button(mine, "reject", "x", "page.reject", "danger", confirm=confirm, danger=True, **said)
        )
    if _allowed(make, p, mine, "return"):
        found.main.append(make.button(mine, "return", "arrow-back-up", "page.return", **said))
        found.more += _returns(make, p, mine, token)
    found.more += _others(make, p, mine, token)


def _changing(
    make: _Maker,
    p: Progress,
    mine: ApprovalTask,
    node: Mapping[str, Any],
    signed: Sequence[Mapping[str, Any]],
) -> Iterator[Button]:
    """To agree and give fields values on the way, those that the node lets its people change."""
    keys = list(fields_now(p.definition, p.subject, node.get("edit", ())))
    drawn = [{**one, "required": False} for one in make.draw(keys)] if keys else []
    if drawn:
        needs = [*signed, *drawn]
        yield make.button(mine, "approve", "pencil", "page.act.approve_with", needs=needs, opinion="#opinion")


def _returns(make: _Maker, p: Progress, mine: ApprovalTask, token: Token) -> Iterator[Button]:
    said = {"opinion": "#opinion"}
    yield make.button(
        mine, "return", "arrow-back-up", "page.act.return_straight", send={"straight": True}, **said
    )
    for uid in earlier(p, token):
        name = {"step": make.words.of(p.tree.node(uid)["label"])}
        yield make.button(
            mine, "return", "arrow-back-up", "page.act.return_to", say=name, send={"node": uid}, **said
        )
        straight = {"node": uid, "straight": True}
        yield make.button(
            mine, "return", "arrow-back-up", "page.act.return_to_straight", say=name, send=straight, **said
        )


def _others(make: _Maker, p: Progress, mine: ApprovalTask, token: Token) -> Iterator[Button]:
    asks = {"opinion": "#opinion", "person": make.people}
    if _allowed(make, p, mine, "transfer"):
        yield make.button(mine, "transfer", "user", "page.transfer", **asks)
    for place in ("before", "after", "parallel") if _allowed(make, p, mine, "add_signer") else ():
        yield make.button(
            mine, "add_signer", "user-plus", f"page.act.sign_{place}", send={"place": place}, **asks
        )
    for one in token.added:
        signer = p.tasks.get(one.task)
        if signer is not None and signer.status in LIVE and one.anchor == mine.id:
            name = make.ctx.directory.name_of(signer.assignee_id)
            to = {"to_user": make.ctx.engine.database.show(signer.assignee_id)}
            yield make.button(mine, "remove_signer", "user", say={"name": name}, send=to)


def _besides(make: _Maker, p: Progress, found: Deciding) -> None:
    """What goes without a decision of one's own. Any task of the approval stands for it."""
    tasks = list(p.tasks.values())
    task = next((t for t in tasks if t.status == "open"), tasks[0] if tasks else None)
    if task is None:
        return
    if _allowed(make, p, task, "urge"):
        found.more.append(make.button(task, "urge", "bell"))
    if _allowed(make, p, task, "cc"):
        found.more.append(make.button(task, "cc", "send", person=make.people, many=True))
    if _allowed(make, p, task, "comment"):
        found.more.append(make.button(task, "comment", "message", ask=True))
    if _allowed(make, p, task, "withdraw") and may_withdraw(p):
        confirm = make.words.say("page.act.withdraw_confirm")
        found.more.append(make.button(task, "withdraw", "arrow-back-up", confirm=confirm))
    if _allowed(make, p, task, "terminate"):
        found.more.append(make.button(task, "terminate", "x", look="danger", ask=True, danger=True))


def _reopening(make: _Maker, record: Record, found: Deciding) -> None:
    """The last approval, where it ended without its move and the reader may let it go on."""
    ctx = make.ctx
    last: tuple[Approval, tuple[ApprovalTask, ...]] | None = flow.last_approval(
        ctx.conn, ctx.ws, ctx.app.maps, ctx.ref(record)
    )
    if last is None or last[0].state in {"running", "approved"} or not last[1]:
        return
    p = Progress(subject_of(ctx, record), *last)
    task = last[1][-1]
    if _allowed(make, p, task, "reopen"):
        found.more.append(
            make.button(task, "reopen", "arrow-right", confirm=make.words.say("page.act.reopen_confirm"))
        )
