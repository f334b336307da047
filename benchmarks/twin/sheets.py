"""Spreadsheet habits: every keeper has a sheet, sales look at last evening's copies, buyers go by feel, and the month shows what was wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from math import exp
from random import Random

from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.books import Cells, Order, Supply
from benchmarks.twin.goods import BY_CODE, CENTRAL, FRONTS, SUPPLIERS, WAREHOUSES, beside
from benchmarks.twin.outside import Need, next_day
from benchmarks.twin.slips import Slips


class Sheets:
    def __init__(self, plan: Assumptions, opening: Cells, daily: Mapping[str, float]) -> None:
        self._plan, self._daily = plan, daily
        self._slips = Slips(plan.seed, plan.rates)
        self._book = {warehouse: dict(opening[warehouse]) for warehouse in WAREHOUSES}
        self._copy: Cells = {}
        self._waiting: list[tuple[date, str, str, dict[str, int]]] = []
        self._feel: Mapping[str, float] = daily
        self._day = date.min
        self._months = 0
        self._urgent: set[str] = set()
        self._documents = 0
        self._found = 0
        self.minutes_to_answer: list[float] = []
        self.minutes_to_count: list[float] = []

    def begin(self, day: date) -> None:
        self._day = day
        self._copy = {warehouse: dict(rows) for warehouse, rows in self._book.items()}
        due = [one for one in self._waiting if one[0] <= day]
        self._waiting = [one for one in self._waiting if one[0] > day]
        for _, key, warehouse, lines in due:
            self._enter(key, warehouse, lines)

    def promise(self, need: Need, tomorrow: date, later: date) -> date:
        """By last evening's copy, which knows nothing of what colleagues promised since."""
        self._documents += 1
        self.minutes_to_answer.append(self._handling(need))
        there = self._copy[need.warehouse]
        enough = all(there.get(code, 0) >= quantity for code, quantity in need.lines.items())
        return tomorrow if enough else later

    def _handling(self, need: Need) -> float:
        """Typing, and waiting until a keeper answers the chat and the goods are fetched."""
        took = self._plan.minutes
        typed = took.first_line + took.further_line * (len(need.lines) - 1)
        asked = need.minute + typed
        answers = [at for at in took.asked_at if at >= asked]
        waits = answers[0] - asked if answers else self._tomorrow(asked)
        return typed + waits + took.answering + took.pick_line * len(need.lines)

    def _tomorrow(self, asked: float) -> float:
        """Working minutes until the first round of the next day."""
        took = self._plan.minutes
        opens, closes = 8 * 60 + 30, 8 * 60 + 30 + took.working_day
        return max(0.0, closes - asked) + took.asked_at[0] - opens

    def known(self) -> Cells:
        return self._book

    def plan(self, days: int) -> Mapping[str, int]:
        """A new month, a new feeling for what will sell."""
        drawn = Random(f"{self._plan.seed} feel {self._months}")
        self._months += 1
        self._feel = {code: sold * exp(drawn.gauss(0, self._plan.feel)) for code, sold in self._daily.items()}
        return {code: round(sold * days) for code, sold in self._feel.items()}

    def buy(self, day: date, on_way: Mapping[str, int]) -> Iterator[tuple[str, str, Mapping[str, int]]]:
        """On Mondays and Thursdays by the sheets, at once when a customer was let down."""
        wanted: dict[str, dict[str, int]] = {}
        for code, sold in self._feel.items():
            there = sum(rows.get(code, 0) for rows in self._book.values()) + on_way.get(code, 0)
            looks = day.weekday() in {0, 3} and there < sold * self._plan.low_by_feel
            if looks or (code in self._urgent and not on_way.get(code)):
                quantity = max(1, round(sold * self._plan.full_by_feel))
                wanted.setdefault(BY_CODE[code].supplier, {})[code] = quantity
        self._urgent.clear()
        for supplier in SUPPLIERS:
            if supplier in wanted:
                self._documents += 1
                yield f"{supplier} {day}", supplier, wanted[supplier]

    def wanted(self, day: date) -> Mapping[str, Mapping[str, int]]:
        """Fronts are filled by a rule of thumb that knows what sells in the long run."""
        plan, there = self._plan, dict(self._book[CENTRAL])
        found: dict[str, dict[str, int]] = {}
        for front in FRONTS:
            for code, sold in self._daily.items():
                usual, has = sold / len(FRONTS), self._book[front].get(code, 0)
                if has < usual * plan.front_low + plan.usual_line and there.get(code, 0) > 0:
                    full = round(usual * plan.front_full) + 2 * plan.usual_line
                    asked = min(there[code], full - has)
                    there[code] -= asked
                    found.setdefault(front, {})[code] = asked
        return found

    def shipped(self, key: str, order: Order, lines: Mapping[str, int]) -> None:
        self._write(key, order.need.warehouse, {code: -quantity for code, quantity in lines.items()})

    def received(self, supply: Supply) -> None:
        self._write(f"receive {supply.key}", CENTRAL, supply.lines)

    def moved(self, key: str, front: str, lines: Mapping[str, int]) -> None:
        """Two keepers, two sheets: each writes their side."""
        self._write(f"{key} out", CENTRAL, {code: -quantity for code, quantity in lines.items()})
        self._write(f"{key} in", front, lines)

    def returned(self, key: str, order: Order, code: str, quantity: int) -> None:
        if not self._slips.happens("drawer", key):
            self._write(key, order.need.warehouse, {code: quantity})

    def broke(self, key: str, warehouse: str, code: str, quantity: int) -> None:
        if not self._slips.happens("unwritten", key):
            self._write(key, warehouse, {code: -quantity})

    def _write(self, key: str, warehouse: str, lines: Mapping[str, int]) -> None:
        """Sooner or later, once, twice or never."""
        self._documents += 1
        if self._slips.happens("forgotten", key):
            return
        if self._slips.happens("postponed", key):
            when = next_day(self._day, self._slips.days_late(key))
            self._waiting.append((when, key, warehouse, dict(lines)))
        else:
            self._enter(key, warehouse, lines)

    def _enter(self, key: str, warehouse: str, lines: Mapping[str, int]) -> None:
        for _ in range(2 if self._slips.happens("doubled", key) else 1):
            for code, quantity in lines.items():
                about = f"{key} {code}"
                written = abs(quantity)
                if self._slips.happens("mistyped", about):
                    written = self._slips.figure(written, about)
                item = beside(code) if self._slips.happens("swapped", about) else code
                sheet = self._book[warehouse]
                sheet[item] = sheet.get(item, 0) + (written if quantity > 0 else -written)

    def missing(self, warehouse: str, there: Mapping[str, int]) -> None:
        """Whoever finds a shelf empty corrects the own sheet."""
        for code, quantity in there.items():
            self._book[warehouse][code] = quantity
            if warehouse == CENTRAL:
                self._urgent.add(code)

    def to_count(self, day: date) -> Mapping[str, Iterable[str]]:
        return {}

    def counted(self, warehouse: str, there: Mapping[str, int]) -> None:
        took = self._plan.minutes
        wrong = sum(self._book[warehouse].get(code, 0) != quantity for code, quantity in there.items())
        self._found += wrong
        self.minutes_to_count.append(took.count_on_paper * len(there) + took.look_again * wrong)
        self._book[warehouse] = dict(there)

    def settle(self, day: date) -> None:
        """Nobody looks."""

    def end(self, day: date) -> None:
        """No day is closed."""

    def close(self, day: date) -> float:
        """Every document is compared, every difference settled. What waited in a drawer is overtaken by the count."""
        took = self._plan.minutes
        minutes = self._documents * took.compare + self._found * took.difference + took.review
        self._waiting.clear()
        self._documents = self._found = 0
        return minutes
