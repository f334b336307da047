"""Sources: a part of a report becomes cells by group, worked out where the rows lie if that can be done, else a row at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from builder.errors import TooLargeError
from builder.expressions import ExpressionError
from builder.ledger.flows import Span
from builder.metadata.ledger import Ledger
from builder.metadata.report import ReportColumn
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.report_rows import (
    MOST,
    Values,
    balance_rows,
    both,
    limits_of,
    record_rows,
    within,
)
from builder.runtime.reporting.asked import Asked, Take
from builder.runtime.reporting.cells import Cell
from builder.runtime.reporting.entry_rows import entry_rows
from builder.runtime.reporting.ledger_rows import HEADS, bare, layer_rows, movement_rows, summed_entries
from builder.runtime.rights import Filter
from builder.storage import query as stored
from builder.storage.groups import Grouping

Key: TypeAlias = "tuple[Value, ...]"
Grouped: TypeAlias = "Iterable[tuple[Key, Sequence[Cell]]]"
SUMS = frozenset({"sum", "count", "avg", "min", "max"})
MONTHS = frozenset({"month", "quarter", "year"})
IN_SQL = frozenset({"day", "month", "year"})


# Cells by group


def grouped(ctx: Context, asked: Asked) -> Grouped:
    """The part's cells by group; a group may come more than once."""
    if asked.part.source == "records":
        found = _in_sql(ctx, asked)
        if found is not None:
            return found
    elif asked.part.source == "entries":
        limits = limits_of(ctx, _ledger(ctx, asked), asked.where)
        if not limits.rest and _adds_up(ctx, asked):
            return _folded(
                ctx, asked, summed_entries(ctx, asked.part.ledger, limits, asked.paths, _span(asked))
            )
    return _folded(ctx, asked, rows(ctx, asked))


def _span(asked: Asked) -> Span:
    """By what days must be told apart: months do where nothing but periods of months is asked."""
    if any("_on." in path for path in asked.paths):
        return "day"
    dated = [(c, t) for c, t in (*asked.keys, *asked.figures) if t is not None and "business_date" in t.paths]
    if not dated:
        return "day" if "business_date" in asked.paths else ""
    whole = all(c.bucket in MONTHS and t.path == "business_date" and t.where is None for c, t in dated)
    return "month" if whole else "day"


def _ledger(ctx: Context, asked: Asked) -> Any:
    return ctx.app.package.ledger(asked.part.ledger)


def _adds_up(ctx: Context, asked: Asked) -> bool:
    """Whether sums of entries say as much as the entries: every figure is a sum of a measure, all else is of dimensions and days."""
    ledger = ctx.app.package.ledger(asked.part.ledger)
    if ledger is None:
        return False
    for column, take in asked.figures:
        if take is not None and not _is_whole(column.op, take.path, ledger):
            return False
    figures = {t.path for _, t in asked.figures if t is not None}
    others = {p for p in asked.paths if p not in figures}
    return all(p == "business_date" or ledger.dimension(p.partition(".")[0]) is not None for p in others)


def _is_whole(op: str | None, path: str, ledger: Ledger) -> bool:
    """Whether a day's sums give the same figure as its entries: a sum of a measure, the first or last day on which it moved."""
    if op in {"min", "max"}:
        head, _, measure = path.partition(".")
        return head in {"added_on", "taken_on"} and ledger.measure(measure) is not None
    return op == "sum" and ledger.measure(bare(path, HEADS)) is not None and "_on." not in path


def rows(ctx: Context, asked: Asked) -> Iterator[Values]:
    """The part's rows, each with a value for every path."""
    part, paths = asked.part, asked.paths
    if part.source == "records":
        return record_rows(ctx, part.entity, asked.where, paths)
    if part.source == "balances":
        return balance_rows(ctx, part.ledger, asked.where, paths, as_of=asked.as_of)
    if part.source == "movements":
        return movement_rows(ctx, part.ledger, asked.where, paths, asked.days)
    if part.source == "layers":
        return layer_rows(ctx, part.ledger, asked.where, paths, asked.as_of)
    return entry_rows(ctx, part.ledger, asked.where, paths)


def _folded(ctx: Context, asked: Asked, found: Iterable[Values]) -> Grouped:
    groups: dict[Key, list[Cell]] = {}
    width = range(len(asked.figures))
    count = 0
    for count, values in enumerate(found, 1):  # noqa: B007
        key = key_of(ctx, asked, values)
        cells = groups.get(key)
        if cells is None:
            cells = groups[key] = [Cell() for _ in width]
        for cell, (column, take) in zip(cells, asked.figures, strict=True):
            if take is not None and (take.only is None or take.only.passes(values)):
                cell.take(column.op or "count", value_of(ctx, asked, take, values))
    return groups.items()


