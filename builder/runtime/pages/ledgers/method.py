"""Method: by which costing methods a ledger's pools are kept, and another one for them from the next period on, looked at first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import SwitchMethod
from builder.errors import BuilderError, NotFoundError
from builder.ledger import period
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.switch_reads import differing
from builder.metadata.entity import Entity, Field
from builder.metadata.ledger import Dimension
from builder.record import Record
from builder.runtime import closing, switching
from builder.runtime.expanding import seen
from builder.runtime.ledger_reading import names_of
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, refused
from builder.runtime.pages.amounts import amount
from builder.runtime.pages.ledgers.asked import Asked, asked_of, day_text
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter

PAGE = "/a/<app>/ledgers/<ledger>/method"
NAMED = 20
MOST_FIELDS = 4
GROUPS = frozenset({"master", "tree"})
"""Kinds of entities that sort others, so that one chooses by them."""


def add_method(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/ledgers/<ledger>/method``."""

    @pages.get(PAGE)
    def ledger_method(app: str, ledger: str) -> str:
        return _drawn(site, app, ledger, None)

    @pages.post(PAGE)
    def ledger_method_send(app: str, ledger: str) -> BaseResponse | tuple[str, int]:
        try:
            site.door.send(site.actor(), _command(app, ledger), request.form.get("key") or None)
        except BuilderError as error:
            return _drawn(site, app, ledger, error), error.status
        return done(addresses.ledger_page(app, ledger, "method"), "ledger_switch")


def _command(app: str, ledger: str) -> SwitchMethod:
    asked = request.values
    unit = asked.get("unit", "").strip() if asked.get("worth") == "unit" else None
    return SwitchMethod(app, ledger, asked.get("to", ""), _filter(), unit, asked.get("reason", ""))


def _filter() -> Filter | None:
    """What was chosen, as the filter that the command takes."""
    chosen = {k.removeprefix("d."): v for k, v in request.values.items() if k.startswith("d.") and v}
    parts = [{"field": path, "op": "=", "value": value} for path, value in chosen.items()]
    return {"and": parts} if parts else None


def _drawn(site: Site, app: str, ledger: str, error: BuilderError | None) -> str:
    told: Mapping[str, Any] = {}
    if request.values.get("to") and error is None:
        try:
            told = site.door.dispatch(site.actor(), _command(app, ledger), dry_run=True)
        except NotFoundError:
            raise
        except BuilderError as found:
            error = found
    with site.reading(app) as ctx:
        switching.costed(ctx, ledger)
        asked = asked_of(ctx, site.words(), ledger)
        values = _page(asked) | _preview(asked, told)
        return site.page(
            "ledgers/method.html",
            **values,
            key=site.door.engine.new_key(),
            error=refused(asked.words, error),
            said=asked.words.say("ledger.said.ledger_switch") if request.args.get("said") else "",
        )


def _page(asked: Asked) -> dict[str, Any]:
    ctx, words, key = asked.ctx, asked.words, asked.ledger.key
    model = ctx.app.ledgers[key]
    closed = period.closed_through(ctx.conn, model, ctx.ws)
    lanes = switching.kept_methods(ctx, model)
    to = request.values.get("to", "")
    return asked.values("close") | {
        "here": asked.address("method"),
        "close_url": asked.address("close"),
        "closed": day_text(closed),
        "from_day": day_text(closed + timedelta(days=1)) if closed is not None else "",
        "may": closing.may_close(ctx, key),
        "now": [{"label": _label(words, m), "count": n} for m, n in sorted(Counter(lanes.values()).items())],
        "of": " · ".join(words.of(d.label) for d in _own(asked, model)),
        "declared": _declared(asked, model),
        "others": _others(asked, model, lanes),
        "methods": [
            {"key": m, "label": _label(words, m), "on": m == to, **_explained(words, m)}
            for m in switching.offered(model)
        ],
        "filters": [f.drawn(asked) for f in _choices(asked, model)],
        "worth": request.values.get("worth", "keep"),
        "unit": request.values.get("unit", ""),
        "reason": request.values.get("reason", ""),
        "to": to,
        "turns": [_turn(asked, model, t) for t in switching.turns(ctx, key)],
        "sent": [(k, v) for k, v in request.values.items() if k in ("to", "worth", "unit") or k[:2] == "d."],
    }


def _label(words: Words, method: str) -> str:
    key = f"ledger.method.{method}"
    return words.say(key) if words.knows(key) else method


def _explained(words: Words, method: str) -> Mapping[str, str]:
    return {
        part: words.say(f"ledger.method.{method}.{part}")
        for part in ("help", "example")
        if words.knows(f"ledger.method.{method}.{part}")
    }


def _own(asked: Asked, model: LedgerModel) -> list[Dimension]:
    """The dimensions that are locked together, and so keep one method."""
    keys = {model.dimensions[p].key for p in model.lane.positions}
    return [d for d in asked.ledger.dimensions if d.key in keys]


def _declared(asked: Asked, model: LedgerModel) -> str:
    """What the definition says for what gets its first entry later."""
    cost = model.cost
    assert cost is not None
    if cost.method_of is not None:
        return asked.words.say("ledger.method.by_rule")
    return asked.words.say("ledger.method.by_default", method=_label(asked.words, cost.method))


