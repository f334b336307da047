"""A record that a ledger still counts something of is not archived."""

from __future__ import annotations

from decimal import Decimal

import pytest

from builder.commands import DeleteRecord
from builder.errors import ConflictError
from tests.runtime.test_door import goods, received
from tests.runtime.world import World


def test_a_record_with_an_open_balance_is_not_archived(shop: World) -> None:
    item = goods(shop)
    received(shop, item, "3")
    with pytest.raises(ConflictError) as caught:
        shop.send(DeleteRecord("shop", "goods", item))
    (problem,) = caught.value.problems
    assert (caught.value.code, problem.code) == ("BALANCE_OPEN", "BALANCE_OPEN")
    assert (problem.params["ledger"], problem.params["amount"]) == ("Stock", Decimal(3))


def test_one_whose_balances_are_all_zero_is(shop: World) -> None:
    item, never = goods(shop), goods(shop, "B")
    received(shop, item, "3")
    shop.create(
        "delivery", {"lines": [{"goods": shop.engine.database.show(item), "quantity": "3"}]}, submit=True
    )
    for id in (item, never):
        shop.send(DeleteRecord("shop", "goods", id))
