"""What the simulation assumes. Rates are shares of opportunities, times are minutes of work unless they say otherwise."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rates:
    """How often people slip. A document is one piece of paper: a delivery, a receipt, a transfer, a return, a loss."""

    forgotten: float = 0.02
    """Documents that nobody writes."""
    doubled: float = 0.015
    """Documents written twice."""
    postponed: float = 0.08
    """Documents written one to five days later."""
    mistyped: float = 0.01
    """Lines with a wrong figure."""
    swapped: float = 0.01
    """Lines written on the item beside the right one."""
    drawer: float = 0.40
    """Returns whose paper stays in a drawer, put back on the shelf all the same."""
    unwritten: float = 0.50
    """Breakages of which nobody writes a loss."""
    miscounted: float = 0.01
    """Counted lines with a wrong figure."""

    def alone(self, kind: str, times: float) -> Rates:
        """Only this slip, at some multiple of its rate."""
        rates = dict.fromkeys(self.__dataclass_fields__, 0.0)
        return Rates(**{**rates, kind: getattr(self, kind) * times})


@dataclass(frozen=True)
class Minutes:
    """What work takes. Both worlds type equally fast; what differs is what has to be asked, waited for and compared."""

    first_line: float = 3.0
    further_line: float = 0.5
    """Typing an order."""
    pick_line: float = 4.0
    """Fetching a line from the shelf."""
    asked_at: tuple[int, ...] = (11 * 60, 16 * 60)
    """When a keeper goes through the chat and answers what is there (minutes of the day), with sheets alone."""
    answering: float = 20.0
    """Answering one round of questions."""
    count_on_paper: float = 2.0
    """Counting a line, writing it down and typing it afterwards."""
    count_by_phone: float = 1.2
    """Counting a line on a phone."""
    look_again: float = 8.0
    """Counting a line again that differs, and finding out why."""
    compare: float = 1.5
    """Month end, with sheets: comparing one document of the warehouse with sales, purchasing and the bank."""
    difference: float = 10.0
    """Month end, with sheets: settling one figure on which two sheets differ."""
    open_point: float = 10.0
    """Month end, with the product: settling one document that the closing page names."""
    review: float = 120.0
    """Month end, either way: looking over the result."""
    working_day: float = 480.0


@dataclass(frozen=True)
class Assumptions:
    """The article's distributor: 48 million yuan a year, one central and three front warehouses, six days a week."""

    seed: int = 1
    days: int = 78
    """Working days that are simulated: three months."""
    measured_from: int = 26
    """The first month runs in and is not measured."""
    orders_a_day: int = 12
    """Of about 12,800 yuan each: 312 working days come to 48 million."""
    stock_days: int = 40
    """What lies there on the first day, in working days of sales."""
    front_low: float = 3.0
    front_full: float = 7.0
    """Fronts are filled up to so many days of sales when the books say that they fall below so many (the template's own settings),"""
    usual_line: int = 15
    """and an order's usual quantity of an item more (twice that, to be full). The product takes it from what was delivered."""
    returned: float = 0.03
    """Orders of which a part comes back."""
    breakages: float = 0.3
    """Per warehouse and day."""
    late: float = 0.15
    """Supplies that come one to four days late."""
    wait: int = 3
    """Days for which a customer is put off when goods are short."""
    feel: float = 0.35
    """Sheets: how far a buyer's idea of a month's sales lies off (deviation of its logarithm)."""
    low_by_feel: int = 15
    full_by_feel: int = 30
    """Sheets: bought when the sheets say less than so many days, for so many."""
    review_days: int = 3
    """Product: days between purchases; the template's own setting."""
    safety_days: int = 4
    """Product: days of sales kept as safety stock; the item's own field."""
    heeds: float = 0.9
    """Product: share of an evening's open points that are dealt with the same evening."""
    rates: Rates = field(default_factory=Rates)
    minutes: Minutes = field(default_factory=Minutes)
