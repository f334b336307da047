"""A company's days: what people do between the shelves and the books, whichever books they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from benchmarks.twin import outside
from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.books import Books, Order, Supply
from benchmarks.twin.goods import BY_CODE, CENTRAL, WAREHOUSES
from benchmarks.twin.outside import MONTH, next_day
from benchmarks.twin.shelves import Shelves
from benchmarks.twin.slips import Slips


@dataclass
class Month:
    """What a month came to."""

    right: int = 0
    lines: int = 0
    """Of the full count at its end: lines on which book and shelf agree, and all."""
    worth: list[Decimal] = field(default_factory=list)
    """Of the stock, each evening."""
    cost: Decimal = Decimal(0)
    """Of what was shipped."""
    planned: Mapping[str, int] = field(default_factory=dict)
    bought: dict[str, int] = field(default_factory=dict)
    closing: float = 0.0
    """Minutes."""


@dataclass
class Story:
    days: list[date] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    months: list[Month] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    """Each evening: the share of warehouse and item on which book and shelf agree."""


class Company:
    def __init__(self, plan: Assumptions, books: Books, shelves: Shelves) -> None:
        self._plan, self._books, self._shelves = plan, books, shelves
        self._slips = Slips(plan.seed, plan.rates)
        self._open: list[Order] = []
        self._back: list[tuple[date, Order, str, int]] = []
        self._on_way: list[Supply] = []
        self.story = Story()

    def run(self, days: Iterable[date]) -> Story:
        """Live through the days, month by month."""
        for n, day in enumerate(days):
            if n % MONTH == 0:
                self.story.months.append(Month(planned=self._books.plan(MONTH)))
            self._day(day, is_last=n % MONTH == MONTH - 1)
        return self.story

    @property
    def _month(self) -> Month:
        return self.story.months[-1]

    def _day(self, day: date, *, is_last: bool) -> None:
        """The last day of a month is counted before it is closed, and the month after it."""
        self.story.days.append(day)
        self._books.begin(day)
        for warehouse, codes in self._books.to_count(day).items():
            self._count(day, warehouse, codes)
        self._receive(day)
        for need in outside.needs(self._plan, day):
            self._take(need, day)
        self._ship(day)
        self._put_back(day)
        self._break(day)
        self._fill_fronts(day)
        self._buy(day)
        self._books.settle(day)
        self._look(day)
        if is_last:
            self._count_all(day)
        self._books.end(day)
        if is_last:
            self._month.closing = self._books.close(day)

    def _receive(self, day: date) -> None:
        arrived = [one for one in self._on_way if one.arrives <= day]
        self._on_way = [one for one in self._on_way if one.arrives > day]
        for supply in arrived:
            for code, quantity in supply.lines.items():
                self._shelves.put(CENTRAL, code, quantity)
                self._month.bought[code] = self._month.bought.get(code, 0) + quantity
            self._books.received(supply)

    def _take(self, need: outside.Need, day: date) -> None:
        tomorrow = next_day(day)
        promised = self._books.promise(need, tomorrow, next_day(day, self._plan.wait))
        order = Order(need, tomorrow, promised, dict(need.lines))
        self._open.append(order)
        self.story.orders.append(order)

    def _ship(self, day: date) -> None:
        due = [order for order in self._open if order.promised <= day]
        for order in sorted(due, key=lambda order: (order.promised, order.need.key)):
            self._pick(order, day)
        self._open = [order for order in self._open if order.done is None]

    def _pick(self, order: Order, day: date) -> None:
        place = order.need.warehouse
        lines = {c: t for c, n in order.open.items() if n and (t := self._shelves.take(place, c, n))}
        short = {c: self._shelves.of(place)[c] for c, n in order.open.items() if lines.get(c, 0) < n}
        for code, quantity in lines.items():
            order.open[code] -= quantity
            order.shipped[code] = order.shipped.get(code, 0) + quantity
            self._month.cost += BY_CODE[code].buy * quantity
        if lines:
            self._books.shipped(f"ship {order.need.key} {day:%m%d}", order, lines)
        if short:
            self._books.missing(place, short)
        if not any(order.open.values()):
            order.done = day
            if (back := outside.comes_back(self._plan, order.need.key, order.need.lines)) is not None:
                self._back.append((next_day(day, 2), order, *back))

    def _put_back(self, day: date) -> None:
        for _, order, code, quantity in [one for one in self._back if one[0] <= day]:
            self._shelves.put(order.need.warehouse, code, quantity)
            self._books.returned(f"return {order.need.key}", order, code, quantity)
        self._back = [one for one in self._back if one[0] > day]

    def _break(self, day: date) -> None:
        for n, (warehouse, code, quantity) in enumerate(outside.breaks(self._plan, day)):
            if lost := self._shelves.take(warehouse, code, quantity):
                self._books.broke(f"loss {day:%m%d}-{n}", warehouse, code, lost)

    def _fill_fronts(self, day: date) -> None:
        """The books decide what is asked for; what lies there decides what goes."""
        for front, wanted in self._books.wanted(day).items():
            lines: dict[str, int] = {}
            for code, asked in wanted.items():
                if taken := self._shelves.take(CENTRAL, code, asked):
                    lines[code] = taken
                if taken < asked:
                    self._books.missing(CENTRAL, {code: self._shelves.of(CENTRAL)[code]})
            if lines:
                for code, quantity in lines.items():
                    self._shelves.put(front, code, quantity)
                self._books.moved(f"move {front} {day:%m%d}", front, lines)

    def _buy(self, day: date) -> None:
        on_way: dict[str, int] = {}
        for supply in self._on_way:
            for code, quantity in supply.lines.items():
                on_way[code] = on_way.get(code, 0) + quantity
        for key, supplier, lines in self._books.buy(day, on_way):
            arrives = outside.arrival(self._plan, supplier, f"{supplier} {day}", day)
            self._on_way.append(Supply(key, supplier, day, arrives, lines))

    def _count(self, day: date, warehouse: str, codes: Iterable[str]) -> None:
        there = self._shelves.of(warehouse)
        seen = {code: self._seen(day, warehouse, code, there[code]) for code in codes}
        self._books.counted(warehouse, seen)

    def _seen(self, day: date, warehouse: str, code: str, there: int) -> int:
        about = f"count {warehouse} {code} {day}"
        return self._slips.figure(there, about) if self._slips.happens("miscounted", about) else there

    def _look(self, day: date) -> None:
        self._month.worth.append(self._shelves.worth())
        right, lines = self._agreeing()
        self.story.accuracy.append(right / lines)

    def _agreeing(self) -> tuple[int, int]:
        known = self._books.known()
        cells = [(w, c) for w in WAREHOUSES for c in BY_CODE]
        return sum(known[w].get(c, 0) == self._shelves.of(w)[c] for w, c in cells), len(cells)

    def _count_all(self, day: date) -> None:
        self._month.right, self._month.lines = self._agreeing()
        for warehouse in WAREHOUSES:
            self._count(day, warehouse, BY_CODE)
