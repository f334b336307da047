"""Types of expressions, and what the names in an expression mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol, TypeAlias

Value: TypeAlias = (
    "bool | int | Decimal | str | date | datetime | time | tuple[Any, ...] | Mapping[str, Any] | None"
)
"""What expressions read and make: the plain values of records."""


@dataclass(frozen=True, slots=True)
class Type:
    """``kind`` is number, text, bool, date, datetime, time, list, ref, any or none; ``of`` is a list's element type,
    ``entity`` what a reference points to (None: anything)."""

    kind: str
    of: Type | None = None
    entity: str | None = None

    def __str__(self) -> str:
        if self.kind == "list":
            return f"list of {self.of or ANY}"
        return f"ref {self.entity}" if self.entity else self.kind


NUMBER = Type("number")
TEXT = Type("text")
BOOL = Type("bool")
DATE = Type("date")
DATETIME = Type("datetime")
TIME = Type("time")
REFERENCE = Type("ref")
ANY = Type("any")
NONE = Type("none")


def list_of(of: Type) -> Type:
    """The type of a list of ``of``."""
    return Type("list", of=of)


def ref(entity: str | None = None) -> Type:
    """The type of a reference to records of ``entity``."""
    return Type("ref", entity=entity)


LIST = list_of(ANY)
NUMBERS = list_of(NUMBER)


def accepts(wanted: Type, given: Type) -> bool:
    """Whether a value of type ``given`` may stand where ``wanted`` is expected; None may stand anywhere."""
    if "any" in (wanted.kind, given.kind) or given.kind == "none":
        return True
    if wanted.kind != given.kind:
        return False
    if wanted.kind == "list":
        return accepts(wanted.of or ANY, given.of or ANY)
    return wanted.entity is None or given.entity is None or wanted.entity == given.entity


def common(one: Type, other: Type) -> Type | None:
    """The type of a value that is of ``one`` or of ``other``; None where they do not go together."""
    if one.kind == "none":
        return other
    if other.kind == "none" or one == other:
        return one
    if "any" in (one.kind, other.kind):
        return ANY
    if one.kind == other.kind == "list":
        inner = common(one.of or ANY, other.of or ANY)
        return None if inner is None else list_of(inner)
    return one if accepts(one, other) else None


class LedgerCatalogue(Protocol):
    """What BALANCE must know of a ledger: keys of dimensions in declared order, of measures, and the grains
    (sets of dimension keys) at which balances are kept."""

    @property
    def dimensions(self) -> Sequence[str]: ...

    @property
    def measures(self) -> Collection[str]: ...

    @property
    def grains(self) -> Collection[frozenset[str]]: ...


class Scope(Protocol):
    """The names that an expression may use, with their types."""

    def type_of(self, path: tuple[str, ...]) -> Type | None:
        """The type at the end of ``path``; None: no such name."""

    def names(self) -> Iterable[str]:
        """All names, dotted, for suggestions."""

    def ledger(self, key: str) -> LedgerCatalogue | None:
        """The ledger; None: no such ledger."""
