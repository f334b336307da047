"""Map: the states of documents as boxes in lanes, and the ways between them, as a drawing. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 148, 56
ACROSS, GUTTER, MARGIN = 206, 136, 10
ABOVE, STEP = 44, 17
"""Room above the boxes for the first way that skips one, and for each further one."""

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Box:
    """A state: ``detail`` is its second line; ``tone`` good, warning or nothing."""

    place: Place
    title: str
    detail: str = ""
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """Documents that went from one state to another; ``look`` is back, undeclared, unused or nothing."""

    from_: Place
    to: Place
    label: str
    look: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of document with its states in order. ``made`` says how many were made of the lane before."""

    key: str
    title: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class PlacedBox:
    box: Box
    x: int
    y: int
    width: int = WIDTH
    height: int = HEIGHT


@dataclass(frozen=True, slots=True)
class Line:
    path: str
    label: str
    x: int
    y: int
    look: str = ""


@dataclass(frozen=True, slots=True)
class PlacedLane:
    title: str
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    lanes: tuple[PlacedLane, ...]
    boxes: tuple[PlacedBox, ...]
    lines: tuple[Line, ...]


def draw(lanes: Sequence[Lane], ways: Iterable[Way], made: Mapping[tuple[str, str], int]) -> Drawing:
    """Lanes one under the other. Ways to the next state go straight, ways ahead over the boxes, ways back under them."""
    ways = list(ways)
    placed: dict[Place, PlacedBox] = {}
    found_lanes: list[PlacedLane] = []
    lines: list[Line] = []
    y = MARGIN
    for lane in lanes:
        order = {box.place: n for n, box in enumerate(lane.boxes)}
        own = [w for w in ways if w.from_ in order and w.to in order]
        over = [w for w in own if order[w.to] - order[w.from_] > 1]
        under = [w for w in own if order[w.to] <= order[w.from_]]
        top = y + (ABOVE + STEP * (len(over) - 1) if over else 20)
        found_lanes.append(PlacedLane(lane.title, top))
        for n, box in enumerate(lane.boxes):
            placed[box.place] = PlacedBox(box, MARGIN + GUTTER + n * ACROSS, top)
        lines += [_straight(w, placed) for w in own if order[w.to] - order[w.from_] == 1]
        lines += [_arc(w, placed, n, above=True) for n, w in enumerate(_short_first(over, order))]
        lines += [_arc(w, placed, n, above=False) for n, w in enumerate(_short_first(under, order))]
        y = top + HEIGHT + (ABOVE + STEP * (len(under) - 1) if under else 20)
    rows = {lane.key: found.y for lane, found in zip(lanes, found_lanes, strict=True)}
    lines += [
        _made(rows[a], rows[b], n, count)
        for n, ((a, b), count) in enumerate(made.items())
        if a in rows and b in rows
    ]
    most = max((len(lane.boxes) for lane in lanes), default=0)
    width = MARGIN * 2 + GUTTER + max(most - 1, 0) * ACROSS + WIDTH
    return Drawing(width, y + MARGIN, tuple(found_lanes), tuple(placed.values()), tuple(lines))


def _short_first(ways: Sequence[Way], order: Mapping[Place, int]) -> list[Way]:
    return sorted(ways, key=lambda w: abs(order[w.to] - order[w.from_]))


def _straight(way: Way, placed: Mapping[Place, PlacedBox]) -> Line:
    one, other = placed[way.from_], placed[way.to]
    y = one.y + HEIGHT // 2
    return Line(
        f"M{one.x + WIDTH} {y}H{other.x - 2}", way.label, (one.x + WIDTH + other.x) // 2, y - 6, way.look
    )


def _arc(way: Way, placed: Mapping[Place, PlacedBox], n: int, *, above: bool) -> Line:
    """Over or under the boxes, each further way a little farther away."""
    one, other = placed[way.from_], placed[way.to]
    start = one.x + WIDTH // 2 + (12 if above else -12)
    end = other.x + WIDTH // 2 + (-12 if above else 12)
    if way.from_ == way.to:
        start, end = one.x + WIDTH // 2 + 16, one.x + WIDTH // 2 - 16
    edge = one.y if above else one.y + HEIGHT
    level = edge - 22 - n * STEP if above else edge + 22 + n * STEP
    path = f"M{start} {edge}C{start} {level} {start} {level} {(start + end) // 2} {level}S{end} {level} {end} {edge}"
    return Line(path, way.label, (start + end) // 2, level - 4 if above else level + 12, way.look)


def _made(top: int, bottom: int, n: int, count: int) -> Line:
    """From one lane's name to another's."""
    x = MARGIN + 100 - (n % 5) * 20
    y1, y2 = (top + HEIGHT + 2, bottom - 4) if bottom > top else (top - 4, bottom + HEIGHT + 2)
    return Line(f"M{x} {y1}V{y2}", str(count), x + 4, (y1 + y2) // 2 + 4, "made")
