"""Mining: visits of states become a map: how many, how long, where documents go, where they come back to, where they stick."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Place = tuple[str, str]
"""An entity and one of its states."""


class Visit(NamedTuple):
    """A record was in a state from ``entered`` to ``left`` (seconds; None: it still is), brought there by ``actor``. A plain tuple: there are
    hundreds of thousands of them."""

    entity: str
    record: int
    state: str
    entered: int
    left: int | None
    actor: int


@dataclass(frozen=True, slots=True)
class Node:
    """A state: ``visits`` of ``records``, how long they lasted (seconds; None: none has ended), how many are there now and since when the
    oldest is (seconds). ``again`` counts the visits of records that had been there before."""

    entity: str
    state: str
    visits: int
    records: int
    again: int
    median: int | None
    p90: int | None
    total: int
    open: int
    oldest: int
    mean: int | None = None
    p95: int | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Records that went from one state to another; ``handed`` of them were moved on by somebody else than had brought them there, ``back`` had
    been in the state that they went to before."""

    entity: str
    from_: str
    to: str
    count: int
    handed: int
    back: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """A record that has been in its state for longer than nine of ten others were."""

    entity: str
    record: int
    state: str
    age: int


@dataclass(frozen=True, slots=True)
class AsIs:
    nodes: tuple[Node, ...] = ()
    moves: tuple[Move, ...] = ()
    stuck: tuple[Stuck, ...] = ()

    def node(self, entity: str, state: str) -> Node | None:
        return next((n for n in self.nodes if (n.entity, n.state) == (entity, state)), None)

    @property
    def bottlenecks(self) -> tuple[Node, ...]:
        """Where the most time goes, the worst first."""
        return tuple(sorted((n for n in self.nodes if n.total), key=lambda n: -n.total))


LEAST = 24 * 3600
"""Nobody calls a document of today stuck, however fast the others went."""


def mine(visits: Iterable[Visit], now: int, final: frozenset[Place] = frozenset()) -> AsIs:
    """The map of ``visits``, which come record by record in the order of time. What is in a ``final`` state waits for nothing."""
    tally = _Tally(now, final)
    before: Visit | None = None
    seen: set[str] = set()
    for visit in visits:
        if before is None or visit.record != before.record or visit.entity != before.entity:
            before, seen = None, set()
        tally.add(visit, before, visit.state in seen)
        seen.add(visit.state)
        before = visit
    return tally.map()


class _Tally:
    """What has been counted so far."""

    def __init__(self, now: int, final: frozenset[Place]) -> None:
        self.now, self.final = now, final
        self.lasted: dict[Place, list[int]] = defaultdict(list)
        self.open: dict[Place, list[tuple[int, int]]] = defaultdict(list)
        self.visits: Counter[Place] = Counter()
        self.again: Counter[Place] = Counter()
        self.moves: Counter[tuple[str, str, str]] = Counter()
        self.handed: Counter[tuple[str, str, str]] = Counter()
        self.back: Counter[tuple[str, str, str]] = Counter()

    def add(self, visit: Visit, before: Visit | None, is_again: bool) -> None:
        entity, record, state, entered, left, actor = visit
        place = (entity, state)
        self.visits[place] += 1
        if left is None:
            self.open[place].append((self.now - entered if self.now > entered else 0, record))
        else:
            self.lasted[place].append(left - entered if left > entered else 0)
        if is_again:
            self.again[place] += 1
        if before is not None:
            move = (entity, before.state, state)
            self.moves[move] += 1
            if actor != before.actor:
                self.handed[move] += 1
            if is_again:
                self.back[move] += 1

    def map(self) -> AsIs:
        nodes = tuple(self._node(place) for place in self.visits)
        moves = tuple(
            Move(*key, count, self.handed[key], self.back[key]) for key, count in self.moves.most_common()
        )
        stuck = [
            s for node in nodes if (node.entity, node.state) not in self.final for s in self._stuck(node)
        ]
        return AsIs(nodes, moves, tuple(sorted(stuck, key=lambda s: (-s.age, s.record))))

    def _node(self, place: Place) -> Node:
        lasted, waiting = sorted(self.lasted[place]), self.open[place]
        is_final = place in self.final
        ages = [] if is_final else [age for age, _ in waiting]
        return Node(
            *place,
            visits=self.visits[place],
            records=self.visits[place] - self.again[place],
            again=self.again[place],
            median=rank(lasted, 50),
            p90=rank(lasted, 90),
            total=sum(lasted) + sum(ages),
            open=len(waiting),
            oldest=max(ages, default=0),
            mean=mean(lasted),
            p95=rank(lasted, 95),
        )

    def _stuck(self, node: Node) -> Iterable[Stuck]:
        usual = max(node.p90 or 0, LEAST)
        for age, record in self.open[(node.entity, node.state)]:
            if age > usual:
                yield Stuck(node.entity, record, node.state, age)


def rank(ordered: Sequence[int], percent: int) -> int | None:
    """The value that so many percent do not exceed (nearest rank); None of none."""
    if not ordered:
        return None
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1]


def mean(values: Sequence[int]) -> int | None:
    """The mean in whole seconds, half a second counted as one; None of none."""
    return (2 * sum(values) + len(values)) // (2 * len(values)) if values else None
