"""Reach: what is found over many records is what is found over each, with less read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from builder.metadata.entity import Field
from builder.record import Record
from builder.rules.reach import MANY
from tests.memory import MemoryReader
from tests.rules.office import LINE_FIELDS, ORDER_FIELDS, around, field, line, office, order, records

LIVE = tuple(replace(of, stored=False) if of.key in {"net", "tax", "total"} else of for of in ORDER_FIELDS)
FOLLOWING = (
    *LINE_FIELDS,
    field("line", "part", "percent", scale=2, formula="amount / parent.net", stored=False),
)


class Counting(MemoryReader):
    """Tells which entities were read whole."""

    def __init__(self, records: Iterable[Record]) -> None:
        super().__init__(records)
        self.whole: list[str] = []
        self._as_heads = False

    def get(self, entity: str, ids: Iterable[int]) -> Mapping[int, Record]:
        if not self._as_heads:
            self.whole.append(entity)
        return super().get(entity, ids)

    def heads(self, entity: str, ids: Iterable[int]) -> Mapping[int, Record]:
        self._as_heads = True
        found = super().heads(entity, ids)
        self._as_heads = False
        return found


def orders(count: int) -> list[Record]:
    """Orders of two lines each."""
    made = []
    for id in range(100, 100 + count):
        lines = tuple(
            line(id * 10 + n, price=Decimal("2.50"), amount=Decimal("5.00")).but(parent_id=id, line_no=n)
            for n in (1, 2)
        )
        made.append(order(*lines, number=f"SO-{id}").but(id=id))
    return made


@pytest.mark.parametrize(
    ("paths", "fields", "whole"),
    [
        (("parent.number", "goods.name", "goods.customer.name"), ORDER_FIELDS, set()),
        (("parent.net", "parent.number"), LIVE, {"order"}),
        (("parent.number", "part"), LIVE, {"order"}),
    ],
)
def test_many_are_followed_without_lines_unless_something_looks_at_them(
    paths: tuple[str, ...], fields: tuple[Field, ...], whole: set[str]
) -> None:
    made = orders(MANY)
    reader = Counting([*records(), *made])
    context = replace(around(office(order=fields, line=FOLLOWING)), reader=reader)
    lines = [one for of in made for one in of.lines["lines"]]
    together = context.values_many(paths, lines)
    assert set(reader.whole) == whole
    assert together == [context.values(paths, one) for one in lines]
    assert any(value is not None for value in together[0].values())
