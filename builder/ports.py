"""Ports: what the pure layers may ask of the world, as protocols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from builder.record import Record, Value


class Reader(Protocol):
    """A snapshot of the data with the pending changes laid over it. The same for every question of one decision."""

    def get(self, entity: str, ids: Iterable[int]) -> Mapping[int, Record]:
        """The records of those ids that exist, with their lines. Archived ones too: references keep."""

    def heads(self, entity: str, ids: Iterable[int]) -> Mapping[int, Record]:
        """The same for whoever does not look at their lines, which may be missing."""

    def find(
        self,
        entity: str,
        where: Mapping[str, Any] | None = None,
        *,
        sort: Sequence[tuple[str, bool]] = (),
        limit: int = 1000,
    ) -> tuple[Record, ...]:
        """Records (without lines) that pass the filter; ``sort`` pairs a field with descending."""

    def aggregate(
        self, entity: str, op: str, field: str, where: Mapping[str, Any] | None = None
    ) -> Decimal | None:
        """count, sum, min, max or avg over records that pass the filter; None where there is nothing."""

    def aggregate_each(
        self,
        entity: str,
        op: str,
        field: str,
        reference: str,
        ids: Sequence[int],
        where: Mapping[str, Any] | None = None,
    ) -> Mapping[int, Decimal | None] | None:
        """``aggregate`` over the records that refer to each of these, in one question; None where each must be asked for alone."""

    def balance(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal:
        """Committed balance plus the quantities of intents collected so far; 0 where there is none.
        ``keys`` are in the order of the ledger's dimensions; None does not limit."""

    def look_ahead(
        self, ledger: str, places: Sequence[Sequence[Value]], days: tuple[date, date] | None = None
    ) -> None:
        """The balances at these keys, or their turnovers of these days, will be asked for, so that they may be read together."""

    def turnover(self, ledger: str, measure: str, keys: Sequence[Value], days: tuple[date, date]) -> Decimal:
        """What committed entries dated in these days, both included, add up to; ``keys`` as in ``balance``."""

    def setting(self, key: str) -> Value: ...


class Directory(Protocol):
    """Who is who, for workflow and notifications."""

    def with_role(self, role: str, org_unit: int = 0) -> tuple[int, ...]:
        """Active users who hold the role (for that org unit or everywhere), in a stable order."""

    def by_login(self, login: str) -> int | None: ...

    def head_of(self, org_unit: int, levels_up: int = 0) -> int | None: ...

    def is_active(self, user: int) -> bool:
        """Whether the user can act in this app: the account is in use and the app is open to it."""

    def app_owners(self) -> tuple[int, ...]:
        """Who is asked when nobody else is left: holders of the design right, else workspace administrators."""

    def delegate_of(self, user: int, day: date) -> int | None:
        """Who stands in for the user on that day, if anybody."""

    def name_of(self, user: int) -> str: ...


class Environment(Protocol):
    """What environment functions of expressions ask."""

    def today(self) -> date: ...

    def now(self) -> datetime: ...

    def user(self) -> int: ...

    def balance(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal: ...
