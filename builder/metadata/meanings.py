"""Meanings: what each property of a definition speaks of. One table, from which references, expressions, pickers and renames are derived. Pure.

``Meaning.of`` names the surroundings (see ``frames``) in which a value is to be understood: ``self`` is the entity at hand, ``line`` the lines at
hand, ``other`` and ``other_line`` the entity that is referred to, ``target`` the entity that an action acts on, ``ledger`` the ledger at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """``what`` a value refers to or is written in. For an object, ``keys`` says what its keys are (in ``keys_of``) and the rest what its
    values are. ``expect`` is the type that an expression must have: ``bool number text any own`` (the field's own type) ``key`` (the type of
    the field that the key names). ``old`` allows the value before the change. ``star`` allows ``*``."""

    what: str
    of: str = ""
    keys: str = ""
    keys_of: str = ""
    expect: str = "any"
    old: bool = False
    star: bool = False


def _m(what: str, of: str = "", **more: object) -> Meaning:
    return Meaning(what, of, **more)  # type: ignore[arg-type]


def _when(of: str, **more: object) -> Meaning:
    return _m("expression", of, expect="bool", **more)


def _map(of: str, keys_of: str, **more: object) -> Meaning:
    return _m("expression", of, keys="field", keys_of=keys_of, expect="key", **more)


TEXT, ICON, COLOR = _m("text"), _m("icon"), _m("color")
ENTITY, LEDGER, ROLE = _m("entity"), _m("ledger"), _m("role")

_APP: dict[str, Meaning] = {
    "App.label": TEXT,
    "App.description": TEXT,
    "App.icon": ICON,
    "App.color": COLOR,
    "App.home": _m("home"),
    "Setting.label": TEXT,
    "Setting.help": TEXT,
    "Setting.entity": ENTITY,
    "MenuItem.label": TEXT,
    "MenuItem.icon": ICON,
    "MenuItem.view": _m("view"),
    "MenuItem.dashboard": _m("dashboard"),
    "MenuItem.report": _m("report"),
    "MenuItem.ledger": LEDGER,
    "MenuItem.page": _m("page"),
    "MenuItem.roles": ROLE,
}

_ENTITY: dict[str, Meaning] = {
    "Option.label": TEXT,
    "Option.color": COLOR,
    "Rollup.entity": ENTITY,
    "Rollup.reference": _m("field", "other"),
    "Rollup.field": _m("path", "other"),
    "Rollup.filter": _m("filter", "other"),
    "BalanceSource.ledger": LEDGER,
    "BalanceSource.measure": _m("expression", "measures", expect="number"),
    "BalanceSource.dimensions": _m("expression", "self", keys="dimension", keys_of="ledger"),
    "BalanceSource.days": _m("expression", "self", expect="number"),
    "Field.label": TEXT,
    "Field.help": TEXT,
    "Field.pattern_message": TEXT,
    "Field.default": _m("expression", "self", expect="own"),
    "Field.default_filter": _m("filter", "other"),
    "Field.entity": ENTITY,
    "Field.filter": _m("filter", "other"),
    "Field.formula": _m("expression", "self", expect="own"),
    "Field.lookup": _m("path", "self"),
    "Field.unit_field": _m("field", "self"),
    "Field.visible_if": _when("self"),
    "Field.required_if": _when("self"),
    "Field.editable_if": _when("self"),
    "Constraint.message": TEXT,
    "Constraint.unique": _m("field", "self"),
    "Constraint.check": _when("self", old=True),
    "Constraint.when": _when("self", old=True),
    "Entity.label": TEXT,
    "Entity.label_plural": TEXT,
    "Entity.help": TEXT,
    "Entity.icon": ICON,
    "Entity.title": _m("expression", "self", expect="any"),
    "Entity.subtitle": _m("expression", "self", expect="any"),
    "Entity.parent": ENTITY,
    "Entity.scan": _m("field", "self"),
}

_POSTING: dict[str, Meaning] = {
    "Posting.ledger": LEDGER,
    "Posting.transitions": _m("transition", "self"),
    "Posting.each": _m("field", "self"),
    "Posting.when": _when("line"),
    "Posting.dimensions": _m("expression", "line", keys="dimension", keys_of="ledger"),
    "Posting.measures": _m("expression", "posting", keys="measure", keys_of="ledger", expect="number"),
    "Posting.cost_of": _m("expression", "line", expect="any"),
    "Posting.results": _m("result", "ledger", keys="field", keys_of="line"),
    "Posting.depends_on": _m("posting", "self"),
    "Posting.reason": _m("expression", "line", expect="any"),
    "Posting.while_states": _m("state", "self"),
    "Posting.exempt": _m("guard", "ledger"),
    "Posting.revalue": _m("expression", "line", expect="number"),
    "Posting.shares": _m("expression", "line", keys="measure", keys_of="ledger", expect="number"),
    "OpenQuantity.ledger": LEDGER,
    "OpenQuantity.slack": _m("expression", "measures", expect="number"),
    "OpenQuantity.dimensions": _m("expression", "line", keys="dimension", keys_of="ledger"),
    "ConversionLines.from_": _m("field", "self"),
    "ConversionLines.to": _m("field", "other"),
    "ConversionLines.map": _map("line", "other_line"),
    "ConversionLines.quantity": _m("field", "other_line"),
    "ConversionLines.source_line": _m("field", "other_line"),
    "ConversionLines.when": _when("line"),
    "Conversion.label": TEXT,
    "Conversion.to": ENTITY,
    "Conversion.map": _map("self", "other"),
    "Conversion.source": _m("field", "other"),
    "Conversion.from_states": _m("state", "self"),
    "Conversion.when": _when("self"),
    "Conversion.group_by": _m("expression", "self"),
}

_LEDGER: dict[str, Meaning] = {
    "Dimension.label": TEXT,
    "Dimension.entity": ENTITY,
    "Measure.label": TEXT,
    "Grain.dimensions": _m("dimension", "ledger"),
    "Guard.grain": _m("grain", "ledger"),
    "Guard.slack": _m("expression", "guard", expect="number"),
    "Guard.message": TEXT,
    "Guard.when": _when("guard"),
    "Guard.override": _m("permission"),
    "Costing.quantity": _m("measure", "ledger"),
    "Costing.value": _m("measure", "ledger"),
    "Costing.method_of": _m("expression", "cost", expect="text"),
    "Costing.residue": _m("measure", "ledger"),
    "Costing.provisional": _m("expression", "cost", expect="number"),
    "Costing.standard": _m("expression", "cost", expect="number"),
    "Costing.variance": _m("measure", "ledger"),
    "Costing.identity": _m("dimension", "ledger"),
    "IssueOrder.pick": _m("dimension", "ledger"),
    "IssueOrder.grain": _m("grain", "ledger"),
    "IssueOrder.by": _m("path", "other"),
    "IssueOrder.expires": _m("path", "other"),
    "IssueOrder.available": _m("expression", "measures", expect="number"),
    "IssueOrder.when": _when("dimensions"),
    "Ledger.label": TEXT,
    "Ledger.help": TEXT,
    "Ledger.cost_key": _m("dimension", "ledger"),
    "Ledger.back_date_role": ROLE,
    "Ledger.close_role": ROLE,
}

_FLOW: dict[str, Meaning] = {
    "State.label": TEXT,
    "State.color": COLOR,
    "Approver.role": ROLE,
    "Approver.user": _m("user"),
    "Approver.field": _m("field", "self"),
    "Approver.unit": _m("field", "self"),
    "Approver.entity": ENTITY,
    "Approver.filter": _m("filter", "other"),
    "Approver.person": _m("field", "other"),
    "ApprovalBranch.label": TEXT,
    "ApprovalBranch.when": _when("self"),
    "ApprovalNode.label": TEXT,
    "ApprovalNode.signature": _m("field", "self"),
    "ApprovalNode.edit": _m("field", "self"),
    "ApprovalNode.sets": _map("self", "self"),
    "ApprovalNode.rule": _m("rule"),
    "ApprovalNode.until": _when("self"),
    "ApprovalNode.flow": _m("transition", "self"),
    "Approval.rejects_by": _m("transition", "self"),
    "Approval.when": _when("self"),
    "Approval.label": TEXT,
    "Approval.material": _m("field", "self"),
    "Transition.label": TEXT,
    "Transition.from_": _m("state", "self"),
    "Transition.to": _m("state", "self"),
    "Transition.condition": _when("self", old=True),
    "Transition.message": TEXT,
    "Transition.required": _m("field", "self"),
    "Transition.sets": _map("self", "self", old=True),
    "Transition.confirm": TEXT,
    "Workflow.entity": ENTITY,
    "Workflow.initial": _m("state", "self"),
    "Workflow.label": TEXT,
}

_RULE: dict[str, Meaning] = {
    "Trigger.entity": ENTITY,
    "Trigger.fields": _m("field", "self"),
    "Trigger.transition": _m("transition", "self"),
    "Trigger.ledger": LEDGER,
    "Trigger.grain": _m("grain", "ledger"),
    "Trigger.slack": _m("expression", "guard", expect="number"),
    "Trigger.date_field": _m("path", "self"),
    "Trigger.filter": _m("filter", "self"),
    "Trigger.label": TEXT,
    "Recipient.role": ROLE,
    "Recipient.user": _m("user"),
    "Recipient.field": _m("path", "self"),
    "Action.when": _when("self", old=True),
    "Action.values": _map("self", "other", old=True),
    "Action.message": TEXT,
    "Action.at": _m("path", "self"),
    "Action.entity": ENTITY,
    "Action.filter": _m("filter", "other"),
    "Action.conversion": _m("conversion", "target"),
    "Action.transition": _m("transition", "target"),
    "Action.title": TEXT,
    "Action.body": TEXT,
    "Action.target": _m("path", "self"),
    "Action.connector": _m("connector"),
    "Action.payload": _m("expression", "self", keys="name", old=True),
    "Rule.label": TEXT,
    "Rule.if_": _when("self", old=True),
    "Rule.scope": _m("setting"),
    "Rule.unchanged": _m("path", "self"),
    "Rule.help": TEXT,
}

_SHOWN: dict[str, Meaning] = {
    "FormNode.label": TEXT,
    "FormNode.field": _m("path", "self"),
    "FormNode.columns_shown": _m("field", "line"),
    "FormNode.totals": _m("field", "line"),
    "FormNode.beside": _m("path", "line"),
    "FormNode.visible_if": _when("self"),
    "Form.entity": ENTITY,
    "Form.label": TEXT,
    "Column.field": _m("path", "self"),
    "Column.label": TEXT,
    "SortKey.field": _m("path", "source"),
    "View.entity": ENTITY,
    "View.label": TEXT,
    "View.filter": _m("filter", "self"),
    "View.totals": _m("path", "self"),
    "View.quick_filters": _m("path", "self"),
    "View.help": TEXT,
    "Figure.entity": ENTITY,
    "Figure.field": _m("path", "self"),
    "Figure.filter": _m("filter", "self"),
    "Figure.ledger": LEDGER,
    "Figure.measure": _m("expression", "measures", expect="number"),
    "Figure.dimensions": _m("value", keys="dimension", keys_of="ledger"),
    "Parameter.label": TEXT,
    "Parameter.default": _m("expression", "nothing"),
    "Parameter.entity": ENTITY,
    "ReportColumn.field": _m("path", "source"),
    "ReportColumn.label": TEXT,
    "Report.label": TEXT,
    "Report.entity": ENTITY,
    "Report.ledger": LEDGER,
    "Report.filter": _m("filter", "source"),
    "Report.help": TEXT,
    "Card.label": TEXT,
    "Card.report": _m("report"),
    "Card.view": _m("view"),
    "Dashboard.label": TEXT,
    "Health.label": TEXT,
    "Health.help": TEXT,
    "Health.entity": ENTITY,
    "Health.filter": _m("filter", "source"),
    "Health.when": _when("source"),
    "Health.fields": _m("path", "self"),
    "Health.ledger": LEDGER,
    "Health.grain": _m("grain", "ledger"),
    "Health.difference": _m("path", "self"),
    "Health.same": _m("path", "self"),
    "Health.entities": ENTITY,
    "Print.entity": ENTITY,
    "Print.label": TEXT,
    "Print.template": _m("print", "self"),
}

_ACCESS: dict[str, Meaning] = {
    "Grant.entity": ENTITY,
    "Grant.scope": _m("filter", "self"),
    "Grant.hidden": _m("path", "self"),
    "Grant.read_only": _m("path", "self"),
    "Grant.states": _m("state", "self"),
    "Grant.transitions": _m("transition", "self", star=True),
    "Grant.conversions": _m("conversion", "self", star=True),
    "LedgerGrant.ledger": LEDGER,
    "LedgerGrant.measures": _m("measure", "ledger", star=True),
    "Role.label": TEXT,
    "Role.home": _m("home"),
    "Role.help": TEXT,
    "Role.reports": _m("report", star=True),
    "Role.dashboards": _m("dashboard", star=True),
    "Role.overrides": _m("permission"),
}

_DATA: dict[str, Meaning] = {
    "Step.entity": ENTITY,
    "Step.values": _m("value", keys="field", keys_of="other"),
    "Step.transition": _m("transition", "self"),
    "Step.conversion": _m("conversion", "self"),
    "Step.rule": _m("rule"),
    "Step.key": _m("setting"),
    "Step.ledger": _m("ledger"),
    "Step.expect": _m("expectation", "other"),
    "Scenario.label": TEXT,
    "Scenario.help": TEXT,
    "DataSet.entity": ENTITY,
    "DataSet.rows": _m("value", keys="field", keys_of="self"),
    "Computation.label": TEXT,
    "Computation.help": TEXT,
    "Computation.report": _m("report"),
    "Computation.entity": ENTITY,
    "Computation.map": _map("report", "other"),
    "Computation.match": _m("field", "other"),
    "Connector.label": TEXT,
    "Connector.help": TEXT,
}

MEANINGS: Mapping[str, Meaning] = {
    **_APP, **_ENTITY, **_POSTING, **_LEDGER, **_FLOW, **_RULE, **_SHOWN, **_ACCESS, **_DATA,
}  # fmt: skip
"""``Model.attribute`` → meaning. What is not here is a plain value."""


def meaning_of(model: type, attribute: str) -> Meaning | None:
    return MEANINGS.get(f"{model.__name__}.{attribute}")
