"""Making: the edits of fields, forms, workflows and rules."""

from __future__ import annotations

from dataclasses import replace

from builder.designer.asked import Edit, Outcome, edit
from builder.designer.edits import approvals, definitions, entities, flows, forms, properties
from builder.designer.edits.change import body_of
from builder.designer.sentences import rules
from builder.errors import NotFoundError
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
    index = asked.at[1] if len(asked.at) > 1 else None
    if not isinstance(index, int):
        raise NotFoundError(place=asked.form.get("at", ""))
    changes = entities.change_type(
        asked.opened.draft.nodes, asked.name[1], index, asked.form.get("value", "text")
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
    changes, at = forms.insert(
        asked.opened.draft.nodes,
        asked.name,
        asked.at,
        asked.index,
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
    changes, at = approvals.insert_node(
        asked.opened.draft.nodes,
        asked.name,
        asked.at,
        asked.index,
        kind=asked.form.get("what", "approver"),
    )
    return Outcome(changes, at=at)


@edit("approval.branch")
def _add_branch(asked: Edit) -> Outcome:
    changes, at = approvals.add_branch(asked.opened.draft.nodes, asked.name, asked.at)
    return Outcome(changes, at=at)


@edit("approval.copy")
def _copy_node(asked: Edit) -> Outcome:
    changes, at = approvals.copy_node(asked.opened.draft.nodes, asked.name, asked.at)
    return Outcome(changes, at=at)


@edit("approval.actions")
def _set_allowed(asked: Edit) -> Outcome:
    return Outcome(
        approvals.set_allowed(asked.opened.draft.nodes, asked.name, asked.at, asked.form.getlist("allowed"))
    )


@edit("approver.add")
def _add_approver(asked: Edit) -> Outcome:
    source = asked.form.get("source", "")
    if not source:
        return Outcome({})
    people = asked.form.getlist("login")
    return Outcome(approvals.add_approver(asked.opened.draft.nodes, asked.name, asked.at, source, people))


@edit("approver.source")
def _set_source(asked: Edit) -> Outcome:
    people, source = asked.form.getlist("login"), asked.form.get("source", "")
    return Outcome(approvals.set_source(asked.opened.draft.nodes, asked.name, asked.at, source, people))


@edit("remove_here")
def _remove_here(asked: Edit) -> Outcome:
    """One of a list gone, while the person goes on looking at what has the list."""
    return Outcome(properties.remove_item(asked.opened.draft.nodes, asked.name, asked.at))


@edit("step_here")
def _step_here(asked: Edit) -> Outcome:
    by = -1 if asked.form.get("by") == "-1" else 1
    return Outcome(properties.step_item(asked.opened.draft.nodes, asked.name, asked.at, by)[0])


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
