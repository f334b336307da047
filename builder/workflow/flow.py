"""Flow: what a running approval's copy says about its record now: which ways it goes, whether a condition holds, what was voted on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from builder.expressions import ExpressionError
from builder.record import Value
from builder.workflow.definition import compiled, path_now
from builder.workflow.digest import digest_of
from builder.workflow.subject import Subject

RESCUE = "!"
"""Stands for a branch where a condition cannot be judged any more: the app's owner decides."""
STOPS = frozenset({"approver", "cc", "auto", "wait"})


@dataclass(frozen=True, slots=True)
class Step:
    """One node on a record's way. ``rescue`` marks a condition that cannot be judged any more: the app's owner decides."""

    uid: str
    node: Mapping[str, Any]
    rescue: bool = False

    @property
    def kind(self) -> str:
        return "approver" if self.rescue else str(self.node["kind"])


Ways = Mapping[str, tuple[str, ...]]
"""The branches that a record takes at each condition or parallel node that it meets."""


def ways(definition: Mapping[str, Any], subject: Subject) -> Ways:
    """The branches as the record is now: at a condition the first that holds, at a parallel node each that holds."""
    found: dict[str, tuple[str, ...]] = {}
    _look(definition["nodes"], definition, subject, found)
    return found


def _look(
    nodes: Iterable[Mapping[str, Any]],
    definition: Mapping[str, Any],
    subject: Subject,
    found: dict[str, tuple[str, ...]],
) -> None:
    for node in nodes:
        _look(node.get("nodes", ()), definition, subject, found)
        if "branches" not in node:
            continue
        taken = taken_at(node, definition, subject)
        found[node["uid"]] = taken
        for branch in node["branches"]:
            if branch["uid"] in taken:
                _look(branch["nodes"], definition, subject, found)


def taken_at(node: Mapping[str, Any], definition: Mapping[str, Any], subject: Subject) -> tuple[str, ...]:
    """The branches of one node that the record takes now; ``RESCUE`` where that cannot be said."""
    try:
        held = (b["uid"] for b in node["branches"] if holds(b["when"], definition, subject))
        return tuple(held if node["kind"] == "parallel" else islice(held, 1))
    except ExpressionError:
        return (RESCUE,)


def route(definition: Mapping[str, Any], subject: Subject) -> tuple[Step, ...]:
    """The nodes at which something is done that this record passes, in the order in which they are drawn."""
    return tuple(walk(definition["nodes"], ways(definition, subject)))


def walk(nodes: Iterable[Mapping[str, Any]], taken: Ways) -> Iterator[Step]:
    """The same for known ways."""
    for node in nodes:
        if node["kind"] in STOPS:
            yield Step(node["uid"], node)
            continue
        yield from walk(node.get("nodes", ()), taken)
        chosen = taken.get(node["uid"], ())
        if RESCUE in chosen:
            yield Step(node["uid"], node, rescue=True)
        for branch in node.get("branches", ()):
            if branch["uid"] in chosen:
                yield from walk(branch["nodes"], taken)


def holds(source: str | None, definition: Mapping[str, Any], subject: Subject) -> bool:
    """Whether the condition holds; nothing always does. Raises ``ExpressionError``."""
    return not source or bool(value_of(source, definition, subject))


def value_of(source: str, definition: Mapping[str, Any], subject: Subject) -> Value:
    """What an expression of the copy comes to, its fields found by their uids. Raises ``ExpressionError``."""
    expression = compiled(source)
    names = {path: current(definition, subject, path) for path in expression.paths}
    gone = [path for path, now in names.items() if now is None]
    if gone:
        raise ExpressionError("EXPRESSION_NAME", name=gone[0])
    found = subject.values([now for now in names.values() if now is not None])
    values = {path: found.get(now) for path, now in names.items() if now is not None}
    return expression.evaluate(values, subject.env)


def current(definition: Mapping[str, Any], subject: Subject, path: str) -> str | None:
    """What the copy calls ``path``, as the record's package calls it now; None: gone."""
    uids = definition["uids"].get(path)
    entity = subject.package.entity(subject.record.entity)
    if uids is None or entity is None:
        return path
    return path_now(subject.package, entity, path, uids)


def fields_now(definition: Mapping[str, Any], subject: Subject, names: Iterable[str]) -> tuple[str, ...]:
    """The keys that fields of the copy have now, without those that are gone."""
    found = (current(definition, subject, name) for name in names)
    return tuple(key for key in found if key is not None)


def hash_now(definition: Mapping[str, Any], subject: Subject) -> str:
    """The content hash of the record under the copy's material fields, by their uids."""
    names = {name: current(definition, subject, name) for name in definition["material"]}
    return digest_of(subject.record, {called: now for called, now in names.items() if now is not None})
