"""What documents do to stock, with the numbers of the checklist."""

from __future__ import annotations

import pytest

from tests.requirements import stock_rows
from tests.requirements.trade import Trade


@pytest.mark.requirement("R004", "R012")
def test_what_went_out_is_gone_at_the_next_reading(trade: Trade) -> None:
    stock_rows.issue_is_seen_at_once(trade)


@pytest.mark.requirement("R015")
def test_fifty_received_and_twenty_sent_back_are_thirty(trade: Trade) -> None:
    stock_rows.purchases_and_their_returns(trade)


@pytest.mark.requirement("R016")
def test_sales_take_and_their_returns_give_back(trade: Trade) -> None:
    stock_rows.sales_and_their_returns(trade)


@pytest.mark.requirement("R018")
def test_ninety_seven_counted_of_a_hundred(trade: Trade) -> None:
    stock_rows.count_makes_a_loss(trade)


@pytest.mark.requirement("R126")
def test_eleven_of_ten_do_not_go_out(trade: Trade) -> None:
    stock_rows.no_more_than_there_is(trade)
