"""Mining known logs: counts, times, hands, loops, what sticks; and the declared workflow beside them."""

from __future__ import annotations

from builder.metadata.workflow import Approval, State, Transition, Workflow
from builder.workflow.mirror import Difference, Visit, compare, ends, mine
from builder.workflow.mirror.mining import mean, rank
from builder.workflow.mirror.turns import Turn, mine_turns

HOUR, DAY = 3600, 86_400
ANN, BEN = 1, 2


def path(record: int, *steps: tuple[str, int, int], until: int | None = None) -> list[Visit]:
    """A record's visits: (state, entered, by); each ends where the next begins, the last at ``until``."""
    ends = [entered for _, entered, _ in steps[1:]] + [until]
    return [
        Visit("order", record, state, entered, left, actor)
        for (state, entered, actor), left in zip(steps, ends, strict=True)
    ]


LOG = [
    *path(1, ("draft", 0, ANN), ("submitted", 2 * HOUR, ANN), ("approved", 5 * HOUR, BEN)),
    *path(
        2,
        ("draft", 0, ANN),
        ("submitted", 1 * HOUR, ANN),
        ("draft", 2 * HOUR, BEN),
        ("submitted", 3 * HOUR, ANN),
    ),
    *path(3, ("draft", 0, ANN)),
]


def test_visits_and_moves_are_counted_with_their_hands_and_loops() -> None:
    found = mine(LOG, now=10 * DAY)
    draft = found.node("order", "draft")
    assert draft is not None
    assert (draft.visits, draft.records, draft.again, draft.open) == (4, 3, 1, 1)
    moves = {(m.from_, m.to): (m.count, m.handed, m.back) for m in found.moves}
    assert moves == {
        ("draft", "submitted"): (3, 1, 1),
        ("submitted", "approved"): (1, 1, 0),
        ("submitted", "draft"): (1, 1, 1),
    }


def test_times_are_the_median_and_what_nine_of_ten_do_not_exceed() -> None:
    draft = mine(LOG, now=10 * DAY).node("order", "draft")
    assert draft is not None
    assert (draft.median, draft.p90) == (1 * HOUR, 2 * HOUR)
    assert (rank([], 50), rank([1, 2, 3, 4], 50), rank(list(range(1, 11)), 90)) == (None, 2, 9)


def test_the_mean_and_what_95_of_100_do_not_exceed_stand_beside_them() -> None:
    log = [v for n in range(1, 101) for v in path(n, ("draft", 0, ANN), ("submitted", n * HOUR, ANN))]
    draft = mine(log, now=10 * DAY).node("order", "draft")
    assert draft is not None
    assert (draft.mean, draft.p95, draft.p90, draft.median) == (181_800, 95 * HOUR, 90 * HOUR, 50 * HOUR)
    assert (mean([]), mean([1, 2]), mean([1, 1, 2])) == (None, 2, 1)


def test_turns_of_approvals_have_the_same_figures_and_tell_who_waits_long() -> None:
    answered = [Turn(("t", "n"), ANN, 0, n * HOUR, waits=False) for n in range(1, 21)]
    waiting = [Turn(("t", "n"), BEN, at, None, waits=True) for at in (0, 5 * HOUR, 30 * HOUR)]
    (asked,) = mine_turns([*answered, *waiting], now=30 * HOUR, long=24 * HOUR)
    assert (asked.mean, asked.p95, asked.open, asked.long) == (37_800, 19 * HOUR, 3, 2)


def test_what_waits_longer_than_nine_of_ten_is_stuck_but_never_what_came_today() -> None:
    found = mine(LOG, now=10 * DAY, final=frozenset({("order", "approved")}))
    assert [(s.record, s.state) for s in found.stuck] == [(3, "draft"), (2, "submitted")]
    assert mine(LOG, now=DAY).stuck == ()


def test_the_worst_place_is_named_first_and_an_end_waits_for_nothing() -> None:
    found = mine(LOG, now=10 * DAY, final=frozenset({("order", "approved")}))
    assert [n.state for n in found.bottlenecks] == ["draft", "submitted"]


def test_no_log_makes_an_empty_map() -> None:
    assert mine([], now=0).nodes == ()


def flow() -> Workflow:
    states = tuple(State(f"s.{k}", k, k) for k in ("draft", "submitted", "approved", "void"))
    transitions = (
        Transition("t.submit", "submit", "Submit", ("draft",), "submitted"),
        Transition(
            "t.approve",
            "approve",
            "Approve",
            ("submitted",),
            "approved",
            approval=Approval("a", (), "cancel"),
        ),
        Transition("t.cancel", "cancel", "Cancel", ("draft", "submitted"), "void"),
    )
    return Workflow("w", "order", "order", "draft", states, transitions)


def test_the_declared_workflow_is_compared_with_what_happened() -> None:
    found = compare(mine(LOG, now=10 * DAY), flow(), "order", {"t.approve": 0})
    assert found == (
        Difference("never_used", "order", "", "void", "cancel"),
        Difference("undeclared", "order", "submitted", "draft", "", 1),
        Difference("bypassed", "order", "submitted", "approved", "approve", 1),
        Difference("never_reached", "order", to="void"),
    )


def test_given_approvals_are_no_bypass_and_nothing_happened_is_no_difference() -> None:
    found = compare(mine(LOG, now=10 * DAY), flow(), "order", {"t.approve": 1})
    assert "bypassed" not in {d.kind for d in found}
    assert compare(mine([], now=0), flow(), "order") == ()


def test_nothing_waits_where_only_ways_back_lead_from() -> None:
    assert ends(flow()) == frozenset({"approved", "void"})
