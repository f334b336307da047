"""Scopes: which names an expression may use at its place, and what type each has. Pure.

A record scope knows the entity's fields, system names, paths through references, ``parent.`` in lines, ``lines.x`` as lists,
``setting.``, ``actor.`` and, where allowed, ``old.``. A guard scope knows the measures of a balance, its dimensions with their
records' fields, and settings. A measures scope knows the measures alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from builder.expressions.types import (
    ANY,
    BOOL,
    DATE,
    DATETIME,
    NUMBER,
    TEXT,
    LedgerCatalogue,
    Type,
    list_of,
    ref,
)
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.ledger import Dimension, Ledger
from builder.metadata.package import Package
from builder.metadata.targets import REST

HOPS = 4
"""References that one path may follow: three from a record, and the step from a line to its header."""

SYSTEM: Mapping[str, Type] = {
    "id": ref(),
    "state": TEXT,
    "owner": ref(),
    "org_unit": ref(),
    "business_date": DATE,
    "version": NUMBER,
    "line_no": NUMBER,
    "created_by": ref(),
    "created_via": TEXT,
    "created_at": DATETIME,
    "updated_by": ref(),
    "updated_at": DATETIME,
    "archived_at": DATETIME,
}
ACTOR: Mapping[str, Type] = {"id": ref(), "org_unit": ref(), "name": TEXT, "is_owner": BOOL}
SETTINGS: Mapping[str, Type] = {
    "boolean": BOOL,
    "integer": NUMBER,
    "decimal": NUMBER,
    "money": NUMBER,
    "text": TEXT,
    "choice": TEXT,
    "filter": ANY,
}
BUILT_IN_SETTINGS: Mapping[str, Type] = {"force_approval": BOOL}
SCALARS: Mapping[str, Type] = {"text": TEXT, "date": DATE, "integer": NUMBER}


def type_of_field(field: Field) -> Type:
    """What expressions see of a field."""
    found = FIELD_TYPES.find(field.type)
    sort = found.sort if found else "any"
    if sort == "ref":
        return ref(field.entity if field.type == "reference" else None)
    if sort == "list":
        return list_of(ref(field.entity) if field.type == "multi_reference" else TEXT)
    return ANY if sort == "any" else Type(sort)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What BALANCE must know of a ledger."""

    dimensions: Sequence[str]
    measures: frozenset[str]
    grains: frozenset[frozenset[str]]


def catalogue(ledger: Ledger) -> LedgerCatalogue:
    grains = {frozenset(g.dimensions) for g in ledger.grains} | {frozenset(ledger.lane)}
    return Catalogue(
        tuple(d.key for d in ledger.dimensions), frozenset(m.key for m in ledger.measures), frozenset(grains)
    )


class PackageScope:
    """What every scope knows: settings, and ledgers for BALANCE."""

    def __init__(self, package: Package) -> None:
        self.package = package

    def ledger(self, key: str) -> LedgerCatalogue | None:
        found = self.package.ledger(key)
        return catalogue(found) if found else None

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        if len(path) == 2 and path[0] == "setting":
            return self.setting(path[1])
        return None

    def setting(self, key: str) -> Type | None:
        found = self.package.setting(key)
        return SETTINGS.get(found.type, ANY) if found else BUILT_IN_SETTINGS.get(key)

    def names(self) -> Iterable[str]:
        keys = dict.fromkeys([*(s.key for s in self.package.app.settings), *BUILT_IN_SETTINGS])
        return (f"setting.{key}" for key in keys)

    def follow(self, entity: Entity, path: tuple[str, ...], hops: int = HOPS) -> Type | None:
        """The type at the end of a path that starts at a record of ``entity``."""
        head, rest = path[0], path[1:]
        if head == "parent" and entity.parent:
            return self._through(entity.parent, rest, hops)
        field = entity.field(head)
        if field is None:
            return SYSTEM.get(head) if not rest else None
        if not rest:
            return list_of(ref(field.entity)) if field.type == "lines" else self.type_at(entity, field)
        if field.type in {"lines", "multi_reference"}:
            inner = self._through(field.entity or "", rest, hops)
            return None if inner is None else list_of(inner)
        return self._through(field.entity or "", rest, hops) if field.type == "reference" else None

    def _through(self, key: str, rest: tuple[str, ...], hops: int) -> Type | None:
        entity = self.package.entity(key)
        return None if entity is None or not rest or hops <= 1 else self.follow(entity, rest, hops - 1)

    def type_at(self, entity: Entity, field: Field) -> Type:
        """The field's type; of a looked-up value what stands at the end of its path."""
        if field.type == "lookup" and field.lookup:
            return self.follow(entity, tuple(field.lookup.split("."))) or ANY
        return type_of_field(field)

    def names_of(self, entity: Entity, prefix: str = "", hops: int = 2) -> Iterator[str]:
        """Names of a record, two references deep: for suggestions."""
        for name in SYSTEM:
            yield prefix + name
        for field in entity.fields:
            yield prefix + field.key
            target = self.package.entity(field.entity or "")
            if hops > 1 and target is not None and field.type in {"reference", "lines", "multi_reference"}:
                yield from self.names_of(target, f"{prefix}{field.key}.", hops - 1)
        parent = self.package.entity(entity.parent or "")
        if hops > 1 and parent is not None:
            yield from self.names_of(parent, f"{prefix}parent.", hops - 1)


