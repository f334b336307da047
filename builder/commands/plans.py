"""What may be asked about the plan of a workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class SavePlan:
    """What a workspace may use: ``seats`` people and ``apps`` (None: as many as there are), through ``ends_on`` (None: for ever). With ``trial`` it is
    tried out. Only who runs the server says so."""

    name: str = ""
    seats: int | None = None
    apps: int | None = None
    ends_on: date | None = None
    trial: bool = False
