"""The data and the scenarios that come with an app."""

from __future__ import annotations

from builder.metadata.meaning import ENTITY, TEXT, Meaning, meant

OF_DATA: dict[str, Meaning] = {
    "Step.entity": ENTITY,
    "Step.values": meant("value", keys="field", keys_of="other"),
    "Step.transition": meant("transition", "self"),
    "Step.conversion": meant("conversion", "self"),
    "Step.rule": meant("rule"),
    "Step.computation": meant("computation"),
    "Step.key": meant("setting"),
    "Step.ledger": meant("ledger"),
    "Step.expect": meant("expectation", "other"),
    "Scenario.label": TEXT,
    "Scenario.help": TEXT,
    "DataSet.entity": ENTITY,
    "DataSet.rows": meant("value", keys="field", keys_of="self"),
}
