"""Context: what expressions see. Dotted paths over records become flat values, with one read per entity and hop.

The same function serves rules, formulas, validation, workflow conditions, postings, conversions and guards, so that a
path means one thing everywhere. A pseudo-entity ``ledger:<key>`` lets dimension keys be followed like references.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from builder.commands import Actor
from builder.expressions import Expression
from builder.metadata.compiled import CompiledPackage
from builder.metadata.entity import Entity, Field
from builder.metadata.package import Package
from builder.ports import Directory, Environment, Reader
from builder.record import Record, Value
from builder.rules.reach import values_for_many
from builder.rules.straight import own_values, straight, straight_many

LEDGER = "ledger:"
Sees = Callable[[str, str], bool]
"""Whether somebody may see a field of an entity, or a measure of ``ledger:<key>``."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found over a record with its header and with what it was. They are kept, so that no other comes to stand where they do."""

    of: tuple[Record | None, ...]
    values: dict[str, Value] = field(default_factory=dict)


class _Rest:
    """A time of its own for what was found. Entered for every rule that is judged: a generator would take three times as long."""

    __slots__ = ("_seen",)

    def __init__(self, seen: list[dict[tuple[int, ...], _Seen]]) -> None:
        self._seen = seen

    def __enter__(self) -> None:
        self._seen.append({})

    def __exit__(self, *_raised: object) -> None:
        self._seen.pop()


@dataclass(frozen=True)
class Context:
    """One decision's surroundings. ``directory`` is needed by rules that tell people, ``app`` is the installed app's key."""

    package: Package
    compiled: CompiledPackage
    reader: Reader
    env: Environment
    actor: Actor
    app: str = ""
    directory: Directory | None = None
    ticks: Callable[[], int] = lambda: 0
    """Nanoseconds of some clock that only goes forward: how long a rule takes is told, never decided by."""
    sights: Callable[[int], Sees | None] | None = None
    """What a person may see, by their id; None: everything."""
    _fields: dict[str, Mapping[str, Field]] = field(default_factory=dict, repr=False)
    _seen: list[dict[tuple[int, ...], _Seen]] = field(default_factory=list, repr=False)

    def at_rest(self) -> _Rest:
        """While nothing is written: what was found over a record is not looked for again."""
        return _Rest(self._seen)

    def sight_of(self, user: int) -> Sees | None:
        """What the person may see: what they are told is written for their eyes. None: everything."""
        return self.sights(user) if self.sights is not None else None

    def entity(self, key: str) -> Entity:
        """The entity of that key; ``KeyError`` where the package has none."""
        found = self.package.entity(key)
        if found is None:
            raise KeyError(key)
        return found

    def fields(self, entity: str) -> Mapping[str, Field]:
        """The entity's fields by key, kept for this decision."""
        known = self._fields.get(entity)
        if known is None:
            model = self.package.entity(entity)
            known = {f.key: f for f in model.fields} if model else {}
            self._fields[entity] = known
        return known

    def target(self, entity: str, key: str) -> str | None:
        """The entity that field (or ledger dimension) ``key`` refers to; None where it refers to no record."""
        if entity.startswith(LEDGER):
            ledger = self.package.ledger(entity.removeprefix(LEDGER))
            found = next((d for d in ledger.dimensions if d.key == key), None) if ledger else None
            return found.entity if found else None
        of = self.fields(entity).get(key)
        return of.entity if of and of.type in {"reference", "multi_reference"} else None

    def values(
        self, paths: Iterable[str], record: Record, *, parent: Record | None = None, old: Record | None = None
    ) -> dict[str, Value]:
        """The value of every path over ``record``; see ``values_for_many``."""
        own = own_values(paths, record)
        if own is not None:
            return own
        found = straight(self, paths, record, parent, old)
        if found is not None:
            return found
        if not self._seen:
            return values_for_many(paths, [record], self, parents=[parent], olds=[old])[0]
        at = (id(record), id(parent), id(old))
        known = self._seen[-1].setdefault(at, _Seen((record, parent, old))).values
        missing = [path for path in paths if path not in known]
        if missing:
            known.update(dict.fromkeys(missing))
            known.update(values_for_many(missing, [record], self, parents=[parent], olds=[old])[0])
        return {path: known[path] for path in paths}

    def values_many(
        self,
        paths: Iterable[str],
        records: Sequence[Record],
        *,
        parents: Sequence[Record | None] | None = None,
        olds: Sequence[Record | None] | None = None,
    ) -> list[dict[str, Value]]:
        """``values`` over records of one entity, read together; see ``values_for_many``."""
        if len(records) == 1:
            parent, old = parents[0] if parents else None, olds[0] if olds else None
            return [self.values(paths, records[0], parent=parent, old=old)]
        if records:
            none = [None] * len(records)
            found = straight_many(self, paths, records, parents or none, olds or none)
            if found is not None:
                return found
        return values_for_many(paths, records, self, parents=parents, olds=olds)

    def evaluate(
        self,
        expression: Expression,
        record: Record,
        *,
        parent: Record | None = None,
        old: Record | None = None,
    ) -> Value:
        """The expression over ``record``. Raises ``ExpressionError``."""
        return expression.evaluate(self.values(expression.paths, record, parent=parent, old=old), self.env)

    def values_of(
        self, record: Record, *, parent: Record | None = None, old: Record | None = None
    ) -> Callable[[Iterable[str]], Mapping[str, Value]]:
        """A function from paths to values over ``record``: what the workflow asks."""
        return lambda paths: self.values(paths, record, parent=parent, old=old)


__all__ = ["LEDGER", "Context", "Sees", "values_for_many"]
