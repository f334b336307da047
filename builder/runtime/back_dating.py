"""Back-dating: who may post on earlier days than today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from builder.changes import Intent
from builder.errors import Problem
from builder.metadata.package import Package
from builder.runtime.permissions import Kernel


def forbidden(package: Package, kernel: Kernel, today: date, intents: Iterable[Intent]) -> list[Problem]:
    """Problems of postings before today into ledgers that name a role for it, once a document and ledger. What a document took back
    on its own day it may post there again: it is on that day already."""
    intents = list(intents)
    if kernel.is_unlimited:
        return []
    known = {(i.ledger, i.entity, i.record_id) for i in intents if i.reverses is not None or i.follow}
    found: dict[tuple[str, str, int], Problem] = {}
    for intent in intents:
        at = intent.ledger, intent.entity, intent.record_id
        ledger = package.ledger(intent.ledger)
        role = ledger.back_date_role if ledger is not None else None
        if role is None or role in kernel.role_keys() or intent.business_date >= today or at in known:
            continue
        found.setdefault(at, Problem("BACK_DATE_FORBIDDEN", "/business_date", {"day": intent.business_date}))
    return list(found.values())
