"""The process mirror of a shop: read from what happened, on both databases, for who may see all of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from builder.commands import DrawProcess, FireTransition
from builder.errors import BuilderError
from builder.runtime.boards import board_of
from builder.runtime.mirroring import drawn_of, families, mirror_of
from tests.runtime.shop import shop_nodes
from tests.runtime.world import START, World

SPAN = (START - timedelta(days=1), datetime(2026, 12, 31, tzinfo=UTC))


@pytest.fixture
def office(empty: World) -> World:
    empty.install(shop_nodes(), "shop")
    return empty


def ordered(world: World) -> int:
    return world.id(world.create("order", {"remark": "x"}))


def test_documents_that_are_made_of_one_another_are_one_family(office: World) -> None:
    with office.reading() as ctx:
        found = families(ctx.app.package)
    assert [[e.key for e in f.entities] for f in found] == [["order", "delivery"], ["receipt"]]


def test_the_map_says_what_moved_how_long_it_took_and_what_differs(office: World) -> None:
    first, second = ordered(office), ordered(office)
    office.later(hours=2)
    office.send(FireTransition("shop", "order", first, "submit"))
    office.later(hours=1)
    with office.reading() as ctx:
        found = mirror_of(ctx, families(ctx.app.package)[0], SPAN)
    draft = found.as_is.node("order", "draft")
    assert draft is not None
    assert (draft.visits, draft.open, draft.median) == (2, 1, 2 * 3600)
    assert ("order", "draft", 1) in {(m.entity, m.from_, m.count) for m in found.as_is.moves}
    assert found.makers == {"system": sum(found.makers.values())}
    assert "never_reached" in {d.kind for d in found.differences}
    office.later(days=30)
    with office.reading() as ctx:
        late = mirror_of(ctx, families(ctx.app.package)[0], SPAN)
    assert second in {s.record for s in late.as_is.stuck}
    assert sum(s.count for s in late.stuck) == len(late.as_is.stuck)


def test_days_in_which_nothing_happened_are_empty(office: World) -> None:
    ordered(office)
    with office.reading() as ctx:
        found = mirror_of(
            ctx, families(ctx.app.package)[0], (START - timedelta(days=9), START - timedelta(days=8))
        )
    assert found.as_is.nodes == ()


def test_a_drawn_map_is_kept_with_the_app(office: World) -> None:
    rows = (
        {"label": "Call", "who": "ann", "means": "phone", "minutes": "5", "by": "order.submit"},
        {"label": ""},
    )
    office.send(DrawProcess("shop", "order", rows))
    with office.reading() as ctx:
        steps = drawn_of(ctx, families(ctx.app.package)[0])
    assert [(s.label, s.minutes, s.by) for s in steps] == [("Call", 5, "order.submit")]
    office.send(DrawProcess("shop", "order", ()))
    with office.reading() as ctx:
        assert drawn_of(ctx, families(ctx.app.package)[0]) == ()


def test_only_who_keeps_the_app_draws_and_only_what_there_is(office: World) -> None:
    clerk = office.person("clerk", "clerk")
    with pytest.raises(BuilderError) as forbidden:
        office.send(DrawProcess("shop", "order", ()), actor=clerk)
    assert forbidden.value.code == "FORBIDDEN"
    with pytest.raises(BuilderError) as unknown:
        office.send(DrawProcess("shop", "nothing", ()))
    assert unknown.value.code == "NOT_FOUND"
    with pytest.raises(BuilderError) as wrong:
        office.send(DrawProcess("shop", "order", ({"label": "x", "means": "smoke"},)))
    assert [p.code for p in wrong.value.problems] == ["VALUE_CHOICE"]


def test_the_board_shows_what_stands_where_and_with_whom(office: World) -> None:
    clerk = office.person("clerk", "clerk")
    office.create("order", {"remark": "x"}, actor=clerk)
    office.later(hours=3)
    with office.reading() as ctx:
        (column,) = board_of(ctx, families(ctx.app.package)[0])
    assert (column.state.key, column.count, column.owners) == ("draft", 1, ((clerk.user_id, 1),))
    assert column.oldest == 3 * 3600
