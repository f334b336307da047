"""Filling: how far the sample's documents of a new app are, said on the first pages that people see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.runtime.pages.site import Site
from builder.storage import jobs

KIND = "sample"
LOOKED_AT = 10
"""Jobs that are looked at, the newest: a sample is filled in right after its app was made."""


def filling_of(site: Site) -> Mapping[str, Any] | None:
    """The per cent that is filled in, while a sample is."""
    actor = site.actor()
    with site.door.engine.database.snapshot() as conn:
        rows = jobs.of(conn, actor.workspace, limit=LOOKED_AT)
    row = next((r for r in rows if r.kind == KIND and r.state in {jobs.WAITING, jobs.RUNNING}), None)
    if row is None:
        return None
    progress = row.progress or {}
    total = int(progress.get("total") or 0)
    return {"percent": int(progress.get("done") or 0) * 100 // total if total else 0}
