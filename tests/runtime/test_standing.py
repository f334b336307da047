"""What a process keeps of somebody's rights is good only until they move, whoever moves them."""

from __future__ import annotations

import pytest

from builder.commands import Actor, GrantRole, SaveOrgUnit, SaveUser
from builder.errors import NotFoundError
from tests.runtime.world import World


def units_of(world: World, actor: Actor) -> tuple[int, ...]:
    with world.reading(actor) as ctx:
        return tuple(ctx.reader.filters.org_units)


def test_a_role_given_or_taken_by_another_process_counts_at_once(shop: World) -> None:
    other = shop.other_process()
    clerk = shop.person("clerk")
    with pytest.raises(NotFoundError), shop.reading(clerk):
        pytest.fail("the app does not exist for the clerk")
    other.send(GrantRole("shop", clerk.user_id, "clerk"))
    with shop.reading(clerk) as ctx:
        assert ctx.kernel.role_keys() == {"clerk"}
    other.send(GrantRole("shop", clerk.user_id, "clerk", revoke=True))
    with pytest.raises(NotFoundError), shop.reading(clerk):
        pytest.fail("the app does not exist for the clerk any more")
    other.engine.database.close()


def test_a_unit_that_somebody_moves_to_counts_at_once(shop: World) -> None:
    other = shop.other_process()
    for key in ("north", "south"):
        shop.send(SaveOrgUnit(key, key))
    clerk = shop.person("clerk", "clerk", org_unit="north")
    before = units_of(shop, clerk)
    other.send(SaveUser("clerk", "Clerk", clerk.user_id, org_unit="south"))
    after = units_of(shop, clerk)
    assert len(before) == len(after) == 1
    assert before != after
    other.engine.database.close()


def test_a_unit_put_below_another_is_seen_from_above(shop: World) -> None:
    for key in ("north", "city"):
        shop.send(SaveOrgUnit(key, key))
    chief = shop.person("chief")
    shop.send(GrantRole("shop", chief.user_id, "clerk", org_unit="north"))
    with shop.reading(chief) as ctx:
        alone = ctx.kernel.grants[0][1]
    shop.send(SaveOrgUnit("city", "city", parent="north"))
    with shop.reading(chief) as ctx:
        assert set(ctx.kernel.grants[0][1]) > set(alone)
