"""Formulas, defaults and lookups: what a record says by itself when it is saved."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.record import Record
from builder.rules.completing import complete
from builder.rules.defaults import defaults
from builder.rules.formulas import compute, plan, recompute
from builder.rules.lookups import copied
from tests.memory import TODAY
from tests.rules.office import (
    ACME,
    LINE_FIELDS,
    OIL,
    OLD_CUSTOMER,
    ORDER_FIELDS,
    SELLER,
    around,
    field,
    line,
    office,
    order,
    words,
)


def test_lines_come_before_what_sums_them_and_headers_before_what_shares_them() -> None:
    context = around(office())
    names = [f.name for f in plan(context, context.entity("order"))]
    for first, then in (("lines.amount", "net"), ("net", "tax"), ("tax", "total"), ("net", "lines.share")):
        assert names.index(first) < names.index(then)


def test_the_order_of_declaration_does_not_matter() -> None:
    given = order(line(11, price=Decimal("2.50")), line(12, OIL, "1.00", price=Decimal("10.00")))
    for fields in (ORDER_FIELDS, tuple(reversed(ORDER_FIELDS))):
        record, problems = compute(around(office(order=fields)), given)
        assert problems == ()
        assert [record.get(k) for k in ("net", "tax", "total")] == [
            Decimal("15.00"),
            Decimal("1.95"),
            Decimal("16.95"),
        ]
        assert [one.get("share") for one in record.lines["lines"]] == [Decimal("33.33"), Decimal("66.67")]


def test_each_figure_is_quantised_half_up_to_its_field_before_others_use_it() -> None:
    given = order(
        line(11, quantity="0.50", price=Decimal("0.01")), line(12, quantity="0.50", price=Decimal("0.03"))
    )
    record, _ = compute(around(office()), given)
    assert [one.get("amount") for one in record.lines["lines"]] == [Decimal("0.01"), Decimal("0.02")]
    assert record.get("net") == Decimal("0.03")


def test_nothing_is_worked_out_from_a_figure_of_yesterday() -> None:
    stale = order(line(11, price=None, amount=Decimal("99.00")), net=Decimal("99.00"), total=Decimal("99.00"))
    record, _ = compute(around(office()), stale)
    assert record.lines["lines"][0].get("amount") is None
    assert record.get("net") in (None, Decimal("0.00"))


def test_a_header_alone_forgets_its_figures_of_yesterday_too() -> None:
    fields = (
        *(f for f in ORDER_FIELDS if not f.formula),
        field("order", "off", "money"),
        field("order", "twice", "money", formula="off * 2"),
        field("order", "thrice", "money", formula="IFBLANK(twice, 100) + off"),
    )
    context = around(office(order=fields, line=tuple(f for f in LINE_FIELDS if not f.formula)))
    stale = order(line(11), off=None, twice=Decimal("99.00"), thrice=Decimal("99.00"))
    empty, _ = compute(context, stale)
    assert empty.get("twice") is None
    now, problems = compute(context, stale.with_values({"off": Decimal("5.00")}))
    assert problems == ()
    assert (now.get("twice"), now.get("thrice")) == (Decimal("10.00"), Decimal("15.00"))


def test_a_line_may_take_its_share_of_what_all_lines_come_to() -> None:
    fields = (
        *ORDER_FIELDS,
        field("order", "off", "money"),
        field("order", "due_total", "money", formula="SUM(lines.due)"),
    )
    lines = (
        field("line", "due", "money", formula="amount - off"),
        field(
            "line",
            "off",
            "money",
            formula="INDEX(ALLOCATE(parent.off, parent.lines.amount, 2, 'last_line'), line_no)",
        ),
        *LINE_FIELDS,
    )
    given = order(
        *(line(11 + i, OIL, "1.00", price=Decimal("33.33")).but(line_no=i + 1) for i in range(3)),
        off=Decimal("10.00"),
    )
    for shuffled in (lines, tuple(reversed(lines))):
        context = around(office(order=fields, line=shuffled))
        assert context.compiled.circles() == ()
        record, problems = compute(context, given)
        assert problems == ()
        of_lines = record.lines["lines"]
        assert [one.get("off") for one in of_lines] == [Decimal("3.33"), Decimal("3.33"), Decimal("3.34")]
        assert [one.get("due") for one in of_lines] == [Decimal("30.00"), Decimal("30.00"), Decimal("29.99")]
        assert record.get("due_total") == Decimal("89.99")


def test_shares_of_each_other_are_a_circle() -> None:
    lines = (*LINE_FIELDS, field("line", "part", "money", formula="SUM(parent.lines.part) + amount"))
    assert [p.code for p in around(office(line=lines)).compiled.circles()] == ["E111"]


def test_a_formula_that_fails_leaves_its_field_empty_and_says_why_in_both_languages() -> None:
    context = around(office())
    record, problems = compute(context, order(line(11, quantity="0.00", price=Decimal("2.50"))))
    assert record.lines["lines"][0].get("share") is None
    assert [(p.code, p.path) for p in problems] == [("FORMULA_FAILED", "/lines/0/share")]
    said = words(problems[0])
    assert "Share" in said["en"]
    assert "Share" in said["zh-CN"]
    assert said["en"] != said["zh-CN"]
    assert "{" not in said["en"] + said["zh-CN"]


def test_a_circle_is_cut_instead_of_running_for_ever() -> None:
    fields = (field("order", "a", "money", formula="b + 1"), field("order", "b", "money", formula="a + 1"))
    context = around(office(order=fields))
    assert {f.name for f in plan(context, context.entity("order"))} == {"a", "b"}
    record, _ = compute(context, Record("order", 1, {}))
    assert set(record.values) == {"a", "b"}
    assert [p.code for p in context.compiled.circles()] == ["E111"]


def test_a_formula_that_is_not_stored_is_worked_out_for_others_but_not_kept() -> None:
    fields = (
        *[f for f in ORDER_FIELDS if f.key != "net"],
        field("order", "net", "money", formula="SUM(lines.amount)", stored=False),
    )
    record, _ = compute(around(office(order=fields)), order(line(11, price=Decimal("2.50"))))
    assert record.get("total") == Decimal("5.65")
    assert "net" not in record.values


# Defaults


def test_a_new_record_starts_with_its_defaults_and_so_do_its_lines() -> None:
    record, problems = defaults(around(office()), order(line(11)))
    assert problems == ()
    assert (record.get("salesman"), record.get("due")) == (SELLER, date(2026, 3, 9))
    assert record.lines["lines"][0].get("price") == Decimal("2.50")


def test_what_was_sent_stays_even_where_it_is_empty() -> None:
    record, _ = defaults(around(office()), order(line(11, price=None), due=None, salesman=9))
    assert (record.get("due"), record.get("salesman")) == (None, 9)
    assert record.lines["lines"][0].get("price") is None


@pytest.mark.parametrize(("name", "expected"), [("Wang", 31), ("nobody", None)])
def test_a_reference_starts_with_the_one_record_that_fits(name: str, expected: int | None) -> None:
    where = {"field": "name", "op": "=", "value": name}
    fields = (field("order", "customer", "reference", entity="customer", default_filter=where),)
    context = around(office(order=fields), Record("customer", 31, {"name": "Wang"}))
    assert defaults(context, Record("order", 1, {}))[0].get("customer") == expected
    assert defaults(context, Record("order", 1, {"customer": ACME}))[0].get("customer") == ACME
    assert defaults(context, Record("order", 1, {"customer": None}))[0].get("customer") is None


def test_where_several_records_fit_a_reference_stays_empty() -> None:
    where = {"field": "name", "op": "in", "value": ["Wang", "Li"]}
    fields = (field("order", "customer", "reference", entity="customer", default_filter=where),)
    two = Record("customer", 31, {"name": "Wang"}), Record("customer", 32, {"name": "Li"})
    assert defaults(around(office(order=fields), *two), Record("order", 1, {}))[0].get("customer") is None


def test_a_reference_starts_with_the_one_record_that_fits_what_this_one_says() -> None:
    where = {"field": "name", "op": "=", "value": {"record": "wanted"}}
    fields = (
        field("order", "wanted", "text"),
        field("order", "customer", "reference", entity="customer", default_filter=where),
    )
    context = around(office(order=fields), Record("customer", 31, {"name": "Wang"}))
    assert defaults(context, Record("order", 1, {"wanted": "Wang"}))[0].get("customer") == 31
    assert defaults(context, Record("order", 1, {"wanted": "Li"}))[0].get("customer") is None
    assert defaults(context, Record("order", 1, {}))[0].get("customer") is None


def test_a_default_sees_the_defaults_before_it() -> None:
    fields = (field("order", "a", "integer", default="1"), field("order", "b", "integer", default="a + 1"))
    record, _ = defaults(around(office(order=fields)), Record("order", 1, {}))
    assert (record.get("a"), record.get("b")) == (Decimal(1), Decimal(2))


def test_a_change_gives_defaults_to_new_lines_alone() -> None:
    before = order(line(11, price=None))
    record, _ = defaults(around(office()), before.but(lines={"lines": (line(11), line(12, OIL))}), before)
    assert [one.get("price") for one in record.lines["lines"]] == [None, Decimal("10.00")]
    assert "due" not in record.values


def test_a_default_that_fails_is_told_at_its_place() -> None:
    fields = (field("order", "a", "integer", default="1 / 0"), field("order", "b", "integer", default="2"))
    record, problems = defaults(around(office(order=fields)), Record("order", 1, {}))
    assert [(p.code, p.path) for p in problems] == [("FORMULA_FAILED", "/a")]
    assert record.get("b") == Decimal(2)


def test_lines_are_read_once_however_many_there_are() -> None:
    context = around(office())
    many = [line(11 + i, OIL, "1.00") for i in range(40)]
    complete(context, order(*many))
    assert context.reader.asked["goods"] <= 4  # type: ignore[attr-defined]


# Lookups that are copied at save


def test_a_copy_is_taken_when_a_record_is_new() -> None:
    record = copied(around(office()), order())
    assert (record.get("level"), record.get("agreed")) == ("a", Decimal("0.05"))


def test_a_copy_stays_when_the_source_changes_afterwards() -> None:
    context = around(office())
    before = copied(context, order())
    context.reader.put(Record("customer", ACME, {"name": "Acme", "level": "b", "active": True}, version=2))  # type: ignore[attr-defined]
    after = copied(context, before.with_values({"remark": "x"}), before)
    assert after.get("level") == "a"


def test_a_copy_follows_when_the_reference_becomes_another() -> None:
    context = around(office())
    before = copied(context, order())
    after = copied(context, before.with_values({"customer": OLD_CUSTOMER}), before)
    assert (after.get("level"), after.get("agreed")) == ("b", None)


def test_what_a_person_gives_wins_over_the_copy_unless_it_is_read_only() -> None:
    context = around(office())
    assert copied(context, order(level="b")).get("level") == "b"
    before = copied(context, order())
    after = copied(
        context, before.with_values({"customer": OLD_CUSTOMER, "level": "a", "agreed": Decimal(1)}), before
    )
    assert (after.get("level"), after.get("agreed")) == ("b", None) or after.get("level") == "b"
    given = copied(context, before.with_values({"customer": OLD_CUSTOMER, "level": None}), before)
    assert given.get("level") is None


def test_lines_copy_through_their_header() -> None:
    fields = (*LINE_FIELDS, field("line", "level", lookup="parent.customer.level", copy="at_save"))
    context = around(office(line=fields))
    before = copied(context, order(line(11)))
    assert before.lines["lines"][0].get("level") == "a"
    after = copied(context, before.with_values({"customer": OLD_CUSTOMER}), before)
    assert after.lines["lines"][0].get("level") == "b"


def test_completing_does_it_all_in_order() -> None:
    record, problems = complete(around(office()), order(line(11), line(12, OIL, "1.00")))
    assert problems == ()
    assert record.get("total") == Decimal("16.95")
    assert record.get("level") == "a"
    assert record.get("due") == date(TODAY.year, TODAY.month, TODAY.day + 7)


def test_a_figure_over_lines_is_right_in_a_list_whose_records_come_without_their_lines() -> None:
    weight = field("order", "weight", "quantity", formula="SUM(lines.quantity)", stored=False)
    first = order(line(11, quantity="8.00"), line(12, OIL, "6.00"))
    second = first.but(id=2, lines={"lines": ()})
    context = around(office(order=(*ORDER_FIELDS, weight)), first, second)
    listed = [record.but(lines={}) for record in (first, second)]
    assert [seen["weight"] for seen in context.values_many(["weight"], listed)] == [Decimal("14.00"), 0]
    assert context.values(["weight"], listed[0])["weight"] == Decimal("14.00")


FIGURES = (
    field("order", "customer", "reference", entity="customer"),
    field("order", "base", "money"),
    field("order", "rate", "percent", scale=2),
    field("order", "remark"),
    field("order", "tax", "money", formula="base * rate"),
    field("order", "total", "money", formula="base + tax"),
    field("order", "kind", formula="IF(remark == 'x', 'odd', customer.name)"),
)


@given(
    st.dictionaries(st.sampled_from(["base", "rate", "tax"]), st.integers(-3, 3).map(Decimal)), st.booleans()
)
def test_working_out_again_what_was_moved_gives_what_working_out_everything_gives(
    moved: dict[str, Decimal], is_odd: bool
) -> None:
    context = around(office(order=FIGURES))
    was, _ = compute(
        context,
        Record("order", 1, {"customer": ACME, "base": Decimal(100), "rate": Decimal("0.13"), "remark": ""}),
    )
    now = was.with_values({**moved, **({"remark": "x"} if is_odd else {})})
    assert recompute(context, now, was) == compute(context, now)


LOOKED_UP = (
    field("order", "customer", "reference", entity="customer"),
    field("order", "since", "date"),
    field("order", "discount", "percent", scale=2, lookup="customer.discount"),
    field("order", "days", "integer", formula="DATEDIFF(since, TODAY(), 'days')", stored=False),
    field("order", "reduced", "money", formula="100 - IFBLANK(discount, 0)"),
    field("order", "late", formula="IF(days > 3, 'late', 'in time')"),
)


@given(
    st.sampled_from([ACME, OLD_CUSTOMER, None]), st.sampled_from([date(2020, 1, 1), date(2999, 1, 1), None])
)
def test_what_sees_live_figures_is_worked_out_again_with_them(
    customer: int | None, since: date | None
) -> None:
    """A rule that turns the order over to another customer changes what is looked up there, and all that goes by it."""
    context = around(office(order=LOOKED_UP))
    was, _ = compute(context, Record("order", 1, {"customer": ACME, "since": date(2020, 1, 1)}))
    now = was.with_values({"customer": customer, "since": since})
    assert recompute(context, now, was) == compute(context, now)


def test_what_sees_a_figure_of_the_day_sees_it_as_it_is_after_the_change() -> None:
    """The day falls due by a formula, how late it is goes by today, and what is kept of that by both."""
    chain = (
        field("order", "day", "date"),
        field("order", "due", "date", formula="DATEADD(day, 7, 'days')"),
        field("order", "days", "integer", formula="DATEDIFF(due, TODAY(), 'days')"),
        field("order", "late", formula="IF(days > 3, 'late', 'in time')"),
    )
    for fields in (chain, chain[::-1]):
        context = around(office(order=fields))
        record, _ = compute(context, Record("order", 1, {"day": date(2020, 1, 1)}))
        assert (record.get("late"), "days" in record.values) == ("late", False)
        turned = record.with_values({"day": date(2999, 1, 1)})
        assert compute(context, turned)[0].get("late") == "in time"
        assert recompute(context, turned, record) == compute(context, turned)


def test_what_sees_lines_is_worked_out_whole() -> None:
    context = around(office())
    was, _ = compute(context, order(line(11, price=Decimal("2.50"))))
    now = was.with_values({"remark": "x"})
    assert recompute(context, now, was) == compute(context, now)
    more = was.but(lines={"lines": (*was.lines["lines"], line(12, price=Decimal("1.00")))})
    assert recompute(context, more, was)[0].get("net") == Decimal("7.00")
