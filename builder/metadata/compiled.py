"""Compiled packages: every expression of a package compiled once per version, when it is first asked for. Pure.

An expression is named by the uid of the node that owns it and the way from there: ``(posting uid, "measures.on_hand")``,
``(field uid, "formula")``, ``(conversion uid, "lines.map.item")``, ``(rule uid, "if")``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from builder.errors import Problem
from builder.expressions import Expression, ExpressionError, compile_expression
from builder.expressions.types import BOOL, NUMBER, TEXT, Type, list_of
from builder.metadata.entity import Entity, Field
from builder.metadata.filter import paths_at_hand
from builder.metadata.formula_order import Formula, cycles, linked, names_of, ordered
from builder.metadata.package import Package
from builder.metadata.places import Place, places
from builder.metadata.scopes import PackageScope, RecordScope, type_of_field
from builder.metadata.scoping import SurroundedScope, scope_of

EXPECTED: Mapping[str, Type] = {"bool": BOOL, "number": NUMBER, "text": TEXT}
OUTSIDE = frozenset({"setting", "actor", "old", "result", "outer", "payload"})


@dataclass(frozen=True, slots=True)
class Reads:
    """Paths through references that the expressions around an entity read: of the record, and of its lines by lines field. Prefetching
    them costs one query per entity that they lead to."""

    record: frozenset[str]
    lines: Mapping[str, frozenset[str]]


class CompiledPackage:
    """The expressions of one package version. Reading it from several threads at once is safe: compiling twice gives equals."""

    def __init__(self, package: Package, found: Iterable[Place] | None = None) -> None:
        """``found`` are the package's places, where they are known already."""
        self.package = package
        self._places = found
        self._kept: dict[tuple[str, str], Expression] = {}
        self._formulas: dict[str, tuple[Formula, ...]] = {}
        self._reads: dict[str, Reads] = {}
        self._posting_paths: dict[str, frozenset[str]] = {}
        self.plans: dict[object, dict[Any, Any]] = {}
        """What others work out once of this version, each under a name of its own (``rules.kept``)."""

    @cached_property
    def sites(self) -> Mapping[tuple[str, str], Place]:
        """Where expressions stand, by owner and property."""
        all_of_them = places(self.package) if self._places is None else self._places
        found = (p for p in all_of_them if p.meaning.what == "expression" and not p.is_key)
        return {(p.owner, p.property): p for p in found if isinstance(p.name, str)}

    @cached_property
    def _properties(self) -> Mapping[str, tuple[str, ...]]:
        """Which properties of an owner hold expressions."""
        found: dict[str, list[str]] = {}
        for owner, property in self.sites:
            found.setdefault(owner, []).append(property)
        return {owner: tuple(properties) for owner, properties in found.items()}

    def expression(self, owner: str, property: str) -> Expression | None:
        """The expression of that node's property; None where it has none. Raises ``ExpressionError`` where it does not compile,
        which a published one never does."""
        kept = self._kept.get((owner, property))
        if kept is not None:
            return kept
        site = self.sites.get((owner, property))
        if site is None:
            return None
        made = self._kept[(owner, property)] = self._compile(site)
        return made

    def _compile(self, site: Place) -> Expression:
        return compile_expression(
            site.name, scope_of(self.package, site.meaning, site.frame), self.expected(site)
        )

    def expected(self, site: Place) -> Type | None:
        """The type that the expression there must have; None for any."""
        expect = site.meaning.expect
        if expect == "own":
            return _assignable(site.frame.field)
        if expect == "key":
            entity = self.package.entity(site.frame.entity(site.meaning.keys_of))
            return _assignable(entity.field(site.key)) if entity else None
        return EXPECTED.get(expect)

    def problems(self) -> tuple[Problem, ...]:
        """Every expression that does not compile, and every circle of formulas."""
        found: list[Problem] = []
        for site in self.sites.values():
            try:
                self.expression(site.owner, site.property)
            except ExpressionError as error:
                found.append(
                    Problem("E110", site.path, {"reason": error.code, "source": site.name, **error.params})
                )
        return (*found, *self.circles())

    def circles(self) -> tuple[Problem, ...]:
        """Every circle of formulas."""
        return tuple(p for entity in self.package.entities for p in self._circles(entity))

    def _circles(self, entity: Entity) -> Iterable[Problem]:
        for circle in cycles(self._found(entity)):
            place = self.sites[(circle[0].field.uid, "formula")].path
            yield Problem("E111", place, {"circle": " → ".join(f.name for f in (*circle, circle[0]))})

    def formulas(self, entity: str) -> tuple[Formula, ...]:
        """The own formulas of an aggregate (header and lines, archived fields left out) in the order in which they must be worked out;
        volatile ones are among them. A circle is cut where it is met. ``KeyError`` where there is no such entity."""
        kept = self._formulas.get(entity)
        if kept is None:
            model = self.package.entity(entity)
            if model is None:
                raise KeyError(entity)
            kept = self._formulas[entity] = ordered(self._found(model))
        return kept

    def _found(self, entity: Entity) -> tuple[Formula, ...]:
        """The formulas of an aggregate that compile, lines first."""
        parts = [(f.key, self.package.entity(f.entity or "")) for f in entity.line_fields]
        found: list[Formula] = []
        live: dict[str, frozenset[str]] = {}
        for lines, model in (*parts, ("", entity)):
            for field in model.fields if model else ():
                if paths := self._live_paths(field):
                    live[f"{lines}.{field.key}" if lines else field.key] = names_of(lines, paths)
                expression = self._quietly(field) if field.formula and not field.archived else None
                if expression is not None:
                    found.append(Formula(lines, field, expression))
        return linked(found, live)

    def _live_paths(self, field: Field) -> frozenset[str]:
        """What a figure that is looked up whenever somebody asks goes by, of its own record."""
        if field.lookup and field.copy == "live":
            return frozenset({field.lookup})
        if field.rollup is not None:
            return frozenset(paths_at_hand(field.rollup.filter or {}))
        if field.balance is None:
            return frozenset()
        asked = [*(f"balance.dimensions.{key}" for key in field.balance.dimensions), "balance.days"]
        expressions = (self._quietly(field, property) for property in asked)
        return frozenset(path for e in expressions if e is not None for path in e.paths)

    def _quietly(self, field: Field, property: str = "formula") -> Expression | None:
        try:
            return self.expression(field.uid, property)
        except ExpressionError:
            return None

    def reads(self, entity: str) -> Reads:
        """The reference paths that formulas, defaults, conditions, constraints, postings, conversions, workflow and rules read
        around records of ``entity``."""
        kept = self._reads.get(entity)
        if kept is None:
            model = self.package.entity(entity)
            lines = {f.key: self._paths(f.entity or "") for f in model.line_fields} if model else {}
            kept = self._reads[entity] = Reads(self._paths(entity), lines)
        return kept

    def _paths(self, entity: str) -> frozenset[str]:
        found: set[str] = set()
        for (owner, property), site in self.sites.items():
            scope = scope_of(self.package, site.meaning, site.frame)
            if isinstance(scope, SurroundedScope):
                scope = scope.within
            if not isinstance(scope, RecordScope) or scope.entity.key != entity:
                continue
            expression = self.expression(owner, property)
            paths = expression.paths if expression else frozenset()
            found |= {p.removeprefix("old.") for p in paths if "." in p}
        found |= {f.lookup for f in _fields(self.package, entity) if f.lookup}
        return frozenset(p for p in found if "." in p and p.partition(".")[0] not in OUTSIDE)

    def posting_paths(self, uid: str) -> frozenset[str]:
        """Everything that the expressions of a posting read: of its line (or of the document, where it has no lines), and of the header
        as ``parent.x``."""
        kept = self._posting_paths.get(uid)
        if kept is None:
            found = [self.expression(uid, property) for property in self._properties.get(uid, ())]
            paths = frozenset[str]().union(*(e.paths for e in found if e is not None))
            kept = self._posting_paths[uid] = frozenset(
                p for p in paths if p.partition(".")[0] not in OUTSIDE
            )
        return kept

    def scope(self, entity: str, *, old: bool = False) -> PackageScope:
        """The names that an expression over a record of ``entity`` may use, for whatever a person types. ``KeyError`` where there is
        no such entity."""
        model = self.package.entity(entity)
        if model is None:
            raise KeyError(entity)
        return RecordScope(self.package, model, old=old)


def _fields(package: Package, entity: str) -> tuple[Field, ...]:
    model = package.entity(entity)
    return model.fields if model else ()


def _assignable(field: Field | None) -> Type | None:
    """What may be assigned to a field; None for anything."""
    if field is None:
        return None
    if field.type == "lines":
        return list_of(TEXT)
    found = type_of_field(field)
    return None if found.kind == "any" else found
