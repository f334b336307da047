"""The order of formulas: lines and header may depend on each other; what is needed comes first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from builder.expressions import Expression
from builder.metadata.entity import Field


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula in its place: ``lines`` is the lines field's key, empty for the header. ``through`` are the names that live figures which
    it reads go by; ``late`` those of its paths that say something only when other formulas are worked out: a balance at a place that is
    a formula, a field of a record that one names."""

    lines: str
    field: Field
    expression: Expression
    through: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return f"{self.lines}.{self.field.key}" if self.lines else self.field.key


def needed(formula: Formula) -> tuple[str, ...]:
    """The names (``total``, ``lines.amount``) that the formula reads of its own aggregate, sorted."""
    return tuple(sorted(names_of(formula.lines, formula.expression.paths) | formula.through))


def names_of(lines: str, paths: Iterable[str]) -> frozenset[str]:
    """What paths of the header, or of one kind of lines, name of the own aggregate."""
    return frozenset(name for path in paths for name, _ in _steps(lines, path))


def _steps(lines: str, path: str) -> Iterator[tuple[str, bool]]:
    """The names that a path passes, each with whether it goes on from there."""
    parts = path.split(".")
    if lines and parts[0] != "parent":
        yield f"{lines}.{parts[0]}", len(parts) > 1
        return
    # ``parent.total``, or ``parent.lines.amount``: a column of the lines themselves.
    parts = parts[1:] if lines else parts
    for length in (1, 2)[: len(parts)]:
        yield ".".join(parts[:length]), len(parts) > length


def linked(formulas: Iterable[Formula], live: Mapping[str, frozenset[str]]) -> tuple[Formula, ...]:
    """The formulas with what live figures put between them: ``live`` says of each, by name, which names it goes by."""
    found = tuple(formulas)
    known = frozenset(f.name for f in found)
    behind = {name: _behind(name, live) for name in live}
    return tuple(
        replace(
            f,
            through=frozenset[str]().union(
                *(behind.get(n, ()) for n in names_of(f.lines, f.expression.paths))
            ),
            late=frozenset(
                path
                for path in f.expression.paths
                if any(
                    (goes_on and name in known) or behind.get(name, frozenset()) & known
                    for name, goes_on in _steps(f.lines, path)
                )
            ),
        )
        for f in found
    )


def _behind(name: str, live: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """All names that a live figure goes by, through others too."""
    found: set[str] = set()
    todo = [name]
    while todo:
        more = live.get(todo.pop(), frozenset()) - found
        found |= more
        todo.extend(more)
    return frozenset(found)


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
