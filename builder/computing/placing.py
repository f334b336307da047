"""Placing: when tasks are done on resources that can do so much on each working day. Pure, and exact.

Serial schedule generation (Kolisch, *Serial and parallel resource-constrained project scheduling methods revisited*, 1996): chains of tasks one
after the other by rank, each task as early as its forerunners and the free time of its resource let it (*forward*), or, from the day on
which the chain is due, as late as they let it (*backward*). A day counts from 0 to 1 of its working time; a task of so much work takes
work ÷ capacity of days. With ``limited`` a resource does one thing at a time; without, every task has the resource for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import groupby

from builder.computing.worked_days import END, FARTHEST, START, Moment, Worked, WorkedDays

GRID = Decimal("0.0001")
"""Work and capacity are whole multiples of it, so that nothing is lost and nothing too much in rounding."""
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Task:
    """``work`` on ``resource``, as part of ``chain``, where ``step`` gives the order (equal steps run side by side). It takes ``lasts`` working days
    at least. Chains with a smaller ``rank`` come first, then those that are due sooner."""

    task: int
    chain: int
    resource: int
    work: Decimal
    step: Decimal = ZERO
    earliest: date | None = None
    due: date | None = None
    rank: Decimal = ZERO
    lasts: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """What is done of a task on one day, from so much of the resource's working time to so much."""

    day: date
    since: Decimal
    until: Decimal
    work: Decimal


@dataclass(frozen=True, slots=True)
class Placed:
    """A task with its pieces in the order of days, from its beginning to its end. ``late``: after it is due, or to be begun in the past."""

    task: Task
    pieces: tuple[Piece, ...]
    begins: Moment
    ends: Moment
    late: bool

    @property
    def start(self) -> date:
        return self.begins[0]

    @property
    def finish(self) -> date:
        """The last day: what ends where a day begins ended the day before."""
        return max(self.ends[0], self.pieces[-1].day)


class CapacityError(Exception):
    """Tasks need resources that can do nothing."""

    def __init__(self, resources: Sequence[int]) -> None:
        super().__init__("A resource has no capacity.")
        self.resources = tuple(resources)


class FarError(Exception):
    """Tasks would be done later than anybody plans."""

    def __init__(self, task: int) -> None:
        super().__init__("A task finds no place within ten years.")
        self.task = task


def place(
    tasks: Iterable[Task],
    capacities: Mapping[int, Decimal | None],
    *,
    today: date,
    is_worked: Worked,
    backward: bool = False,
    limited: bool = True,
) -> tuple[Placed, ...]:
    """Every task, by chain and step. A resource whose capacity is None is never short: a task there takes the days that it lasts. Raises
    ``CapacityError`` and ``FarError``."""
    known = list(tasks)
    useless = {t.resource for t in known if not _may_do(capacities.get(t.resource, ZERO))}
    if useless:
        raise CapacityError(sorted(useless))
    days = WorkedDays(is_worked)
    resources = {
        key: _Resource(_down(c) if c is not None else None, limited) for key, c in capacities.items()
    }
    found: list[Placed] = []
    for chain in _chains(known):
        due = min((t.due for t in chain if t.due is not None), default=None)
        if backward and due is not None:
            found.extend(_backward(chain, due, resources, days, today))
        else:
            found.extend(_forward(chain, due, resources, days, today))
    return tuple(found)


def _may_do(capacity: Decimal | None) -> bool:
    return capacity is None or _down(capacity) > 0


def _chains(tasks: Sequence[Task]) -> Iterator[Sequence[Task]]:
    """The chains in the order in which they are placed; it does not depend on the order in which tasks were said."""
    chains: dict[int, list[Task]] = {}
    for task in tasks:
        chains.setdefault(task.chain, []).append(task)

    def first(chain: Sequence[Task]) -> tuple[Decimal, date, date, int]:
        due = min((t.due for t in chain if t.due is not None), default=date.max)
        earliest = min((t.earliest for t in chain if t.earliest is not None), default=date.min)
        return min(t.rank for t in chain), due, earliest, chain[0].chain

    for chain in sorted(chains.values(), key=first):
        yield sorted(chain, key=lambda t: (t.step, t.task))


def _forward(
    chain: Sequence[Task], due: date | None, resources: Mapping[int, _Resource], days: WorkedDays, today: date
) -> Iterator[Placed]:
    ready: Moment = (today, START)
    for _, side_by_side in groupby(chain, lambda t: t.step):
        ends = ready
        for task in side_by_side:
            begin = max(ready, (task.earliest, START)) if task.earliest is not None else ready
            pieces, begins, end = resources[task.resource].after(task, days.worked(begin), days)
            last = max(end[0], pieces[-1].day)
            yield Placed(task, tuple(pieces), begins, end, due is not None and last > due)
            ends = max(ends, end)
        ready = ends


