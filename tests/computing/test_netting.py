"""Net requirements: the handbook's numbers, lots and lead times, and that a plan that is carried out leaves nothing uncovered."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from builder.computing.netting import Have, Lot, Need, Want, net
from builder.computing.structure import Edge, levels

TODAY = date(2026, 1, 5)
FRIDAY = date(2026, 1, 16)
CAKE, BASE, FLOUR = 1, 2, 3
D = Decimal


def calendar(day: date, count: int) -> date:
    """Weekdays are worked."""
    step = 1 if count > 0 else -1
    while count:
        day += timedelta(days=step)
        count -= step if day.weekday() < 5 else 0
    return day


def plan(
    wants: list[Want], haves: list[Have], lots: dict[int, Lot], edges: list[Edge] | None = None
) -> tuple[Need, ...]:
    return net(wants, haves, edges or [], lots, today=TODAY, shift=calendar)


def handbook(lot: Lot) -> Need:
    """100 wanted and 5 promised, 20 there and 10 on the way, 15 kept back."""
    wants = [Want(CAKE, FRIDAY, D(100)), Want(CAKE, FRIDAY, D(5))]
    (need,) = plan(wants, [Have(CAKE, None, D(20)), Have(CAKE, date(2026, 1, 12), D(10))], {CAKE: lot})
    return need


def test_the_net_requirement_of_the_handbook_is_90() -> None:
    assert handbook(Lot(safety=D(15))).quantity == D(90)


def test_scrap_of_five_percent_makes_it_95_and_a_multiple_of_20_makes_it_100() -> None:
    assert handbook(Lot(safety=D(15), good=D("0.95"))).quantity == D(95)
    assert handbook(Lot(safety=D(15), good=D("0.95"), multiple=D(20))).quantity == D(100)


def test_what_is_needed_on_friday_with_three_working_days_starts_on_tuesday() -> None:
    assert handbook(Lot(safety=D(15), lead=3)).start == date(2026, 1, 13)


def test_a_least_lot_and_whole_packs() -> None:
    """220 in packs of 24 are 240; at least 300 are 312."""
    want = [Want(CAKE, FRIDAY, D(220))]
    assert plan(want, [], {CAKE: Lot(multiple=D(24))})[0].quantity == D(240)
    assert plan(want, [], {CAKE: Lot(least=D(300), multiple=D(24))})[0].quantity == D(312)


def test_quantities_in_kilograms_are_rounded_up_to_grams() -> None:
    assert plan([Want(FLOUR, FRIDAY, D("1.00001"))], [], {FLOUR: Lot(places=3)})[0].quantity == D("1.001")


def test_parts_are_needed_when_the_thing_starts_and_common_parts_once() -> None:
    """Two cakes of a base each; flour goes into the base and onto the cake."""
    edges = [Edge(CAKE, BASE, D(1)), Edge(BASE, FLOUR, D("0.12")), Edge(CAKE, FLOUR, D("0.01"))]
    lots = {CAKE: Lot(lead=1), BASE: Lot(lead=1), FLOUR: Lot(lead=2, places=2)}
    found = plan([Want(CAKE, FRIDAY, D(2))], [Have(FLOUR, None, D("0.05"))], lots, edges)
    assert [(n.node, n.level, n.quantity, n.day, n.parent) for n in found] == [
        (CAKE, 0, D(2), FRIDAY, None),
        (BASE, 1, D(2), date(2026, 1, 15), CAKE),
        (FLOUR, 2, D("0.19"), date(2026, 1, 14), BASE),
        (FLOUR, 2, D("0.02"), date(2026, 1, 15), CAKE),
    ]


def test_stock_of_a_half_finished_thing_spares_its_parts() -> None:
    edges = [Edge(CAKE, BASE, D(1)), Edge(BASE, FLOUR, D(1))]
    found = plan([Want(CAKE, FRIDAY, D(5))], [Have(BASE, None, D(5))], {}, edges)
    assert [n.node for n in found] == [CAKE]


def test_needs_of_a_week_are_met_together() -> None:
    days = [FRIDAY, FRIDAY + timedelta(days=3), FRIDAY + timedelta(days=7)]
    wants = [Want(CAKE, day, D(10)) for day in days]
    found = plan(wants, [], {CAKE: Lot(span=7)})
    assert [(n.day, n.quantity) for n in found] == [(days[0], D(20)), (days[2], D(10))]


def test_what_arrives_later_covers_what_is_wanted_later_but_not_sooner() -> None:
    wants = [Want(CAKE, FRIDAY, D(10))]
    late = plan(wants, [Have(CAKE, FRIDAY + timedelta(days=1), D(10))], {})
    assert [n.quantity for n in late] == [D(10)]
    assert plan(wants, [Have(CAKE, FRIDAY, D(10))], {}) == ()


def test_an_overdue_arrival_counts_as_today_and_an_overdue_want_is_late() -> None:
    yesterday = TODAY - timedelta(days=1)
    assert plan([Want(CAKE, yesterday, D(1))], [Have(CAKE, yesterday, D(1))], {}) == ()
    (need,) = plan([Want(CAKE, yesterday, D(1))], [], {CAKE: Lot(lead=2)})
    assert (need.day, need.late) == (TODAY, True)


def test_a_short_reserve_is_filled_when_an_order_can_arrive_unless_something_comes_sooner() -> None:
    lot = {CAKE: Lot(safety=D(10), lead=2)}
    (need,) = plan([], [Have(CAKE, None, D(4))], lot)
    assert (need.quantity, need.day, need.start) == (D(6), date(2026, 1, 7), TODAY)
    assert plan([], [Have(CAKE, None, D(4)), Have(CAKE, date(2026, 1, 6), D(6))], lot) == ()


DAYS = st.integers(0, 20).map(lambda n: TODAY + timedelta(days=n))
NODES = st.integers(1, 5)
QUANTITIES = st.integers(1, 50).map(Decimal)
LOTS = st.builds(
    Lot,
    safety=st.integers(0, 5).map(Decimal),
    lead=st.integers(0, 3),
    least=st.integers(0, 10).map(Decimal),
    multiple=st.sampled_from([D(0), D(3), D(12)]),
    span=st.integers(0, 9),
)


@given(
    st.lists(st.builds(Want, NODES, DAYS, QUANTITIES), max_size=8),
    st.lists(st.builds(Have, NODES, st.one_of(st.none(), DAYS), QUANTITIES), max_size=6),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 4)), max_size=6),
    st.dictionaries(NODES, LOTS),
)
def test_a_plan_that_is_carried_out_leaves_nothing_uncovered(
    wants: list[Want], haves: list[Have], shape: list[tuple[int, int, int]], lots: dict[int, Lot]
) -> None:
    edges = [Edge(parent, min(parent + step, 5), D(per)) for parent, step, per in shape]
    found = plan(wants, haves, lots, edges)
    assert all(n.quantity > 0 for n in found)
    assert [n.level for n in found] == sorted(n.level for n in found)
    for node in {*(w.node for w in wants), *levels(edges)}:
        used = [(w.day, -w.quantity) for w in wants if w.node == node]
        used += [
            (max(n.start, TODAY), -n.quantity * e.per)
            for e in edges
            if e.child == node
            for n in found
            if n.node == e.parent
        ]
        came = [(max(h.day or TODAY, TODAY), h.quantity) for h in haves if h.node == node]
        made = [(n.day, n.quantity) for n in found if n.node == node]
        for day in {d for d, _ in used}:
            assert sum(q for d, q in (*used, *came, *made) if d <= day) >= 0


def test_what_is_started_takes_the_version_of_its_day() -> None:
    """Until Tuesday a cake takes one base, from Wednesday on two: one that is started on Tuesday and one on Wednesday need three."""
    tuesday, wednesday = date(2026, 1, 13), date(2026, 1, 14)
    edges = [Edge(CAKE, BASE, D(1), until=tuesday), Edge(CAKE, BASE, D(2), since=wednesday)]
    needs = plan([Want(CAKE, tuesday, D(10)), Want(CAKE, wednesday, D(10))], [], {}, edges)
    assert [(n.node, n.day, n.quantity) for n in needs if n.node == BASE] == [
        (BASE, tuesday, D(10)),
        (BASE, wednesday, D(20)),
    ]


def test_versions_that_turn_a_structure_round_are_planned_by_their_days() -> None:
    """Until the 11th ten cakes take ten bases; from the 12th on five bases are cut out of five cakes, which take none."""
    turn = date(2026, 1, 12)
    edges = [Edge(CAKE, BASE, D(1), until=turn - timedelta(days=1)), Edge(BASE, CAKE, D(1), since=turn)]
    wants = [Want(CAKE, date(2026, 1, 9), D(10)), Want(BASE, FRIDAY, D(5))]
    found = [(n.node, n.day, n.quantity, n.parent) for n in plan(wants, [], {}, edges)]
    assert found == [
        (CAKE, date(2026, 1, 9), D(10), None),
        (CAKE, FRIDAY, D(5), BASE),
        (BASE, date(2026, 1, 9), D(10), CAKE),
        (BASE, FRIDAY, D(5), None),
    ]
