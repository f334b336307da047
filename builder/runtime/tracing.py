"""Tracing for one actor: the path of goods and of costs, and where the goods of a batch are now, limited to what the actor may see.

An entry that the actor may not see stays on the path without a name, so that the path is whole; its figures and its document are absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from builder.errors import InvalidError, NotFoundError, Problem
from builder.ledger import scalars, trace_starts
from builder.ledger.cost_path import CostPath, cost_path
from builder.ledger.definition import LedgerModel
from builder.ledger.trace import Node, Trace, Tracer
from builder.ledger.trace_steps import By, Direction
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.ledger_reading import Named, dimension_ids, ledger_of, within
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter
from builder.runtime.sights import common, measures_at

DEEPEST = 10_000


@dataclass(frozen=True)
class Start:
    """What a trace begins at: an entry, everything that a line or a record posted, or entries whose dimensions pass ``where``."""

    entry: int | None = None
    line: int | None = None
    record: int | None = None
    where: Filter | None = None


@dataclass
class Sight:
    """What one actor sees of the nodes of a trace."""

    ctx: Context
    nodes: Mapping[int, Node]
    names: dict[tuple[str, str], Mapping[int, Named]] = field(default_factory=dict)
    documents: dict[tuple[int, int], Record] = field(default_factory=dict)
    visible: set[int] = field(default_factory=set)
    told: dict[str, Callable[[Sequence[int]], frozenset[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        by_ledger: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            by_ledger.setdefault(node.entry.ledger, []).append(node)
        for key, nodes in by_ledger.items():
            if self.ctx.kernel.measures(key):
                self._look(self.ctx.app.ledgers[key], nodes)
        self._read_documents()

    def _look(self, model: LedgerModel, nodes: Sequence[Node]) -> None:
        is_within = within(self.ctx, model)
        self.visible |= {n.entry.id for n in nodes if is_within(n.entry.key)}
        for position, dimension in enumerate(model.dimensions):
            ids = {
                n.entry.key[position] for n in nodes if n.entry.key[position] and n.entry.id in self.visible
            }
            self.names[model.key, dimension.key] = names_of(self.ctx, model, dimension.key, ids)

    def _read_documents(self) -> None:
        by_entity: dict[int, set[int]] = {}
        for id in self.visible:
            node = self.nodes[id]
            by_entity.setdefault(node.entity_id, set()).add(node.record_id)
        for entity_id, ids in by_entity.items():
            key = self.ctx.app.maps.entity_by_id(entity_id)
            if key is not None and self.ctx.kernel.may("read", key):
                found = seen(self.ctx, key, ids)
                self.documents.update({(entity_id, id): record for id, record in found.items()})

    def dimensions(self, node: Node) -> dict[str, Named | None]:
        """The names of what an entry is of; none of one that may not be seen."""
        model = self.ctx.app.ledgers[node.entry.ledger]
        if node.entry.id not in self.visible:
            return {}
        return {
            d.key: self.names[model.key, d.key].get(v)
            for d, v in zip(model.dimensions, node.entry.key, strict=True)
            if d.entity is None or self.ctx.kernel.may("read", d.entity)
        }

    def measures(self, node: Node) -> dict[str, Decimal]:
        model = self.ctx.app.ledgers[node.entry.ledger]
        if node.entry.id not in self.visible:
            return {}
        allowed = self._at(node)
        return {k: v for k, v in model.exact(node.entry.measures).items() if k in allowed}

    def _at(self, node: Node) -> frozenset[str]:
        """The measures of an entry that may be seen."""
        key = node.entry.ledger
        if key not in self.told:
            self.told[key] = measures_at(self.ctx, self.ctx.app.ledgers[key].ledger)
        return self.told[key](node.entry.key)

    def document(self, node: Node) -> Record | None:
        return self.documents.get((node.entity_id, node.record_id)) if node.entry.id in self.visible else None

    def sees(self, ledger: str, place: int) -> bool:
        """Whether the measure at that place of the ledger may be seen, wherever it is."""
        model = self.ctx.app.ledgers[ledger]
        return model.measures[place].key in common(self.ctx.kernel, model.ledger)

    def sees_cost(self, node: Node) -> bool:
        model = self.ctx.app.ledgers[node.entry.ledger]
        if node.entry.id not in self.visible or model.cost is None:
            return node.entry.id in self.visible
        return model.measures[model.cost.value].key in self._at(node)


def names_of(ctx: Context, model: LedgerModel, dimension: str, ids: Iterable[int]) -> Mapping[int, Named]:
    """What the ids of a dimension stand for, as far as the actor may read it."""
    declared = model.ledger.dimension(dimension)
    assert declared is not None
    if declared.entity is None:
        texts = scalars.texts_of(ctx.conn, model, ctx.ws, dimension, sorted(ids))
        return {id: Named(id, text) for id, text in texts.items()}
    entity = ctx.app.package.entity(declared.entity)
    if entity is None or not ctx.kernel.may("read", declared.entity):
        return {}
    records = seen(ctx, declared.entity, set(ids))
    return {id: Named(id, title_of(entity, record), declared.entity) for id, record in records.items()}


def tracer(ctx: Context, by: By) -> Tracer:
    return Tracer(ctx.conn, ctx.app.ledgers, ctx.app.package, ctx.ws, by)


def starts_of(ctx: Context, ledger: str, start: Start) -> list[int]:
    """The entries that a trace begins at; 404 where the actor sees none."""
    declared, model, _ = ledger_of(ctx, ledger, start.where)
    here = ctx.conn, model, ctx.ws
    if start.entry is not None:
        found = trace_starts.of_entry(*here, start.entry)
    elif start.line is not None:
        found = trace_starts.of_line(*here, start.line)
    elif start.record is not None:
        found = trace_starts.of_record(*here, start.record)
    else:
        limits = dimension_ids(ctx, declared, start.where)
        if not limits:
            raise InvalidError(problems=[Problem("REQUIRED", "/filter", {"field": "filter"})])
        found = trace_starts.of_dimensions(*here, limits)
    sight = Sight(ctx, tracer(ctx, "goods").nodes(found))
    starts = [id for id in sorted(sight.visible) if not sight.nodes[id].undone]
    if not starts:
        raise NotFoundError(ledger=ledger)
    return starts


def read_trace(
    ctx: Context,
    ledger: str,
    start: Start,
    direction: Direction,
    *,
    by: By = "goods",
    depth: int | None = None,
) -> tuple[Trace, Sight]:
    """The path from there, and what the actor sees of it."""
    starts = starts_of(ctx, ledger, start)
    found = tracer(ctx, by).trace(starts, direction, depth=depth)
    return found, Sight(ctx, found.nodes)


def read_cost_path(ctx: Context, ledger: str, start: Start) -> tuple[CostPath, Sight]:
    """The unit cost of what moved there, as a tree. 404 where the actor may not see what things cost."""
    _, model, measures = ledger_of(ctx, ledger, start.where)
    if model.cost is None or model.measures[model.cost.value].key not in measures:
        raise NotFoundError(ledger=ledger)
    walking = tracer(ctx, "cost")
    nodes = walking.nodes(starts_of(ctx, ledger, start))
    # Of a batch, what came in says what it cost.
    come = [n.entry.id for n in nodes.values() if n.qty > 0]
    try:
        path = cost_path(walking, come or list(nodes))
    except ValueError as error:
        raise NotFoundError(ledger=ledger) from error
    return path, Sight(ctx, path.trace.nodes)
