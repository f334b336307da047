"""The shape of rules: a trigger and every action have what their kind needs, at a time when it may run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.frames import Frame, entity_at, frame_of
from builder.metadata.package import Package
from builder.metadata.paths import steps
from builder.metadata.plugged import PLUGGED_ACTIONS
from builder.metadata.rule import Action, Recipient, Rule
from builder.metadata.schemas import near
from builder.metadata.structure import json_name

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
    "line_added": ("entity",),
    "line_changed": ("entity",),
    "line_removed": ("entity",),
    "webhook": ("connector",),
}
LINES = frozenset({"line_added", "line_changed", "line_removed"})
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
    "ticket": ("to", "title"),
    "branch": ("if_", "then"),
    "each": ("then",),
    "start_approval": ("transition",),
    "print": ("print",),
    "compute": ("computation",),
}
BEFORE = frozenset({"set", "refuse"})
"""What may only happen before the record is saved; nothing else may happen then."""
LATER = frozenset({"call", "print"})
"""What leaves the house, and therefore only once what it tells is committed."""
HOLDING = frozenset({"branch", "each"})
"""What only says for whom and whether the actions inside it happen; it may stand wherever they may."""
DEEPEST = 5
"""Actions inside actions: nobody reads a sentence that is deeper."""


def find(facts: Facts) -> Iterable[Problem]:
    for rule in facts.package.rules:
        yield from _trigger(facts.package, rule)
        frame = frame_of(rule, Frame(), facts.package)
        for index, action in enumerate(rule.then):
            yield from _actions(_Judged(facts.package, rule), action, frame, ("then", index))


def _trigger(package: Package, rule: Rule) -> Iterator[Problem]:
    when = rule.when
    for name in TRIGGERS.get(when.kind, ()):
        if not getattr(when, name):
            yield Problem("E190", at("rule", rule.key, "when", name), {"rule": called(rule), "name": name})
    if when.kind == "schedule" and when.cron and len(when.cron.split()) != 5:
        params = {"rule": called(rule), "cron": when.cron}
        yield Problem("E191", at("rule", rule.key, "when", "cron"), params)
    model = package.entity(when.entity or "")
    if when.kind in LINES and model is not None and model.kind != "lines":
        yield _misfit(rule, ("when", "entity"), when.entity, LINES_WANTED)
    if when.kind == "line_removed" and rule.timing == "later":
        yield Problem("E206", at("rule", rule.key, "timing"), {"rule": called(rule)})
    if when.kind == "webhook" and _kind_of(package, when.connector) not in {None, "webhook"}:
        yield _misfit(rule, ("when", "connector"), when.connector, WEBHOOK_WANTED)
    if (when.from_ is not None or when.to is not None) and len(when.fields) != 1:
        yield Problem("E204", at("rule", rule.key, "when", "fields"), {"rule": called(rule)})


LINES_WANTED = {"zh-CN": "明细", "en": "lines"}
WEBHOOK_WANTED = {
    "zh-CN": "接收消息的连接器（webhook）",
    "en": "a connector that receives messages (webhook)",
}
ROBOT_WANTED = {"zh-CN": "群机器人连接器", "en": "a connector that is a group's robot"}
MANY_WANTED = {"zh-CN": "明细或引用字段", "en": "lines or references"}
PRINT_WANTED = {"zh-CN": "该实体的打印模板", "en": "a printed form of that entity"}


def _kind_of(package: Package, connector: str | None) -> str | None:
    return next((c.kind for c in package.connectors if c.key == connector), None)


def _misfit(
    rule: Rule, parts: tuple[str | int, ...], name: object, wanted: Mapping[str, str], code: str = "E203"
) -> Problem:
    return Problem(
        code, at("rule", rule.key, *parts), {"rule": called(rule), "name": name or "", "wanted": wanted}
    )


# Actions

Parts = tuple[str | int, ...]


class _Judged:
    """One rule of one package, with what is wrong with an action of it."""

    def __init__(self, package: Package, rule: Rule) -> None:
        self.package = package
        self.rule = rule

    def problem(self, code: str, parts: Parts, **params: object) -> Problem:
        return Problem(code, at("rule", self.rule.key, *parts), {"rule": called(self.rule), **params})


def _actions(
    judged: _Judged, action: Action, frame: Frame, parts: Parts, depth: int = 1
) -> Iterator[Problem]:
    inner = frame_of(action, frame, judged.package)
    yield from _action(judged, action, parts)
    yield from _places(judged, action, inner, parts)
    if action.inner and (action.kind not in HOLDING or depth >= DEEPEST):
        yield judged.problem("E205", parts, action=action.kind, most=DEEPEST)
        return
    for name, actions in (("then", action.then), ("else", action.else_)):
        for index, one in enumerate(actions):
            yield from _actions(judged, one, inner, (*parts, name, index), depth + 1)


def _action(judged: _Judged, action: Action, parts: Parts) -> Iterator[Problem]:
    kind, timing = action.kind, judged.rule.timing
    plugged = PLUGGED_ACTIONS.find(kind)
    if kind not in ACTIONS and plugged is None:
        yield judged.problem("E202", (*parts, "kind"), action=kind, **near(kind, ACTIONS))
        return
    for name in _required(action):
        if not getattr(action, name):
            yield judged.problem("E192", (*parts, json_name(name)), action=kind, name=json_name(name))
    if not _may_run(action, timing):
        yield judged.problem("E193", parts, action=kind)
    for index, who in enumerate(action.to):
        if not _is_one(who):
            yield judged.problem("E194", (*parts, "to", index))


def _required(action: Action) -> tuple[str, ...]:
    plugged = PLUGGED_ACTIONS.find(action.kind)
    if plugged is not None:
        return plugged.required
    if action.kind == "notify" and action.connector:
        return ("title",)
    if action.kind == "each" and not action.each:
        return ("entity", "then")
    return ACTIONS[action.kind]


def _may_run(action: Action, timing: str) -> bool:
    plugged = PLUGGED_ACTIONS.find(action.kind)
    if plugged is not None:
        return timing in plugged.timings
    if action.kind in HOLDING:
        return True
    if (timing == "before") is not (action.kind in BEFORE):
        # To set is possible at any time, and to refuse until all is decided; the check has always asked for the earliest.
        return False
    return timing == "later" or not (action.kind in LATER or (action.kind == "notify" and action.connector))


def _is_one(who: Recipient) -> bool:
    """Whether it says exactly one thing."""
    given = (who.role, who.user, who.field, who.owner, who.actor, who.head is not None, who.entity)
    return sum(map(bool, given)) == 1 and bool(who.entity) is bool(who.person)


def _places(judged: _Judged, action: Action, frame: Frame, parts: Parts) -> Iterator[Problem]:
    """References that exist but are not of the sort that is needed."""
    package, rule = judged.package, judged.rule
    if action.kind == "each" and action.each and not _is_many(package, frame, action.each):
        yield _misfit(rule, (*parts, "each"), action.each, MANY_WANTED)
    model = package.entity(frame.self_)
    if action.kind == "set" and frame.outer is not None and (model is None or model.kind != "lines"):
        yield judged.problem("E193", parts, action=action.kind)
    if action.kind == "notify" and _kind_of(package, action.connector) not in {None, "robot"}:
        yield _misfit(rule, (*parts, "connector"), action.connector, ROBOT_WANTED)
    form = next((p for p in package.prints if p.key == action.print), None)
    target = entity_at(package, frame.self_, action.target) if action.target else frame.self_
    if form is not None and form.entity != target:
        yield _misfit(rule, (*parts, "print"), action.print, PRINT_WANTED)


def _is_many(package: Package, frame: Frame, path: str) -> bool:
    found = steps(package, frame.self_, path)
    if not found:
        return True  # A path that leads nowhere is told elsewhere.
    return found[-1].field is not None and bool(entity_at(package, frame.self_, path))


CODES = ("E190", "E191", "E192", "E193", "E194", "E202", "E203", "E204", "E205", "E206")
CHECK = Check("rule_shapes", CODES, find)
