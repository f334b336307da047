"""Begun: an action as soon as it is picked: it has words, somebody whom it is for, and whatever there is only one of. Pure.

What has to be chosen among several stays open, and the problems say so: a guess would be published by mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from builder.designer.sentences.rows import Drawing
from builder.metadata.frames import Frame, entity_at

Body = Mapping[str, Any]
LOOK = {"zh-CN": "请看一下", "en": "Please have a look"}
FIRST: Mapping[str, Mapping[str, Any]] = {
    "notify": {"to": [{"owner": True}], "title": LOOK},
    "ticket": {"to": [{"owner": True}], "title": LOOK},
    "assign": {"to": [{"actor": True}]},
    "refuse": {"message": {"zh-CN": "现在不能保存", "en": "This cannot be saved now"}},
}
"""What an action says until somebody says something else."""
CHOSEN: Mapping[str, str] = {
    "convert": "conversion",
    "transition": "transition",
    "start_approval": "transition",
    "call": "connector",
    "print": "print",
    "compute": "computation",
}
"""What an action cannot do without, and what is taken where there is only one."""
DATES = frozenset({"date", "datetime"})
BEGUN: Body = {"kind": "notify", **FIRST["notify"]}
"""What an action is until it is said."""


def begun(action: dict[str, Any], drawing: Drawing) -> dict[str, Any]:
    """The action with what it lacks, as far as that can be known."""
    kind = str(action["kind"])
    first = {name: value for name, value in FIRST.get(kind, {}).items() if not action.get(name)}
    if kind == "notify" and action.get("connector"):
        first.pop("to", None)
    name = CHOSEN.get(kind, "")
    if name and not action.get(name) and not action.get("entity"):
        found = list(_choices(action, drawing, name))
        first |= {name: found[0]} if len(found) == 1 else {}
    return {**action, **first}


def begun_trigger(when: dict[str, Any], drawing: Drawing) -> dict[str, Any]:
    """The trigger with the first balance and the first measure of the ledger that was picked, or the first date of the record: plain to see, and
    changed in the same place."""
    package, first = drawing.pickers.package, dict[str, Any]()
    ledger = package.ledger(str(when.get("ledger") or ""))
    if when["kind"] == "threshold" and ledger is not None:
        first = {
            "grain": next((grain.key for grain in ledger.grains), None),
            "slack": next((measure.key for measure in ledger.measures), None),
        }
    model = package.entity(str(when.get("entity") or ""))
    if when["kind"] == "relative_date" and model is not None:
        first = {"date_field": next((f.key for f in model.fields if f.type in DATES), None)}
    return {**{name: value for name, value in first.items() if value}, **when}


def _choices(action: Body, drawing: Drawing, name: str) -> Iterator[str]:
    package, frame = drawing.pickers.package, drawing.frame
    target = str(action.get("target") or "")
    there = entity_at(package, frame.self_, target) if target else frame.self_
    if action["kind"] == "print":
        yield from (p.key for p in package.prints if p.entity == there)
    elif action["kind"] == "start_approval":
        workflow = package.workflow_of(there)
        yield from (t.key for t in (workflow.transitions if workflow else ()) if t.approval is not None)
    else:
        around = Frame(self_=frame.self_, other=there, target=there)
        yield from (c.value for c in drawing.pickers.choices(name, "target", around))
