"""Straight ways: what a plan reads is what a walk finds, and what it cannot read is left to the walk."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.record import Record
from builder.rules.context import Context
from builder.rules.reach import values_for_many
from builder.rules.straight import _WAYS, straight, straight_many
from tests.rules.office import ACME, SELLER, around, line, office, order

STRAIGHT = (
    "number", "customer", "customer.name", "customer.level", "customer.id", "customer.nothing.further", "level", "nothing", "nothing.more",
    "remark.length", "id", "state", "owner", "version", "old.remark", "old.customer.name", "old.state", "setting.pilot", "actor.id",
    "actor.name", "actor.age",
)  # fmt: skip
OF_LINE = (
    "quantity", "goods.name", "goods.customer.name", "parent", "parent.number", "parent.customer.level", "parent.state", "line_no", "old.quantity",
)  # fmt: skip
WALKED = ("lines.quantity", "lines", "setting", "actor", "old")


def both(context: Context, paths: tuple[str, ...], record: Record, **more: Record | None) -> None:
    """The plan and the walk say the same."""
    parent, old = more.get("parent"), more.get("old")
    walked = values_for_many(paths, [record], context, parents=[parent], olds=[old])[0]
    assert straight(context, paths, record, parent, old) == walked
    assert context.values(paths, record, parent=parent, old=old) == walked


@given(st.sets(st.sampled_from(STRAIGHT)), st.booleans(), st.booleans())
def test_a_plan_reads_what_a_walk_finds(paths: set[str], has_customer: bool, is_new: bool) -> None:
    record = order(customer=ACME if has_customer else None, salesman=SELLER, remark="now")
    old = None if is_new else record.but(values={**record.values, "remark": "then"}, state="approved")
    both(around(office()), tuple(paths), record, old=old)


@given(st.sets(st.sampled_from(OF_LINE)), st.booleans())
def test_a_plan_reads_a_line_with_its_header(paths: set[str], is_at_hand: bool) -> None:
    header = order(line(11, price=Decimal("2.50")))
    of = header.lines["lines"][0]
    both(around(office()), tuple(paths), of, parent=header if is_at_hand else None)


@pytest.mark.parametrize("path", WALKED)
def test_lists_and_bare_names_need_a_walk(path: str) -> None:
    assert straight(around(office()), ("number", path), order()) is None


def test_a_figure_that_is_not_there_is_worked_out_by_a_walk() -> None:
    context, record = around(office()), order(line(11, price=Decimal("2.50")))
    assert "net" not in record.values
    assert straight(context, ("net",), record) is None
    assert straight(context, ("net",), record.with_values({"net": Decimal("7")})) == {"net": Decimal("7")}


def test_what_is_no_record_of_an_entity_needs_a_walk() -> None:
    assert straight(around(office()), ("keys",), Record("ledger:stock", 1, {})) is None


@given(
    st.sets(
        st.sampled_from(
            ("quantity", "price", "line_no", "parent", "parent.number", "parent.state", "goods.name")
        )
    )
)
def test_lines_are_read_together_as_a_walk_finds_them(paths: set[str]) -> None:
    header = order(line(11, price=Decimal("2.50")), line(12, quantity="3"))
    lines = header.lines["lines"]
    context = around(office())
    walked = values_for_many(paths, lines, context, parents=[header] * 2)
    assert context.values_many(paths, lines, parents=[header] * 2) == walked
    plan = straight_many(context, paths, lines, [header] * 2, [None] * 2)
    assert plan == (None if "goods.name" in paths else walked)


def test_no_number_of_questions_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.rules.straight.MOST_WAYS", 5)
    context = around(office())
    for n in range(40):
        assert straight(context, ("number", f"nothing_{n}"), order()) is not None
    assert len(_WAYS.of(context.compiled)) <= 5
