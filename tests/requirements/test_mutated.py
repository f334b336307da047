"""The proof of the proofs: with the sign of postings turned, the rows about stock fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from builder.ledger import pieces
from tests.requirements import stock_rows
from tests.requirements.trade import Trade

ROWS = (
    stock_rows.issue_is_seen_at_once,
    stock_rows.purchases_and_their_returns,
    stock_rows.sales_and_their_returns,
    stock_rows.count_makes_a_loss,
    stock_rows.no_more_than_there_is,
)
TURNS: dict[str, Callable[[int], int]] = {
    "every sign is turned": lambda amount: -amount,
    "what goes out comes in": abs,
}
COUNT = (stock_rows.count_makes_a_loss, "what goes out comes in")
"""A count posts what was counted, which has no sign to lose."""
CASES = [(row, turn) for row in ROWS for turn in TURNS if (row, turn) != COUNT]


@pytest.mark.parametrize(("row", "turn"), CASES, ids=lambda x: x if isinstance(x, str) else x.__name__)
def test_a_row_about_stock_fails_where_signs_are_turned(
    trade: Trade, monkeypatch: pytest.MonkeyPatch, row: Callable[[Trade], None], turn: str
) -> None:
    measures = pieces._measures

    def turned(work: Any, model: Any, intent: Any) -> tuple[int, ...] | None:
        found = measures(work, model, intent)
        is_stock = model.key == "stock" and found is not None
        return tuple(TURNS[turn](amount) for amount in found) if is_stock and found else found

    monkeypatch.setattr(pieces, "_measures", turned)
    with pytest.raises(AssertionError):
        row(trade)
