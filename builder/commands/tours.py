"""What may be asked about first-run tours and first steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["done", "skipped", "again"]


@dataclass(frozen=True, slots=True)
class PutAwaySteps:
    """Keep that the actor wants the first steps of the app out of sight, or (``away`` False) back."""

    app: str
    away: bool = True


@dataclass(frozen=True, slots=True)
class FinishTour:
    """Keep that the actor has seen the tour of ``role`` to its end, does not want it, or (``again``) wants it once more."""

    app: str
    role: str
    outcome: Outcome = "done"
