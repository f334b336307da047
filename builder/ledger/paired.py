"""Paired: two ordered streams walked side by side, so that whatever their length only one row of each is at hand. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")


def paired(
    one: Iterable[tuple[Any, A]], other: Iterable[tuple[Any, B]]
) -> Iterator[tuple[Any, A | None, B | None]]:
    """(key, value of the one, value of the other) for every key of either; None where it has none. Both come in the order of their keys,
    each key once."""
    left, right = iter(one), iter(other)
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and a[0] < b[0]):
            assert a is not None
            yield a[0], a[1], None
            a = next(left, None)
        elif a is None or b[0] < a[0]:
            yield b[0], None, b[1]
            b = next(right, None)
        else:
            yield a[0], a[1], b[1]
            a, b = next(left, None), next(right, None)
