"""What may be asked of ledgers: close, switch the costing method, replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ClosePeriod:
    """Lock a ledger through a day; or, with ``reopen``, unlock from the day after ``through``. ``accept`` are codes of obstacles that
    are known and left, which takes a ``reason``."""

    app: str
    ledger: str
    through: str | None
    reopen: bool = False
    reason: str = ""
    accept: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SwitchMethod:
    """Cost a ledger's pools by the method ``to`` from the day after its last close on: those within ``filter`` (over the dimensions that
    are locked together and fields of their records; None: all). What they hold keeps its value, or is valued anew at ``unit``."""

    app: str
    ledger: str
    to: str
    filter: Mapping[str, Any] | None = None
    unit: Any = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReplayLedger:
    """Work the past of a ledger's lanes again where something came late, in order of their dates; differences become true-ups.
    ``most`` entries are gone through at once (0: one lane, however long it is); what is left waits for the next time."""

    app: str
    ledger: str
    most: int = 2000
