"""Rules as forms: a rule's JSON as what people pick, and what they picked as the same JSON again. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.designer.sentences import conditions, filters
from builder.designer.sentences.rows import Drawing
from builder.errors import InvalidError, Problem

Form = Mapping[str, Sequence[str]]
Body = Mapping[str, Any]

TRIGGERS: Mapping[str, tuple[str, ...]] = {
    "record_created": ("entity",),
    "record_changed": ("entity", "fields"),
    "record_deleted": ("entity",),
    "transition": ("entity", "transition"),
    "approval": ("entity", "transition", "event"),
    "threshold": ("ledger", "grain", "slack"),
    "schedule": ("entity", "cron", "catch_up", "filter"),
    "relative_date": ("entity", "date_field", "days", "filter"),
    "button": ("entity", "label"),
    "import_finished": ("entity",),
    "rule_failed": (),
}
"""What each trigger says, in the order of its sentence."""
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "set": ("values",),
    "refuse": ("message", "at"),
    "create": ("entity", "values", "submit"),
    "update": ("target", "entity", "filter", "values"),
    "convert": ("target", "conversion"),
    "transition": ("target", "transition"),
    "notify": ("to", "title", "body", "channel"),
    "call": ("connector", "payload"),
    "assign": ("at", "to"),
    "ticket": (
        *("ticket", "target", "to", "title", "body", "due_days", "due_hours"),
        *("escalate", "reopen", "until_gone"),
    ),
}
"""What each action says, in the order of its sentence."""
TEXTS = frozenset({"message", "title", "body", "label"})
PAIRS = frozenset({"values", "payload"})
"""Properties of names (of fields, of what is sent) with the expression of each."""
LATER = frozenset({"call"})
"""Actions that leave the house, and therefore only once what they tell is committed."""
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
    if kind != "button" and when.get("label"):
        form |= _property_form("when.label", "label", when["label"])
    return form


def _action_form(action: Body, at: str) -> dict[str, list[str]]:
    kind = str(action.get("kind", "notify"))
    form = {f"{at}.kind": [kind], f"{at}.uid": [str(action.get("uid", ""))]}
    if action.get("when"):
        form[f"{at}.when"] = [str(action["when"])]
    for name in ACTIONS.get(kind, ()):
        form |= _property_form(f"{at}.{name}", name, action.get(name))
    return form


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
    if name == "to":
        return {at: [recipient_text(one) for one in value]}
    if name == "escalate":
        return _levels_form(value, at)
    if name == "filter":
        return filters.to_form(value, at)
    if isinstance(value, bool):
        return {at: ["true"]} if value else {}
    if isinstance(value, list | tuple):
        return {at: [str(v) for v in value]}
    return {at: [str(value)]}


def _levels_form(levels: Sequence[Body], at: str) -> dict[str, list[str]]:
    form: dict[str, list[str]] = {}
    for index, level in enumerate(levels):
        form[f"{at}.{index}.hours"] = [str(level.get("hours", 0))]
        form[f"{at}.{index}.to"] = [recipient_text(one) for one in level.get("to", ())]
    return form


def _levels_from(form: Form, at: str) -> list[dict[str, Any]]:
    """Who takes a ticket over, level by level; without anybody it is who heads the department. ``more`` asks for one level more."""
    levels: list[dict[str, Any]] = []
    for index in conditions.indexes(form, at):
        if _one(form, f"{at}.{index}.gone"):
            continue
        to = [recipient_from(text) for text in form.get(f"{at}.{index}.to", ()) if text]
        hours = max(_whole(_one(form, f"{at}.{index}.hours")), 0)
        levels.append({"hours": hours, **({"to": to} if to else {})})
    if _one(form, f"{at}.more"):
        levels.append({"hours": levels[-1]["hours"] + 24 if levels else 24})
    return levels


def recipient_text(recipient: Body) -> str:
    """``owner``, ``role:buyer``, ``field:salesman``, ``user:wang``."""
    if recipient.get("owner"):
        return "owner"
    return next((f"{k}:{recipient[k]}" for k in ("role", "field", "user") if recipient.get(k)), "owner")


def recipient_from(text: str) -> dict[str, Any]:
    sort, _, name = text.partition(":")
    return {sort: name} if name else {"owner": True}


def from_form(form: Form, before: Body, drawing: Drawing | None = None) -> dict[str, Any]:
    """The rule that the form says; what the form does not speak of (label, timing, order …) stays as it is in ``before``, but for
    the timing of what can only happen later. ``drawing`` fills in what was not chosen yet."""
    when = _trigger_from(form)
    rule = {k: v for k, v in before.items() if k not in {"when", "if", "then"}}
    rule["when"] = when
    rows = conditions.from_form(form, "if")
    condition = conditions.composed(drawing.completed(rows) if drawing else rows)
    if condition:
        rule["if"] = condition
    places = (f"then.{i}" for i in conditions.indexes(form, "then"))
    then = [_action_from(form, at) for at in places if not _one(form, f"{at}.gone")]
    if not then:
        raise InvalidError(problems=[Problem("RULE_NEEDS_ACTION", "/then")])
    rule["then"] = then
    if any(action["kind"] in LATER for action in then) and rule.get("timing", "now") == "now":
        # Who picks such an action need not know that there are timings.
        rule["timing"] = "later"
    return rule


def _trigger_from(form: Form) -> dict[str, Any]:
    kind = _one(form, "when.kind")
    if kind not in TRIGGERS:
        raise InvalidError(problems=[Problem("E013", "/when/kind", {"value": kind})])
    when: dict[str, Any] = {"kind": kind}
    for name in (*TRIGGERS[kind], "label"):
        value = _property_from(form, f"when.{name}", name)
        if value not in (None, "", [], {}):
            when[name] = value
    if "days" in TRIGGERS[kind]:
        when["days"] = _whole(_one(form, "when.days"))
    return when


def _whole(text: str) -> int:
    sign = text.strip().removeprefix("-")
    return int(text) if sign.isdecimal() and len(sign) < 6 else 0


def _action_from(form: Form, at: str) -> dict[str, Any]:
    kind = _one(form, f"{at}.kind")
    if kind not in ACTIONS:
        raise InvalidError(problems=[Problem("E013", f"/{at.replace('.', '/')}/kind", {"value": kind})])
    action: dict[str, Any] = {"uid": _one(form, f"{at}.uid")} if _one(form, f"{at}.uid") else {}
    action["kind"] = kind
    if _one(form, f"{at}.when"):
        action["when"] = _one(form, f"{at}.when")
    for name in ACTIONS[kind]:
        value = _property_from(form, f"{at}.{name}", name)
        if value not in (None, "", [], {}) and value != DEFAULTS.get(name):
            action[name] = value
    return action


def _property_from(form: Form, at: str, name: str) -> Any:
    if name in TEXTS:
        zh, en = _one(form, f"{at}.zh").strip(), _one(form, f"{at}.en").strip()
        return {"zh-CN": zh or en, "en": en or zh} if zh or en else None
    if name in PAIRS:
        return _pairs_from(form, at, name)
    if name == "to":
        return [recipient_from(text) for text in form.get(at, ()) if text]
    if name == "filter":
        return filters.from_form(form, at)
    if name == "fields":
        return [v for v in form.get(at, ()) if v]
    if name in YES:
        return _one(form, at) == "true"
    if name in NUMBERS:
        return max(_whole(_one(form, at)), 0)
    if name == "escalate":
        return _levels_from(form, at)
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
    """The form with what its *add* buttons ask for: a condition, an action, a value, a filter row."""
    result = dict(form)
    wanted = _one(form, "add")
    if wanted == "action":
        index = max([-1, *conditions.indexes(form, "then")]) + 1
        result[f"then.{index}.kind"] = ["notify"]
        result[f"then.{index}.to"] = ["owner"]
        result[f"then.{index}.title.zh"], result[f"then.{index}.title.en"] = (
            ["请看一下"],
            ["Please have a look"],
        )
    return result
