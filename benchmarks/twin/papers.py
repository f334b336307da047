"""Papers: deliveries, receipts and transfers as people write them, slips included, and as they are put right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from benchmarks.twin.counts import Counts
from benchmarks.twin.goods import CENTRAL, beside
from benchmarks.twin.office import NOON, Office, RefusedError, where
from benchmarks.twin.slips import Slips


@dataclass
class Paper:
    """What should be on paper about one order, supply or move: what really went, and what is written."""

    key: str
    warehouse: str
    really: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)

    def add(self, lines: Mapping[str, int]) -> None:
        for code, quantity in lines.items():
            self.really[code] = self.really.get(code, 0) + quantity


class Papers:
    """``day`` is today. ``of`` holds the papers by the id of the order, supply or move that they are about."""

    def __init__(self, desk: Office, ids: Mapping[str, str], slips: Slips, counts: Counts) -> None:
        self._desk, self._ids, self._slips, self._counts = desk, ids, slips, counts
        self._codes = {id: code for code, id in ids.items()}
        self._late = 0
        self.day = date.min
        self.of: dict[str, Paper] = {}

    def about(self, id: str, key: str, warehouse: str, lines: Mapping[str, int]) -> Paper:
        """The paper of an order or supply, to which these lines have really gone or come now."""
        paper = self.of.setdefault(id, Paper(key, warehouse))
        paper.add(lines)
        return paper

    def now(
        self,
        write: Callable[[str, Paper, Mapping[str, int], str], None],
        id: str,
        lines: Mapping[str, int],
        key: str,
    ) -> None:
        """Write it today, once or twice, or leave it."""
        if self.left(key):
            return
        write(id, self.of[id], lines, key)
        if self._slips.happens("doubled", key):
            write(id, self.of[id], lines, f"{key} again")

    def left(self, key: str) -> bool:
        """Whether nobody writes it now, be it that it is forgotten or put off."""
        return self._slips.happens("forgotten", key) or self._slips.happens("postponed", key)

    def deliver(self, order: str, paper: Paper, lines: Mapping[str, int], key: str) -> None:
        self._desk.at(self.day, NOON)
        drafts = self._desk.list("keeper", "delivery", where("order", "=", order), where("state", "=", "draft"))  # fmt: skip
        self._write("delivery", "sales_order", order, drafts, paper, lines, key)

    def take_in(self, order: str, paper: Paper, lines: Mapping[str, int], key: str) -> None:
        self._desk.at(self.day, NOON)
        drafts = self._desk.list("keeper", "receipt", where("order", "=", order), where("state", "=", "draft"))  # fmt: skip
        self._write("receipt", "purchase_order", order, drafts, paper, lines, key)

    def _write(self, entity: str, source: str, order: str, drafts: Iterable[Any], paper: Paper, lines: Mapping[str, int], key: str) -> None:  # fmt: skip
        """A document of an order: as it is written first, and as it is right where that is refused."""
        try:
            id = next((row["id"] for row in drafts), None) or self._desk.convert("keeper", source, order, f"to_{entity}")  # fmt: skip
        except RefusedError:
            return
        for written, sure in ((self._as_written(lines, key), False), (dict(lines), True)):
            if self._approved(entity, id, paper.warehouse, written, sure=sure):
                for code, quantity in written.items():
                    paper.written[code] = paper.written.get(code, 0) + quantity
                return
        self._desk.move("owner", entity, id, "void")

    def _approved(
        self, entity: str, id: str, warehouse: str, lines: Mapping[str, int], *, sure: bool
    ) -> bool:
        rows = []
        read = self._desk.read("keeper", entity, id)["lines"]
        known = {self._codes[row["item"]] for row in read}
        for row in read:
            code = self._codes[row["item"]]
            other = beside(code)
            if code in lines:
                rows.append({"id": row["id"], "quantity": str(lines[code])})
            elif other in lines and other not in known:
                rows.append({"id": row["id"], "item": self._ids[other], "quantity": str(lines[other])})
        try:
            self._desk.change("keeper", entity, id, {"lines": rows, "business_date": str(self.day)})
            self._desk.move("keeper", entity, id, "approve")
        except RefusedError as error:
            return sure and self._counts.first(error, warehouse, lines) and self._approved(entity, id, warehouse, lines, sure=False)  # fmt: skip
        return True

    def _as_written(self, lines: Mapping[str, int], key: str) -> dict[str, int]:
        """The lines with the slips of whoever writes them."""
        written: dict[str, int] = {}
        for code, quantity in lines.items():
            about = f"{key} {code}"
            swapped = self._slips.happens("swapped", about) and beside(code) not in lines
            item = beside(code) if swapped else code
            written[item] = self._slips.figure(quantity, about) if self._slips.happens("mistyped", about) else quantity  # fmt: skip
        return written

    def carry(self, id: str, paper: Paper, key: str) -> None:
        written = self._as_written(paper.really, key)
        if not self._shipped_by(id, written):
            self._shipped_by(id, paper.really, sure=True)
        read = self._desk.read("keeper", "transfer", id)
        if read["state"] != "on_way":
            return
        if self._quantities(read) != paper.really:
            self._desk.move("owner", "transfer", id, "unapprove")
            self._shipped_by(id, paper.really, sure=True)
        self._desk.move("keeper", "transfer", id, "receive")
        paper.written = dict(paper.really)

    def _shipped_by(self, id: str, lines: Mapping[str, int], *, sure: bool = False) -> bool:
        """Whether it was taken. Who is refused looks at the paper first; ``sure`` of that, at the shelf."""
        rows = [{"item": self._ids[c], "quantity": str(q)} for c, q in lines.items()]
        try:
            self._desk.change("keeper", "transfer", id, {"lines": rows, "business_date": str(self.day)})
            self._desk.move("keeper", "transfer", id, "ship")
        except RefusedError as error:
            return sure and self._counts.first(error, CENTRAL, lines) and self._shipped_by(id, lines)
        return True

    def make_up(self, id: str, write: Callable[[str, Paper, Mapping[str, int], str], None]) -> None:
        """Write what really went and is not written yet."""
        paper = self.of[id]
        rest = {c: q - paper.written.get(c, 0) for c, q in paper.really.items()}
        if lines := {c: q for c, q in rest.items() if q > 0}:
            self._late += 1
            write(id, paper, lines, f"{paper.key} late {self._late}")

    def _quantities(self, read: Mapping[str, Any]) -> dict[str, int]:
        return {self._codes[row["item"]]: int(float(row["quantity"])) for row in read["lines"]}
