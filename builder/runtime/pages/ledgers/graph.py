"""Graph: boxes in columns and the lines between them, as a drawing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 232, 50
ACROSS, DOWN = 300, 60
MARGIN = 8


@dataclass(frozen=True, slots=True)
class Box:
    """What is drawn: ``column`` grows with the flow; the one asked about is ``start``. ``pool`` boxes are mixtures, not documents."""

    id: str
    column: int
    title: str
    detail: str = ""
    url: str = ""
    start: bool = False
    pool: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    box: Box
    x: int
    y: int

    @property
    def width(self) -> int:
        return WIDTH

    @property
    def height(self) -> int:
        return HEIGHT


@dataclass(frozen=True, slots=True)
class Line:
    """A curve from the right of one box to the left of another."""

    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    boxes: tuple[Placed, ...]
    lines: tuple[Line, ...]


def draw(boxes: Sequence[Box], flows: Iterable[tuple[str, str]]) -> Drawing:
    """Boxes by column, each near the middle of what flows into it, so that lines cross little."""
    flows = list(dict.fromkeys(f for f in flows if f[0] != f[1]))
    columns: dict[int, list[Box]] = {}
    for box in boxes:
        columns.setdefault(box.column, []).append(box)
    order = sorted(columns)
    rows: dict[str, int] = {}
    beside: dict[str, list[str]] = {}
    for one, other in flows:
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    for column in order:
        ranked = sorted(columns[column], key=lambda b: _middle(b, beside, rows))
        rows.update({box.id: row for row, box in enumerate(ranked)})
    most = max((len(found) for found in columns.values()), default=0)
    placed = {
        box.id: _placed(box, order.index(column), rows[box.id], len(found), most)
        for column, found in columns.items()
        for box in found
    }
    # Goods that go round (moved within a pool) would cross everything; their documents are in the list.
    lines = tuple(
        Line(_curve(placed[one], placed[other]))
        for one, other in flows
        if one in placed and other in placed and placed[one].x < placed[other].x
    )
    width = MARGIN * 2 + max(len(order) - 1, 0) * ACROSS + WIDTH
    return Drawing(width, MARGIN * 2 + max(most, 1) * DOWN, tuple(placed.values()), lines)


def _middle(box: Box, beside: Mapping[str, Sequence[str]], rows: Mapping[str, int]) -> float:
    known = [rows[other] for other in beside.get(box.id, ()) if other in rows]
    return sum(known) / len(known) if known else len(rows)


def _placed(box: Box, column: int, row: int, count: int, most: int) -> Placed:
    top = (most - count) * DOWN // 2
    return Placed(box, MARGIN + column * ACROSS, MARGIN + top + row * DOWN)


def _curve(one: Placed, other: Placed) -> str:
    x1, y1 = one.x + WIDTH, one.y + HEIGHT // 2
    x2, y2 = other.x, other.y + HEIGHT // 2
    bend = max((x2 - x1) // 2, 24)
    return f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
