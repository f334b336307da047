"""What a check is: a question to a whole package, whose answers are problems with a code and a place. Pure.

Every check is one file in this folder with one ``Check``; ``builder.metadata.checks`` registers them, plug-ins register theirs by the same
call. A check must bear with packages in which other things are wrong: what it needs may be missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from builder.errors import Problem
from builder.expressions import Expression, ExpressionError
from builder.metadata.compiled import CompiledPackage
from builder.metadata.entity import Entity, Field
from builder.metadata.kinds import NodeName, place
from builder.metadata.once import Once
from builder.metadata.package import Package
from builder.metadata.places import Place, places
from builder.metadata.references import References
from builder.metadata.text import Text


@dataclass(frozen=True)
class Facts:
    """The package with what several checks ask of it, worked out once. ``once`` keeps what they ask of single definitions, which other packages
    may share."""

    package: Package
    once: Once = field(default_factory=Once)

    @cached_property
    def compiled(self) -> CompiledPackage:
        return CompiledPackage(self.package, self.places)

    @cached_property
    def references(self) -> References:
        return References(self.package, self.places)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(places(self.package))

    def expression(self, owner: str, property: str) -> Expression | None:
        """The compiled expression; None where there is none or it does not compile, which another check says."""
        try:
            return self.compiled.expression(owner, property)
        except ExpressionError:
            return None

    def fields(self) -> Iterator[tuple[Entity, int, Field]]:
        """Every field in use with its entity and its position."""
        for entity in self.package.entities:
            for index, one in enumerate(entity.fields):
                if not one.archived:
                    yield entity, index, one


@dataclass(frozen=True, slots=True)
class Check:
    """``codes`` are the codes of the problems that ``find`` may give."""

    name: str
    codes: tuple[str, ...]
    find: Callable[[Facts], Iterable[Problem]]


def at(kind: str, key: str, *parts: str | int) -> str:
    """The path of a place in a definition."""
    name: NodeName = (kind, key)
    return place(name, *parts)


def warning(code: str, path: str, params: Mapping[str, Any] | None = None) -> Problem:
    """A problem that does not keep a package from being published."""
    return Problem(code, path, params or {}, severity="warning")


def called(model: Any) -> Text:
    """What people call a definition or a node: its label, else its key."""
    return getattr(model, "label", "") or getattr(model, "key", "")
