"""Cost: why a unit costs what it costs: the receipts that are in the pool, and the path of one entry's cost as a tree."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask import Blueprint, request

from builder.errors import NotFoundError
from builder.ledger.cost_path import Share
from builder.ledger.makeup import Makeup, Part, makeup
from builder.ledger.trace import Node
from builder.metadata.ledger import Measure
from builder.runtime.context import Context
from builder.runtime.ledger_reading import scopes_of
from builder.runtime.pages.amounts import amount, unit_cost, unit_text
from builder.runtime.pages.ledgers.asked import Asked, asked_of
from builder.runtime.pages.ledgers.documents import drawn
from builder.runtime.pages.site import Site
from builder.runtime.tracing import Sight, Start, read_cost_path, tracer

SHOWN = 200


def add_cost(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/ledgers/<ledger>/cost`` of a pool (its records chosen) or of one ``entry``."""

    @pages.get("/a/<app>/ledgers/<ledger>/cost")
    def ledger_cost(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            asked = asked_of(ctx, site.words(), ledger)
            if asked.costed is None:
                raise NotFoundError(ledger=ledger)
            entry = ctx.engine.database.read_id(request.args.get("entry", ""))
            found = _of_entry(asked, entry) if entry is not None else _of_pool(asked)
            return site.page("ledgers/cost.html", **asked.values("cost"), **found)


def _of_pool(asked: Asked) -> Mapping[str, Any]:
    """What the pool of the chosen records is made of; several pools (not all of the cost key chosen) are only summed up."""
    costed, ctx = asked.costed, asked.ctx
    assert costed is not None
    model = ctx.app.ledgers[asked.ledger.key]
    chosen = {c.dimension.key: c.id for c in asked.chosen}
    key = tuple(chosen.get(name, 0) for name in asked.ledger.cost_key)
    walking = tracer(ctx, "cost")
    if all(key):
        _within(ctx, asked, chosen)
    found = makeup(ctx.conn, walking, model, ctx.ws, key) if all(key) else None
    if found is None:
        return {"path": None, "parts": [], "pool": None, "missing": _missing(asked, chosen)}
    sight = Sight(ctx, {p.receipt.entry.id: p.receipt for p in found.parts})
    return {
        "path": None,
        "missing": [],
        "pool": _pool(asked, found, costed),
        "parts": [_part(asked, sight, part, costed) for part in found.parts[:SHOWN]],
    }


def _within(ctx: Context, asked: Asked, chosen: Mapping[str, int]) -> None:
    """A pool is there for whom all of it is: where rows are limited, the records that limit them are chosen."""
    limits = scopes_of(ctx, asked.ledger)
    if any(chosen.get(name) not in ids for name, ids in limits.items()):
        raise NotFoundError(ledger=asked.ledger.key)


def _missing(asked: Asked, chosen: Mapping[str, int]) -> list[str]:
    """Labels of the cost key's dimensions that are still to be chosen."""
    wanted = [asked.ledger.dimension(k) for k in asked.ledger.cost_key if k not in chosen]
    return [asked.words.of(d.label) for d in wanted if d is not None]


def _pool(asked: Asked, found: Makeup, costed: tuple[Measure, Measure]) -> Mapping[str, Any]:
    quantity, value = _exact(asked, found.qty, found.value)
    return {
        "quantity": amount(costed[0], quantity),
        "value": amount(costed[1], value),
        "unit": unit_text(unit_cost(quantity, value)),
        "how": asked.words.say("ledger.cost.layers" if found.layered else "ledger.cost.average"),
    }


def _part(asked: Asked, sight: Sight, part: Part, costed: tuple[Measure, Measure]) -> Mapping[str, Any]:
    quantity, value = _exact(asked, part.qty, part.value)
    whole, _ = _exact(asked, part.whole, 0)
    return {
        **drawn(asked, sight, part.receipt),
        "whole": amount(costed[0], whole),
        "quantity": amount(costed[0], quantity),
        "value": amount(costed[1], value),
        "unit": unit_text(unit_cost(quantity, value)),
    }


def _exact(asked: Asked, qty: int, value: int) -> tuple[Decimal, Decimal]:
    model = asked.ctx.app.ledgers[asked.ledger.key]
    assert model.cost is not None
    return model.measures[model.cost.quantity].exact(qty), model.measures[model.cost.value].exact(value)


def _of_entry(asked: Asked, entry: int) -> Mapping[str, Any]:
    path, sight = read_cost_path(asked.ctx, asked.ledger.key, Start(entry=entry))
    return {
        "path": _share(asked, sight, path.root, path.scale),
        "parts": [],
        "pool": None,
        "missing": [],
        "unit": unit_text(path.unit_cost),
        "truncated": path.trace.truncated,
    }


def _share(asked: Asked, sight: Sight, share: Share, scale: int) -> Mapping[str, Any]:
    node = sight.nodes.get(share.entry)
    shown: dict[str, Any] = {
        "unit": unit_text(Decimal(share.unit).scaleb(-scale)),
        "kind": asked.words.say(f"ledger.share.{share.kind}"),
        "is_own": share.kind in ("own", "late", "further"),
    }
    if node is None:
        return {**shown, "children": [_share(asked, sight, c, scale) for c in share.children]}
    shown = {**shown, **drawn(asked, sight, node), "names": _names(sight, node)}
    # Whoever may not see what the entry cost is not told by its parts either.
    parts = share.children if sight.sees_cost(node) else ()
    return {**shown, "children": [_share(asked, sight, c, scale) for c in parts]}


def _names(sight: Sight, node: Node) -> str:
    return " · ".join(n.title for n in sight.dimensions(node).values() if n is not None)