class RecordScope(PackageScope):
    """Names of a record of ``entity``. ``old`` allows the value before the change; ``results`` names measures that an earlier
    posting of the same document gives back (``result.value``), and what of it found no place (``result.rest.value``); ``picked`` its
    dimensions (``result.batch``)."""

    def __init__(
        self,
        package: Package,
        entity: Entity,
        *,
        old: bool = False,
        results: frozenset[str] = frozenset(),
        picked: Mapping[str, Type] | None = None,
    ) -> None:
        super().__init__(package)
        self.entity = entity
        self._picked = picked or {}
        self._old = old
        self._results = results

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        head = path[0]
        if self.entity.field(head) is None:
            if head == "actor":
                return ACTOR.get(path[1]) if len(path) == 2 else None
            if head == "setting":
                return super().type_of(path)
            if head == "result":
                measure = path[2:] if path[1:2] == (REST,) else path[1:]
                if len(path) == 2 and path[1] in self._picked and path[1] not in self._results:
                    return self._picked[path[1]]
                return NUMBER if len(measure) == 1 and measure[0] in self._results else None
            if head == "old":
                return self.follow(self.entity, path[1:]) if self._old and len(path) > 1 else None
        return self.follow(self.entity, path)

    def names(self) -> Iterable[str]:
        yield from self.names_of(self.entity)
        yield from super().names()
        yield from (f"actor.{name}" for name in ACTOR)
        yield from (f"result.{name}" for name in sorted(self._results))
        yield from (f"result.{REST}.{name}" for name in sorted(self._results))
        yield from (f"result.{name}" for name in sorted(self._picked))
        if self._old:
            yield from (f"old.{f.key}" for f in self.entity.fields)


def dimension_type(dimension: Dimension) -> Type:
    """What a dimension of a ledger is, to an expression."""
    return ref(dimension.entity) if dimension.entity else SCALARS.get(dimension.type, ANY)


class LedgerScope(PackageScope):
    """Names of one balance row: measures (unless left out), with ``old`` as they were before (``old.on_hand``), the dimensions of
    ``dimensions`` with their records' fields; with ``pooled`` its value at the cost of its pool too (``pooled.value``)."""

    def __init__(
        self,
        package: Package,
        ledger: Ledger,
        dimensions: Iterable[str],
        *,
        measures: bool = True,
        old: bool = False,
        pooled: bool = False,
    ) -> None:
        super().__init__(package)
        self._old = old
        self._pooled = ledger.costing.value if pooled and ledger.costing else ""
        self._ledger = ledger
        self._dimensions = tuple(dimensions)
        self._measures = frozenset(m.key for m in ledger.measures) if measures else frozenset()

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        head, rest = path[0], path[1:]
        if head in self._measures:
            return None if rest else NUMBER
        if head == "old" and self._old:
            return NUMBER if len(rest) == 1 and rest[0] in self._measures else None
        if head == "pooled" and self._pooled:
            return NUMBER if rest == (self._pooled,) else None
        dimension = self._ledger.dimension(head) if head in self._dimensions else None
        if dimension is None:
            return super().type_of(path)
        if not rest:
            return dimension_type(dimension)
        target = self.package.entity(dimension.entity or "")
        return self.follow(target, rest) if target else None

    def names(self) -> Iterable[str]:
        yield from sorted(self._measures)
        yield from (f"old.{key}" for key in sorted(self._measures) if self._old)
        yield from (f"pooled.{self._pooled}",) if self._pooled else ()
        for key in self._dimensions:
            yield key
            dimension = self._ledger.dimension(key)
            target = self.package.entity((dimension.entity or "") if dimension else "")
            if target is not None:
                yield from self.names_of(target, f"{key}.", 1)
        yield from super().names()
