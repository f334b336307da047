"""Counts: what the product says is there, and the counts that correct it."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.twin.assumptions import Minutes
from benchmarks.twin.books import Cells
from benchmarks.twin.goods import WAREHOUSES
from benchmarks.twin.office import Office, RefusedError, where
from benchmarks.twin.shelves import Shelves

FULL = 50
"""A count of more lines than this is called a full one."""


class Counts:
    """``minutes`` is what each count took."""

    def __init__(self, desk: Office, ids: Mapping[str, str], shelves: Shelves, took: Minutes) -> None:
        self._desk, self._ids, self._shelves, self._took = desk, ids, shelves, took
        self._codes = {id: code for code, id in ids.items()}
        (self._reason,) = (row["id"] for row in desk.list("owner", "reason", where("code", "=", "PD-LD")))
        self.minutes: list[float] = []

    def known(self) -> Cells:
        query = {"group": "item,warehouse"}
        found: dict[str, dict[str, int]] = {warehouse: {} for warehouse in WAREHOUSES}
        for row in self._desk.send("owner", "GET", "/ledgers/stock/balances", query=query)["items"]:
            place = self._codes.get(row["dimensions"]["warehouse"]["id"])
            if place is not None:
                code = self._codes[row["dimensions"]["item"]["id"]]
                found[place][code] = int(float(row["measures"]["on_hand"]))
        return found

    def counted(self, warehouse: str, there: Mapping[str, int]) -> None:
        known = self.known()[warehouse]
        wrong = [code for code, quantity in there.items() if known.get(code, 0) != quantity]
        lines = [
            {"item": self._ids[c], "counted": str(q), "reason": self._reason if c in wrong else None} for c, q in there.items()
        ]  # fmt: skip
        id = self._desk.make("keeper", "stocktake", {"warehouse": self._ids[warehouse], "scope": "full" if len(there) > FULL else "spot", "lines": lines})  # fmt: skip
        self._desk.move("keeper", "stocktake", id, "submit")
        self._desk.decide("stocktake", id)
        took = self._took
        self.minutes.append(took.count_by_phone * len(there) + took.look_again * len(wrong))

    def first(self, error: RefusedError, warehouse: str, lines: Mapping[str, int]) -> bool:
        """Goods are in somebody's hands that the books do not have: the shelf is counted as it was, and the paper written again."""
        if "NEGATIVE_STOCK" not in error.codes:
            return False
        known = self.known()[warehouse]
        shelf = self._shelves.of(warehouse)
        there = {c: shelf[c] + q for c, q in lines.items() if known.get(c, 0) < q <= shelf[c] + q}
        there = {c: q for c, q in there.items() if known.get(c, 0) != q}
        if not there:
            return False
        self.counted(warehouse, there)
        return True
