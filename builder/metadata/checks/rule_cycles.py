"""Rule cycles: rules that set each other off. Certain ones are errors; where conditions may end them, a warning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.frames import entity_at
from builder.metadata.package import Package
from builder.metadata.rule import Action, Rule
from builder.metadata.text import LOCALES, in_locale


def find(facts: Facts) -> Iterable[Problem]:
    rules = [r for r in facts.package.rules if r.enabled]
    wakes = {r.key: [o.key for o in rules if _wakes(facts.package, r, o)] for r in rules}
    by_key = {r.key: r for r in rules}
    for circle in _circles(wakes):
        members = [by_key[key] for key in circle]
        is_certain = all(r.if_ is None and all(a.when is None for a in r.then) for r in members)
        words = {locale: _joined(locale, (*members, members[0])) for locale in LOCALES}
        severity = "error" if is_certain else "warning"
        yield Problem(
            "E130", at("rule", circle[0]), {"circle": words, "rule": called(members[0])}, severity=severity
        )


def _joined(locale: str, rules: Iterable[Rule]) -> str:
    return " → ".join(in_locale(r.label, locale, r.key) for r in rules)


def _wakes(package: Package, one: Rule, other: Rule) -> bool:
    return any(_caused(package, one, action, other) for action in one.then)


def _caused(package: Package, rule: Rule, action: Action, other: Rule) -> bool:
    """Whether what the action does is what the other rule waits for."""
    when, own = other.when, rule.when.entity or ""
    target = entity_at(package, own, action.target) if action.target else own
    if action.kind == "create":
        return when.kind == "record_created" and when.entity == action.entity
    if action.kind == "convert":
        return when.kind == "record_created" and when.entity == _made(package, target, action.conversion)
    if action.kind == "assign":
        is_watched = not when.fields or (action.at or "owner") in when.fields
        return when.kind == "record_changed" and when.entity == own and is_watched
    if action.kind == "update":
        is_watched = not when.fields or bool(set(when.fields) & set(action.values))
        return when.kind == "record_changed" and when.entity == (action.entity or target) and is_watched
    if action.kind == "transition":
        is_named = when.transition in {None, action.transition}
        return when.kind == "transition" and when.entity == target and is_named
    return False


def _made(package: Package, entity: str, conversion: str | None) -> str:
    model = package.entity(entity)
    return next((c.to for c in model.conversions if c.key == conversion), "") if model else ""


def _circles(wakes: Mapping[str, list[str]]) -> list[tuple[str, ...]]:
    """Each circle once, beginning with its first name in order."""
    found: dict[frozenset[str], tuple[str, ...]] = {}
    done: set[str] = set()

    def visit(key: str, above: tuple[str, ...]) -> None:
        if key in above:
            circle = above[above.index(key) :]
            start = circle.index(min(circle))
            found.setdefault(frozenset(circle), circle[start:] + circle[:start])
        elif key not in done:
            for other in wakes[key]:
                visit(other, (*above, key))
            done.add(key)

    for key in wakes:
        visit(key, ())
    return list(found.values())


CHECK = Check("rule_cycles", ("E130",), find)
