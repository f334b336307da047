"""Trace: where goods came from and what became of them, drawn from document to document, and where they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import Blueprint, request

from builder.errors import InvalidError, NotFoundError
from builder.ledger.trace import Node, Trace
from builder.ledger.trace_steps import Direction
from builder.metadata.ledger import Measure
from builder.runtime.pages import addresses
from builder.runtime.pages.amounts import amount, measure_text
from builder.runtime.pages.ledgers.asked import Asked, asked_of
from builder.runtime.pages.ledgers.documents import drawn
from builder.runtime.pages.ledgers.graph import Box, Drawing, draw
from builder.runtime.pages.site import Site
from builder.runtime.recalling import RecallRow, recall
from builder.runtime.representation import title_of
from builder.runtime.tracing import Sight, Start, read_trace

DRAWN = 60
"""Boxes in the picture; the list below it has more."""
LISTED = 500
DIRECTIONS: tuple[Direction, ...] = ("backward", "forward")


@dataclass
class Boxes:
    """The boxes of a picture: entries of one document share one, pools have their own."""

    asked: Asked
    boxes: dict[str, Box] = field(default_factory=dict)
    flows: list[tuple[str, str]] = field(default_factory=list)
    rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    truncated: bool = False

    def add(self, found: Trace, sight: Sight, direction: Direction) -> None:
        """Lay what was found on the picture: to the right what became of it, to the left where it came from."""
        sign = 1 if direction == "forward" else -1
        names = {id: self._document(found, sight, node, sign) for id, node in found.nodes.items()}
        for pool in found.pools.values():
            names[pool.id] = self._pool(found, pool.id, names, sign)
        self.flows += [
            (names[f.from_], names[f.to]) for f in found.flows if f.from_ in names and f.to in names
        ]
        self.truncated |= found.truncated

    def _document(self, found: Trace, sight: Sight, node: Node, sign: int) -> str:
        id = f"{node.entity_id}/{node.record_id}" if node.entry.id in sight.visible else f"e{node.entry.id}"
        column = sign * node.depth * 2
        known = self.boxes.get(id)
        if known is not None and abs(known.column) <= abs(column):
            return id
        shown = drawn(self.asked, sight, node)
        self.rows[id] = {
            **shown,
            "depth": abs(node.depth),
            "direction": sign,
            "moved": self._moved(sight, node),
        }
        self.boxes[id] = Box(
            id, column, shown["title"], self._moved(sight, node), shown["url"], node.entry.id in found.starts
        )
        return id

    def _pool(self, found: Trace, pool: int, names: Mapping[int, str], sign: int) -> str:
        """A mixture stands one column beside the nearest document that it touches."""
        id = f"p{sign}{pool}"
        near = [
            self.boxes[names[n]].column
            for f in found.flows
            for n in (f.from_, f.to)
            if pool in (f.from_, f.to) and n in names
        ]
        column = (min(near) if sign > 0 else max(near)) + sign if near else sign
        self.boxes[id] = Box(id, column, self.asked.words.say("ledger.pool"), pool=True)
        return id

    def _moved(self, sight: Sight, node: Node) -> str:
        """What the entry is of and how much of it moved."""
        ledger = self.asked.ctx.app.package.ledger(node.entry.ledger)
        measures = sight.measures(node)
        measure = _counted(ledger.measures, measures) if ledger is not None else None
        names = [n.title for n in sight.dimensions(node).values() if n is not None]
        text = measure_text(measure, abs(measures[measure.key])) if measure is not None else ""
        return " · ".join(p for p in (text, *names) if p)

    def picture(self) -> Drawing:
        nearest = sorted(self.boxes.values(), key=lambda b: (abs(b.column), b.id))[:DRAWN]
        return draw(nearest, self.flows)


def _counted(measures: Sequence[Measure], seen: Mapping[str, Decimal]) -> Measure | None:
    return next((m for m in measures if m.kind != "value" and seen.get(m.key)), None)


def add_trace(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/ledgers/<ledger>/trace`` of one ``entry``, of what a ``record`` posted, or of chosen records (a batch)."""

    @pages.get("/a/<app>/ledgers/<ledger>/trace")
    def ledger_trace(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            asked = asked_of(ctx, site.words(), ledger)
            return site.page("ledgers/trace.html", **_page(asked))


def _page(asked: Asked) -> dict[str, Any]:
    values = asked.values("trace")
    start = _start(asked)
    if start is None:
        return values | {
            "drawing": None,
            "rows": [],
            "recalled": [],
            "truncated": False,
            "csv": "",
            "nothing": False,
        }
    boxes = Boxes(asked)
    try:
        for direction in DIRECTIONS:
            boxes.add(*read_trace(asked.ctx, asked.ledger.key, start, direction), direction)
        recalled, more = recall(asked.ctx, asked.ledger.key, start)
    except (NotFoundError, InvalidError):
        return values | {
            "drawing": None,
            "rows": [],
            "recalled": [],
            "truncated": False,
            "csv": "",
            "nothing": True,
        }
    rows = sorted(boxes.rows.values(), key=lambda r: (r["direction"] * r["depth"], r["day"], r["title"]))
    return values | {
        "nothing": False,
        "drawing": boxes.picture(),
        "rows": rows[:LISTED],
        "recalled": [_recalled(asked, row) for row in recalled[:LISTED]],
        "truncated": boxes.truncated or more or len(boxes.boxes) > DRAWN,
        "csv": _csv(asked),
    }


def _start(asked: Asked) -> Start | None:
    read_id = asked.ctx.engine.database.read_id
    entry, record = (read_id(request.args.get(name, "")) for name in ("entry", "record"))
    if entry is not None or record is not None:
        return Start(entry=entry, record=record)
    return Start(where=asked.where) if asked.where else None


def _recalled(asked: Asked, row: RecallRow) -> Mapping[str, Any]:
    package, show = asked.ctx.app.package, asked.ctx.engine.database.show
    ledger = package.ledger(row.ledger)
    measure = next((m for m in ledger.measures if m.kind != "value"), None) if ledger is not None else None
    entity = package.entity(row.document.entity) if row.document is not None else None
    title, url = "", ""
    if row.document is not None and entity is not None:
        title = f"{asked.words.of(entity.label)} {title_of(entity, row.document)}"
        url = addresses.record_page(asked.ctx.app.key, entity.key, show(row.document.id))
    return {
        "what": asked.words.say(f"ledger.recall.{row.what}"),
        "colour": "green" if row.what == "here" else "orange",
        "names": " · ".join(n.title for n in row.dimensions.values() if n is not None),
        "quantity": amount(measure, row.quantity) if measure is not None else None,
        "certain": row.certain,
        "title": title,
        "url": url,
        "day": row.day.isoformat() if row.day else "",
        "parties": [(p.title, " ".join(p.contact)) for p in row.parties],
    }


def _csv(asked: Asked) -> str:
    query = {k: request.args[k] for k in ("entry", "record") if request.args.get(k)}
    return addresses.recall_file(asked.ctx.app.key, asked.ledger.key, asked.where_outside(), **query)
