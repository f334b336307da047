"""Approval page: how the steps of an approval are drawn, and which properties a step has. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from builder.designer.edits.approvals import ACTIONS, SOURCES, USER_FIELDS, source_of
from builder.designer.pickers import Choice
from builder.designer.ports import Person
from builder.designer.room import Opened
from builder.designer.widgets import Widget
from builder.web.symbols import STEPS

DUE = ("due_days", "due_hours", "due_minutes")
GROUPS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "approver": (
        ("people", ("mode", "votes", "percent", "nobody", "self_approval")),
        ("doing", ("opinion_required", "signature", "edit", "hidden", "binding")),
        ("time", (*DUE, "late")),
    ),
    "cc": (("people", ()),),
    "condition": (("ways", ()),),
    "parallel": (("ways", ()),),
    "auto": (("doing", ("sets", "rule")),),
    "wait": (("time", (*DUE, "until")),),
    "flow": (("doing", ("flow",)),),
}
"""What can be said of each kind of step, and under which heading."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some properties of a step under a heading."""

    key: str
    widgets: tuple[Widget, ...]


def groups_of(step: Mapping[str, Any], widgets: Iterable[Widget]) -> tuple[Group, ...]:
    """The properties that a step of its kind has; the counts of votes only where votes are counted, what happens when it is late only where
    it can be."""
    by_name = {w.name: w for w in widgets}
    timed = any(step.get(name) for name in DUE)
    without = set() if step.get("mode") == "votes" else {"votes", "percent"}
    without |= set() if timed else {"late"}
    return tuple(
        Group(key, tuple(by_name[n] for n in names if n in by_name and n not in without))
        for key, names in GROUPS.get(str(step.get("kind")), ())
    )


