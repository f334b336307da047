"""Report heat: how deep figures of a column are shaded, and a report's rows as tiles. The number stays beside the shade."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from builder.record import Value
from builder.runtime.pages.cells import Cell
from builder.runtime.pages.report_charts import Drawn
from builder.runtime.reports import ShownColumn

STEPS = 5
Row = Mapping[str, Value]
Span = tuple[Decimal, Decimal]


@dataclass(frozen=True)
class Scale:
    """Least and greatest value of each column that is shaded, by its key. A group across gives a figure several columns with one span, so that
    they can be compared."""

    spans: Mapping[str, Span]
    kinds: Mapping[str, str]

    def shade(self, key: str, value: Value) -> str:
        """``good depth-3``: the kind and the step from 1 (least) to 5; empty where nothing tells values apart."""
        span = self.spans.get(key)
        if span is None or not isinstance(value, Decimal) or span[0] == span[1]:
            return ""
        step = int((value - span[0]) * STEPS / (span[1] - span[0]))
        return f"{self.kinds[key]} depth-{min(max(step, 0), STEPS - 1) + 1}"


def scale_of(table: Drawn, rows: Sequence[Row]) -> Scale:
    """The scale of a table's shaded columns over all of these rows."""
    found: dict[str, list[Decimal]] = {}
    figure_of: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for column in table.shown:
        if column.column.heat is None or column.change:
            continue
        figure = _figure(table, column)
        figure_of[column.key], kinds[column.key] = figure, column.column.heat
        values = (row.get(column.key) for row in rows)
        found.setdefault(figure, []).extend(v for v in values if isinstance(v, Decimal))
    spans = {key: (min(found[of]), max(found[of])) for key, of in figure_of.items() if found[of]}
    return Scale(spans, kinds)


def _figure(table: Drawn, column: ShownColumn) -> str:
    across = table.pivot.at.get(column.key) if table.pivot is not None else None
    return str(across[0]) if across is not None else column.key


@dataclass(frozen=True)
class Tile:
    """One row: what it is called, its main figure, and the others with their names."""

    name: Cell
    main: Cell
    others: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True)
class Tiles:
    """The rows of one group, as the report orders them; without a group ``name`` is empty."""

    name: str
    tiles: tuple[Tile, ...]


def tiles_of(table: Drawn, rows: Iterable[Sequence[Cell]], main: str) -> tuple[Tiles, ...]:
    """Rows as tiles by the groups before the last one, which names them. ``main`` is the column of the big figure."""
    columns = list(table.shown)
    groups = [i for i, c in enumerate(columns) if not c.is_figure and not c.column.is_derived]
    figures = [i for i in range(len(columns)) if i not in groups and columns[i].key != main]
    big = next((i for i, c in enumerate(columns) if c.key == main), None)
    if not groups or big is None:
        return ()
    found: dict[str, list[Tile]] = {}
    for row in rows:
        others = tuple((table.words.of(columns[i].label), row[i]) for i in figures)
        heading = " · ".join(row[i].text for i in groups[:-1] if row[i].text)
        found.setdefault(heading, []).append(Tile(row[groups[-1]], row[big], others))
    return tuple(Tiles(name, tuple(tiles)) for name, tiles in found.items())
