"""Print: the printed form of a record becomes a file that stays with it."""

from __future__ import annotations

from builder.commands import MakePrint
from builder.metadata.rule import Action
from builder.rules.actions.kind import KEY, TARGET, ActionKind, Decided, Situation, schema


def decide(action: Action, at: Situation) -> Decided:
    """One file per record, in its field ``at``, or hung on it."""
    entity, records = at.targets(action)
    app, form = at.context.app, action.print or ""
    return Decided(
        commands=tuple(MakePrint(app, entity, record.id, form, action.at, action.uid) for record in records)
    )


PRINT = ActionKind(
    name="print",
    label={"zh-CN": "打印成文件", "en": "Print into a file"},
    schema=schema({"print": KEY, "target": TARGET, "at": KEY}, ("print",)),
    timings=frozenset({"later"}),
    decide=decide,
)
