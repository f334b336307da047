"""Paired: two ordered streams side by side, each key once, nothing lost at either end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from builder.ledger.paired import paired

ROWS = st.dictionaries(st.integers(0, 20), st.integers(0, 9))


@given(ROWS, ROWS)
def test_every_key_of_either_comes_once_in_order_with_what_both_have(
    one: dict[int, int], other: dict[int, int]
) -> None:
    walked = list(paired(sorted(one.items()), sorted(other.items())))
    assert walked == [(key, one.get(key), other.get(key)) for key in sorted({**one, **other})]
