"""Looking: what every probe shares: a batch of records with their moments, what it found at one, and the clock of then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.environment import CommandEnvironment
from builder.runtime.trying.past import Moment

Kind = Literal["more", "fewer", "otherwise"]


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe found at one moment: whether it ``did`` then and ``would`` now; ``kind`` where both differ; what each came to, in JSON
    form. ``unclear``: today's data do not tell."""

    did: bool
    would: bool
    kind: Kind | None = None
    then: Any = None
    now: Any = None
    unclear: bool = False


@dataclass
class Batch:
    """Records of one entity with their moments in the period."""

    ctx: Context
    records: Mapping[int, Record]
    moments: Mapping[int, Sequence[Moment]]


class Probe(Protocol):
    """``key`` names it in results; ``about`` says what it is: ``rule``, ``approval`` or ``values``."""

    key: str
    about: str
    entity: str

    def prepare(self, batch: Batch) -> None:
        """Read what a batch needs at once."""

    def look(self, record: Record, moment: Moment) -> Iterable[Look]:
        """What it finds at a moment of a record."""


def at_moment(ctx: Context, moment: Moment) -> CommandEnvironment:
    """The clock and the person of that moment. Other records and balances are read as they are today."""
    own = ctx.environment
    local: datetime = moment.step.at.astimezone(ZoneInfo(own.zone))
    day: date = local.date()
    return CommandEnvironment(moment.step.at, day, moment.step.actor_id, own.balance_of, own.zone)
