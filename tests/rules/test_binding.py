"""Filters that name values of the record at hand, or of a message."""

from __future__ import annotations

from builder.metadata.filter import paths_at_hand
from builder.rules.binding import bind

IS_EMPTY = {"field": "x", "op": "is_empty"}


def test_a_filter_is_filled_with_the_records_own_values() -> None:
    where = {"and": [{"field": "parent", "op": "=", "value": {"record": "item"}}, IS_EMPTY]}
    assert paths_at_hand(where) == ["item"]
    assert bind(where, {"item": 7}) == {"and": [{"field": "parent", "op": "=", "value": 7}, IS_EMPTY]}


def test_what_is_not_known_is_nothing() -> None:
    where = {"field": "parent", "op": "in", "value": [{"record": "item"}, {"payload": "sent.by"}]}
    assert paths_at_hand(where) == ["item", "payload.sent.by"]
    assert bind(where, {"payload.sent.by": 3}) == {"field": "parent", "op": "in", "value": [None, 3]}
