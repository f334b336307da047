"""Own words: whether a following posting says the same of a document as long as that stays as it is, and since when it is defined so.

Only then must its entries come to what it says now. One that reads other records, settings, balances or the clock posted what they said
at the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.metadata.compiled import CompiledPackage
from builder.metadata.entity import Entity, Field, Posting
from builder.metadata.loading import load_trusted
from builder.metadata.package import Package
from builder.runtime.apps import LoadedApp
from builder.storage import apps as stored

SYSTEM = frozenset(
    {"id", "state", "owner", "org_unit", "business_date", "created_by", "created_via", "archived_at"}
)
"""Names of what every record has and only its own saves change."""


@dataclass
class OwnWords:
    """Answers for the postings of one app, each worked out once. ``conn`` reads earlier versions, when they are asked for."""

    conn: Any
    ws: int
    app: LoadedApp
    _own: dict[str, bool] = field(default_factory=dict)
    _since: dict[str, int] = field(default_factory=dict)
    _meanings: dict[int, Mapping[str, Any]] = field(default_factory=dict)

    def is_own(self, entity: Entity, posting: Posting) -> bool:
        """Whether everything that the posting reads is stored with the document, before its entries are made."""
        if posting.uid not in self._own:
            self._own[posting.uid] = not posting.shares and self._reads_own(entity, posting)
        return self._own[posting.uid]

    def _reads_own(self, entity: Entity, posting: Posting) -> bool:
        compiled, package = self.app.compiled, self.app.package
        of = _line_of(package, entity, posting)
        read = [compiled.expression(owner, name) for owner, name in compiled.sites if owner == posting.uid]
        paths = frozenset[str]().union(*(e.paths for e in read if e is not None))
        later = _later(package, compiled, entity)
        return not any(e.volatile for e in read if e is not None) and all(
            _is_own(package, compiled, of, path, later) for path in paths
        )

    def since(self, posting: Posting) -> int:
        """The first version of those up to the live one in which all that decides what the posting says is as it is now."""
        if posting.uid not in self._since:
            first = self.app.row.live_version
            now = self._meaning(first, posting)
            while first > 1 and now == self._meaning(first - 1, posting):
                first -= 1
            self._since[posting.uid] = first
        return self._since[posting.uid]

    def _meaning(self, version: int, posting: Posting) -> Any:
        if version not in self._meanings:
            # Packages are large, and there may be hundreds of versions: what is compared is all that stays.
            nodes = stored.version_nodes(self.conn, self.ws, self.app.row.app_id, version)
            self._meanings[version] = _meanings(load_trusted(nodes)) if nodes else {}
        return self._meanings[version].get(posting.uid)


def _line_of(package: Package, entity: Entity, posting: Posting) -> Entity:
    of = entity.field(posting.each) if posting.each else None
    return (package.entity(of.entity or "") if of is not None else None) or entity


def _is_own(
    package: Package, compiled: CompiledPackage, entity: Entity | None, path: str, later: frozenset[str]
) -> bool:
    head, _, rest = path.partition(".")
    if entity is None:
        return False
    of = entity.field(head)
    if of is None and head == "parent" and entity.parent:
        return not rest or _is_own(package, compiled, package.entity(entity.parent), rest, later)
    if of is None:
        return not rest and head in SYSTEM
    if of.type == "lines":
        return bool(rest) and _is_own(package, compiled, package.entity(of.entity or ""), rest, later)
    return not rest and head not in later and _is_stored(compiled, of)


def _is_stored(compiled: CompiledPackage, of: Field) -> bool:
    if not of.is_computed:
        return True
    formula = compiled.expression(of.uid, "formula") if of.formula and of.stored else None
    return formula is not None and not formula.volatile


def _later(package: Package, compiled: CompiledPackage, entity: Entity) -> frozenset[str]:
    """Fields that get their value when the entries are made already: numbers, results of ledgers, and formulas over these. By key: a
    line's and the header's of one name are taken for one."""
    parts = [entity, *(p for f in entity.line_fields if (p := package.entity(f.entity or "")) is not None)]
    fields = [f for part in parts for f in part.fields]
    found = {key for posting in entity.postings for key in posting.results}
    found |= {f.key for f in fields if f.type == "auto_number"}
    formulas = {f.key: compiled.expression(f.uid, "formula") for f in fields if f.formula}
    reads = {key: {x for p in e.paths for x in p.split(".")} for key, e in formulas.items() if e is not None}
    while more := {key for key, names in reads.items() if names & found} - found:
        found |= more
    return frozenset(found)


def _meanings(package: Package) -> Mapping[str, Any]:
    """By posting that follows its document: all that decides what it says, as one value to compare."""
    compiled = CompiledPackage(package)
    return {
        posting.uid: _meaning_of(package, compiled, entity, posting)
        for entity in package.entities
        for posting in entity.postings
        if posting.mode == "follow"
    }


def _meaning_of(package: Package, compiled: CompiledPackage, entity: Entity, posting: Posting) -> Any:
    workflow, ledger = package.workflow_of(entity.key), package.ledger(posting.ledger)
    void = {s.key for s in workflow.states if s.void} if workflow else None
    scales = {m.key: m.scale for m in ledger.measures} if ledger else None
    dimensions = [(d.key, d.entity) for d in ledger.dimensions] if ledger else None
    names = {name for path in compiled.posting_paths(posting.uid) for name in path.split(".")}
    fields = {
        (of.key, f.key): (f.type, f.scale, f.formula, f.stored, f.lookup, f.copy, f.entity)
        for of in {entity.key: entity, posting.each: _line_of(package, entity, posting)}.values()
        for f in of.fields
        if f.key in names
    }
    return posting, void, scales, dimensions, fields
