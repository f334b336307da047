"""Findings: what ``verify`` says about a row that is off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.ledger.definition import GrainModel, Key, LedgerModel


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that is not what the entries say. ``key`` names it within ``table``; ``expected`` and ``found`` are its figures (whole
    numbers at their measures' scales; None: there is no such row)."""

    code: str
    ledger: str
    table: str
    key: Mapping[str, Any]
    expected: Any = None
    found: Any = None


def named(model: LedgerModel, grain: GrainModel, key: Key, **more: Any) -> dict[str, Any]:
    return {
        "grain": grain.number,
        **{model.dimensions[p].key: v for p, v in zip(grain.positions, key, strict=True)},
        **more,
    }
