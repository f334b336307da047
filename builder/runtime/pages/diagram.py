"""The diagram of an approval on its record: every step of its tree, which were passed, where it stands, whom it asks, which ways were not taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from builder.changes import Approval, ApprovalTask
from builder.metadata.text import Text
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.pages.words import Words
from builder.storage import flow
from builder.web.symbols import STEPS
from builder.workflow.standing import Standing, from_json

MARKS: Mapping[str, str] = {
    "approved": "check",
    "rejected": "x",
    "returned": "arrow-back-up",
    "open": "clock",
    "timer": "clock",
    "told": "send",
}

REFUSED = frozenset({"rejected", "returned"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a step; ``mark`` is the icon of what that person did there, ``said`` the same in words."""

    name: str
    mark: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One step. ``state`` is ``done``, ``back`` (it said no, or sent back), ``now``, ``future`` or ``off`` (on a way that is not taken)."""

    icon: str
    label: str
    state: str
    people: tuple[Person, ...] = ()
    branches: tuple[Branch, ...] = ()
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Branch:
    label: str
    taken: bool
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class _Drawn:
    ctx: Context
    words: Words
    approval: Approval
    tasks: tuple[ApprovalTask, ...]
    standing: Standing
    decided: frozenset[str]
    """Steps at which something was recorded in this round."""

    def nodes(self, nodes: Iterable[Mapping[str, Any]], *, taken: bool = True) -> tuple[Node, ...]:
        return tuple(self._node(node, taken=taken) for node in nodes)

    def _node(self, node: Mapping[str, Any], *, taken: bool) -> Node:
        uid, kind = str(node["uid"]), str(node["kind"])
        chosen = self.standing.ways.get(uid, ())
        branches = tuple(
            Branch(
                self.words.of(b["label"]),
                taken and b["uid"] in chosen,
                self.nodes(b["nodes"], taken=taken and b["uid"] in chosen),
            )
            for b in node.get("branches", ())
        )
        inner = self.nodes(node.get("nodes", ()), taken=taken)
        state = self._state(uid, inner, branches) if taken else "off"
        people = self._people(uid) if taken else ()
        return Node(
            STEPS.get(kind, "user-check"), self.words.of(node["label"]), state, people, branches, inner
        )

    def _state(self, uid: str, inner: tuple[Node, ...], branches: tuple[Branch, ...]) -> str:
        if any(t.node == uid for t in self.standing.tokens):
            return "now"
        below = [n.state for n in (*inner, *(n for b in branches if b.taken for n in b.nodes))]
        if below:
            return "now" if "now" in below else "done" if "future" not in below else "future"
        if any(t.status in REFUSED for t in self._here(uid)):
            return "back"
        if uid in self.standing.passed or uid in self.decided or self.approval.state == "approved":
            return "done"
        return "future"

    def _here(self, uid: str) -> list[ApprovalTask]:
        """What was asked at a step in this round."""
        round = self.approval.round
        left = {"cancelled", "transferred"}
        return [t for t in self.tasks if t.node_uid == uid and t.round == round and t.status not in left]

    def _people(self, uid: str) -> tuple[Person, ...]:
        here = self._here(uid)
        if here:
            return tuple(
                self._person(t) for t in sorted(here, key=lambda t: (t.position, t.id)) if t.assignee_id
            )
        names = (self.ctx.directory.name_of(user) for user in self.standing.foreseen.get(uid, ()))
        return tuple(Person(name) for name in names if name)

    def _person(self, task: ApprovalTask) -> Person:
        key = f"page.stood.{task.status}"
        said = self.words.say(key) if self.words.knows(key) else ""
        return Person(self.ctx.directory.name_of(task.assignee_id), MARKS.get(task.status, ""), said)


@dataclass(frozen=True, slots=True)
class Diagram:
    label: Text
    nodes: tuple[Node, ...]


def diagrams_of(ctx: Context, words: Words, record: Record) -> tuple[Diagram, ...]:
    """The approvals that run on the record, or the last one that did."""
    found = ctx.reader.running_approvals(ctx.ref(record))
    if not found:
        last = flow.last_approval(ctx.conn, ctx.ws, ctx.app.maps, ctx.ref(record))
        found = [last] if last is not None else []
    decided = flow.decided_nodes(ctx.conn, ctx.ws, [a.id for a, _ in found])
    return tuple(
        Diagram(
            words.of(approval.definition["label"]),
            _Drawn(
                ctx,
                words,
                approval,
                tuple(tasks),
                from_json(approval.cursor, approval.round),
                frozenset(
                    node for id, round_, node in decided if (id, round_) == (approval.id, approval.round)
                ),
            ).nodes(approval.definition["nodes"]),
        )
        for approval, tasks in found
    )
