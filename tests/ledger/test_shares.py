"""What a place is worth at the cost of its pool: shares by quantity, which add up to the pool's value to the cent."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from builder.ledger.balance import Balance
from builder.ledger.shares import shares
from tests.ledger.goods import CUP, EAST, MAIN, PEN, stock

MODEL = stock()
D = Decimal


def row(item: int, place: int, on_hand: str, value: str) -> Balance:
    return Balance({"item": item, "place": place}, {"on_hand": D(on_hand), "value": D(value)})


def shared(*rows: Balance) -> list[Decimal]:
    assert MODEL.cost is not None
    return shares(MODEL, MODEL.cost, rows)


def test_an_emptied_place_is_worth_nothing_and_the_other_what_the_pool_says() -> None:
    """100 at 45 and 100 at 55 cost 50 each: the hundred that leaves takes 5,000, of which its place had brought 5,500."""
    assert shared(row(PEN, MAIN, "100", "4500.00"), row(PEN, EAST, "0", "500.00")) == [
        D("5000.00"),
        D("0.00"),
    ]


def test_pools_do_not_mix() -> None:
    found = shared(row(PEN, MAIN, "1", "3.00"), row(CUP, MAIN, "3", "10.00"), row(PEN, EAST, "1", "5.00"))
    assert found == [D("4.00"), D("10.00"), D("4.00")]


def test_what_rounding_leaves_is_with_the_largest() -> None:
    assert shared(row(PEN, MAIN, "1", "0"), row(PEN, EAST, "2", "10.00")) == [D("3.33"), D("6.67")]
    assert shared(*(row(PEN, place, "1", "0.00") for place in (31, 32)), row(PEN, EAST, "4", "10.00")) == [
        D("1.67"), D("1.67"), D("6.66"),
    ]  # fmt: skip


def test_a_pool_of_no_quantity_leaves_each_what_its_entries_say() -> None:
    assert shared(row(PEN, MAIN, "2", "6.00"), row(PEN, EAST, "-2", "-6.01")) == [D("6.00"), D("-6.01")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([PEN, CUP]),
            st.decimals("-50", "500", places=4),
            st.decimals("-9999", "9999", places=2),
        ),
        max_size=12,
    )
)
def test_the_shares_of_a_pool_are_its_value(drawn: list[tuple[int, Decimal, Decimal]]) -> None:
    rows = [row(item, 100 + at, str(q), str(v)) for at, (item, q, v) in enumerate(drawn)]
    found = shared(*rows)
    for item in (PEN, CUP):
        mine = [at for at, one in enumerate(rows) if one.dimensions["item"] == item]
        assert sum(found[at] for at in mine) == sum(rows[at].measures["value"] for at in mine)
