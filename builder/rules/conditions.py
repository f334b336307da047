"""Conditions: whether a rule that was woken applies to the record at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from typing import Any, NamedTuple

from builder.expressions import Expression, ExpressionError
from builder.metadata.filter import filter_of, paths_at_hand, resolve
from builder.metadata.rule import Rule
from builder.record import Record, Value
from builder.rules.binding import bind
from builder.rules.context import Context
from builder.rules.kept import Kept
from builder.rules.scene import Scene
from builder.rules.straight import straight
from builder.rules.triggers import is_edge


class Judgement(NamedTuple):
    """Whether the rule applies, and the values that were looked at, in JSON form for the log."""

    applies: bool
    inputs: Mapping[str, Any]


def judge(context: Context, rule: Rule, record: Record, old: Record | None = None) -> Judgement:
    """The rule's scope, the owner's pilot filter, and its condition, over ``record`` (``old``: before the change).
    Raises ``ExpressionError`` where the condition cannot be evaluated."""
    return judge_scene(context, rule, Scene(record, old))


FEW = 3
_TOGETHER = Kept[tuple[str, ...], tuple[frozenset[str], tuple[Expression | None, ...]]]()
IRRELEVANT = Judgement(False, {})
UNCONDITIONAL = Judgement(True, {})


def at_hand(
    context: Context, rules: Sequence[Rule], scene: Scene
) -> tuple[Mapping[str, Value] | None, Sequence[bool]]:
    """What the conditions of *now* rules over one scene look at, where all of that is found straight: most rules that one event wakes look at
    the same few things. None where a walk is needed, which is not taken for a rule that may not be asked. With it, of each rule, whether its
    condition says no to that."""
    if len(rules) < FEW or scene.outer is not None or scene.payload is not None:
        return None, [False] * len(rules)
    kept = _TOGETHER.of(context.compiled)
    keys = tuple([rule.uid for rule in rules])
    known = kept.get(keys)
    if known is None:
        asked = tuple(context.compiled.expression(r.uid, "if") if r.timing == "now" else None for r in rules)
        paths = frozenset(path for e in asked if e is not None for path in e.paths)
        known = kept[keys] = (
            paths,
            tuple(e if rule.if_ else None for e, rule in zip(asked, rules, strict=True)),
        )
    seen = straight(context, known[0], scene.record, scene.parent, scene.old)
    if seen is None:
        return None, [False] * len(rules)
    return seen, _idle(context, known[1], seen)


def _idle(context: Context, conditions: Sequence[Expression | None], seen: Mapping[str, Value]) -> list[bool]:
    """Of each condition whether it says no to these values, which are all that it needs: of the rules that an event wakes most have nothing
    to do. One that cannot be judged is not idle; judging it tells why."""
    env = context.env
    found: list[bool] = []
    for condition in conditions:
        try:
            found.append(condition is not None and not condition.evaluate(seen, env))
        except ExpressionError:
            found.append(False)
    return found


def judge_scene(
    context: Context, rule: Rule, scene: Scene, seen: Mapping[str, Value] | None = None
) -> Judgement:
    """``judge`` with all that is at hand; ``seen`` are values that were looked at before, if they are all that the condition needs."""
    if is_switched_off(context, rule) or (rule.scope and not _in_scope(context, rule, scene.record)):
        return IRRELEVANT
    if not rule.if_:
        return UNCONDITIONAL
    expression = context.compiled.expression(rule.uid, "if")
    if expression is None:
        return UNCONDITIONAL
    values = seen if seen is not None else scene.values(context, expression.paths)
    if not expression.evaluate(values, context.env):
        return IRRELEVANT
    old = scene.old
    if old is not None and is_edge(rule, expression.paths):
        earlier = scene._replace(record=old).values(context, expression.paths)
        if expression.evaluate(earlier, context.env):
            return IRRELEVANT
    return Judgement(True, {path: plain(values[path]) for path in expression.paths})


def is_switched_off(context: Context, rule: Rule) -> bool:
    """Whether the rule belongs to a part of the app that is switched off."""
    modules = context.package.modules_of(rule.key)
    return bool(modules) and not any(m.is_on({m.setting: context.reader.setting(m.setting)}) for m in modules)


def _in_scope(context: Context, rule: Rule, record: Record) -> bool:
    if not rule.scope:
        return True
    where = context.reader.setting(rule.scope)
    return passes(context, where, record) if isinstance(where, Mapping) else True


def passes(
    context: Context, where: Mapping[str, Any] | None, record: Record, parent: Record | None = None
) -> bool:
    """Whether ``record`` passes a filter of the JSON filter language."""
    if not where:
        return True
    today, user, units = context.env.today(), context.env.user(), (context.actor.org_unit_id,)
    setting = context.reader.setting
    said = filter_of(resolve(where, today=today, user_id=user, org_units=units, setting=setting))
    return said.passes(context.values(frozenset(c.field for c in said.conditions()), record, parent=parent))


def bound(
    context: Context, where: Mapping[str, Any], record: Record, parent: Record | None = None
) -> dict[str, Any]:
    """A filter with each value ``{"record": path}`` replaced by what ``record`` says there."""
    return bound_scene(context, where, Scene(record, parent=parent))


def bound_scene(context: Context, where: Mapping[str, Any], scene: Scene) -> dict[str, Any]:
    """``bound`` with all that is at hand; ``{"payload": path}`` is what stands there in the message."""
    paths = set(paths_at_hand(where))
    values = scene.values(context, paths) if paths else {}
    return dict(bind(where, values))


_PLAIN = frozenset({str, int, bool})


def plain(value: Any) -> Any:
    """A value in JSON form, exact: decimals as text."""
    if value is None or value.__class__ in _PLAIN or isinstance(value, (str, int)):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 - asking an abstract class takes longer
        return {str(k): plain(v) for k, v in value.items()}
    return value
