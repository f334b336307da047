"""Scoping: the scope of each expression of a package, by what its place means and what surrounds it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from builder.expressions.types import ANY, Type
from builder.metadata.entity import Entity
from builder.metadata.frames import Frame
from builder.metadata.meaning import Meaning
from builder.metadata.package import Package
from builder.metadata.report_scopes import ColumnScope, PartScope
from builder.metadata.scopes import LedgerScope, PackageScope, RecordScope, dimension_type


class SurroundedScope(PackageScope):
    """The names of ``within`` and what is at hand beside its record: ``outer.x`` of the record that actions go through others for, and
    ``payload.x`` of the message that a webhook brought. A field of that name comes first."""

    def __init__(self, within: PackageScope, outer: PackageScope | None, *, has_payload: bool) -> None:
        super().__init__(within.package)
        self.within = within
        self._outer = outer
        self._has_payload = has_payload

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        found = self.within.type_of(path)
        if found is None and len(path) > 1:
            if path[0] == "outer" and self._outer is not None:
                return self._outer.type_of(path[1:])
            if path[0] == "payload" and self._has_payload:
                return ANY
        return found

    def names(self) -> Iterable[str]:
        yield from self.within.names()
        if self._outer is not None:
            yield from (f"outer.{name}" for name in self._outer.names())


def scope_of(package: Package, meaning: Meaning, frame: Frame) -> PackageScope | None:
    """The scope of an expression with that meaning in that frame; None where its surroundings do not exist."""
    of = meaning.of
    if of in {"self", "source"} and frame.source != "records" and frame.ledger:
        of = "guard"
    if of in {"self", "source", "line", "posting"}:
        return _record(package, meaning, frame)
    if of == "nothing":
        return PackageScope(package)
    if of == "report":
        report = package.report(frame.report)
        own = (c.name for c in report.columns) if report else ()
        asked = report.parameters if report else ()
        return ColumnScope(package, (*frame.columns, *own), asked) if report or frame.columns else None
    if of in {"part", "parameters"}:
        report = package.report(frame.report)
        asked = report.parameters if report else ()
        if of == "parameters":
            return ColumnScope(package, (), asked)
        inner = scope_of(package, replace(meaning, of="source"), frame)
        return PartScope(package, inner, frame.source, asked) if inner is not None else None
    ledger = package.ledger(frame.ledger)
    if ledger is None:
        return None
    if of in {"measures", "standing"}:
        return LedgerScope(package, ledger, (), pooled=of == "standing")
    if of == "cost":
        return LedgerScope(package, ledger, ledger.cost_key or ledger.lane, measures=False)
    grain = ledger.grain(frame.grain)
    keys = grain.dimensions if grain else [d.key for d in ledger.dimensions]
    return LedgerScope(package, ledger, keys, measures=of in {"guard", "change"}, old=of == "change")


def _record(package: Package, meaning: Meaning, frame: Frame) -> PackageScope | None:
    is_posting = meaning.of == "posting"
    entity = package.entity(frame.entity("line" if is_posting else meaning.of))
    if frame.outer is not None or frame.has_payload:
        return _surrounded(package, meaning, frame, entity)
    if entity is None:
        return None
    earlier = package.ledger(frame.result_of) if is_posting and frame.result_of else None
    results = frozenset(m.key for m in earlier.measures) if earlier else frozenset[str]()
    picked = {d.key: dimension_type(d) for d in earlier.dimensions} if earlier else {}
    return RecordScope(package, entity, old=meaning.old, results=results, picked=picked)


def _surrounded(
    package: Package, meaning: Meaning, frame: Frame, entity: Entity | None
) -> PackageScope | None:
    """Within actions that go through records there is no *before the change* but that of the outer record."""
    if entity is None and frame.self_:
        return None
    is_outermost = frame.outer is None
    within = (
        RecordScope(package, entity, old=meaning.old and is_outermost) if entity else PackageScope(package)
    )
    outer = None if frame.outer is None else scope_of(package, meaning, frame.outer)
    return SurroundedScope(within, outer, has_payload=frame.has_payload)
