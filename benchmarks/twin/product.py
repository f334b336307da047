"""The product's books: the same papers, entered through its API, where a slip meets what the product does about it.

Nothing here knows what is refused, listed or corrected: a slip is tried, and the answer decides. What was not written, or only in part, is
found by what the product lists in the evening: drafts, orders that are due and open, supplies that are late.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.books import Cells, Order, Supply
from benchmarks.twin.counts import Counts
from benchmarks.twin.goods import BY_CODE, CENTRAL, WAREHOUSES
from benchmarks.twin.office import EVENING, MORNING, NOON, Office, RefusedError, where
from benchmarks.twin.outside import FIRST, Need
from benchmarks.twin.papers import Papers
from benchmarks.twin.shelves import Shelves
from benchmarks.twin.slips import Slips

OPEN = ("approved", "partial")
FULL_AVERAGE = 30
"""Days over which the template averages sales, by its own setting."""


class Product:
    def __init__(self, plan: Assumptions, desk: Office, ids: Mapping[str, str], shelves: Shelves) -> None:
        self._plan, self._desk, self._ids, self._shelves = plan, desk, ids, shelves
        self._codes = {id: code for code, id in ids.items()}
        self._slips = Slips(plan.seed, plan.rates)
        self._day = date.min
        self._orders: dict[str, str] = {}
        self._moves: dict[str, str] = {}
        self._is_average_full = False
        self._counts = Counts(desk, ids, shelves, plan.minutes)
        self._papers = Papers(desk, ids, self._slips, self._counts)
        reasons = {row["code"]: row["id"] for row in desk.list("owner", "reason", fields="code")}
        self._broken, self._unwanted = reasons["BS-PS"], reasons["XT-DD"]
        self.minutes_to_answer: list[float] = []
        self.minutes_to_count = self._counts.minutes

    def open_with(self, there: Cells) -> None:
        """The stock of the first day."""
        for warehouse, rows in there.items():
            lines = [{"item": self._ids[c], "quantity": str(q), "unit_cost": str(BY_CODE[c].buy)} for c, q in rows.items() if q]  # fmt: skip
            made = self._desk.make("finance", "opening_stock", {"warehouse": self._ids[warehouse], "lines": lines})  # fmt: skip
            self._desk.move("finance", "opening_stock", made, "approve")

    def begin(self, day: date) -> None:
        self._day = self._papers.day = day
        self._desk.at(day, MORNING)
        self._desk.sign_in()
        self._average_over(day)
        self._desk.tick()

    def _average_over(self, day: date) -> None:
        """In the first month sales are averaged over the days that there were: whoever takes up the product sets that each Monday."""
        lived = (day - FIRST).days
        if day.weekday() == 0 and 0 < lived < FULL_AVERAGE:
            self._desk.send("owner", "PUT", "/settings/sales_days", {"value": lived})
        elif lived >= FULL_AVERAGE and not self._is_average_full:
            self._is_average_full = True
            self._desk.send("owner", "PUT", "/settings/sales_days", {"value": FULL_AVERAGE})

    def promise(self, need: Need, tomorrow: date, later: date) -> date:
        """The order asks the product; the product answers with the day on which the goods are there."""
        self._desk.at(self._day, need.minute)
        body = {
            "customer": self._ids[f"KH{need.customer:02d}"], "warehouse": self._ids[need.warehouse], "promised_date": str(tomorrow),
            "lines": [{"item": self._ids[c], "quantity": str(q), "price": str(BY_CODE[c].sell)} for c, q in need.lines.items()],
        }  # fmt: skip
        made = self._desk.send("sales", "POST", "/sales_order?submit=1", body)
        self._orders[need.key] = made["id"]
        if made["_effects"]["tasks"]:
            self._desk.decide("sales_order", made["id"])
        else:
            self._desk.move("salesmgr", "sales_order", made["id"], "approve")
        took = self._plan.minutes
        typed = took.first_line + took.further_line * (len(need.lines) - 1)
        self.minutes_to_answer.append(typed + took.pick_line * len(need.lines))
        return max(tomorrow, date.fromisoformat(made["promised_date"]))

    def known(self) -> Cells:
        return self._counts.known()

    def plan(self, days: int) -> Mapping[str, int]:
        """What the month will take, by the template's own report of what to order: its daily sales, reorder point and position."""
        rows = self._desk.send("buyer", "GET", "/reports/replenishment", query={"limit": 500})["rows"]
        month = days * 7 / 6
        return {
            self._codes[_id(row["item"])]: max(
                0, round(float(row["daily"]) * month + float(row["reorder_point"]) - float(row["position"]))
            )
            for row in rows
        }

    def buy(self, day: date, on_way: Mapping[str, int]) -> Iterator[tuple[str, str, Mapping[str, int]]]:
        """Every few days the computation is run, its requisitions are approved, and what becomes of them is ordered."""
        if day.toordinal() % self._plan.review_days:
            return
        self._desk.at(day, EVENING)
        self._desk.send("buyer", "POST", "/computations/replenish", {"parameters": {}})
        for row in self._desk.list("buyer", "purchase_requisition", where("state", "=", "draft")):
            self._desk.change("buyer", "purchase_requisition", row["id"], {"warehouse": self._ids[CENTRAL]})
            self._desk.move("buyer", "purchase_requisition", row["id"], "submit", "approve")
        self._desk.tick()
        for row in self._desk.list("buyer", "purchase_order", where("state", "=", "draft")):
            self._desk.move("buyer", "purchase_order", row["id"], "submit")
            self._desk.decide("purchase_order", row["id"])
            read = self._desk.read("buyer", "purchase_order", row["id"])
            lines = {self._codes[one["item"]]: int(float(one["quantity"])) for one in read["lines"]}
            yield row["id"], self._codes[read["supplier"]], lines

    def shipped(self, key: str, order: Order, lines: Mapping[str, int]) -> None:
        id = self._orders[order.need.key]
        self._papers.about(id, key, order.need.warehouse, lines)
        self._papers.now(self._papers.deliver, id, lines, key)

    def received(self, supply: Supply) -> None:
        key = f"receive {supply.supplier} {supply.ordered}"
        self._papers.about(supply.key, key, CENTRAL, supply.lines)
        self._papers.now(self._papers.take_in, supply.key, supply.lines, key)

    def wanted(self, day: date) -> Mapping[str, Mapping[str, int]]:
        """The computation says what fronts lack; its drafts are what is fetched by."""
        self._desk.at(day, NOON)
        self._desk.send("keeper", "POST", "/computations/suggest_transfers", {"parameters": {}})
        planned = where("is_planned", "=", True)
        found: dict[str, Mapping[str, int]] = {}
        for row in self._desk.list("keeper", "transfer", where("state", "=", "draft"), planned):
            read = self._desk.read("keeper", "transfer", row["id"])
            front = self._codes[read["to_warehouse"]]
            self._moves[front] = row["id"]
            found[front] = {self._codes[one["item"]]: int(float(one["quantity"])) for one in read["lines"]}
        return found

    def moved(self, key: str, front: str, lines: Mapping[str, int]) -> None:
        """The draft is the document; the keeper ships by it, and the front counts what comes."""
        self._desk.at(self._day, NOON)
        id = self._moves[front]
        paper = self._papers.about(id, key, CENTRAL, lines)
        if not self._papers.left(f"{key} out"):
            self._papers.carry(id, paper, f"{key} out")

    def returned(self, key: str, order: Order, code: str, quantity: int) -> None:
        if self._slips.happens("forgotten", key):
            return
        self._desk.at(self._day, NOON)
        sold = self._desk.list("sales", "delivery", where("order", "=", self._orders[order.need.key]), where("state", "in", ["approved", "done"]))  # fmt: skip
        for row in sold:
            id = self._desk.convert("sales", "delivery", row["id"], "to_return")
            read = self._desk.read("sales", "sales_return", id)["lines"]
            line = next((one for one in read if one["item"] == self._ids[code]), None)
            if line is None or quantity == 0:
                self._desk.move("sales", "sales_return", id, "void")
                continue
            back = min(quantity, int(float(line["quantity"])))
            quantity -= back
            wanted = [{"id": line["id"], "quantity": str(back)}]
            self._desk.change("sales", "sales_return", id, {"lines": wanted, "reason": self._unwanted})
            if not self._slips.happens("drawer", key) and not self._slips.happens("postponed", key):
                self._desk.move("keeper", "sales_return", id, "approve")

    def broke(self, key: str, warehouse: str, code: str, quantity: int) -> None:
        if self._slips.happens("unwritten", key) or self._slips.happens("forgotten", key):
            return
        self._desk.at(self._day, NOON)
        lines = [{"item": self._ids[code], "quantity": str(quantity)}]
        try:
            id = self._desk.make("keeper", "write_off", {"warehouse": self._ids[warehouse], "reason": self._broken, "lines": lines})  # fmt: skip
            self._desk.move("keeper", "write_off", id, "submit")
            self._desk.decide("write_off", id)
        except RefusedError:
            self.missing(warehouse, {code: self._shelves.of(warehouse)[code]})

    def missing(self, warehouse: str, there: Mapping[str, int]) -> None:
        """What is open for this warehouse is written first; what still differs is counted."""
        self._write_open(warehouse)
        known = self.known()[warehouse]
        wrong = {code: quantity for code, quantity in there.items() if known.get(code, 0) != quantity}
        if wrong:
            self.counted(warehouse, wrong)

    def to_count(self, day: date) -> Mapping[str, Iterable[str]]:
        """What the weekly rule made."""
        drafts = self._desk.list("keeper", "stocktake", where("state", "=", "draft"), where("is_planned", "=", True))  # fmt: skip
        found: dict[str, list[str]] = {}
        for row in drafts:
            read = self._desk.read("keeper", "stocktake", row["id"])
            place = self._codes.get(read["warehouse"])
            if place is not None:
                self._write_open(place)
                found[place] = [self._codes[one["item"]] for one in read["lines"]]
                self._desk.send("keeper", "DELETE", f"/stocktake/{row['id']}")
        return found

    def counted(self, warehouse: str, there: Mapping[str, int]) -> None:
        self._counts.counted(warehouse, there)

    def settle(self, day: date) -> None:
        """Most of the day's open points are dealt with."""
        self._desk.at(day, EVENING)
        for warehouse in WAREHOUSES:
            self._write_open(warehouse)
        for row in self._desk.list("keeper", "sales_return", where("state", "in", ["draft", "submitted"])):
            if self._heeds(row["id"]):
                self._desk.move("keeper", "sales_return", row["id"], "approve")

    def end(self, day: date) -> None:
        """The day is closed when nothing of it is left."""
        try:
            self._desk.send("finance", "POST", "/ledgers/stock/periods", {"through": str(day)})
        except RefusedError:
            return

    def _write_open(self, warehouse: str) -> None:
        """What the product lists as due and not done, and what really became of it."""
        today = where("promised_date", "<=", str(self._day))
        place = self._ids[warehouse]
        for row in self._desk.list("keeper", "sales_order", where("state", "in", OPEN), where("warehouse", "=", place), today):  # fmt: skip
            self._make_up(row["id"], self._papers.deliver)
        if warehouse != CENTRAL:
            return
        due = where("expected_date", "<=", str(self._day))
        for row in self._desk.list("buyer", "purchase_order", where("state", "in", OPEN), due):
            self._make_up(row["id"], self._papers.take_in)
        for row in self._desk.list("keeper", "transfer", where("state", "=", "draft")):
            if row["id"] in self._papers.of and self._heeds(row["id"]):
                self._papers.carry(row["id"], self._papers.of[row["id"]], "")

    def _make_up(self, id: str, write: Any) -> None:
        if id in self._papers.of and self._heeds(id):
            self._papers.make_up(id, write)

    def _heeds(self, about: str) -> bool:
        return not self._slips.overlooked(f"{about} {self._day}", 1 - self._plan.heeds)

    def close(self, day: date) -> float:
        """What the closing page still names is settled, and every ledger that can be closed is."""
        took = self._plan.minutes
        listed = self._desk.send("finance", "GET", "/ledgers/stock/periods", query={"through": str(day)})
        hurdles = listed["checklist"]
        waiting: int = sum(one["count"] for one in hurdles if one["severity"] != "note")
        return took.review + took.open_point * waiting


def _id(value: Any) -> str:
    return str(value["id"] if isinstance(value, Mapping) else value)
