"""Rules: what a rule costs that does not match, one that does, and a thousand that a save does not concern.

``python -m benchmarks.rules`` prints the figures; they are medians over rounds, in microseconds, of deciding alone: no database, no commit.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from statistics import median
from typing import Any

from builder.commands import Actor
from builder.events import RecordChanged
from builder.metadata.compiled import CompiledPackage
from builder.metadata.entity import Entity, Field
from builder.metadata.package import App, Package
from builder.metadata.rule import Action, Rule, Trigger
from builder.record import Record, Value
from builder.rules import engine
from builder.rules.context import Context

ROUNDS, TIMES = 15, 2000
MANY = 1000
FIELDS = 40


@dataclass(frozen=True)
class Figure:
    """What was measured, in microseconds for one save; ``most`` is what it may cost (0: nothing is asked)."""

    name: str
    micros: float
    most: float = 0

    @property
    def is_met(self) -> bool:
        return not self.most or self.micros <= self.most


class Nothing:
    """A reader and an environment that are never asked."""

    def today(self) -> date:
        return date(2026, 1, 5)

    def now(self) -> datetime:
        return datetime(2026, 1, 5, tzinfo=UTC)

    def user(self) -> int:
        return 1

    def balance(self, *_: Any) -> Decimal:
        return Decimal(0)

    def get(self, *_: Any) -> Mapping[int, Record]:
        return {}

    def find(self, *_: Any, **__: Any) -> tuple[Record, ...]:
        return ()

    def setting(self, _: str) -> Value:
        return None


def _entity(key: str, kind: Any = "document") -> Entity:
    fields = [Field(f"{key}.f{n}", f"f{n}", "quantity", f"F{n}", scale=2) for n in range(FIELDS)]
    return Entity(key, key, kind, key, tuple(fields))


def _rule(number: int, entity: str, *fields: str, **more: Any) -> Rule:
    key = f"r{number}"
    when = Trigger("record_changed", entity=entity, fields=fields)
    action = Action(f"{key}.a", "update", values={"f39": "f0 + 1"})
    return Rule(key, key, key, when, (action,), **more)


def surroundings(rules: Sequence[Rule]) -> Context:
    """A decision in an app with these rules."""
    package = Package(App("app", "app", "App"), (_entity("thing"), _entity("other")), rules=tuple(rules))
    nothing: Any = Nothing()
    return Context(package, CompiledPackage(package), nothing, nothing, Actor(1, 1), "app")


def changed(*fields: str) -> RecordChanged:
    """A thing of which these fields changed."""
    before = Record("thing", 1, {f"f{n}": Decimal(n) for n in range(FIELDS)}, version=1)
    after = before.with_values({field: Decimal(99) for field in fields})
    return RecordChanged(before, after.but(version=2), frozenset(fields))


def spent(work: Callable[[], object], times: int = TIMES, rounds: int = ROUNDS) -> float:
    """Microseconds that ``work`` takes, the median of several rounds."""
    work()
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in range(times):
            work()
        found.append((time.perf_counter() - began) / times * 1_000_000)
    return median(found)


def _now(rules: Sequence[Rule], *fields: str) -> Callable[[], object]:
    context, event = surroundings(rules), changed(*fields)
    return lambda: engine.now(context, event)


def _before(rules: Sequence[Rule], *fields: str) -> Callable[[], object]:
    context, event = surroundings(rules), changed(*fields)
    return lambda: engine.before(context, event)


def _setting(number: int, condition: str) -> Rule:
    action = Action(f"r{number}.a", "set", values={"f39": "f0 + 1"})
    return replace(_rule(number, "thing", "f0", if_=condition, timing="before"), then=(action,))


def measured(times: int = TIMES, rounds: int = ROUNDS) -> Iterator[Figure]:
    """The figures. What a rule costs is the difference to a save in an app without any, over twenty such rules."""

    def took(work: Callable[[], object]) -> float:
        return spent(work, times, rounds)

    none = took(_now((), "f0"))
    sleeping = [_rule(n, "thing", "f0", if_="f1 > 1000") for n in range(20)]
    matching = [_rule(n, "thing", "f0", if_="f1 > 0") for n in range(20)]
    setting = [_setting(n, "f1 > 0") for n in range(20)]
    without = took(_before((), "f0"))
    yield Figure("a save that no rule waits for", none)
    yield Figure("one rule whose condition does not hold", (took(_now(sleeping, "f0")) - none) / 20, 5)
    yield Figure("one rule that matches and asks for an update", (took(_now(matching, "f0")) - none) / 20, 50)
    yield Figure("one rule that matches and sets a field", (took(_before(setting, "f0")) - without) / 20, 50)
    others = [_rule(n, "other", "f0") for n in range(MANY)]
    fields = [_rule(n, "thing", f"f{1 + n % 38}") for n in range(MANY)]
    yield Figure(f"{MANY} rules about other records", took(_now(others, "f0")) - none, 1)
    yield Figure(f"{MANY} rules about other fields of the same records", took(_now(fields, "f0")) - none, 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rules", description="measure what rules cost")
    parser.add_argument("--quick", action="store_true", help="short: to see that it works")
    quick = parser.parse_args().quick
    figures = list(measured(*((100, 3) if quick else (TIMES, ROUNDS))))
    for figure in figures:
        asked = f" (≤ {figure.most:g})" if figure.most else ""
        print(f"{figure.micros:8.2f} µs  {figure.name}{asked}")
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
