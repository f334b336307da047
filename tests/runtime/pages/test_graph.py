"""Graph: boxes in columns and the lines between them."""

from __future__ import annotations

from builder.runtime.pages.ledgers.graph import Box, draw

RECEIPTS = [Box("r1", 0, "Receipt 1"), Box("r2", 0, "Receipt 2")]
ISSUES = [Box("i1", 2, "Issue 1"), Box("i2", 2, "Issue 2")]


def test_columns_follow_the_flow_from_left_to_right() -> None:
    drawing = draw([*ISSUES, *RECEIPTS], [("r1", "i1"), ("r2", "i2")])
    places = {placed.box.id: placed for placed in drawing.boxes}
    assert places["r1"].x == places["r2"].x < places["i1"].x == places["i2"].x
    assert len(drawing.lines) == 2
    assert drawing.width >= places["i1"].x + places["i1"].width
    assert drawing.height >= max(p.y + p.height for p in drawing.boxes)


def test_no_two_boxes_lie_on_each_other() -> None:
    drawing = draw([Box(str(n), n % 3, "Document") for n in range(30)], [])
    assert len({(p.x, p.y) for p in drawing.boxes}) == 30


def test_a_box_stands_near_what_flows_into_it() -> None:
    drawing = draw([*RECEIPTS, *reversed(ISSUES)], [("r1", "i1"), ("r2", "i2")])
    heights = {placed.box.id: placed.y for placed in drawing.boxes}
    assert (heights["r1"] < heights["r2"]) == (heights["i1"] < heights["i2"])


def test_what_is_not_drawn_has_no_line_and_nothing_flows_back() -> None:
    drawing = draw(
        [*RECEIPTS, *ISSUES], [("r1", "elsewhere"), ("i1", "r1"), ("r1", "r1"), ("r1", "i1"), ("r1", "i1")]
    )
    assert len(drawing.lines) == 1


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw([], []).boxes == ()
