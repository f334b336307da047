"""The shape of rules: a trigger and every action have what their kind needs, at a time when it may run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.rule import Action, Rule

TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "record_created": ("entity",),
    "record_changed": ("entity",),
    "record_deleted": ("entity",),
    "transition": ("entity",),
    "approval": ("entity",),
    "threshold": ("ledger", "grain", "slack"),
    "schedule": ("cron",),
    "relative_date": ("entity", "date_field"),
    "button": ("entity",),
}
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "set": ("values",),
    "refuse": ("message",),
    "create": ("entity", "values"),
    "update": ("values",),
    "convert": ("conversion",),
    "transition": ("transition",),
    "notify": ("to", "title"),
    "call": ("connector",),
    "assign": ("to",),
}
BEFORE = frozenset({"set", "refuse"})
"""What may only happen before the record is saved; nothing else may happen then."""
LATER = frozenset({"call"})
"""What leaves the house, and therefore only once what it tells is committed."""


def find(facts: Facts) -> Iterable[Problem]:
    for rule in facts.package.rules:
        for name in TRIGGERS.get(rule.when.kind, ()):
            if not getattr(rule.when, name):
                yield Problem(
                    "E190", at("rule", rule.key, "when", name), {"rule": called(rule), "name": name}
                )
        if rule.when.kind == "schedule" and rule.when.cron and len(rule.when.cron.split()) != 5:
            params = {"rule": called(rule), "cron": rule.when.cron}
            yield Problem("E191", at("rule", rule.key, "when", "cron"), params)
        for index, action in enumerate(rule.then):
            yield from _action(rule, action, at("rule", rule.key, "then", index))


def _action(rule: Rule, action: Action, path: str) -> Iterator[Problem]:
    for name in ACTIONS.get(action.kind, ()):
        if not getattr(action, name):
            yield Problem(
                "E192", f"{path}/{name}", {"rule": called(rule), "action": action.kind, "name": name}
            )
    is_before = action.kind in ACTIONS and (rule.timing == "before") is not (action.kind in BEFORE)
    if is_before or (action.kind in LATER and rule.timing == "now"):
        yield Problem("E193", path, {"rule": called(rule), "action": action.kind})
    for index, who in enumerate(action.to):
        if sum(map(bool, (who.role, who.user, who.field, who.owner))) != 1:
            yield Problem("E194", f"{path}/to/{index}", {"rule": called(rule)})


CHECK = Check("rule_shapes", ("E190", "E191", "E192", "E193", "E194"), find)
