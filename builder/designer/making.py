"""Making: the edits of fields, forms, workflows and rules."""

from __future__ import annotations

from dataclasses import replace

from builder.designer.asked import Edit, Outcome, edit
from builder.designer.edits import definitions, entities, flows, forms, properties
from builder.designer.edits.change import body_of
from builder.designer.sentences import rules
from builder.metadata.frames import Frame

# Fields


@edit("field.add")
def _add_field(asked: Edit) -> Outcome:
    options = [o.strip() for o in asked.form.get("options", "").replace("，", ",").split(",") if o.strip()]
    changes, key = entities.add_field(
        asked.opened.draft.nodes,
        asked.name[1],
        type=asked.form.get("type", "text"),
        label=asked.label,
        refers_to=asked.form.get("refers_to", ""),
        options=options,
        on_form=bool(asked.form.get("on_form")),
        on_list=bool(asked.form.get("on_list")),
    )
    fields = changes["entity", asked.name[1]] or {}
    index = entities.field_keys(fields).index(key)
    return Outcome(changes, at=f"/fields/{index}")


@edit("field.type")
def _change_type(asked: Edit) -> Outcome:
    index = asked.at[1]
    changes = entities.change_type(
        asked.opened.draft.nodes, asked.name[1], int(index), asked.form.get("value", "text")
    )
    return Outcome(changes)


@edit("field.remove")
def _remove_field(asked: Edit) -> Outcome:
    entity, index = asked.name[1], asked.at[1]
    nodes = asked.opened.draft.nodes
    field = body_of(nodes, asked.name)["fields"][index]
    pages = entities.remove_from_pages(nodes, entity, str(field["key"]))
    definitions.refuse_if_used(asked.package, (("field", entity, str(field["key"])),), pages)
    return Outcome({**pages, **properties.remove_item(nodes, asked.name, asked.at)}, at="")


# Forms


@edit("form.insert")
def _insert(asked: Edit) -> Outcome:
    index = asked.form.get("index", "")
    place = int(index) if index.isdecimal() else None
    changes, at = forms.insert(
        asked.opened.draft.nodes,
        asked.name,
        asked.at,
        place,
        kind=asked.form.get("what", "field"),
        field=asked.form.get("field", ""),
    )
    return Outcome(changes, at=at)


# Workflows


@edit("state.add")
def _add_state(asked: Edit) -> Outcome:
    changes, at = flows.add_state(asked.opened.draft.nodes, asked.name, asked.label)
    return Outcome(changes, at=at)


@edit("transition.add")
def _add_transition(asked: Edit) -> Outcome:
    changes, at = flows.add_transition(
        asked.opened.draft.nodes,
        asked.name,
        asked.label,
        source=asked.form.get("from", ""),
        target=asked.form.get("to", ""),
    )
    return Outcome(changes, at=at)


@edit("approval.add")
def _add_approval(asked: Edit) -> Outcome:
    changes, at = flows.add_approval(
        asked.opened.draft.nodes,
        asked.name,
        asked.at,
        role=asked.form.get("role", ""),
        field=asked.form.get("field", ""),
        amount=asked.form.get("amount", ""),
    )
    return Outcome(changes, at=at)


@edit("approval.threshold")
def _threshold(asked: Edit) -> Outcome:
    field, amount = asked.form.get("field", ""), asked.form.get("source") or asked.form.get("amount", "")
    return Outcome(flows.set_threshold(asked.opened.draft.nodes, asked.name, asked.at, field, amount))


@edit("approval.insert")
def _insert_node(asked: Edit) -> Outcome:
    index = asked.form.get("index", "")
    changes, at = flows.insert_node(
        asked.opened.draft.nodes,
        asked.name,
        asked.at,
        int(index) if index.isdecimal() else None,
        kind=asked.form.get("what", "approver"),
        role=asked.form.get("role", ""),
    )
    return Outcome(changes, at=at)


# Rules


@edit("rule.compose")
def _compose(asked: Edit) -> Outcome:
    before = body_of(asked.opened.draft.nodes, asked.name)
    form = rules.grown(asked.lists())
    drawing = asked.drawing(())
    entity, ledger = asked.form.get("when.entity", ""), asked.form.get("when.ledger", "")
    drawing = replace(
        drawing, frame=Frame(self_=entity, ledger=ledger, grain=asked.form.get("when.grain", ""))
    )
    return Outcome({asked.name: rules.from_form(form, before, drawing)})
