"""The order of formulas: lines and header may depend on each other; what is needed comes first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from builder.expressions import Expression
from builder.metadata.entity import Field


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in its place: ``lines`` is the lines field's key, empty for the header."""

    lines: str
    field: Field
    expression: Expression

    @property
    def name(self) -> str:
        return f"{self.lines}.{self.field.key}" if self.lines else self.field.key


def needed(formula: Formula) -> tuple[str, ...]:
    """The names (``total``, ``lines.amount``) that the formula reads of its own aggregate, sorted."""
    found: set[str] = set()
    for path in formula.expression.paths:
        head, _, rest = path.partition(".")
        if not formula.lines:
            found.add(f"{head}.{rest.partition('.')[0]}" if rest else head)
            found.add(head)
        elif head == "parent":
            # ``parent.total``, or ``parent.lines.amount``: a column of the lines themselves.
            found.update((rest.partition(".")[0], ".".join(rest.split(".")[:2])))
        else:
            found.add(f"{formula.lines}.{head}")
    return tuple(sorted(found))


def ordered(formulas: Iterable[Formula]) -> tuple[Formula, ...]:
    """The formulas so that each comes after what it reads. A circle is cut where it is met."""
    by_name = {f.name: f for f in formulas}
    done: dict[str, Formula] = {}
    for name in by_name:
        _visit(name, by_name, done, ())
    return tuple(done.values())


def cycles(formulas: Iterable[Formula]) -> tuple[tuple[Formula, ...], ...]:
    """Each circle of formulas once."""
    by_name = {f.name: f for f in formulas}
    done: dict[str, Formula] = {}
    found: dict[frozenset[str], tuple[Formula, ...]] = {}
    for name in by_name:
        for circle in _visit(name, by_name, done, ()):
            found.setdefault(frozenset(circle), tuple(by_name[n] for n in circle))
    return tuple(found.values())


def _visit(
    name: str, by_name: Mapping[str, Formula], done: dict[str, Formula], above: tuple[str, ...]
) -> list[tuple[str, ...]]:
    if name in above:
        return [above[above.index(name) :]]
    if name in done:
        return []
    circles: list[tuple[str, ...]] = []
    for other in needed(by_name[name]):
        if other in by_name:
            circles += _visit(other, by_name, done, (*above, name))
    done.setdefault(name, by_name[name])
    return circles
