"""Who may do what."""

from __future__ import annotations

from builder.metadata.meaning import ENTITY, LEDGER, TEXT, Meaning, meant

OF_ACCESS: dict[str, Meaning] = {
    "Grant.entity": ENTITY,
    "Grant.scope": meant("filter", "self"),
    "Grant.hidden": meant("path", "self"),
    "Grant.read_only": meant("path", "self"),
    "Grant.states": meant("state", "self"),
    "Grant.transitions": meant("transition", "self", star=True),
    "Grant.own": meant("transition", "self"),
    "Grant.conversions": meant("conversion", "self", star=True),
    "LedgerGrant.ledger": LEDGER,
    "LedgerGrant.measures": meant("measure", "ledger", star=True),
    "LedgerGrant.dimension": meant("dimension", "ledger"),
    "LedgerGrant.scope": meant("filter", "other"),
    "Role.label": TEXT,
    "Role.home": meant("home"),
    "Role.help": TEXT,
    "Role.reports": meant("report", star=True),
    "Role.dashboards": meant("dashboard", star=True),
    "Role.overrides": meant("permission"),
}
