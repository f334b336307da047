"""Completing at once: a new record comes to what it would come to step by step, whatever its definition says."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from builder.metadata.entity import Field
from builder.record import Record, Value
from builder.rules import completing
from builder.rules.completing import complete, step_by_step
from builder.rules.context import Context
from tests.rules.office import ACME, OLD_CUSTOMER, around, field, office

KEYS = ("a", "b", "c", "d")
TERMS = st.sampled_from(
    [*KEYS, "customer.discount", "1.005", "1 / a", "IFBLANK(b, 3)", "IF(state == 'draft', 1, 2)"]
)
SAID = st.none() | st.builds(lambda x, y, op: f"{x} {op} {y}", TERMS, TERMS, st.sampled_from("+-*"))
RECORD = Record("order", 1, {"buyer": ACME})
VALUES = st.none() | st.integers(-3, 3).map(Decimal)


def _fields(
    defaults: tuple[str | None, ...], formulas: tuple[str | None, ...], customer: str | None = None
) -> tuple[Field, ...]:
    """Four numbers, each with or without a default, three figures, and a customer who may have a default too."""
    buyer = field("order", "buyer", "reference", entity="customer")
    of = field("order", "customer", "reference", entity="customer", default=customer)
    numbers = [
        field("order", key, "decimal", scale=2, default=d) for key, d in zip(KEYS, defaults, strict=True)
    ]
    figures = [field("order", f"f{i}", "money", formula=f) for i, f in enumerate(formulas) if f]
    return (buyer, of, *numbers, *figures)


def _context(fields: tuple[Field, ...]) -> Context:
    return around(office(order=fields, line=()))


@given(
    st.tuples(SAID, SAID, SAID, SAID),
    st.tuples(SAID, SAID, SAID),
    st.dictionaries(st.sampled_from(KEYS), VALUES),
    st.dictionaries(st.sampled_from(["buyer", "customer"]), st.sampled_from([ACME, OLD_CUSTOMER, 999, None])),
    st.sampled_from(["buyer", None]),
)
def test_at_once_comes_to_what_the_steps_come_to(
    defaults: tuple[str | None, ...],
    formulas: tuple[str | None, ...],
    sent: dict[str, Value],
    people: dict[str, Value],
    customer: str | None,
) -> None:
    context = _context(_fields(defaults, formulas, customer))
    record = Record("order", 1, {**sent, **people}, state="draft")
    assert complete(context, record) == step_by_step(context, record)


def test_plain_definitions_are_worked_out_at_once() -> None:
    fields = _fields(("customer.discount", "a + 1", None, None), ("a * 2", None, "f0 + b"))
    context = _context(fields)
    assert completing._opening(context, "order") is not None
    record, problems = complete(context, Record("order", 1, {"customer": ACME, "a": Decimal("2.00")}))
    assert problems == ()
    assert [record.get(key) for key in ("b", "f0", "f2")] == [
        Decimal("3.00"),
        Decimal("4.00"),
        Decimal("7.00"),
    ]


def test_what_is_seen_through_a_default_goes_step_by_step() -> None:
    context = _context(_fields(("customer.discount", None, None, None), (), "buyer"))
    assert completing._opening(context, "order") is None
    assert complete(context, RECORD) == step_by_step(context, RECORD)