@dataclass(frozen=True)
class Steps:
    """What the tree of steps says about each of them, and what can be chosen for the people at one."""

    opened: Opened
    entity: str
    people: Sequence[Person]
    path_said: Callable[[str], str]
    transitions: Mapping[str, Any]

    def symbol(self, kind: str) -> str:
        return STEPS.get(kind, "user-check")

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(STEPS)

    @property
    def actions(self) -> tuple[str, ...]:
        return ACTIONS

    def fitting(self, widget: Widget) -> Widget:
        """The property with what can be chosen at a step of this approval: rules about its records, moves that somebody decides about."""
        fits = {"rule": self._is_of_entity, "flow": self._is_decided}.get(widget.name)
        if fits is None:
            return widget
        return replace(
            widget, choices=tuple(c for c in widget.choices if c.value == widget.value or fits(c.value))
        )

    def _is_of_entity(self, rule: str) -> bool:
        when = self.opened.draft.nodes.get(("rule", rule), {}).get("when", {})
        return bool(when.get("entity") == self.entity)

    def _is_decided(self, transition: str) -> bool:
        return bool(self.transitions.get(transition, {}).get("approval"))

    def sources(self) -> tuple[Choice, ...]:
        """Where people may come from; what this app has nothing for is left out."""
        has = {
            "user": bool(self.people),
            "unit_role": bool(self.units()),
            "field": bool(self.user_fields(self.entity)),
            "query": bool(self.knowing()),
        }
        return tuple(Choice(s, self.opened.words(f"d.source.{s}")) for s in SOURCES if has.get(s, True))

    def source_of(self, approver: Mapping[str, Any]) -> str:
        return source_of(approver)

    def roles(self) -> tuple[Choice, ...]:
        roles = self.opened.draft.nodes.get(("roles", "roles"), {}).get("roles", ())
        return tuple(Choice(str(r["key"]), self.opened.words.text(r.get("label"), r["key"])) for r in roles)

    def logins(self) -> tuple[Choice, ...]:
        return tuple(Choice(p.login, p.name or p.login) for p in self.people)

    def units(self) -> tuple[Choice, ...]:
        return self._fields(self.entity, frozenset({"org_unit"}))

    def user_fields(self, entity: str) -> tuple[Choice, ...]:
        return self._fields(entity, USER_FIELDS)

    def _fields(self, entity: str, types: frozenset[str]) -> tuple[Choice, ...]:
        fields = self.opened.draft.nodes.get(("entity", entity), {}).get("fields", ())
        return tuple(
            Choice(str(f["key"]), self.opened.words.text(f.get("label"), f["key"]))
            for f in fields
            if f.get("type") in types and not f.get("archived")
        )

    def knowing(self) -> tuple[Choice, ...]:
        """Entities whose records name people."""
        return tuple(Choice(k, label) for k, label in self.opened.keys("entity") if self.user_fields(k))

    def who(self, people: Iterable[Mapping[str, Any]] | None) -> str:
        words = self.opened.words
        found = [self._called(one) for one in people or ()]
        return words("d.list").join(found) if found else words("d.nobody")

    def _called(self, one: Mapping[str, Any]) -> str:
        words, source = self.opened.words, source_of(one)
        roles = {c.value: c.label for c in self.roles()}
        role = roles.get(str(one.get("role")), str(one.get("role") or ""))
        if source == "role":
            return role
        if source == "unit_role":
            return words("d.said.unit_role", unit=self.path_said(str(one["unit"])), role=role)
        if source == "user":
            return next((p.name for p in self.people if p.login == one["user"]), str(one["user"]))
        if source == "field":
            return self.path_said(str(one["field"]))
        if source == "choice":
            return words("d.said.choice_of", role=role) if role else words("d.said.choice")
        if source == "query":
            about = ("entity", str(one["entity"]))
            return words("d.said.query", entity=words.node(about, self.opened.draft.nodes.get(about)))
        if source == "submitter":
            return words("d.submitter")
        up = int(one.get(source) or 0)
        if source == "levels":
            return words("d.said.levels", n=up) if up else words("d.said.levels_all")
        return words("d.said.head_up", n=up) if up else words("d.said.head")

    def note(self, step: Mapping[str, Any]) -> str:
        """What a step does, in one line."""
        kind = step.get("kind")
        parts: list[str] = []
        if kind in {"approver", "cc"}:
            parts.append(self.who(step.get("approvers")))
        if kind == "approver" and (len(step.get("approvers", ())) > 1 or step.get("mode", "any") != "any"):
            parts.append(self._mode(step))
        if kind == "auto":
            parts.append(self._done(step))
        if kind == "wait" and step.get("until"):
            parts.append(self.opened.words("d.said.until"))
        if kind == "flow":
            inner = self.transitions.get(str(step.get("flow")), {})
            parts.append(self.opened.words.text(inner.get("label")) or self.opened.words("d.said.nothing"))
        parts.append(self.due(step))
        return " · ".join(filter(None, parts))

    def _mode(self, step: Mapping[str, Any]) -> str:
        words, mode = self.opened.words, step.get("mode", "any")
        if mode == "votes" and step.get("percent"):
            return words("d.said.percent", n=step["percent"])
        if mode == "votes" and step.get("votes"):
            return words("d.said.votes", n=step["votes"])
        return words(f"d.said.mode.{mode}")

    def _done(self, step: Mapping[str, Any]) -> str:
        words = self.opened.words
        if step.get("rule"):
            return words.node(("rule", step["rule"]), self.opened.draft.nodes.get(("rule", step["rule"])))
        fields = words("d.list").join(self.path_said(key) for key in step.get("sets", {}))
        return words("d.said.sets", fields=fields) if fields else words("d.said.nothing")

    def due(self, step: Mapping[str, Any]) -> str:
        words = self.opened.words
        said = [words(f"d.said.{name}", n=step[name]) for name in DUE if step.get(name)]
        if not said:
            return ""
        time = " ".join(said)
        if step.get("kind") == "wait":
            return time
        return words(
            "d.said.late", time=time, late=words.value("late", step.get("late", "remind"), "ApprovalNode")
        )
