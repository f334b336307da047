"""A drawn map beside the declared workflow: steps saved, hands replaced, minutes; and rows that are wrong."""

from __future__ import annotations

from builder.workflow.mirror import DrawnStep, compare_drawn
from builder.workflow.mirror.drawn import read_steps

TRANSITIONS = ("order.submit", "order.approve", "order.close")
STEPS = (
    DrawnStep("Write the order on paper", "sales", "paper", 10, "order.submit"),
    DrawnStep("Carry it to the office", "sales", "paper", 15, "order.submit"),
    DrawnStep("Ask on WeChat", "office", "wechat", 5, "order.approve"),
    DrawnStep("Call the customer", "office", "phone", 8),
)


def test_what_the_workflow_saves_of_a_drawn_map() -> None:
    saved = compare_drawn(STEPS, TRANSITIONS)
    assert (saved.steps, saved.outside, saved.hand_overs, saved.minutes) == (4, 4, 1, 38)
    assert (saved.steps_saved, saved.hand_overs_replaced, saved.minutes_saved) == (1, 1, 30)
    assert saved.new == ("order.close",)


def test_a_step_that_nothing_declared_does_saves_nothing() -> None:
    saved = compare_drawn((DrawnStep("Call", "a", "phone", 9, "order.gone"),), TRANSITIONS)
    assert (saved.steps_saved, saved.hand_overs_replaced, saved.minutes_saved) == (0, 0, 0)


def test_rows_without_words_are_left_out_and_the_rest_is_read() -> None:
    rows = [
        {"label": " "},
        {"label": "Call", "who": " ann ", "means": "phone", "minutes": "5", "by": "order.submit"},
    ]
    steps, problems = read_steps(rows, TRANSITIONS)
    assert steps == (DrawnStep("Call", "ann", "phone", 5, "order.submit"),)
    assert problems == ()
    assert steps[0].plain()["minutes"] == 5


def test_every_wrong_row_is_said() -> None:
    rows = [
        {"label": "a", "means": "smoke"},
        {"label": "b", "means": "mail", "minutes": "-3"},
        {"label": "c" * 300, "means": "mail"},
        {"label": "d", "means": "mail", "by": "order.gone"},
    ]
    steps, problems = read_steps(rows, TRANSITIONS)
    assert [p.code for p in problems] == ["VALUE_CHOICE", "MAP_MINUTES", "VALUE_TOO_LONG", "VALUE_CHOICE"]
    assert len(steps) == 1
    many, too_many = read_steps([{"label": "x", "means": "mail"}] * 61, ())
    assert [p.code for p in too_many] == ["MAP_STEPS"]
    assert len(many) == 61