def key_of(ctx: Context, asked: Asked, values: Values) -> Key:
    """The group that a row belongs to."""
    return tuple(
        values.get(path)
        if path
        else None
        if take is None
        else asked.bucket(column, value_of(ctx, asked, take, values))
        for path, (column, take) in zip(asked.own_keys, asked.keys, strict=True)
    )


def value_of(ctx: Context, asked: Asked, take: Take, values: Values) -> Value:
    """What a row gives for a column."""
    if take.path and take.sign == 1:
        return values.get(take.path)
    try:
        value: Value = take.expression.evaluate({**values, **asked.surroundings}, ctx.environment)
    except ExpressionError:
        return None
    return value


# Where the records lie


def _in_sql(ctx: Context, asked: Asked) -> Grouped | None:
    """The part's cells worked out by the database; None where a figure is an expression or something cannot be reached there. A key that is an
    expression is worked out once for each combination of what it reads."""
    keys = [(c, t) for c, t in asked.keys if t is not None and not t.is_constant]
    figures = [(c, t) for c, t in asked.figures if t is not None]
    taken = keys + figures
    if any(not t.path or c.op not in SUMS for c, t in figures):
        return None
    # A figure with a condition of its own is judged row by row there, where groups without any such row are told too.
    if any(not t.path for _, t in keys) and any(t.where for _, t in figures):
        return None
    if any(t.sign == -1 and c.op not in {"sum", "count", "avg"} for c, t in taken):
        return None
    groups: dict[Key, list[Cell]] = {}
    by_only: dict[str, list[int]] = {}
    for at, (_, take) in enumerate(asked.figures):
        if take is not None:
            by_only.setdefault(repr(take.where), []).append(at)
    if not by_only:
        return None
    for places in by_only.values():
        if not _add_query(ctx, asked, places, groups):
            return None
    return groups.items()


def _add_query(ctx: Context, asked: Asked, places: Sequence[int], groups: dict[Key, list[Cell]]) -> bool:
    """One query for the figures that share a condition. False where the database cannot answer it."""
    told = _told_apart(asked)
    figures: list[tuple[int, str, str]] = []
    for at in places:
        column, take = asked.figures[at]
        assert take is not None
        ops = ("sum", "count") if column.op in {"sum", "avg"} else (str(column.op or "count"),)
        figures += [(at, op, take.path) for op in ops]
    first = asked.figures[places[0]][1]
    assert first is not None
    grouping = Grouping(told, tuple((o, p) for _, o, p in figures))
    found = stored.grouped(
        ctx.conn,
        ctx.app.maps,
        ctx.app.package,
        ctx.ws,
        asked.part.entity,
        grouping,
        both(within(ctx, asked.part.entity, asked.where), _readable(ctx, asked, first.where)),
        ctx.reader.filters,
        limit=MOST + 1,
    )
    if found is None:
        return False
    if len(found) > MOST:
        raise TooLargeError("REPORT_TOO_LARGE", most=MOST)
    for group in found:
        key = _key_there(ctx, asked, dict(zip(told, group.keys, strict=True)))
        cells = groups.setdefault(key, [])
        if not cells:
            cells.extend(Cell() for _ in asked.figures)
        for (at, op, _), figure in zip(figures, group.figures, strict=True):
            take = asked.figures[at][1]
            _put(cells[at], op, figure, take.sign if take is not None else 1)
    return True


def _told_apart(asked: Asked) -> tuple[tuple[str, str | None], ...]:
    """What the database groups by: the keys' paths with their periods, and everything that keys read which are expressions."""
    found: list[tuple[str, str | None]] = []
    for column, take in asked.keys:
        if take is not None and take.path:
            found.append((take.path, _sql_bucket(column)))
        elif take is not None:
            found += [(path, None) for path in sorted(take.paths)]
    return tuple(dict.fromkeys(found))


def _key_there(ctx: Context, asked: Asked, held: Mapping[tuple[str, str | None], Value]) -> Key:
    """The key of a group of the database."""
    whole = {path: value for (path, period), value in held.items() if period is None}
    return tuple(
        None
        if take is None
        else asked.bucket(
            column,
            held[take.path, _sql_bucket(column)] if take.path else value_of(ctx, asked, take, whole),
        )
        for column, take in asked.keys
    )


def _readable(ctx: Context, asked: Asked, where: Filter | None) -> Filter | None:
    """The condition of a figure, if the actor may read what it asks."""
    return within(ctx, asked.part.entity, where) if where else None


def _sql_bucket(column: ReportColumn) -> str | None:
    return column.bucket if column.bucket is None or column.bucket in IN_SQL else "day"


def _put(cell: Cell, op: str, figure: Any, sign: int) -> None:
    """A figure of the database as a piece of the cell."""
    if figure is None:
        return
    piece = Cell()
    if op == "count":
        piece.count = int(figure)
    elif op == "sum":
        piece.total = figure * sign
    elif op == "min":
        piece.low = figure
    else:
        piece.high = figure
    cell.merge(piece)
