"""A world in memory for pure tests: records, people, an environment, and packages compiled on the spot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from builder.commands import Actor
from builder.metadata.compiled import CompiledPackage
from builder.metadata.filter import matches, paths_of
from builder.metadata.package import Package
from builder.record import Record, Value
from builder.rules.context import Context

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
TODAY = date(2026, 3, 2)


class MemoryReader:
    """Records by entity and id. ``asked`` counts the reads per entity, so that a test can say how many there were."""

    def __init__(
        self,
        records: Iterable[Record] = (),
        *,
        settings: Mapping[str, Value] | None = None,
        balances: Mapping[tuple[str, str, tuple[Value, ...]], Decimal] | None = None,
    ) -> None:
        self._records: dict[str, dict[int, Record]] = {}
        self._settings = dict(settings or {})
        self._balances: dict[tuple[Any, ...], Decimal] = dict(balances or {})
        self.asked: Counter[str] = Counter()
        self.context: Context | None = None
        for record in records:
            self.put(record)

    def put(self, record: Record) -> None:
        self._records.setdefault(record.entity, {})[record.id] = record
        for lines in record.lines.values():
            for line in lines:
                self.put(line)

    def get(self, entity: str, ids: Iterable[int]) -> Mapping[int, Record]:
        self.asked[entity] += 1
        known = self._records.get(entity, {})
        return {i: known[i] for i in ids if i in known}

    def heads(self, entity: str, ids: Iterable[int]) -> Mapping[int, Record]:
        return {id: record.but(lines={}) for id, record in self.get(entity, ids).items()}

    def find(
        self,
        entity: str,
        where: Mapping[str, Any] | None = None,
        *,
        sort: Sequence[tuple[str, bool]] = (),
        limit: int = 1000,
    ) -> tuple[Record, ...]:
        self.asked[entity] += 1
        found = [r for r in self._records.get(entity, {}).values() if self._passes(where, r)]
        for key, descending in reversed(sort):
            found.sort(key=lambda r: str(r.get(key)), reverse=descending)
        return tuple(found[:limit])

    def _passes(self, where: Mapping[str, Any] | None, record: Record) -> bool:
        if not where:
            return True
        paths = paths_of(where)
        values = self.context.values(paths, record) if self.context else {p: record.get(p) for p in paths}
        return matches(where, values)

    def aggregate(
        self, entity: str, op: str, field: str, where: Mapping[str, Any] | None = None
    ) -> Decimal | None:
        found = self.find(entity, where)
        if op == "count":
            return Decimal(len(found))
        values = [v for v in (r.get(field) for r in found) if isinstance(v, Decimal)]
        if not values:
            return None
        total = sum(values, Decimal(0))
        results = {"sum": total, "min": min(values), "max": max(values), "avg": total / len(values)}
        return results[op]

    def aggregate_each(
        self,
        entity: str,
        op: str,
        field: str,
        reference: str,
        ids: Sequence[int],
        where: Mapping[str, Any] | None = None,
    ) -> Mapping[int, Decimal | None] | None:
        return None

    def balance(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal:
        return self._balances.get((ledger, measure, tuple(keys)), Decimal(0))

    def look_ahead(
        self, ledger: str, places: Sequence[Sequence[Value]], days: tuple[date, date] | None = None
    ) -> None:
        """Everything is at hand."""

    def turnover(self, ledger: str, measure: str, keys: Sequence[Value], days: tuple[date, date]) -> Decimal:
        return self._balances.get((ledger, measure, tuple(keys), *days), Decimal(0))

    def setting(self, key: str) -> Value:
        return self._settings.get(key)


@dataclass
class MemoryDirectory:
    """People by id. ``heads`` are from the unit upwards; ``delegates`` map a person to (stand-in, from, to)."""

    roles: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    logins: Mapping[str, int] = field(default_factory=dict)
    heads: Mapping[int, tuple[int | None, ...]] = field(default_factory=dict)
    owners: tuple[int, ...] = ()
    left: set[int] = field(default_factory=set)
    delegates: Mapping[int, tuple[int, date, date]] = field(default_factory=dict)

    def with_role(self, role: str, org_unit: int = 0) -> tuple[int, ...]:
        return tuple(u for u in self.roles.get(role, ()) if u not in self.left)

    def by_login(self, login: str) -> int | None:
        return self.logins.get(login)

    def head_of(self, org_unit: int, levels_up: int = 0) -> int | None:
        heads = self.heads.get(org_unit, ())
        return heads[levels_up] if levels_up < len(heads) else None

    def is_active(self, user: int) -> bool:
        return user not in self.left

    def app_owners(self) -> tuple[int, ...]:
        return self.owners

    def delegate_of(self, user: int, day: date) -> int | None:
        found = self.delegates.get(user)
        return found[0] if found and found[1] <= day <= found[2] else None

    def name_of(self, user: int) -> str:
        return f"user {user}"


@dataclass(frozen=True)
class MemoryEnvironment:
    """A clock that stands and a person who asks."""

    at: datetime = NOW
    day: date = TODAY
    user_id: int = 7
    reader: MemoryReader | None = None

    def today(self) -> date:
        return self.day

    def now(self) -> datetime:
        return self.at

    def user(self) -> int:
        return self.user_id

    def balance(self, ledger: str, measure: str, keys: Sequence[Value]) -> Decimal:
        return self.reader.balance(ledger, measure, keys) if self.reader else Decimal(0)


def ids(start: int = 1000) -> Callable[[], int]:
    """A source of ids that counts from ``start``."""
    return count(start).__next__


def context_of(
    package: Package,
    reader: MemoryReader | None = None,
    *,
    directory: MemoryDirectory | None = None,
    at: datetime = NOW,
    user: int = 7,
) -> Context:
    """A decision's surroundings over a reader in memory; the package is compiled as publishing compiles it."""
    known = reader or MemoryReader()
    env = MemoryEnvironment(at, at.date(), user, known)
    actor = Actor(workspace=1, user_id=user, org_unit_id=1)
    context = Context(package, CompiledPackage(package), known, env, actor, package.app.key, directory)
    known.context = context
    return context
