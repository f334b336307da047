"""Planning: what a posting comes to, or every reason why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from builder.commands import Override
from builder.ledger.definition import Threshold
from builder.ledger.outcome import Plan
from builder.ledger.plan import plan
from builder.metadata.ledger import Grain, Guard
from tests.ledger.goods import CUP, DAY, EAST, MAIN, PEN, Writer, credit, stock, turnover
from tests.ledger.memory import MemoryLedgers


@pytest.fixture
def ledgers() -> MemoryLedgers:
    return MemoryLedgers(stock(), credit(), turnover())


@pytest.fixture
def write() -> Writer:
    return Writer()


def codes(plan: Plan) -> list[str]:
    return [p.code for p in plan.problems]


def test_entries_lie_on_every_grain(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "100.00"))
    rows = {(grain, key): row.measures[0] for (grain, key), row in ledgers.rows["stock"].items()}
    assert rows == {(0, (PEN,)): 100000, (1, (PEN, MAIN)): 100000, (2, (PEN, MAIN, 0)): 100000}
    ledgers.check()


def test_quantities_are_quantised_to_the_measure_half_up(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt("1.00005", "1.005"))
    assert ledgers.entries["stock"][0].measures == (10001, 0, 0, 101)


def test_what_is_not_there_is_refused_with_line_and_numbers(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(3, "30.00"))
    issue = write.issue(5)
    problems = ledgers.post(issue).problems
    place = next(p for p in problems if p.params["guard"] == "enough")
    assert (place.code, place.path, place.message) == ("GUARD", issue.path, "{item}: {shortage} short")
    assert place.params["shortage"] == 2
    assert place.params["slack"] == -2
    assert place.params["on_hand"] == 3
    assert place.params["dimensions"] == {"item": PEN, "place": MAIN}
    assert place.params["overridable"] is False


def test_every_refusal_is_told_at_once(ledgers: MemoryLedgers, write: Writer) -> None:
    plan = ledgers.post(write.issue(1, PEN), write.issue(1, CUP), write("credit", {}, owed=1))
    assert {(p.code, p.path) for p in plan.problems} >= {
        ("GUARD", "/lines/5001"),
        ("GUARD", "/lines/5002"),
        ("DIMENSION_REQUIRED", "/lines/5003"),
    }
    assert plan.entries == ()


def test_the_line_that_breaks_the_guard_is_named(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00"))
    lines = [write.issue(4), write.issue(4), write.issue(4), write.issue(4)]
    problems = ledgers.post(*lines).problems
    assert {p.path for p in problems} == {lines[2].path}


def test_a_document_is_judged_by_its_net(ledgers: MemoryLedgers, write: Writer) -> None:
    plan = ledgers.post(write.issue(4), write.receipt(4, "8.00"))
    assert plan.problems == ()


def test_the_cure_passes_although_the_guard_still_fails(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.fields["customer", 7] = {"limit": Decimal(100)}
    ledgers.post(write("credit", {"customer": 7}, owed=90))
    ledgers.fields["customer", 7] = {"limit": Decimal(10)}
    assert ledgers.post(write("credit", {"customer": 7}, owed=-20)).problems == ()
    assert codes(ledgers.post(write("credit", {"customer": 7}, owed="0.01"))) == ["GUARD"]


def test_a_posting_that_changes_nothing_of_a_failing_guard_passes(
    ledgers: MemoryLedgers, write: Writer
) -> None:
    ledgers.fields["customer", 7] = {"limit": Decimal(0)}
    ledgers.fields["customer", 8] = {"limit": Decimal(5)}
    assert ledgers.post(write("credit", {"customer": 8}, owed=5)).problems == ()


def test_without_a_limit_there_is_nothing_to_break(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.fields["customer", 7] = {"limit": None}
    assert ledgers.post(write("credit", {"customer": 7}, owed=10**6)).problems == ()


def test_a_guard_that_does_not_apply_is_silent(write: Writer) -> None:
    guard = Guard("enough", "enough", "place", "on_hand", "short", when="place > 100")
    assert MemoryLedgers(stock(guards=(guard,))).post(write.issue(1)).problems == ()


STILL = Guard("still", "still", "place", "-ABS(on_hand - old.on_hand)", "moves", when="held > 0")
"""Nothing may come or go while something is held."""


def test_a_guard_over_what_was_before_lets_nothing_move(write: Writer) -> None:
    ledgers = MemoryLedgers(stock(guards=(STILL,)))
    held = write("stock", {"item": PEN, "place": MAIN}, held=1)
    for move in (write.receipt(10, "10.00"), held):
        assert ledgers.post(move).problems == ()
    assert codes(ledgers.post(write.issue(1))) == ["GUARD"]
    assert codes(ledgers.post(write.receipt(1, "1.00"))) == ["GUARD"]
    assert ledgers.post(write("stock", {"item": PEN, "place": MAIN}, reserved=2)).problems == ()
    assert ledgers.post(write("stock", {"item": PEN, "place": MAIN}, held=-1), write.issue(1)).problems == ()


def test_what_is_frozen_does_not_move_from_batch_to_batch(write: Writer) -> None:
    """The place holds as much as before, but what lies in it does not; what ends the freeze itself may."""
    ledgers = MemoryLedgers(stock(guards=(STILL,)))
    one, two = ({"item": PEN, "place": MAIN, "batch": batch} for batch in (1, 2))
    for intent in (write("stock", one, on_hand=10), write("stock", {"item": PEN, "place": MAIN}, held=1)):
        assert codes(ledgers.post(intent)) == []
    out = write("stock", one, on_hand=-4)
    plan = ledgers.post(out, write("stock", two, on_hand=4))
    assert [(p.code, p.path) for p in plan.problems] == [("GUARD", out.path)]
    assert codes(ledgers.post(write("stock", one, reserved=1), write("stock", two, reserved=-1))) == []
    freed = write("stock", {"item": PEN, "place": MAIN}, held=-1)
    assert codes(ledgers.post(freed, write("stock", one, on_hand=-4), write("stock", two, on_hand=4))) == []


def test_a_guard_that_is_switched_off_is_silent(write: Writer) -> None:
    guard = Guard("enough", "enough", "place", "on_hand", "short", enabled=False)
    assert MemoryLedgers(stock(guards=(guard,))).post(write.issue(1)).problems == ()


def test_a_guard_may_have_a_code_of_its_own(write: Writer) -> None:
    guard = Guard("enough", "enough", "place", "on_hand", "short", code="NOT_ENOUGH")
    assert codes(MemoryLedgers(stock(guards=(guard,))).post(write.issue(1))) == ["NOT_ENOUGH"]


def test_what_has_already_happened_is_exempt_from_a_promise(ledgers: MemoryLedgers, write: Writer) -> None:
    at = {"item": PEN, "place": MAIN}
    ledgers.post(write.receipt(10, "10.00"), write("stock", at, reserved=8))
    count = write("stock", at, on_hand=5, count=True, exempt=("enough",), results={"difference": "on_hand"})
    plan = ledgers.post(count)
    assert not plan.problems
    assert plan.results["delivery", count.line_id] == {"difference": Decimal(-5)}
    assert codes(ledgers.post(write.issue(1))) == ["GUARD"]


def test_an_exempt_line_does_not_excuse_the_next(ledgers: MemoryLedgers, write: Writer) -> None:
    at = {"item": PEN, "place": MAIN}
    ledgers.post(write.receipt(10, "10.00"), write("stock", at, reserved=8))
    issue = write.issue(1)
    plan = ledgers.post(write("stock", at, on_hand=5, count=True, exempt=("enough",)), issue)
    assert [p.path for p in plan.problems] == [issue.path]


def owed_over_the_limit(ledgers: MemoryLedgers, write: Writer, **how: Any) -> Plan:
    ledgers.fields["customer", 7] = {"limit": Decimal(10)}
    return ledgers.post(write("credit", {"customer": 7}, owed=15), **how)


@pytest.mark.parametrize("may", [[], ["break_limit"]])
def test_an_override_is_offered_to_those_who_may(
    ledgers: MemoryLedgers, write: Writer, may: list[str]
) -> None:
    assert owed_over_the_limit(ledgers, write, may=may).problems[0].params["overridable"] is bool(may)


def test_an_override_with_permission_is_recorded_with_its_reason(
    ledgers: MemoryLedgers, write: Writer
) -> None:
    asked = [Override("limit", "paid tomorrow")]
    plan = owed_over_the_limit(ledgers, write, overrides=asked, may=["break_limit"])
    used = plan.overrides[0]
    assert (used.guard, used.key, used.slack, used.reason) == ("limit", (7,), Decimal(-5), "paid tomorrow")


def test_an_override_without_permission_is_refused(ledgers: MemoryLedgers, write: Writer) -> None:
    asked = [Override("limit", "please")]
    assert codes(owed_over_the_limit(ledgers, write, overrides=asked)) == ["OVERRIDE_FORBIDDEN"]


def test_a_guard_without_the_policy_cannot_be_overridden(ledgers: MemoryLedgers, write: Writer) -> None:
    asked = [Override("enough", "please"), Override("batch_enough", "please")]
    assert set(codes(ledgers.post(write.issue(1), overrides=asked, may=["", "break_limit"]))) == {"GUARD"}


def test_a_closed_period_refuses(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.closed["stock"] = DAY
    assert codes(ledgers.post(write.receipt(1, 1))) == ["PERIOD_CLOSED"]
    assert ledgers.post(write.receipt(1, 1, day=DAY + timedelta(days=1))).problems == ()


def test_a_future_date_is_refused_unless_allowed(write: Writer) -> None:
    tomorrow = DAY + timedelta(days=1)
    assert codes(MemoryLedgers(stock(), today=DAY).post(write.receipt(1, 1, day=tomorrow))) == ["FUTURE_DATE"]
    lines = [write.receipt(quantity, 1, day=tomorrow) for quantity in (1, 2, 3)]
    one = [replace(line, record_id=lines[0].record_id, line_no=no) for no, line in enumerate(lines, 1)]
    [problem] = MemoryLedgers(stock(), today=DAY).post(*one).problems
    assert (problem.code, problem.path) == ("FUTURE_DATE", "/business_date"), (
        "a document has one date, however many lines"
    )
    allowing = MemoryLedgers(stock(future="allow"), today=DAY)
    assert allowing.post(write.receipt(1, 1, day=tomorrow)).problems == ()


def test_a_following_posting_books_the_difference_per_key(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00"))
    at_main, at_east = {"item": PEN, "place": MAIN}, {"item": PEN, "place": EAST}
    first = write("stock", at_main, reserved=8, follow=True, posting_rev=1)
    ledgers.post(first)
    again: dict[str, Any] = {"follow": True, "posting_rev": 2, "line_id": first.line_id}
    back = write("stock", at_main, reserved=-8, **again)
    plan = ledgers.post(back, write("stock", at_main, reserved=10, **again))
    assert [e.measures[1] for e in plan.entries] == [20000]
    assert plan.journals[0].posting_rev == 2
    back = write("stock", at_main, reserved=-10, **{**again, "posting_rev": 3})
    moved = ledgers.post(back, write("stock", at_east, reserved=10, **{**again, "posting_rev": 3}))
    assert codes(moved) == ["GUARD"]
    assert ledgers.balance("stock", "reserved", place=MAIN) == 10


def test_a_following_posting_that_says_the_same_writes_nothing(ledgers: MemoryLedgers, write: Writer) -> None:
    same: dict[str, Any] = {"follow": True, "line_id": 9}
    key = {"item": PEN, "place": MAIN}
    plan = ledgers.post(write("stock", key, reserved=-8, **same), write("stock", key, reserved=8, **same))
    assert (plan.entries, plan.journals, plan.balances) == ((), (), ())


def test_reserved_goods_cannot_be_issued(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00"), write("stock", {"item": PEN, "place": MAIN}, reserved=8))
    assert codes(ledgers.post(write.issue(3))) == ["GUARD"]


def test_a_turnover_ledger_has_entries_and_days_but_no_balance(ledgers: MemoryLedgers, write: Writer) -> None:
    plan = ledgers.post(
        write("profit", {"item": PEN}, revenue=20), write("profit", {"item": PEN}, revenue=-5)
    )
    assert plan.balances == ()
    day = plan.daily[0]
    assert (day.ins, day.outs, day.closing, day.shifts) == ((2000, 0), (-500, 0), (), False)


def test_a_dependent_posting_takes_the_cost_that_was_found(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(3, "10.00"))
    line: dict[str, Any] = {"line_id": 77}
    profit = write(
        "profit", {"item": PEN}, revenue=9, depends_on="stock", dependent={"cost": "-value"}, **line
    )
    plan = ledgers.post(profit, write.issue(1, **line))
    assert [e.measures for e in plan.entries if e.ledger == "profit"] == [(900, 333)]


def test_a_posting_of_the_whole_document_takes_all_lines_costs(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(3, "10.00"))
    total = write(
        "profit", {"item": PEN}, line_id=write.record, depends_on="stock", dependent={"cost": "-value"}
    )
    plan = ledgers.post(write.issue(1), write.issue(1), total)
    assert [e.measures for e in plan.entries if e.ledger == "profit"] == [(0, 667)]


def test_postings_that_depend_on_each_other_are_refused(ledgers: MemoryLedgers, write: Writer) -> None:
    one = write("profit", {"item": PEN}, posting="a", depends_on="b", dependent={"cost": "revenue"})
    two = write("profit", {"item": PEN}, posting="b", depends_on="a", dependent={"revenue": "cost"})
    assert codes(ledgers.post(one, two)) == ["POSTING_CIRCLE", "POSTING_CIRCLE"]


def test_results_come_back_into_their_lines(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(3, "10.00"))
    issue = write.issue(2, results={"cost": "value"})
    assert ledgers.post(issue).results == {("delivery", issue.line_id): {"cost": Decimal("6.67")}}


def test_one_journal_per_posting_of_a_document(ledgers: MemoryLedgers, write: Writer) -> None:
    plan = ledgers.post(
        write.receipt(1, 1), write.receipt(1, 1, CUP), write("profit", {"item": PEN}, revenue=1)
    )
    assert [(j.posting, j.record_id, j.posting_rev) for j in plan.journals] == [
        ("stock", 1000, 0),
        ("profit", 1000, 0),
    ]


def test_lane_sequence_orders_entries_of_a_day(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(1, 1), write.receipt(1, 1, CUP), write.receipt(1, 1))
    ledgers.post(write.receipt(1, 1))
    assert [e.seq for e in ledgers.entries["stock"] if e.key[0] == PEN] == [1, 2, 3]
    assert ledgers.rows["stock"][0, (PEN,)].seq == 3


def test_a_watched_slack_is_reported_once_until_it_recovers(write: Writer) -> None:
    low = Threshold("reorder", "stock", "place", "on_hand - 5")
    ledgers = MemoryLedgers(stock((low,)))
    told = [ledgers.post(write.receipt(10, 10)).crossings]
    told += [ledgers.post(write.issue(n)).crossings for n in (5, 1, 1)]
    told += [ledgers.post(write.receipt(10, 10)).crossings, ledgers.post(write.issue(10)).crossings]
    assert [len(c) for c in told] == [0, 0, 1, 0, 0, 1]
    crossing = told[2][0]
    assert (crossing.rule, crossing.dimensions, crossing.slack) == (
        "reorder",
        {"item": PEN, "place": MAIN},
        Decimal(-1),
    )


def test_a_number_beyond_the_limit_is_refused(ledgers: MemoryLedgers, write: Writer) -> None:
    assert codes(ledgers.post(write.receipt(10**12, 1))) == ["MEASURE_OVERFLOW"]


def test_a_reversal_of_something_unknown_is_refused(ledgers: MemoryLedgers, write: Writer) -> None:
    assert codes(ledgers.post(write("stock", {}, reverses=4711))) == ["ENTRY_MISSING"]


def test_without_ids_a_plan_is_only_good_for_looking(ledgers: MemoryLedgers, write: Writer) -> None:
    made = plan(ledgers.models, ledgers.state(), [write.receipt(1, 1)], settings={}, today=DAY)
    assert all(e.id < 0 and e.journal_id < 0 for e in made.entries)


def test_back_dated_postings_are_checked_on_every_later_day(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00", day=date(2026, 3, 1)))
    ledgers.post(write.issue(8, day=date(2026, 3, 5)))
    ledgers.post(write.receipt(10, "10.00", day=date(2026, 3, 9)))
    plan = ledgers.post(write.issue(5, day=date(2026, 3, 2)))
    assert plan.problems[0].code == "GUARD"
    assert plan.problems[0].params["day"] == date(2026, 3, 5)
    assert plan.problems[0].params["shortage"] == 3
    assert ledgers.post(write.issue(2, day=date(2026, 3, 2))).problems == ()
    ledgers.check()


def test_a_ledger_of_now_looks_at_no_earlier_day(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.fields["customer", 7] = {"limit": Decimal(10)}
    ledgers.post(write("credit", {"customer": 7}, owed=10, day=date(2026, 3, 5)))
    ledgers.post(write("credit", {"customer": 7}, owed=-10, day=date(2026, 3, 9)))
    plan = ledgers.post(write("credit", {"customer": 7}, owed=5, day=date(2026, 3, 1)))
    assert (plan.problems, plan.daily) == ((), ())


def test_a_grain_without_days_keeps_none(write: Writer) -> None:
    grains = (
        Grain("place", "place", ("item", "place"), daily=False),
        Grain("batch", "batch", ("item", "place", "batch")),
    )
    plan = MemoryLedgers(stock(grains=grains)).post(write.receipt(1, 1))
    assert {d.grain for d in plan.daily} == {0, 2}


def test_what_the_ledger_takes_nothing_of_makes_no_entry(write: Writer) -> None:
    """A fee among goods: no entry, no guard, no cost of its own and none of the goods'."""
    ledgers = MemoryLedgers(stock(takes="not item.unstocked"), turnover())
    ledgers.fields["item", CUP] = {"unstocked": True}
    ledgers.post(write.receipt(10, "100.00"))
    goods = write.issue(4, results={"cost": "value"})
    fee = write.issue(1, CUP, results={"cost": "value"})
    sold = [
        write(
            "profit",
            {"item": line.dimensions["item"]},
            revenue=20,
            line_id=line.line_id,
            dependent={"cost": "-value"},
            depends_on="stock",
        )
        for line in (goods, fee)
    ]
    done = ledgers.post(goods, fee, *sold)
    assert not done.problems
    assert [e.key[0] for e in ledgers.entries["stock"]] == [PEN, PEN]
    assert done.results["delivery", fee.line_id] == {"cost": Decimal("0.00")}
    assert [e.measures for e in ledgers.entries["profit"]] == [(2000, 4000), (2000, 0)]
    ledgers.check()


def test_records_without_the_asked_field_are_taken(write: Writer) -> None:
    ledgers = MemoryLedgers(stock(takes="not item.unstocked"))
    ledgers.post(write.receipt(1, "10.00", CUP))
    assert len(ledgers.entries["stock"]) == 1