def _backward(
    chain: Sequence[Task], due: date, resources: Mapping[int, _Resource], days: WorkedDays, today: date
) -> Iterator[Placed]:
    found: list[Placed] = []
    deadline: Moment = due, END
    for _, side_by_side in groupby(reversed(chain), lambda t: t.step):
        starts = deadline
        for task in side_by_side:
            pieces, begins, end = resources[task.resource].before(task, days.worked_before(deadline), days)
            found.append(Placed(task, tuple(pieces), begins, end, begins[0] < today))
            starts = min(starts, begins)
        deadline = starts
    return reversed(found)


Found = tuple[list[Piece], Moment, Moment]


@dataclass
class _Resource:
    """One resource with the time that is taken, by day, in its own measure of work."""

    capacity: Decimal | None
    limited: bool
    _taken: dict[date, list[tuple[Decimal, Decimal]]] = field(default_factory=dict)

    def after(self, task: Task, ready: Moment, days: WorkedDays) -> Found:
        """The first free time from the moment on."""
        if self.capacity is None:
            piece = Piece(ready[0], ZERO, ZERO, task.work)
            return [piece], ready, days.later(ready, task.lasts)
        pieces: list[Piece] = []
        left, (day, share) = _up(task.work), ready
        for _ in range(FARTHEST):
            for since, until in self._free(
                day, _grid(share * Fraction(self.capacity), ROUND_CEILING), self.capacity
            ):
                take = min(left, until - since)
                pieces.append(Piece(day, since, since + take, take))
                left -= take
                if not left:
                    break
            if not left and pieces:
                return self._kept(pieces, task, days, backward=False)
            day, share = days.next(day), START
        raise FarError(task.task)

    def before(self, task: Task, deadline: Moment, days: WorkedDays) -> Found:
        """The last free time up to the moment."""
        if self.capacity is None:
            begins = days.sooner(deadline, task.lasts)
            return [Piece(begins[0], ZERO, ZERO, task.work)], begins, deadline
        pieces: list[Piece] = []
        left, (day, share) = _up(task.work), deadline
        for _ in range(FARTHEST):
            limit = _grid(share * Fraction(self.capacity), ROUND_FLOOR)
            for since, until in reversed(list(self._free(day, ZERO, limit))):
                take = min(left, until - since)
                pieces.insert(0, Piece(day, until - take, until, take))
                left -= take
                if not left:
                    break
            if not left and pieces:
                return self._kept(pieces, task, days, backward=True)
            day, share = days.previous(day), END
        raise FarError(task.task)

    def _kept(self, pieces: list[Piece], task: Task, days: WorkedDays, *, backward: bool) -> Found:
        """The pieces with their ends, which lie so far from one another as the task lasts; their time is taken."""
        assert self.capacity is not None
        for piece in pieces if self.limited else ():
            if piece.work:
                taken = self._taken.setdefault(piece.day, [])
                taken.append((piece.since, piece.until))
                taken.sort()
        first, last = pieces[0], pieces[-1]
        begins = first.day, Fraction(first.since) / Fraction(self.capacity)
        ends = last.day, Fraction(last.until) / Fraction(self.capacity)
        if backward:
            begins = min(begins, days.sooner(ends, task.lasts))
        else:
            ends = max(ends, days.later(begins, task.lasts))
        return pieces, begins, ends

    def _free(self, day: date, since: Decimal, until: Decimal) -> Iterator[tuple[Decimal, Decimal]]:
        """The free time of a day within the bounds."""
        at = since
        for begin, end in self._taken.get(day, ()):
            if begin > at:
                yield at, min(begin, until)
            at = max(at, end)
            if at >= until:
                return
        if at < until:
            yield at, until


def _grid(value: Fraction, rounding: str) -> Decimal:
    """An exact share of a capacity on the grid."""
    scaled = value / Fraction(GRID)
    whole = scaled.__ceil__() if rounding == ROUND_CEILING else scaled.__floor__()
    return whole * GRID


def _up(value: Decimal) -> Decimal:
    return max(value, ZERO).quantize(GRID, ROUND_CEILING)


def _down(value: Decimal) -> Decimal:
    return max(value, ZERO).quantize(GRID, ROUND_FLOOR)
