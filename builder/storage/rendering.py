"""Rendering: the shape of a filter, a sort or a list of fields as SQL over a member table and those that its paths join."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from builder.storage.columns import BIG, INT, TEXT
from builder.storage.lowering import NO, TESTS, YES, Node
from builder.storage.paths import End, Hop, Path, find_path
from builder.storage.rows import is_line, is_of
from builder.storage.shapes import EntityShape
from builder.storage.sql.arrays import Plain, days_in, ext_number, ext_text, ids_in, texts_in
from builder.storage.tables.pool import EXT
from builder.storage.tables.records import multi


class Numbered:
    """Names of bound values, in the order in which a lowered filter has them."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._count = 0

    def next(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count - 1}"


def params(prefix: str, values: list[Any]) -> dict[str, Any]:
    """The values under the names that ``Numbered`` gives."""
    return {f"{prefix}{at}": value for at, value in enumerate(values)}


class Source:
    """A member table with what is joined to it. ``plain`` columns are rendered so that their indexes are left alone."""

    def __init__(
        self, shape: EntityShape, table: FromClause | None = None, *, plain: frozenset[str] = frozenset()
    ) -> None:
        self.shape = shape
        self.table: FromClause = shape.table if table is None else table
        self.plain = plain
        self._joins: dict[tuple[Hop, ...], tuple[EntityShape, FromClause, ColumnElement[bool]]] = {}

    @property
    def clause(self) -> FromClause:
        """The table with its joins."""
        found = self.table
        for _, joined, condition in self._joins.values():
            found = found.outerjoin(joined, condition)
        return found

    def column(self, path: Path) -> ColumnElement[Any]:
        """The column at the end of a path without hops to many; its hops become joins."""
        shape, table = self._at(path.hops)
        found = end_column(shape, table, path.end)
        return Plain(found) if path.text in self.plain else found

    def _at(self, hops: tuple[Hop, ...]) -> tuple[EntityShape, FromClause]:
        if not hops:
            return self.shape, self.table
        known = self._joins.get(hops)
        if known is None:
            _, before = self._at(hops[:-1])
            target = self.shape.app.shape(hops[-1].entity)
            joined = target.table.alias()
            own = [is_line(before)] if hops[-1].kind == "parent" else []
            known = (
                target,
                joined,
                and_(*is_of(target, joined), joined.c.id == _leading(before, hops[-1]), *own),
            )
            self._joins[hops] = known
        return known[0], known[1]

    def test(self, path: Path, test: str, names: Numbered) -> ColumnElement[bool]:
        """One test of the value (or of any of the values) at the end of a path."""
        many = next((at for at, hop in enumerate(path.hops) if hop.is_many), None)
        if many is not None:
            return self._through_many(path, many, test, names)
        if path.end.many:
            _, table = self._at(path.hops)
            return self._of_many(path, table, test, names)
        found = _compare(self.column(path), path.end, test, names)
        if path.end.column == "parent_id" and test in {"eq", "in"}:
            found = and_(is_line(self._at(path.hops)[1]), found)
        return found

    def _through_many(self, path: Path, at: int, test: str, names: Numbered) -> ColumnElement[bool]:
        """Some record on the way passes; ``null``: none on the way has a value."""
        _, table = self._at(path.hops[:at])
        hop = path.hops[at]
        inner = Source(self.shape.app.shape(hop.entity), self.shape.app.shape(hop.entity).table.alias())
        rest = Path(path.text, path.hops[at + 1 :], path.end, path.field, path.entity)
        condition = inner.test(rest, test, names)
        if test == "null":
            condition = condition.is_not(true())
        if hop.kind == "lines" and test in {"eq", "in"} and path.end.is_indexed:
            # The lines first: their index knows them, and SQLite would ask every document instead.
            own = [*is_of(inner.shape, inner.table), is_line(inner.table), condition]
            return table.c.id.in_(select(inner.table.c.parent_id).select_from(inner.clause).where(*own))
        where = [*is_of(inner.shape, inner.table), _link(table, hop, inner.table), condition]
        found = exists(_any(inner.clause, where, table))
        return not_(found) if test == "null" else found

    def _of_many(self, path: Path, table: FromClause, test: str, names: Numbered) -> ColumnElement[bool]:
        """A test of several values of one field, which lie in a table of their own, or of a document's lines."""
        if path.end.place is None:
            return self._of_lines(path, table, test, names)
        own = multi.alias()
        where = [
            own.c.ws == bindparam("ws"),
            own.c.entity_id == table.c.entity_id,
            own.c.field_no == literal_column(str(path.end.place.list_no), INT),
            own.c.record_id == table.c.id,
        ]
        if test == "count":
            counted = select(func.count()).select_from(own).where(*where).correlate(table).scalar_subquery()
            return counted == bindparam(names.next(), type_=BIG)
        if test != "null":
            where.append(_compare(own.c.value, End("text"), test, names))
        found = exists(_any(own, where, table))
        return not_(found) if test == "null" else found

    def _of_lines(self, path: Path, table: FromClause, test: str, names: Numbered) -> ColumnElement[bool]:
        lines = self.shape.app.shape(path.field.entity or "") if path.field else self.shape
        own = lines.table.alias()
        where = [*is_of(lines, own), is_line(own), own.c.parent_id == table.c.id]
        if test not in {"null", "count"}:
            where.append(_compare(own.c.id, End("id"), test, names))
        found = exists(_any(own, where, table))
        return not_(found) if test == "null" else found

    def where(self, node: Node, names: Numbered) -> ColumnElement[bool]:
        """The shape of a filter as a condition that is never unknown where it is negated."""
        if node in (YES, NO):
            return true() if node == YES else false()
        kind = node[0]
        if kind == "is":
            return self.test(find_path(self.shape, node[1]), node[2], names)
        if kind == "not":
            return self.where(node[1], names).is_not(true())
        parts = [self.where(part, names) for part in node[1:]]
        return and_(*parts) if kind == "and" else or_(*parts)


