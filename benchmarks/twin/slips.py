"""Slips: whether somebody does something wrong. Drawn from what it is about, so that both worlds meet the same ones, in whatever order they ask."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from benchmarks.twin.assumptions import Rates


@dataclass(frozen=True)
class Slips:
    seed: int
    rates: Rates

    def happens(self, kind: str, about: str) -> bool:
        """Whether this slip happens to what it is about, a document or a line."""
        rate: float = getattr(self.rates, kind)
        return self._drawn(kind, about).random() < rate

    def overlooked(self, about: str, rate: float) -> bool:
        """Whether somebody passes over a point of a list."""
        return self._drawn("overlooked", about).random() < rate

    def days_late(self, about: str) -> int:
        return self._drawn("late", about).randint(1, 5)

    def figure(self, right: int, about: str) -> int:
        """What is written for a figure: two digits exchanged, one too many, or one off."""
        drawn, digits = self._drawn("figure", about), str(right)
        wrong = [right + 1, right * 10, max(0, right - 1)]
        if len(digits) > 1 and digits[0] != digits[1]:
            wrong.append(int(digits[1] + digits[0] + digits[2:]))
        return drawn.choice([figure for figure in wrong if figure != right])

    def _drawn(self, kind: str, about: str) -> Random:
        return Random(f"{self.seed} {kind} {about}")
