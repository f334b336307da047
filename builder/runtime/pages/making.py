"""Making: which next documents a record, or the ticked rows of a list, can be made into."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.errors import ConflictError, InvalidError, Problem
from builder.metadata.entity import Conversion, Entity
from builder.metadata.package import Package
from builder.record import Record
from builder.rules.defaults import defaults
from builder.rules.validation import is_empty, is_required, validate
from builder.runtime.context import Context
from builder.runtime.handlers.conversions import brought_by, check_source, open_quantity, takes_line
from builder.runtime.handlers.records import blank_record, may_edit
from builder.runtime.handlers.tasks import judge_of
from builder.runtime.pages import addresses
from builder.runtime.pages.making_lines import gaps
from builder.runtime.pages.words import Words
from builder.workflow.transitions import default_of, problems_of


def unfilled(package: Package, conversion: Conversion) -> list[str]:
    """Required header fields of the next document that nothing fills, whatever it is made of."""
    target = package.entity(conversion.to)
    lines = {part.to for part in (conversion.lines, *conversion.more_lines) if part is not None}
    filled = {*conversion.map, conversion.source, *lines}
    return [
        f.key
        for f in (target.record_fields if target is not None else ())
        if f.required and not (f.default or f.is_computed or f.is_numbered or f.key in filled)
    ]


def wanting(ctx: Context, target: Entity, brought: Mapping[str, Any]) -> list[str]:
    """Header fields that the next document cannot do without, and that neither what one record brings nor a default fills."""
    started, _ = defaults(ctx.facts, blank_record(ctx, target).with_values(brought))
    return [
        f.key
        for f in target.record_fields
        if not (f.archived or f.is_computed or f.is_numbered)
        if is_empty(started.values.get(f.key)) and is_required(ctx.facts, f, started)
    ]


def check_brought(ctx: Context, conversion: Conversion, record: Record) -> None:
    """Raises what the record leaves to be answered before the document can be made of it."""
    target = ctx.app.package.entity(conversion.to)
    assert target is not None
    brought = brought_by(ctx, conversion, target, record)
    missing = wanting(ctx, target, brought)
    places = {f"/{f.key}": f for f in target.record_fields if f.key in missing}
    for gap in gaps(ctx, conversion, target, record, brought):
        places |= {f"/{gap.to}/{gap.at}/{f.key}": f for f in gap.fields}
    if places:
        raise InvalidError(problems=[Problem("REQUIRED", at, {"field": f.label}) for at, f in places.items()])


def check_open(ctx: Context, entity: Entity, conversion: Conversion, record: Record) -> None:
    """Raises what keeps the document from being made of the record now."""
    check_source(ctx, entity, conversion, record)
    plan = conversion.lines
    if conversion.open is None or plan is None or not plan.from_:
        return
    lines = [line for line in record.lines.get(plan.from_, ()) if takes_line(ctx, conversion, line, record)]
    if not any(open_quantity(ctx, conversion, line, record) > 0 for line in lines):
        raise ConflictError("NOTHING_OPEN", conversion=conversion.label)


def offered(ctx: Context, words: Words, entity: Entity) -> list[dict[str, Any]]:
    """What a list offers for its ticked rows. A document that needs an answer first is made on the record's own page."""
    return [
        {
            "key": c.key,
            "label": words.of(c.label),
            "icon": "file-export",
            "url": addresses.bulk_conversion(ctx.app.key, entity.key, c.key),
        }
        for c in entity.conversions
        if "bulk" in c.by and ctx.kernel.may_convert(entity.key, c.key) and not unfilled(ctx.app.package, c)
    ]


def is_unfinished(ctx: Context, entity: Entity, record: Record) -> bool:
    """Whether the actor has still something to enter before the record can make its first move: a value that is required from then on,
    or lines where there are none yet."""
    if not (ctx.kernel.may("update", entity.key) and may_edit(ctx, entity, record)):
        return False
    workflow = ctx.app.package.workflow_of(entity.key)
    move = default_of(workflow, record.state) if workflow else None
    if workflow is None or move is None:
        return False
    held = problems_of(workflow, move, record, judge_of(ctx, record))
    if held and any(not record.lines.get(of.key) for of in entity.line_fields):
        return True
    later = validate(ctx.facts, record.but(state=move.to), before=record)
    return any(problem.code == "REQUIRED" for problem in (*held, *later))
