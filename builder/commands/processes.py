"""What may be asked about processes: keep a map that people drew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class DrawProcess:
    """Keep how work goes today, as people drew it, for a ``family`` of documents (its first entity): each step with ``label``, ``who``, ``means``,
    ``minutes`` and ``by``, the transition that does it from now on."""

    app: str
    family: str
    steps: tuple[Mapping[str, Any], ...]
