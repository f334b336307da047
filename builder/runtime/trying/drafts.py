"""Drafts over the data: an app as a draft would have it, read from where the live version keeps its records.

What only the draft has (a new field, a new ledger) has no place yet: it is empty, and what would post there cannot be tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import Any

from builder.commands import Actor
from builder.expressions import ExpressionError
from builder.ledger.compile import compile_ledger
from builder.ledger.definition import LedgerModel
from builder.metadata.compiled import CompiledPackage
from builder.metadata.package import Package
from builder.runtime.apps import LoadedApp
from builder.runtime.context import Context
from builder.runtime.opening import open_on
from builder.storage.slots import SlotMap, load_slots

FIRST_ID = 1 << 62
"""Ids of what is only tried: above all that are given, so that none needs a lease, which would be written."""


def drafted(conn: Any, ws: int, app: LoadedApp, draft: Package) -> LoadedApp:
    """The app with the draft's package over the live version's data."""
    if draft is app.package:
        return app
    maps = load_slots(conn, ws, app.row.app_id, draft)
    return replace(
        app,
        package=draft,
        compiled=CompiledPackage(draft),
        maps=maps,
        ledgers=_ledgers(draft, maps, app.ledgers),
        kept={},
    )


def _ledgers(draft: Package, maps: SlotMap, live: Mapping[str, LedgerModel]) -> dict[str, LedgerModel]:
    """Models of the ledgers that are there. One that the draft gives new dimensions or measures is tried as the live version has it."""
    found: dict[str, LedgerModel] = {}
    for ledger in draft.ledgers:
        try:
            found[ledger.key] = compile_ledger(ledger, maps.ledger(ledger.key), package=draft)
        except (KeyError, ExpressionError, StopIteration):
            if ledger.key in live:
                found[ledger.key] = live[ledger.key]
    return found


def open_teller(ctx: Context, app: LoadedApp) -> Context:
    """The same with the reader's own rights: what tells them of a trial."""
    numbers = count(FIRST_ID)
    return open_on(ctx.engine, ctx.conn, ctx.actor, app, ctx.pending.now, lambda: next(numbers))


def open_trial(ctx: Context, app: LoadedApp, actor: Actor | None = None) -> Context:
    """A context of its own on the same snapshot, for one thing to try: what it decides is seen by nobody else and never committed."""
    numbers = count(FIRST_ID)
    made = open_on(ctx.engine, ctx.conn, actor or ctx.actor, app, ctx.pending.now, lambda: next(numbers))
    # Who tries is not whose rights are tried: the app acts, and what the reader may not see is left out when it is told.
    return made.as_app()
