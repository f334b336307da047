"""Moving: a running approval goes over to the definition that is live now, node by node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from builder.changes import Approval, ApprovalTask
from builder.errors import Problem
from builder.metadata.workflow import Transition
from builder.workflow.definition import definition_of
from builder.workflow.flow import STOPS, hash_now, ways
from builder.workflow.progress import Progress
from builder.workflow.standing import Standing, Token
from builder.workflow.subject import Outcome, Subject
from builder.workflow.tree import Tree
from builder.workflow.way import enter_again, settle

ASKS = "approver"


def move(
    subject: Subject,
    approval: Approval,
    tasks: Iterable[ApprovalTask],
    transition: Transition,
    mapping: Mapping[str, str],
    actor: int,
) -> Outcome:
    """The approval at the same nodes of the new definition, or at those that ``mapping`` names. Who has agreed at a node keeps that vote,
    if the new one still asks for it. ``APPROVAL_MAP_NODE`` for each node that has no place there."""
    old = Progress(subject, approval, tasks)
    definition = definition_of(subject.package, subject.record.entity, transition, subject.record.state)
    kept = {
        name: approval.definition[name]
        for name in ("submitter_unit", "people")
        if name in approval.definition
    }
    tree = Tree(definition["nodes"])
    places = [(token, mapping.get(token.node, token.node)) for token in old.standing.tokens]
    lost = [t for t, uid in places if uid not in tree or not _fits(old.tree.node(t.node), tree.node(uid))]
    if lost:
        return Outcome(problems=tuple(_lost(old, token) for token in lost))
    p = Progress(subject, replace(approval, definition={**definition, **kept}), tasks)
    p.cancel(p.tasks.values())
    p.approval = replace(p.approval, round=approval.round + 1, content_hash=hash_now(p.definition, subject))
    p.record(None, actor, "moved")
    passed = (mapping.get(uid, uid) for uid in old.standing.passed)
    p.standing = Standing(
        ways=ways(p.definition, subject),
        passed=tuple(uid for uid in passed if uid in tree),
        agreed=old.standing.agreed,
        notes={k: v for k, v in old.standing.notes.items() if k in {"binding", "urged_at"}},
    )
    nodes = list(dict.fromkeys(uid for _, uid in places))
    enter_again(p, {"nodes": nodes, "open": _open(tree, nodes)})
    _keep_votes(p, old, places)
    return p.outcome()


def _fits(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether what stands at the old node may stand at the new one. Where people are asked they are asked there, too: nothing is agreed to by
    going over."""
    return new["kind"] in STOPS and (old["kind"] != ASKS or new["kind"] == ASKS)


def _lost(old: Progress, token: Token) -> Problem:
    label = old.tree.node(token.node)["label"]
    return Problem("APPROVAL_MAP_NODE", f"/mapping/{token.node}", {"node": label})


def _open(tree: Tree, nodes: Iterable[str]) -> dict[str, list[str]]:
    """The parallel branches in which something stands; the others are through."""
    found: dict[str, dict[str, None]] = {}
    for uid in nodes:
        for parallel, branch in tree.lanes(uid):
            found.setdefault(parallel, {})[branch] = None
    return {parallel: list(branches) for parallel, branches in found.items()}


def _keep_votes(p: Progress, old: Progress, places: Iterable[tuple[Token, str]]) -> None:
    """A vote that was given on the same content is not asked for again."""
    if old.approval.content_hash != p.approval.content_hash:
        return
    for before, uid in places:
        now = p.standing.token(uid, p.approval.round)
        if now is None or not p.is_running:
            continue
        agreed = {t.assignee_id for t in old.at(before) if t.status == "approved"}
        mine = [t for t in p.at(now) if t.assignee_id in agreed and t.status in {"open", "waiting"}]
        for task in mine:
            p.put(replace(task, status="approved"))
            p.record(task, task.assignee_id, "repeat")
        if mine:
            settle(p, now)
