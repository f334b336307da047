"""Rules as forms: a rule's JSON as what people pick, and what they picked as the same JSON again. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from builder.designer.sentences import conditions, filters, schedules
from builder.designer.sentences.begun import BEGUN, begun, begun_trigger
from builder.designer.sentences.people import levels_form, levels_from, people_form, people_from, whole
from builder.designer.sentences.rows import Drawing
from builder.designer.sentences.timing import HOLDING, timing_of
from builder.designer.sentences.within import filter_from, inside
from builder.errors import InvalidError, Problem
from builder.metadata.plugged import PLUGGED_ACTIONS

Form = Mapping[str, Sequence[str]]
Body = Mapping[str, Any]

TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "record_created": ("entity",),
    "record_changed": ("entity", "fields", "from", "to"),
    "record_deleted": ("entity",),
    "transition": ("entity", "transition"),
    "approval": ("entity", "transition", "event"),
    "threshold": ("ledger", "grain", "slack"),
    "schedule": ("entity", "cron", "working_days", "catch_up", "filter"),
    "relative_date": ("entity", "date_field", "days", "working_days", "filter"),
    "button": ("entity", "label"),
    "import_finished": ("entity",),
    "rule_failed": (),
    "line_added": ("entity",),
    "line_changed": ("entity", "fields", "from", "to"),
    "line_removed": ("entity",),
    "webhook": ("connector", "entity", "filter"),
}
"""What each trigger says, in the order of its sentence."""
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "set": ("values",),
    "refuse": ("message", "at"),
    "create": ("entity", "values", "submit"),
    "update": ("target", "entity", "filter", "values"),
    "convert": ("target", "entity", "filter", "conversion", "values"),
    "transition": ("target", "entity", "filter", "transition", "values"),
    "notify": ("connector", "to", "title", "body", "channel"),
    "call": ("connector", "payload"),
    "assign": ("at", "to"),
    "branch": (),
    "each": ("each", "entity", "filter"),
    "start_approval": ("target", "transition"),
    "print": ("print", "at"),
    "compute": ("computation", "payload"),
    "ticket": (
        *("ticket", "target", "to", "title", "body", "due_days", "due_hours"),
        *("escalate", "reopen", "until_gone"),
    ),
}
"""What each action says, in the order of its sentence."""
PLACE = re.compile(r"then(\.[0-9]{1,3}\.(then|else)){0,5}")
"""Where actions stand in a form."""
TEXTS = frozenset({"message", "title", "body", "label"})
PAIRS = frozenset({"values", "payload"})
"""Properties of names (of fields, of what is sent) with the expression of each."""
DEFAULTS: Mapping[str, str] = {"channel": "inbox", "catch_up": "once", "ticket": "exception"}
YES = frozenset({"submit", "reopen", "until_gone"})
NUMBERS = frozenset({"due_days", "due_hours"})


def to_form(rule: Body) -> dict[str, list[str]]:
    """The rule as form fields."""
    form = _trigger_form(rule.get("when", {}))
    form |= conditions.to_form(conditions.rows_of(rule.get("if")), "if")
    for index, action in enumerate(rule.get("then", ())):
        form |= _action_form(action, f"then.{index}")
    return form


def _trigger_form(when: Body) -> dict[str, list[str]]:
    kind = str(when.get("kind", "record_created"))
    form = {"when.kind": [kind]}
    for name in TRIGGERS.get(kind, ()):
        form |= _property_form(f"when.{name}", name, when.get(name))
    if kind == "schedule":
        form |= schedules.to_form(when)
    if kind != "button" and when.get("label"):
        form |= _property_form("when.label", "label", when["label"])
    return form


def _action_form(action: Body, at: str) -> dict[str, list[str]]:
    kind = str(action.get("kind", "notify"))
    form = {f"{at}.kind": [kind], f"{at}.uid": [str(action.get("uid", ""))]}
    if action.get("when"):
        form[f"{at}.when"] = [str(action["when"])]
    for name in properties_of(kind):
        form |= _property_form(f"{at}.{name}", name, action.get(name))
    if kind == "branch":
        form |= conditions.to_form(conditions.rows_of(action.get("if")), f"{at}.if")
    for name in HOLDING.get(kind, ()):
        for index, inner in enumerate(action.get(name, ())):
            form |= _action_form(inner, f"{at}.{name}.{index}")
    return form


def properties_of(kind: str) -> tuple[str, ...]:
    """What an action says; one of a plug-in tells it."""
    plugged = PLUGGED_ACTIONS.find(kind)
    return plugged.properties if plugged is not None else ACTIONS.get(kind, ())


def kinds() -> tuple[str, ...]:
    """Every kind of action that can be picked."""
    return (*ACTIONS, *PLUGGED_ACTIONS.names())


def _property_form(at: str, name: str, value: Any) -> dict[str, list[str]]:
    if value is None:
        return {}
    if name in TEXTS:
        words = value if isinstance(value, Mapping) else {"zh-CN": value, "en": value}
        return {f"{at}.zh": [str(words.get("zh-CN", ""))], f"{at}.en": [str(words.get("en", ""))]}
    if name in PAIRS:
        form: dict[str, list[str]] = {}
        for index, (key, source) in enumerate(value.items()):
            form |= {f"{at}.{index}.key": [str(key)], f"{at}.{index}.source": [str(source)]}
        return form
    if name == "to" and not isinstance(value, str):
        return people_form(value, at)
    if name == "escalate":
        return levels_form(value, at)
    if name == "filter":
        return filters.to_form(value, at)
    if isinstance(value, bool):
        return {at: ["true"]} if value else {}
    if isinstance(value, list | tuple):
        return {at: [str(v) for v in value]}
    return {at: [str(value)]}


def from_form(form: Form, before: Body, drawing: Drawing | None = None) -> dict[str, Any]:
    """The rule that the form says; what the form does not speak of (label, timing, order …) stays as it is in ``before``, but for
    the timing of what can only happen later. ``drawing`` fills in what was not chosen yet."""
    when = _trigger_from(form, drawing)
    rule = {k: v for k, v in before.items() if k not in {"when", "if", "then"}}
    rule["when"] = when
    rows = conditions.from_form(form, "if")
    condition = conditions.composed(drawing.completed(rows) if drawing else rows)
    if condition:
        rule["if"] = condition
    then = _actions_from(form, "then", drawing)
    if not then:
        raise InvalidError(problems=[Problem("RULE_NEEDS_ACTION", "/then")])
    rule["then"] = then
    # Who picks an action need not know that there are timings.
    timing = timing_of(then, str(rule.get("timing", "now")), str(when["kind"]))
    if timing != rule.get("timing", "now"):
        rule["timing"] = timing
    return rule


def _actions_from(form: Form, prefix: str, drawing: Drawing | None) -> list[dict[str, Any]]:
    places = (f"{prefix}.{i}" for i in conditions.indexes(form, prefix))
    return [_action_from(form, at, drawing) for at in places if not _one(form, f"{at}.gone")]


def _trigger_from(form: Form, drawing: Drawing | None = None) -> dict[str, Any]:
    kind = _one(form, "when.kind")
    if kind not in TRIGGERS:
        raise InvalidError(problems=[Problem("E013", "/when/kind", {"value": kind})])
    when: dict[str, Any] = {"kind": kind}
    for name in (*TRIGGERS[kind], "label"):
        value = _property_from(form, f"when.{name}", name)
        if name == "filter":
            value = filter_from(form, "when.filter", drawing)
        if value not in (None, "", [], {}):
            when[name] = value
    if len(when.get("fields", ())) != 1:
        # From what to what says nothing of several fields.
        when = {name: value for name, value in when.items() if name not in {"from", "to"}}
    if kind == "schedule" and _one(form, "when.every"):
        when.pop("working_days", None)
        when |= schedules.from_form(form)
    if "days" in TRIGGERS[kind]:
        when["days"] = whole(_one(form, "when.days"))
    return when if drawing is None else begun_trigger(when, drawing)


def _action_from(form: Form, at: str, drawing: Drawing | None = None) -> dict[str, Any]:
    kind = _one(form, f"{at}.kind")
    if kind not in kinds():
        raise InvalidError(problems=[Problem("E013", f"/{at.replace('.', '/')}/kind", {"value": kind})])
    action: dict[str, Any] = {"uid": _one(form, f"{at}.uid")} if _one(form, f"{at}.uid") else {}
    action["kind"] = kind
    if _one(form, f"{at}.when"):
        action["when"] = _one(form, f"{at}.when")
    for name in properties_of(kind):
        value = _property_from(form, f"{at}.{name}", name, drawing)
        if name == "filter":
            value = filter_from(form, f"{at}.filter", inside(drawing, {**action, "kind": "each", "each": ""}))
        if value and value != DEFAULTS.get(name):
            action[name] = value
    if kind == "each" and action.get("each"):
        action = {name: value for name, value in action.items() if name not in {"entity", "filter"}}
    if kind == "notify" and action.get("connector"):
        action.pop("to", None)
    if drawing is not None:
        action = begun(action, drawing)
    return action | _held_from(form, at, action, drawing)


def _held_from(form: Form, at: str, action: Body, drawing: Drawing | None) -> dict[str, Any]:
    """The condition of a branch, and the actions inside an action."""
    held: dict[str, Any] = {}
    if action["kind"] == "branch":
        rows = conditions.from_form(form, f"{at}.if")
        condition = conditions.composed(drawing.completed(rows) if drawing else rows)
        held |= {"if": condition} if condition else {}
    within = inside(drawing, action) if action["kind"] == "each" else drawing
    for name in HOLDING.get(str(action["kind"]), ()):
        found = _actions_from(form, f"{at}.{name}", within)
        if not found and name == "then":
            found = [dict(BEGUN)]
        held |= {name: found} if found else {}
    return held


def _property_from(form: Form, at: str, name: str, drawing: Drawing | None = None) -> Any:
    if name in TEXTS:
        zh, en = _one(form, f"{at}.zh").strip(), _one(form, f"{at}.en").strip()
        return {"zh-CN": zh or en, "en": en or zh} if zh or en else None
    if name in PAIRS:
        return _pairs_from(form, at, name)
    if name == "to" and not at.startswith("when."):
        return people_from(form, at, drawing)
    if name == "filter":
        return filters.from_form(form, at)
    if name == "fields":
        return [v for v in form.get(at, ()) if v]
    if name in YES:
        return _one(form, at) == "true"
    if name in NUMBERS:
        return max(whole(_one(form, at)), 0)
    if name == "escalate":
        return levels_from(form, at, drawing)
    return _one(form, at)


def _pairs_from(form: Form, at: str, name: str) -> dict[str, str]:
    """Rows of a name and its expression, and a field that was only just picked: it is sent as it is, or set to nothing yet."""
    rows = (
        (_one(form, f"{at}.{i}.key"), _one(form, f"{at}.{i}.source")) for i in conditions.indexes(form, at)
    )
    pairs = {key.strip(): source.strip() for key, source in rows if key.strip() and source.strip()}
    picked = _one(form, f"{at}.new")
    if picked and picked not in pairs:
        pairs[picked] = picked if name == "payload" else "None"
    return pairs


def _one(form: Form, key: str) -> str:
    values = form.get(key, ())
    return values[-1] if values else ""


def grown(form: Form) -> dict[str, Sequence[str]]:
    """The form with what its *add* buttons ask for: one more action at the end of ``then``, or of the actions inside one (``then.0.else``)."""
    result = dict(form)
    wanted = _one(form, "add").replace("action", "then")
    if PLACE.fullmatch(wanted):
        index = max([-1, *conditions.indexes(form, wanted)]) + 1
        result |= _action_form(BEGUN, f"{wanted}.{index}")
    return result
