"""Rule page: a rule's sentence with its pickers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.designer.pickers import Choice
from builder.designer.room import Opened
from builder.designer.sentences import rules
from builder.designer.sentences.phrases import Phraser
from builder.designer.sentences.rows import Drawing
from builder.metadata.frames import Frame, entity_at
from builder.metadata.kinds import NodeName
from builder.metadata.places import Parts


def rule(opened: Opened, name: NodeName, at: Parts) -> dict[str, Any]:
    body, package = opened.draft.nodes[name], opened.judged.package
    if package is None or opened.pickers is None:
        return {"phrase": None, "form": {}}
    when = body.get("when", {})
    frame = Frame(
        self_=str(when.get("entity") or ""),
        ledger=str(when.get("ledger") or ""),
        grain=str(when.get("grain") or ""),
    )
    rows = Drawing(opened.pickers, frame)
    return {
        "phrase": Phraser(package, opened.words).rule(body),
        "form": rules.to_form(body),
        "if_rows": rows.condition_rows(body.get("if")),
        "filter_rows": rows.filter_rows(when.get("filter")),
        "subjects": rows.subjects(),
        "actions": [_action(opened, frame, action) for action in body.get("then", ())],
        "triggers": tuple(rules.TRIGGERS),
        "action_kinds": tuple(rules.ACTIONS),
        "pick": lambda what, of="self", other="": (
            tuple(
                opened.pickers.choices(
                    what, of, Frame(self_=frame.self_, ledger=frame.ledger, other=other, target=other)
                )
            )
            if opened.pickers
            else ()
        ),
        "recipients": _recipients(opened, frame),
        "people": [
            c for c in opened.pickers.fields(frame.self_) if _type_of(opened, frame.self_, c.value) == "user"
        ],
        "explain": rows.explainer.explain,
        "references": [
            c
            for c in opened.pickers.fields(frame.self_)
            if _type_of(opened, frame.self_, c.value) == "reference"
        ],
        "dates": [c for c in opened.pickers.paths(frame.self_) if _is_date(rows, c.value)],
    }


def _action(opened: Opened, frame: Frame, action: Mapping[str, Any]) -> dict[str, Any]:
    package = opened.judged.package
    target = str(action.get("target") or "")
    at = entity_at(package, frame.self_, target) if package and target else frame.self_
    return {"body": action, "entity": str(action.get("entity") or at), "target_entity": at}


def _type_of(opened: Opened, entity: str, key: str) -> str:
    package = opened.judged.package
    model = package.entity(entity) if package else None
    field = model.field(key) if model else None
    return field.type if field is not None else ""


def _is_date(rows: Drawing, path: str) -> bool:
    return rows.sort_and_options(path)[0] in {"date", "datetime"}


def _recipients(opened: Opened, frame: Frame) -> list[Choice]:
    words, package = opened.words, opened.judged.package
    found = [Choice("owner", words("d.owner"))]
    if package is None or opened.pickers is None:
        return found
    found += [Choice(f"role:{r.key}", words.text(r.label), words.kind("roles")) for r in package.roles]
    model = package.entity(frame.self_)
    people = [f for f in (model.fields if model else ()) if f.type == "user"]
    return found + [Choice(f"field:{f.key}", words.text(f.label)) for f in people]
