"""Prefilling: what a new form begins with beside defaults: the only record that a reference may point to, and the next code that is free.

Both are the form's alone, as suggestions are: who calls the API, imports or converts gets nothing that they did not send. A field that the
form does not show, or that this actor does not enter, is not filled behind anybody's back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from builder.errors import BuilderError
from builder.expressions import ExpressionError
from builder.metadata.entity import Entity, Field
from builder.metadata.filter import paths_at_hand
from builder.metadata.form import FormNode
from builder.record import Record, Value
from builder.rules.binding import bind
from builder.rules.defaults import defaults
from builder.runtime.context import Context
from builder.runtime.listing import Wanted, list_records
from builder.runtime.numbers import request_for
from builder.runtime.pages.forms import form_nodes, is_shown
from builder.runtime.rights import Filter

ROUNDS = 3
"""How often what was filled in may leave one choice for another field: the warehouse, then its only bin."""
AT_ONCE = 100
"""Codes that are looked up together."""
ENTERED = re.compile(r"(.*?\D)(\d{1,7})(\D*)", re.DOTALL)
"""A code that counts: words, a number, perhaps words. Figures alone are no code of one's own, but somebody else's barcode."""


def prefilled(ctx: Context, entity: Entity, started: Record) -> Record:
    """The new record with defaults, only choices and codes, as its form begins."""
    record, _ = defaults(ctx.facts, started)
    fields = [of for of in _shown(ctx, entity, record) if _is_entered(ctx, entity, of)]
    for _round in range(ROUNDS):
        found = dict(_only_choices(ctx, entity, fields, record))
        if not found:
            break
        # Defaults that read what was filled in come along, as if somebody had chosen it.
        started = started.with_values(found)
        record, _ = defaults(ctx.facts, started)
        started = started.with_values(suggested := dict(_suggested(ctx, fields, record, found)))
        record = record.with_values(suggested)
    return record.with_values(dict(_codes(ctx, entity, fields, record)))


def _shown(ctx: Context, entity: Entity, record: Record) -> Iterator[Field]:
    """The header's fields that the form shows of that record, in its order."""
    for key in _keys(ctx, record, form_nodes(ctx, entity)):
        of = entity.field(key)
        if of is not None and not of.archived:
            yield of


def _keys(ctx: Context, record: Record, nodes: Iterable[FormNode]) -> Iterator[str]:
    for node in nodes:
        if is_shown(ctx, record, node):
            yield from [node.field] if node.kind == "field" else []
            yield from _keys(ctx, record, node.nodes)


def _is_entered(ctx: Context, entity: Entity, of: Field) -> bool:
    return not (of.is_computed or of.read_only) and ctx.kernel.is_writable(entity.key, of.key, deed="create")


def _only_choices(
    ctx: Context, entity: Entity, fields: Iterable[Field], record: Record
) -> Iterator[tuple[str, Value]]:
    """Required references that are empty and may point to one record alone, with it."""
    for of in fields:
        if of.type == "reference" and of.required and record.values.get(of.key) is None:
            only = _only(ctx, entity, of, record) if _is_visible(ctx, of, record) else None
            if only is not None:
                yield of.key, only


def _only(ctx: Context, entity: Entity, of: Field, record: Record) -> int | None:
    """What a ledger's balances offer is left to the chooser, which says how much there is."""
    if of.offered is not None or not ctx.kernel.may("read", of.entity or ""):
        return None
    where: Filter | None = of.filter
    asked = paths_at_hand(where) if where else ()
    if where and asked:
        known: Mapping[str, Value] = ctx.facts.values(asked, record)
        if any(known.get(path) is None for path in asked):
            # It waits for what somebody has yet to choose.
            return None
        where = bind(where, known)
    try:
        found = list_records(ctx, of.entity or "", Wanted(where, limit=2, count="none")).records
    except BuilderError:
        return None
    return found[0].id if len(found) == 1 else None


def _is_visible(ctx: Context, of: Field, record: Record) -> bool:
    seen = ctx.expression(of.uid, "visible_if") if of.visible_if else None
    try:
        return seen is None or bool(ctx.evaluate(seen, record))
    except ExpressionError:
        return False


def _suggested(
    ctx: Context, fields: Iterable[Field], record: Record, filled: Mapping[str, Value]
) -> Iterator[tuple[str, Value]]:
    """What the other fields suggest for what was filled in."""
    for of in fields:
        expression = ctx.expression(of.uid, "suggest") if of.suggest else None
        if expression is None or record.values.get(of.key) is not None:
            continue
        if any(path.partition(".")[0] in filled for path in expression.paths):
            try:
                yield of.key, ctx.facts.evaluate(expression, record)
            except ExpressionError:
                continue


def _codes(
    ctx: Context, entity: Entity, fields: Iterable[Field], record: Record
) -> Iterator[tuple[str, Value]]:
    for of in fields:
        if of.series is not None and not of.is_numbered and not record.values.get(of.key):
            yield of.key, next_code(ctx, entity, of)


def next_code(ctx: Context, entity: Entity, of: Field) -> str:
    """The next code that nobody has: after the one that was entered last, where it counts, else by the field's series. Two who enter at once
    are told the same one: the second is refused as whoever enters a code that is taken."""
    pattern, count, digits = _counting(ctx, entity, of)
    while True:
        codes = [pattern.replace("{n}", str(count + i).zfill(digits)) for i in range(AT_ONCE)]
        taken = _taken(ctx, entity, of, codes)
        free = next((code for code in codes if code.casefold() not in taken), None)
        if free is not None:
            return free
        count += AT_ONCE


def _counting(ctx: Context, entity: Entity, of: Field) -> tuple[str, int, int]:
    """The pattern with ``{n}``, where to begin, and how many digits."""
    assert of.series is not None
    entered = {"field": of.key, "op": "not_empty"}
    wanted = Wanted(entered, sort=(("created_at", True),), limit=1, count="none")
    last = next(iter(list_records(ctx, entity.key, wanted).records), None)
    found = ENTERED.fullmatch(str(last.values.get(of.key))) if last is not None else None
    if found is not None:
        return f"{found[1]}{{n}}{found[3]}", int(found[2]) + 1, len(found[2])
    unit = ctx.directory.unit_key(ctx.actor.org_unit_id) if "{org}" in of.series.pattern else ""
    asked = request_for(entity.key, 0, of.key, of.series, ctx.pending.today, unit)
    return asked.pattern, 1, asked.digits


def _taken(ctx: Context, entity: Entity, of: Field, codes: list[str]) -> set[str]:
    """Those that some record has, archived ones too: nobody should take one for the other."""
    where = {"field": of.key, "op": "in", "value": codes}
    found = (
        list_records(ctx, entity.key, Wanted(where, limit=AT_ONCE, count="none", archived=archived)).records
        for archived in (False, True)
    )
    return {str(record.values.get(of.key)).casefold() for records in found for record in records}
