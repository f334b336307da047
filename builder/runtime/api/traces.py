"""Endpoints of traces: where goods came from and what became of them, where a batch is now, and what a unit cost is made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from builder.errors import InvalidError, Problem
from builder.ledger.cost_path import Share
from builder.ledger.trace import Node
from builder.ledger.trace_steps import By, Direction, Flow
from builder.runtime.api.body import answer, parse_json, whole
from builder.runtime.api.door import Door
from builder.runtime.context import Context
from builder.runtime.exporting import CSV, ExportColumn, csv_stream
from builder.runtime.ledger_telling import amounts, as_json
from builder.runtime.recalling import RecallRow, recall
from builder.runtime.representation import title_of
from builder.runtime.tracing import DEEPEST, Sight, Start, read_cost_path, read_trace


def add_traces(api: Blueprint, door: Door) -> None:
    """Routes under ``/apps/<app>/ledgers/<ledger>``."""

    @api.get("/apps/<app>/ledgers/<ledger>/trace")
    def trace(app: str, ledger: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            found, sight = read_trace(ctx, ledger, _start(door), _direction(), by=_by(), depth=_depth())
            nodes = sorted(found.nodes.values(), key=lambda n: (n.depth, n.entry.id))
            shown = {
                "items": [{**_node(sight, n), "depth": n.depth} for n in nodes],
                "pools": [{"id": f"pool{-p.id}", "ledger": p.ledger} for p in found.pools.values()],
                "flows": [_flow(sight, f) for f in found.flows],
                "truncated": found.truncated,
            }
        return answer(shown)

    @api.get("/apps/<app>/ledgers/<ledger>/recall")
    def recalled(app: str, ledger: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            rows, truncated = recall(ctx, ledger, _start(door))
            if request.args.get("format") == "csv":
                zone = ZoneInfo(ctx.engine.settings.timezone)
                body = b"".join(csv_stream(_columns(rows), [_line(ctx, rows, r) for r in rows], zone))
                return Response(body, mimetype=CSV, headers={"Cache-Control": "private, no-store"})
            items = [_recalled(ctx, row) for row in rows]
        return answer({"items": items, "truncated": truncated})

    @api.get("/apps/<app>/ledgers/<ledger>/cost-path")
    def cost(app: str, ledger: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            path, sight = read_cost_path(ctx, ledger, _start(door))
            shown = {
                "unit_cost": format(path.unit_cost, "f"),
                "path": _share(sight, path.root, path.scale),
                "truncated": path.trace.truncated,
            }
        return answer(shown)


def _start(door: Door) -> Start:
    """One of ``entry``, ``line``, ``record`` (outside ids) and ``filter`` (over dimensions)."""
    given = {name: door.id(text) for name in ("entry", "line", "record") if (text := request.args.get(name))}
    text = request.args.get("filter")
    where = parse_json(text.encode()) if text else None
    if where is not None and not isinstance(where, dict):
        raise InvalidError(problems=[Problem("FILTER_SHAPE", "/filter")])
    return Start(**given, where=where)


def _direction() -> Direction:
    return "forward" if _one_of("direction", ("backward", "forward")) == "forward" else "backward"


def _by() -> By:
    return "cost" if _one_of("by", ("goods", "cost")) == "cost" else "goods"


def _one_of(name: str, choices: tuple[str, ...]) -> str:
    given = request.args.get(name, choices[0])
    if given not in choices:
        raise InvalidError(problems=[Problem("VALUE_CHOICE", f"/{name}", {"field": name, "value": given})])
    return given


def _depth() -> int | None:
    text = request.args.get("depth")
    if not text:
        return None
    depth = whole(text)
    if depth is None or not 1 <= depth <= DEEPEST:
        raise InvalidError(problems=[Problem("LIMIT", "/depth", {"most": DEEPEST})])
    return depth


def _node(sight: Sight, node: Node) -> dict[str, Any]:
    """An entry; of one that may not be seen, that there is one."""
    show, made = sight.ctx.engine.database.show, node.entry
    if made.id not in sight.visible:
        return {"id": show(made.id), "ledger": None, "dimensions": {}, "measures": {}, "document": None}
    document = sight.document(node)
    return {
        "id": show(made.id),
        "ledger": made.ledger,
        "kind": made.kind,
        "business_date": made.business_date.isoformat(),
        "dimensions": as_json(sight.ctx, sight.dimensions(node)),
        "measures": amounts(sight.measures(node)),
        "undone": node.undone,
        "document": None if document is None else _document(sight.ctx, document),
    }


def _document(ctx: Context, record: Any) -> dict[str, Any]:
    entity = ctx.app.package.entity(record.entity)
    title = title_of(entity, record) if entity is not None else ""
    return {"entity": record.entity, "id": ctx.engine.database.show(record.id), "title": title}


def _flow(sight: Sight, flow: Flow) -> dict[str, Any]:
    show = sight.ctx.engine.database.show
    shown: dict[str, Any] = {
        "from": show(flow.from_) if flow.from_ > 0 else f"pool{-flow.from_}",
        "to": show(flow.to) if flow.to > 0 else f"pool{-flow.to}",
        "how": flow.how,
    }
    source = sight.nodes.get(flow.from_)
    if source is None or not {flow.from_, flow.to} <= sight.visible:
        return shown
    model = sight.ctx.app.ledgers[source.entry.ledger]
    if flow.qty is not None and sight.sees(model.key, model.counted):
        shown["quantity"] = format(model.measures[model.counted].exact(flow.qty), "f")
    if flow.value is not None and model.cost is not None and sight.sees_cost(source):
        shown["value"] = format(model.measures[model.cost.value].exact(flow.value), "f")
    return shown


def _share(sight: Sight, share: Share, scale: int) -> dict[str, Any]:
    node = sight.nodes.get(share.entry)
    shown: dict[str, Any] = {"kind": share.kind, "unit_cost": format(Decimal(share.unit).scaleb(-scale), "f")}
    if node is not None and not sight.sees_cost(node):
        return {**shown, "entry": None, "children": []}
    return {
        **shown,
        "entry": None if node is None else _node(sight, node),
        "children": [_share(sight, child, scale) for child in share.children],
    }


def _recalled(ctx: Context, row: RecallRow) -> dict[str, Any]:
    return {
        "what": row.what,
        "ledger": row.ledger,
        "dimensions": as_json(ctx, row.dimensions),
        "quantity": format(row.quantity, "f"),
        "certain": row.certain,
        "business_date": row.day.isoformat() if row.day else None,
        "document": None if row.document is None else _document(ctx, row.document),
        "parties": [{"title": p.title, "contact": list(p.contact)} for p in row.parties],
    }


def _columns(rows: tuple[RecallRow, ...]) -> list[ExportColumn]:
    keys = [
        "what",
        "ledger",
        *_dimensions(rows),
        "quantity",
        "certain",
        "day",
        "document",
        "party",
        "contact",
    ]
    return [ExportColumn(key) for key in keys]


def _dimensions(rows: tuple[RecallRow, ...]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row.dimensions))


def _line(ctx: Context, rows: tuple[RecallRow, ...], row: RecallRow) -> list[Any]:
    named = [row.dimensions.get(key) for key in _dimensions(rows)]
    document = _document(ctx, row.document)["title"] if row.document is not None else ""
    return [
        row.what,
        row.ledger,
        *(one.title if one is not None else "" for one in named),
        row.quantity,
        "1" if row.certain else "0",
        row.day,
        document,
        "; ".join(p.title for p in row.parties),
        "; ".join(c for p in row.parties for c in p.contact),
    ]
