"""Once: what is worked out of a definition alone, for packages that share definitions: templates that extend the same one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from builder.metadata.kinds import NodeName

T = TypeVar("T")


class Once:
    """Answers about definitions, kept for as long as this lives: for one run over several packages. A definition is known by being the
    same object, not by looking alike, so it must not be changed in between; what was asked about stays, so that no other takes its place."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Callable[..., Any], NodeName, int], tuple[Any, Any]] = {}

    def __call__(
        self, answer: Callable[[NodeName, Mapping[str, Any]], T], name: NodeName, body: Mapping[str, Any]
    ) -> T:
        """``answer(name, body)``, worked out when it is first asked for."""
        asked = (answer, name, id(body))
        kept = self._kept.get(asked)
        if kept is None:
            kept = self._kept[asked] = (body, answer(name, body))
        found: T = kept[1]
        return found