def _any(source: FromClause, where: list[ColumnElement[bool]], outside: FromClause) -> Select[Any]:
    return select(literal_column("1")).select_from(source).where(*where).correlate(outside)


def end_column(shape: EntityShape, table: FromClause, end: End) -> ColumnElement[Any]:
    """The column of an end in its entity's table."""
    place = end.place
    if place is None:
        return table.c[end.column]
    if place.slot is not None:
        return table.c[place.slot]
    number = place.family in {"number", "reference"}
    return (ext_number if number else ext_text)(table.c[EXT], place.ext_key)


def _leading(table: FromClause, hop: Hop) -> ColumnElement[Any]:
    """What names the target of a hop to one record."""
    if hop.kind == "parent":
        return table.c.parent_id
    place = hop.place
    if place is None or place.slot is None:
        return ext_number(table.c[EXT], place.ext_key if place else "")
    return table.c[place.slot]


def _link(table: FromClause, hop: Hop, target: FromClause) -> ColumnElement[bool]:
    if hop.kind == "lines" or hop.place is None:
        return and_(is_line(target), target.c.parent_id == table.c.id)
    own = multi.alias()
    values = select(own.c.value.cast(BIG)).where(
        own.c.ws == bindparam("ws"),
        own.c.entity_id == table.c.entity_id,
        own.c.field_no == literal_column(str(hop.place.list_no), INT),
        own.c.record_id == table.c.id,
    )
    return target.c.id.in_(values.correlate(table))


def _compare(column: ColumnElement[Any], end: End, test: str, names: Numbered) -> ColumnElement[bool]:
    if test == "null":
        return column == literal_column("0", INT) if end.zero_is_none else column.is_(None)
    if test == "in":
        listed = {"id": ids_in, "number": ids_in, "date": texts_in if end.in_ext else days_in}.get(
            end.sort, texts_in
        )
        return listed(column, names.next())
    if test == "prefix":
        low, high = (bindparam(names.next(), type_=TEXT) for _ in range(TESTS[test]))
        return and_(column >= low, column < high)
    if test in {"contains", "starts"}:
        return func.lower(column).like(bindparam(names.next(), type_=TEXT), escape="\\")
    value = bindparam(
        names.next(), type_=TEXT if end.in_ext and end.sort in {"date", "instant"} else column.type
    )
    compared: ColumnElement[bool] = getattr(column, f"__{test}__")(value)
    return compared


def leaves(node: Node) -> Iterator[Node]:
    """The tests that all must hold: those of the outermost *and*."""
    if node[0] == "is":
        yield node
    elif node[0] == "and":
        for part in node[1:]:
            yield from leaves(part)
