"""Rule cycles: rules that set each other off. Certain ones are errors; where conditions may end them, a warning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.entity import Posting
from builder.metadata.frames import Frame, frame_of
from builder.metadata.package import Package
from builder.metadata.rule import Action, Rule, Trigger
from builder.metadata.text import LOCALES, in_locale


@dataclass(frozen=True, slots=True)
class _Deed:
    """An action of a rule, those inside others too, with the entity of the record at hand there, and whether it is done whenever the rule
    acts: neither a condition of its own nor one around it, nor records that may not be there."""

    action: Action
    entity: str
    target: str
    is_certain: bool


def find(facts: Facts) -> Iterable[Problem]:
    package = facts.package
    rules = [r for r in package.rules if r.enabled]
    wakes = _wakes(package, rules)
    by_key = {r.key: r for r in rules}
    for circle in _circles({key: list(others) for key, others in wakes.items()}):
        members = [by_key[key] for key in circle]
        steps = zip(circle, (*circle[1:], circle[0]), strict=True)
        is_certain = all(wakes[one][other] for one, other in steps) and all(r.if_ is None for r in members)
        words = {locale: _joined(locale, (*members, members[0])) for locale in LOCALES}
        severity = "error" if is_certain else "warning"
        yield Problem(
            "E130", at("rule", circle[0]), {"circle": words, "rule": called(members[0])}, severity=severity
        )


def _joined(locale: str, rules: Iterable[Rule]) -> str:
    return " → ".join(in_locale(r.label, locale, r.key) for r in rules)


def _wakes(package: Package, rules: Iterable[Rule]) -> Mapping[str, Mapping[str, bool]]:
    """Rule → rules that it wakes, and whether it does so whenever it acts."""
    waiting: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        waiting.setdefault(_waits_for(rule.when), []).append(rule)
    return {rule.key: _woken_by(package, rule, waiting) for rule in rules}


def _waits_for(when: Trigger) -> tuple[str, str]:
    by = {"webhook": when.connector, "threshold": when.ledger}
    return when.kind, by.get(when.kind, when.entity) or ""


def _woken_by(
    package: Package, rule: Rule, waiting: Mapping[tuple[str, str], list[Rule]]
) -> Mapping[str, bool]:
    found: dict[str, bool] = {}
    for deed in _deeds(package, rule):
        for kind, entity, is_sure in _effects(package, deed):
            for other in waiting.get((kind, entity), ()):
                # What corrects a record while it is saved wakes what answers the save, never another correction.
                is_within = rule.timing == "before" and other.timing == "before"
                if not is_within and _is_met(package, deed, other.when):
                    found[other.key] = found.get(other.key, False) or (deed.is_certain and is_sure)
    return found


def _deeds(package: Package, rule: Rule) -> Iterator[_Deed]:
    frame = frame_of(rule, Frame(), package)
    for action in rule.then:
        yield from _within(package, action, frame, is_certain=True)


def _within(package: Package, action: Action, frame: Frame, *, is_certain: bool) -> Iterator[_Deed]:
    inner = frame_of(action, frame, package)
    is_certain = is_certain and action.when is None
    yield _Deed(action, inner.self_, inner.target, is_certain)
    for one in action.inner:
        yield from _within(package, one, inner, is_certain=False)


# What an action does, as triggers name it: (kind, entity or connector, whether it surely comes to that)

Effect = tuple[str, str, bool]


def _effects(package: Package, deed: _Deed) -> Iterator[Effect]:
    make = _EFFECTS.get(deed.action.kind)
    for kind, entity, is_sure in make(package, deed) if make is not None else ():
        yield kind, entity, is_sure
        # What is posted may bring a balance below what a rule watches; nobody can tell from the definition.
        for ledger in sorted(_posted(package, entity, kind, deed.action)):
            yield "threshold", ledger, False


def _posted(package: Package, entity: str, kind: str, action: Action) -> set[str]:
    """The ledgers that move when this happens to a record of the entity."""
    model = package.entity(entity)
    return {p.ledger for p in model.postings if _posts(p, kind, action)} if model is not None else set()


def _posts(posting: Posting, kind: str, action: Action) -> bool:
    if kind == "transition":
        # One that takes back what was posted moves it too.
        return posting.on == "transition"
    if kind == "record_changed":
        return posting.mode == "follow" and action.kind != "transition"
    return kind in {"record_created", "record_deleted"} and posting.on == "created"


def _created(package: Package, deed: _Deed) -> Iterator[Effect]:
    entity = deed.action.entity or deed.entity
    yield "record_created", entity, True
    yield from _with_lines(package, entity)


def _converted(package: Package, deed: _Deed) -> Iterator[Effect]:
    model = package.entity(deed.target)
    conversions = model.conversions if model else ()
    made = next((c.to for c in conversions if c.key == deed.action.conversion), "")
    yield "record_created", made, True
    yield from _with_lines(package, made)


def _with_lines(package: Package, entity: str) -> Iterator[Effect]:
    model = package.entity(entity)
    for field in model.line_fields if model else ():
        yield "line_added", field.entity or "", False


def _changed(package: Package, deed: _Deed) -> Iterator[Effect]:
    entity = deed.action.entity or deed.target
    yield "record_changed", entity, True
    model = package.entity(entity)
    if model is not None and model.kind == "lines":
        yield "line_changed", entity, True
        yield "record_changed", model.parent or "", True


def _assigned(package: Package, deed: _Deed) -> Iterator[Effect]:
    yield "record_changed", deed.entity, True


def _moved(package: Package, deed: _Deed) -> Iterator[Effect]:
    yield "transition", deed.target, True
    if deed.action.values:
        yield "record_changed", deed.target, True


def _asked(package: Package, deed: _Deed) -> Iterator[Effect]:
    """An approval begins, and may end at once: where nobody is asked, or by what nobody can foresee."""
    yield "approval", deed.target, True
    yield "transition", deed.target, False


def _told(package: Package, deed: _Deed) -> Iterator[Effect]:
    """What is told an outside system may come back as its message."""
    yield "webhook", deed.action.connector or "", False


def _printed(package: Package, deed: _Deed) -> Iterator[Effect]:
    if deed.action.at:
        yield "record_changed", deed.target, True


def _computed(package: Package, deed: _Deed) -> Iterator[Effect]:
    """Its rows are not known before: records may be made, changed, or go."""
    found = package.computation(deed.action.computation or "")
    if found is not None:
        if found.creates:
            yield "record_created", found.entity, False
        yield "record_changed", found.entity, False
        if found.stale == "delete":
            yield "record_deleted", found.entity, False
        yield from _with_lines(package, found.entity)


_EFFECTS: Mapping[str, Callable[[Package, _Deed], Iterator[Effect]]] = {
    "create": _created,
    "convert": _converted,
    "set": _changed,
    "update": _changed,
    "assign": _assigned,
    "transition": _moved,
    "start_approval": _asked,
    "call": _told,
    "print": _printed,
    "compute": _computed,
}


def _is_met(package: Package, deed: _Deed, when: Trigger) -> bool:
    """Whether the trigger, which waits for this kind of thing, waits for what the action does of it."""
    action = deed.action
    if when.kind in {"record_changed", "line_changed"}:
        return not when.fields or bool(_written(package, deed, when) & set(when.fields))
    if when.kind in {"transition", "approval"}:
        return when.transition in {None, "", action.transition}
    return True


def _written(package: Package, deed: _Deed, when: Trigger) -> set[str]:
    """The fields that the action gives values, as the trigger's record sees them: of its lines also the field that holds them."""
    action = deed.action
    if action.kind in {"assign", "print"}:
        return {action.at or "owner"}
    lines = action.entity or deed.target
    if when.entity == lines:
        return set(action.values)
    header = package.entity(when.entity or "")
    held = {f.key for f in header.line_fields if f.entity == lines} if header else set()
    return held | {f"{key}.{value}" for key in held for value in action.values}


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
