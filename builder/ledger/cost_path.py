"""Cost path: what the unit cost of goods is made of, as a tree whose shares add up to it exactly.

Every share is a whole number of the smallest part of a unit cost. What goes to several sources goes by largest remainder, so that no
part is ever lost between a parent and its children.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal, TypeAlias

from builder.ledger.costing.shape import divide
from builder.ledger.trace import Node, Trace, Tracer
from builder.ledger.trace_steps import Flow

MORE_DIGITS = 4
"""Decimal places of a unit cost beyond those of its ledger's values."""
DEEPEST = 60
MOST_SHARES = 5_000
PRECISION = 50
Kind: TypeAlias = Literal["whole", "source", "late", "own", "further"]


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the unit cost. ``entry`` names where it comes from: through it (``source``), a late cost (``late``), what it cost of itself
    (``own``: a price paid, work done), or more than is followed (``further``). Children add up to ``unit``."""

    kind: Kind
    entry: int
    unit: int
    children: tuple[Share, ...] = ()


@dataclass(frozen=True)
class CostPath:
    """``root`` is the unit cost of the entries asked for, ``scale`` its decimal places; ``trace`` holds every entry that is named."""

    root: Share
    scale: int
    trace: Trace

    @property
    def unit_cost(self) -> Decimal:
        return Decimal(self.root.unit).scaleb(-self.scale)


def cost_path(tracer: Tracer, starts: Collection[int]) -> CostPath:
    """The path of the goods that ``starts`` (entries of one ledger) moved. ``ValueError`` where they moved none."""
    trace = tracer.trace(starts, "backward")
    return _Tree(tracer, trace).path(starts)


def largest_remainder(amount: int, weights: Sequence[Decimal]) -> list[int]:
    """Whole shares of ``amount`` (0 or more) by weights that are not below zero; they add up to it."""
    total = sum(weights, Decimal(0))
    if not total:
        return [amount, *(0 for _ in weights[1:])] if weights else []
    with localcontext(prec=PRECISION):
        exact = [amount * w / total for w in weights]
    shares = [int(e) for e in exact]
    order = sorted(range(len(exact)), key=lambda i: (shares[i] - exact[i], i))
    for i in order[: amount - sum(shares)]:
        shares[i] += 1
    return shares


class _Tree:
    def __init__(self, tracer: Tracer, trace: Trace) -> None:
        self._tracer, self._trace = tracer, trace
        self._into: dict[int, list[Flow]] = {}
        self._joined: dict[int, int] = {}
        for flow in trace.flows:
            self._into.setdefault(flow.to, []).append(flow)
            if flow.how == "line":
                self._joined[flow.from_] = self._joined.get(flow.from_, 0) + abs(flow.value or 0)
        self._left = MOST_SHARES

    def path(self, starts: Collection[int]) -> CostPath:
        nodes = [
            n for id in starts if (n := self._trace.nodes.get(id)) is not None and n.qty and not n.undone
        ]
        if not nodes:
            raise ValueError("these entries moved nothing")
        model = self._tracer.models[nodes[0].entry.ledger]
        cost = model.cost
        if cost is None:
            raise ValueError("this ledger keeps no cost")
        digits = model.measures[cost.quantity].scale + MORE_DIGITS
        worth = [self._worth(n) for n in nodes]
        qty = sum(abs(n.qty) for n in nodes)
        unit = divide(max(sum(worth), 0) * 10**digits, qty)
        shares = largest_remainder(unit, [Decimal(w) for w in worth])
        parts = [self._through(n, s, frozenset(), 1) for n, s in zip(nodes, shares, strict=True)]
        root = parts[0] if len(parts) == 1 else Share("whole", 0, unit, tuple(parts))
        return CostPath(root, model.measures[cost.value].scale + MORE_DIGITS, self._trace)

    def _worth(self, node: Node) -> int:
        """What the entry's goods are worth, with the late costs that reached them."""
        return max(abs(node.value) + self._late(node), 0)

    def _late(self, node: Node) -> int:
        flows = self._into.get(node.entry.id, ())
        return sum(f.value or 0 for f in flows if f.how == "late")

    def _through(self, node: Node, unit: int, path: frozenset[int], depth: int) -> Share:
        id = node.entry.id
        self._left -= 1
        if depth > DEEPEST or self._left <= 0:
            return Share("further", id, unit)
        sources = [s for s in self._sources(node) if s[0].entry.id not in path]
        known = sum((w for _, w, _ in sources), Decimal(0)).to_integral_value()
        own = max(self._worth(node) - int(known), 0)
        if not sources or not unit:
            return Share("own", id, unit)
        # Where nothing is worth anything the whole stays with the entry itself.
        weights = [Decimal(own), *(w for _, w, _ in sources)]
        first, *rest = largest_remainder(unit, weights)
        within = path | {id}
        children = [Share("own", id, first)] if first else []
        for (source, _, kind), share in zip(sources, rest, strict=True):
            if share and kind == "late":
                children.append(Share("late", source.entry.id, share))
            elif share:
                children.append(self._through(source, share, within, depth + 1))
        return Share("source", id, unit, tuple(children))

    def _sources(self, node: Node) -> list[tuple[Node, Decimal, str]]:
        found: list[tuple[Node, Decimal, str]] = []
        for flow in self._into.get(node.entry.id, ()):
            if flow.how == "pool":
                found += [(n, w, "source") for n, w in self._mixed(flow.from_, node)]
                continue
            source = self._trace.nodes.get(flow.from_)
            if source is not None:
                found.append((source, self._weight(flow, source, node), flow.how))
        return [s for s in found if s[1] > 0]

    def _weight(self, flow: Flow, source: Node, node: Node) -> Decimal:
        """How much of the node's value came by the flow. Where one entry went into several by a document, by what each is worth."""
        if flow.how == "line":
            joined = self._joined[flow.from_]
            return Decimal(divide(abs(source.value) * abs(flow.value or 0), joined)) if joined else Decimal(0)
        if flow.how == "return":
            return Decimal(abs(node.value))
        return Decimal(flow.value or 0)

    def _mixed(self, pool_id: int, node: Node) -> list[tuple[Node, Decimal]]:
        """What the pool was made of when the entry left it: each issue takes the same part of everything that is there."""
        pool = self._trace.pools[pool_id]
        spans = self._tracer.spans(pool.ledger, pool.key)
        mixed: dict[int, Decimal] = {}
        held, kept = 0, Decimal(1)
        with localcontext(prec=PRECISION):
            for id, moved, span in spans.rows[: spans.places[node.entry.id]]:
                if span != pool.span:
                    continue
                receipt = self._trace.nodes.get(id)
                if moved > 0 and receipt is not None:
                    mixed[id] = Decimal(self._worth(receipt)) / kept
                elif moved < 0 and 0 < -moved < held:
                    kept *= Decimal(held + moved) / held
                held += moved
            total = sum(mixed.values(), Decimal(0)) * kept
            scale = self._worth(node) / total if total else Decimal(0)
            return [(self._trace.nodes[id], w * kept * scale) for id, w in mixed.items()]
