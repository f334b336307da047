"""Context: what handlers decide with: the actor's kernel, the overlay reader, the pending changes, one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter_ns
from typing import Any

from builder.commands import Actor
from builder.errors import NotFoundError
from builder.expressions import Expression
from builder.metadata.filter import matches, paths_of
from builder.record import Record, Ref, Value
from builder.rules.context import Context as Facts
from builder.rules.context import Sees
from builder.runtime.apps import LoadedApp
from builder.runtime.directory import StoredDirectory
from builder.runtime.engine import Engine
from builder.runtime.environment import CommandEnvironment
from builder.runtime.input import Input
from builder.runtime.pending import Pending
from builder.runtime.permissions import Kernel
from builder.runtime.reader import Overlay
from builder.runtime.rights import Filter


@dataclass
class Context:
    """One decision at work. ``kernel`` is the acting one: rules act for the app unless they say otherwise."""

    engine: Engine
    conn: Any
    actor: Actor
    app: LoadedApp
    kernel: Kernel
    reader: Overlay
    pending: Pending
    environment: CommandEnvironment
    directory: StoredDirectory
    read_as: Callable[[Actor], Context] | None = None
    """The same committed state as somebody else sees it; who opened this knows how."""
    sights: Callable[[int], Sees | None] = lambda user: None
    """What a person may see of this app, by their id: texts that tell them something are written for it. None: everything."""

    @cached_property
    def facts(self) -> Facts:
        """The surroundings as rules and workflow see them."""
        package, compiled = self.app.package, self.app.compiled
        return Facts(
            package,
            compiled,
            self.reader,
            self.environment,
            self.actor,
            self.app.key,
            self.directory,
            perf_counter_ns,
            self.sights,
        )

    @property
    def ws(self) -> int:
        return self.actor.workspace

    @cached_property
    def input(self) -> Input:
        return Input(self.kernel, self.engine.database.read_id, self.pending.new_id)

    def as_app(self) -> Context:
        """The same decision with the app's own rights."""
        return self._as_app

    @cached_property
    def _as_app(self) -> Context:
        actor = replace(self.actor, kind="rule")
        return replace(self, kernel=replace(self.kernel, actor=actor))

    def values(
        self, paths: Iterable[str], record: Record, parent: Record | None = None, old: Record | None = None
    ) -> Mapping[str, Value]:
        """The flat context of expressions over ``record``."""
        return self.facts.values(paths, record, parent=parent, old=old)

    def evaluate(
        self, expression: Expression, record: Record, parent: Record | None = None, old: Record | None = None
    ) -> Value:
        return expression.evaluate(self.values(expression.paths, record, parent, old), self.environment)

    def expression(self, owner: str, property: str) -> Expression | None:
        return self.app.compiled.expression(owner, property)

    def load(self, entity: str, id: int, deed: str = "read") -> Record:
        """The record as decided so far, if the actor may know it and do ``deed`` with it; else 404."""
        self.kernel.check(deed, entity)
        record = self.reader.get(entity, [id]).get(id)
        if record is None or not self.in_scope(record, "read"):
            raise NotFoundError(entity=entity)
        if deed != "read" and not self.in_scope(record, deed):
            raise NotFoundError(entity=entity)
        return record

    def in_scope(self, record: Record, deed: str) -> bool:
        """Whether the actor may do ``deed`` with the record, as far as its scope says."""
        if self.kernel.is_unlimited:
            return True
        filters = self.reader.filters
        scope = self.kernel.passing(record.entity, deed, filters.today, filters.resolve)
        return scope is None or scope[1](self.values(scope[0], record))

    def passes(self, record: Record, where: Filter | None) -> bool:
        """Whether the record is within a filter."""
        if where is None:
            return True
        where = self.reader.filters.resolve(where)
        paths = paths_of(where)
        return matches(where, self.values(paths, record))

    def ref(self, record: Record) -> Ref:
        return Ref(record.entity, record.id)
