"""What a line's balance says of something that nobody enters here is on the page, so that what is worked out of it follows the typing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builder.metadata.entity import Entity, Field
from builder.runtime.installing import template
from builder.runtime.pages.formulas import Formulas
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.played import played
from tests.runtime.world import World

FACTORY = template("discrete_mfg").package


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A factory whose planner has just begun to change a released order."""
    folder = tmp_path_factory.mktemp("fixed")
    with played(folder, FACTORY, "order_change", lambda step: step.conversion == "to_change", more=1) as made:
        made.person("planner", "planner")
        yield made


def lines_of(key: str) -> tuple[Entity, dict[str, Field]]:
    entity = FACTORY.entity(key)
    assert entity is not None
    return entity, {field.key: field for field in entity.fields}


def test_what_is_needed_then_follows_the_new_quantity(world: World) -> None:
    entity, fields = lines_of("work_order_change_line")
    with world.reading() as ctx:
        formulas = Formulas(ctx)
        assert formulas.tree(entity, fields["then"].uid, "formula") is not None
        assert formulas.tree(entity, fields["back"].uid, "formula") is not None


def test_a_balance_of_what_is_entered_does_not(world: World) -> None:
    entity, fields = lines_of("sales_order_line")
    with world.reading() as ctx:
        assert not Formulas(ctx).is_seen(entity, fields["available"].key)


def test_the_form_brings_the_figures_along(world: World) -> None:
    with world.reading() as ctx:
        (change,) = ctx.reader.find("work_order_change", None, limit=5)
        shown = world.engine.database.show(change.id)
    page = signed_in(world, "planner").get(f"/a/{world.app}/work_order_change/{shown}/edit")
    assert page.status_code == 200
    assert '"booked"' in page.text


def test_nobody_makes_a_change_without_its_order(world: World) -> None:
    client = signed_in(world, "planner")
    assert f"/a/{world.app}/work_order_change/new" not in client.get(f"/a/{world.app}/work_order_change").text