def _others(asked: Asked, model: LedgerModel, lanes: Mapping[Key, str]) -> Mapping[str, Any]:
    """What is costed otherwise than the definition says now."""
    ctx, app = asked.ctx, asked.ctx.app
    of = (ctx.conn, app.ledgers, app.maps, app.package, ctx.ws, model.key)
    found = differing(*of, lanes, ctx.reader.settings)
    return {"count": len(found), "names": _titles(asked, model, found[:NAMED]), "more": len(found) > NAMED}


def _titles(asked: Asked, model: LedgerModel, keys: tuple[Key, ...]) -> list[str]:
    names = [model.dimensions[p].key for p in model.lane.positions]
    rows = [dict(zip(names, key, strict=True)) for key in keys]
    known = names_of(asked.ctx, asked.ledger, model, names, rows)
    named = ([known[d].get(row[d]) for d in names] for row in rows)
    return [t for ns in named if (t := " · ".join(n.title for n in ns if n is not None))]


# ---- choosing


@dataclass(frozen=True)
class _Choice:
    """Something to choose by: a dimension's record, or (with ``field``) what the records refer to."""

    dimension: Dimension
    target: Entity
    field: Field | None = None

    def drawn(self, asked: Asked) -> Mapping[str, Any]:
        words, path = asked.words, self.dimension.key
        label = words.of(self.dimension.label)
        if self.field is not None:
            path, label = f"{path}.{self.field.key}", f"{label} · {words.of(self.field.label)}"
        shown = request.values.get(f"d.{path}", "")
        record = _record(asked, self.target, shown)
        return {
            "key": path,
            "label": label,
            "src": addresses.pick(asked.ctx.app.key, self.target.key),
            "value": shown if record is not None else "",
            "text": title_of(self.target, record) if record is not None else "",
        }


def _record(asked: Asked, entity: Entity, shown: str) -> Record | None:
    id = asked.ctx.engine.database.read_id(shown) if shown else None
    return seen(asked.ctx, entity.key, {id}).get(id) if id is not None else None


def _choices(asked: Asked, model: LedgerModel) -> Iterator[_Choice]:
    """Records, and groups of them such as their category; what the definition's own rule for methods reads comes first."""
    ctx, cost = asked.ctx, model.cost
    rule = cost.method_of.paths if cost is not None and cost.method_of is not None else frozenset()
    for dimension in _own(asked, model):
        entity = ctx.app.package.entity(dimension.entity or "")
        if entity is None or not ctx.kernel.may("read", entity.key):
            continue
        yield _Choice(dimension, entity)
        grouping = [f for f in entity.record_fields if _groups(asked, entity, f)]
        grouping.sort(key=lambda f: not any(p.startswith(f"{dimension.key}.{f.key}") for p in rule))
        for field in grouping[:MOST_FIELDS]:
            target = ctx.app.package.entity(field.entity or "")
            if target is not None:
                yield _Choice(dimension, target, field)


def _groups(asked: Asked, entity: Entity, field: Field) -> bool:
    kernel = asked.ctx.kernel
    target = asked.ctx.app.package.entity(field.entity or "")
    if field.type != "reference" or field.is_computed or target is None or target.kind not in GROUPS:
        return False
    return kernel.is_readable(entity.key, field.key) and kernel.may("read", target.key)


# ---- what it would come to


def _preview(asked: Asked, told: Mapping[str, Any]) -> dict[str, Any]:
    if not told:
        return {"rows": [], "count": 0}
    costed = asked.costed
    assert costed is not None
    quantity, value = costed
    known = {d.key: d for d in asked.ledger.dimensions}
    first = told["pools"][0]["dimensions"] if told["pools"] else {}
    heads = [known[k] for k in first if k in known]
    sums = {k: amount(value, Decimal(told[k])) for k in ("value_before", "value_after", "difference")}
    return {
        "count": told["count"],
        "heads": [asked.words.of(d.label) for d in heads],
        "quantity": asked.words.of(quantity.label),
        "rows": [
            {
                "names": [(row["dimensions"][d.key] or {}).get("title", "") for d in heads],
                "was": _label(asked.words, row["from"]),
                "quantity": amount(quantity, Decimal(row["quantity"])),
                "before": amount(value, Decimal(row["value_before"])),
                "after": amount(value, Decimal(row["value_after"])),
                "difference": amount(value, Decimal(row["difference"])),
            }
            for row in told["pools"]
        ],
        "sums": sums,
        "more": max(0, told["count"] - len(told["pools"])),
        "to_label": _label(asked.words, told["to"]),
        "start": told["from_day"],
    }


def _turn(asked: Asked, model: LedgerModel, turn: switching.Turn) -> Mapping[str, str]:
    words, costed = asked.words, asked.costed
    names = _titles(asked, model, turn.keys)
    of = "、".join(names) if words.locale == "zh-CN" else ", ".join(names)
    more = turn.lanes - len(names)
    what = words.say("ledger.method.turn", day=turn.day, method=_label(words, turn.to), n=turn.lanes)
    changed = turn.after - turn.before
    value = costed[1] if costed is not None else None
    return {
        "who": asked.ctx.directory.name_of(turn.by),
        "what": what,
        "of": words.say("ledger.method.and_more", names=of, n=more) if more > 0 and of else of,
        "when": words.ago(turn.at),
        "reason": turn.reason,
        "worth": words.say("ledger.method.changed", amount=amount(value, changed).text)
        if changed and value is not None
        else words.say("ledger.method.kept"),
    }
