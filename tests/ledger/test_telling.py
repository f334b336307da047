"""Telling: how an entry came to its value is read from the definition of the posting that made it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from builder.ledger.histories import Told
from builder.ledger.state import Entry, Follow
from builder.ledger.telling import Posted, Teller
from builder.metadata.entity import Entity, Posting
from builder.metadata.package import App, Package
from tests.ledger.goods import CUP, DAY, MAIN, PEN, stock, turnover

USED = Posting("make.used", "used", "stock", measures={"on_hand": "-quantity"}, each="lines")
MADE = Posting(
    "make.made",
    "made",
    "stock",
    measures={"on_hand": "quantity", "value": "-result.value"},
    depends_on="used",
)
PROFIT = Posting("make.profit", "profit", "profit", measures={"cost": "-result.value"}, depends_on="used")
BOUGHT = Posting("make.bought", "bought", "stock", measures={"on_hand": "quantity", "value": "amount"})
LATE = Posting("make.late", "late", "stock", measures={"value": "amount"}, cost_of="line")
MAKE = Entity("make", "make", "document", "Make", (), postings=(USED, MADE, PROFIT, BOUGHT, LATE))
PACKAGE = replace(Package(App("app", "app", "App")), entities=(MAKE,))
MODELS = {"stock": stock(), "profit": turnover()}


def posted(id: int, posting: Posting, line: int, *measures: int, item: int = PEN, **more: Any) -> Posted:
    ledger = posting.ledger
    key = (item, MAIN, 0) if ledger == "stock" else (item,)
    made = Entry(id, id, ledger, line, 0, "normal", key, DAY, id, measures, **more)
    return Posted(made, posting.uid, 0, 9, 70)


def teller(*entries: Posted, stated: Decimal | None = None) -> Teller:
    made = Teller(MODELS, PACKAGE, lambda *_: stated)
    made.add(entries)
    return made


def test_a_value_is_given_by_the_document_or_found_by_costing() -> None:
    told = teller(posted(1, BOUGHT, 70, 10, 0, 0, 500), posted(2, USED, 71, -10, 0, 0, -500))
    assert (told.told(1).is_given, told.told(2)) == (True, Told())


def test_what_is_made_takes_the_cost_of_everything_that_was_used() -> None:
    one, other = posted(1, USED, 71, -10, 0, 0, -500), posted(2, USED, 72, -5, 0, 0, -300)
    made = posted(3, MADE, 70, 3, 0, 0, 800, item=CUP)
    told = teller(one, other, made)
    assert told.told(3).follows == (Follow(3, (1, 2), -1, shared=((3, 3),)),)
    assert told.following({2}) == {3}
    assert told.documents_that_depend() == [(9, 70)]


def test_profit_takes_the_cost_of_its_own_line() -> None:
    told = teller(
        posted(1, USED, 71, -10, 0, 0, -500),
        posted(2, USED, 72, -5, 0, 0, -300),
        posted(3, PROFIT, 72, 0, 300),
    )
    assert told.told(3).follows == (Follow(1, (2,), -1, shared=((3, 1),)),)


def test_a_late_cost_is_told_whole_although_only_part_of_it_found_units() -> None:
    late = posted(4, LATE, 70, 0, 0, 0, 250, concerns=1)
    assert teller(late, stated=Decimal("10.00")).told(4) == Told(is_given=True, amount=1000)


def test_what_no_posting_defines_any_more_is_taken_as_found() -> None:
    gone = replace(posted(1, BOUGHT, 70, 10, 0, 0, 500), posting="make.gone")
    assert teller(gone).told(1) == Told()
