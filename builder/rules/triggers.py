"""Triggers: which rules an event wakes, before their conditions are judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from builder.events import (
    ApprovalChanged,
    ButtonPressed,
    Event,
    RecordChanged,
    RecordCreated,
    RecordDeleted,
    TransitionFired,
)
from builder.metadata.package import Package
from builder.metadata.rule import Rule, Trigger
from builder.record import Record

KINDS: Mapping[type[Any], str] = {
    RecordCreated: "record_created",
    RecordChanged: "record_changed",
    RecordDeleted: "record_deleted",
    TransitionFired: "transition",
    ApprovalChanged: "approval",
    ButtonPressed: "button",
}


def record_of(event: Event) -> Record:
    """The record at hand, as it is after the event."""
    return event.after if isinstance(event, RecordChanged | TransitionFired) else event.record


def before_of(event: Event) -> Record | None:
    """The record as it was, where the event changed one."""
    return event.before if isinstance(event, RecordChanged | TransitionFired) else None


def woken(package: Package, event: Event) -> tuple[Rule, ...]:
    """The enabled rules whose trigger the event meets, in their declared order."""
    kind = KINDS[type(event)]
    rules = package.rules_for(record_of(event).entity)
    return tuple(r for r in rules if r.when.kind == kind and _FITS[kind](r, event))


def _changed(rule: Rule, event: Any) -> bool:
    fields = rule.when.fields
    return not fields or any(_is_changed(field, event) for field in fields)


def _is_changed(field: str, event: RecordChanged) -> bool:
    head, _, rest = field.partition(".")
    if head not in event.fields:
        return False
    if not rest:
        return True
    return _of_lines(event.before, head, rest) != _of_lines(event.after, head, rest)


def _of_lines(record: Record, lines: str, field: str) -> Counter[str]:
    """What the lines say in one field, whatever their order."""
    return Counter(repr((line.id, line.get(field))) for line in record.lines.get(lines, ()))


_FITS: Mapping[str, Callable[[Rule, Any], bool]] = {
    "record_created": lambda rule, event: True,
    "record_changed": _changed,
    "record_deleted": lambda rule, event: True,
    "transition": lambda rule, event: rule.when.transition in (None, "", event.transition),
    "approval": lambda rule, event: (
        rule.when.transition in (None, "", event.transition) and rule.when.event in (None, "", event.event)
    ),
    "button": lambda rule, event: event.rule in (rule.key, rule.uid),
}


def is_edge(rule: Rule, uses: frozenset[str]) -> bool:
    """Whether the rule fires only when its condition *becomes* true: a change of anything wakes it (``fields`` is empty), it reacts
    instead of correcting (not *before*), and its condition (``uses``: the paths in it) does not compare with ``old`` itself."""
    trigger: Trigger = rule.when
    if trigger.kind != "record_changed" or trigger.fields or rule.timing == "before" or not rule.if_:
        return False
    return not any(path.startswith("old.") for path in uses)
