"""A registry: names to things of one kind. Built-ins and plug-ins join by the same call."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Things of one kind by name, in the order in which they were registered."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._things: dict[str, T] = {}

    def register(self, name: str, thing: T) -> T:
        """Add ``thing``; a name that is taken raises ``ValueError``."""
        if name in self._things:
            raise ValueError(f"{self.kind} {name!r} is registered already")
        self._things[name] = thing
        return thing

    def get(self, name: str) -> T:
        """The thing of that name; ``KeyError`` where there is none."""
        try:
            return self._things[name]
        except KeyError:
            raise KeyError(f"no {self.kind} {name!r}") from None

    def find(self, name: str) -> T | None:
        return self._things.get(name)

    def names(self) -> tuple[str, ...]:
        return tuple(self._things)

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[T]:
        return iter(self._things.values())


def installed(group: str) -> Iterator[Any]:
    """What installed packages name under that group of entry points, in the order of their names."""
    for found in sorted(entry_points(group=group), key=lambda e: e.name):
        yield found.load()
