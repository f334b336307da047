"""Triggers: which rules an event wakes, before their conditions are judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from builder.events import (
    ApprovalChanged,
    ButtonPressed,
    Event,
    LineAdded,
    LineChanged,
    LineRemoved,
    RecordChanged,
    RecordCreated,
    RecordDeleted,
    TransitionFired,
)
from builder.metadata.package import Package
from builder.metadata.rule import Rule, Trigger
from builder.record import Record, Value

KINDS: Mapping[type[Any], str] = {
    RecordCreated: "record_created",
    RecordChanged: "record_changed",
    RecordDeleted: "record_deleted",
    TransitionFired: "transition",
    ApprovalChanged: "approval",
    ButtonPressed: "button",
    LineAdded: "line_added",
    LineChanged: "line_changed",
    LineRemoved: "line_removed",
}
MOVED = (RecordChanged, TransitionFired, LineChanged)
CHANGES = frozenset({"record_changed", "line_changed"})
ATTRIBUTES: Mapping[str, str] = {
    "owner": "owner_id",
    "org_unit": "org_unit_id",
    "business_date": "business_date",
}


def record_of(event: Event) -> Record:
    """The record at hand, as it is after the event."""
    return event.after if isinstance(event, MOVED) else event.record


def before_of(event: Event) -> Record | None:
    """The record as it was, where the event changed one."""
    return event.before if isinstance(event, MOVED) else None


def woken(package: Package, event: Event) -> tuple[Rule, ...]:
    """The enabled rules whose trigger the event meets, in their declared order."""
    kind, entity = KINDS[type(event)], record_of(event).entity
    if isinstance(event, (RecordChanged, LineChanged)):
        rules = package.rule_index.changed(kind, entity, event.fields)
    else:
        rules = package.rule_index.woken(kind, entity)
    fits = _FITS.get(kind)
    return tuple(r for r in rules if fits(r, event)) if rules and fits is not None else rules


def _changed(rule: Rule, event: Any) -> bool:
    fields = rule.when.fields
    if fields and not any(_is_changed(field, event) for field in fields):
        return False
    return _goes(rule.when, event)


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


def _goes(when: Trigger, event: Any) -> bool:
    """Whether the one field went from where to where the trigger says."""
    if (when.from_ is None and when.to is None) or not when.fields:
        return True
    field = when.fields[0]
    return _says(event.before, field, when.from_) and _says(event.after, field, when.to)


def _says(record: Record, field: str, wanted: str | None) -> bool:
    if wanted is None:
        return True
    name = ATTRIBUTES.get(field)
    value: Value = getattr(record, name) if name and field not in record.values else record.get(field)
    return _is_said(value, wanted)


def _is_said(value: Value, wanted: str) -> bool:
    """Whether the value reads like that: numbers by what they are worth, nothing as an empty text."""
    if isinstance(value, bool):
        return wanted == ("true" if value else "false")
    if isinstance(value, Decimal):
        try:
            return value == Decimal(wanted)
        except InvalidOperation:
            return False
    if isinstance(value, tuple):
        return wanted in {str(v) for v in value}
    return wanted == ("" if value is None else str(value))


_FITS: Mapping[str, Callable[[Rule, Any], bool]] = {
    "record_changed": _changed,
    "line_changed": _changed,
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
    if trigger.kind not in CHANGES or trigger.fields or rule.timing == "before" or not rule.if_:
        return False
    return not any(path.startswith("old.") for path in uses)
