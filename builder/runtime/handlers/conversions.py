"""Handler of conversions: the next document, made of what is still open on the source lines."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from builder.changes import Link
from builder.commands import Convert, CreateRecord
from builder.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, Problem
from builder.events import Event
from builder.metadata.entity import Conversion, Entity
from builder.metadata.field_types import field_type
from builder.record import Record, Ref
from builder.rules.validation import is_empty
from builder.runtime.context import Context
from builder.runtime.handlers.answers import Answers, said
from builder.runtime.handlers.records import blank_record, create_record, state_label
from builder.runtime.overlapping import moving
from builder.runtime.representation import title_of


def convert(ctx: Context, command: Convert) -> tuple[list[Record], list[Event]]:
    """The documents made; one per distinct value of ``group_by``. Each line takes at most its open quantity."""
    entity = ctx.kernel.check("read", command.entity)
    conversion = next((c for c in entity.conversions if c.key == command.conversion), None)
    if conversion is None:
        raise NotFoundError(conversion=command.conversion)
    if command.by not in conversion.by or not ctx.kernel.may_convert(entity.key, conversion.key):
        raise ForbiddenError(deed=conversion.key)
    sources = [ctx.load(entity.key, id) for id in dict.fromkeys(command.ids)]
    for source in sources:
        if not moving(ctx, source).kernel.may_convert(entity.key, conversion.key):
            raise ForbiddenError(deed=conversion.key)
        check_source(ctx, entity, conversion, source)
    target = ctx.app.package.entity(conversion.to)
    assert target is not None
    made: list[Record] = []
    events: list[Event] = []
    for group in grouped(ctx, conversion, sources):
        record, happened = _make(ctx, entity, target, conversion, group, command)
        made.append(record)
        events.extend(happened)
    return made, events


def check_source(ctx: Context, entity: Entity, conversion: Conversion, source: Record) -> None:
    if source.archived_at is not None:
        raise ConflictError("ARCHIVED", entity=entity.label)
    workflow = ctx.app.package.workflow_of(entity.key)
    state = workflow.state(source.state) if workflow else None
    if state is not None and not state.approved and ctx.reader.setting("force_approval") is not False:
        raise ConflictError("SOURCE_NOT_APPROVED", entity=entity.label, state=state.label)
    if conversion.from_states and source.state not in conversion.from_states:
        raise ConflictError("STATE_CLOSED", entity=entity.label, state=state_label(ctx, source))
    condition = ctx.expression(conversion.uid, "when")
    if condition is not None and not ctx.evaluate(condition, source):
        raise ConflictError("CONVERSION_CLOSED", message=conversion.message, conversion=conversion.label)


def grouped(ctx: Context, conversion: Conversion, sources: list[Record]) -> list[list[Record]]:
    """The sources by the document that is made of them; the first of each fills its header."""
    if not conversion.group_by:
        return [[source] for source in sources]
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for source in sources:
        key = tuple(
            ctx.evaluate(expression, source)
            for index in range(len(conversion.group_by))
            if (expression := ctx.expression(conversion.uid, f"group_by.{index}")) is not None
        )
        groups.setdefault(key, []).append(source)
    return list(groups.values())


def _make(
    ctx: Context,
    entity: Entity,
    target: Entity,
    conversion: Conversion,
    sources: list[Record],
    command: Convert,
) -> tuple[Record, list[Event]]:
    first = sources[0]
    values = brought_by(ctx, conversion, target, first)
    answers = Answers(ctx, target, command.line_values)
    if conversion.lines is not None:
        lines = [row for source in sources for row in _lines(ctx, conversion, source, command.lines, answers)]
        if not lines:
            raise ConflictError("NOTHING_OPEN", conversion=conversion.label)
        values[conversion.lines.to] = lines
    for source in sources:
        _copy_more(ctx, conversion, source, values, answers)
    answers.check()
    _check_values(ctx, target, values, command)
    values.update(command.values)
    # What is mapped comes from the conversion, not from the person: it is written with the app's rights. It was made by whoever asked.
    channel = "rule" if command.by == "rule" else "conversion"
    creating = CreateRecord(command.app, target.key, values, source=channel)
    record, events = create_record(ctx.as_app(), creating)
    for source in sources:
        ctx.pending.links.append(
            Link(
                Ref(entity.key, source.id),
                Ref(target.key, record.id),
                conversion.key,
                title_of(entity, source),
                title_of(target, record),
            )
        )
    return record, events


def brought_by(ctx: Context, conversion: Conversion, target: Entity, source: Record) -> dict[str, Any]:
    """The header values that the next document takes over from the record. What is required and comes to nothing starts as in a document
    that is made by hand."""
    values = mapped(ctx, conversion.uid, "map", conversion.map, source, None)
    brought = said(target, values)
    return {**brought, conversion.source: source.id} if conversion.source else brought


def _check_values(ctx: Context, target: Entity, brought: Mapping[str, Any], command: Convert) -> None:
    """What the person adds to the mapped values is judged by the person's own rights. Who may not make such a document freely leaves
    what the conversion brings as it is; where it brings nothing, they answer."""
    blank = blank_record(ctx, target)
    _, problems = ctx.input.apply(target, blank, command.values, deed="create")
    if not ctx.kernel.may("create", target.key):
        lines = {field.key for field in target.line_fields}
        taken = {key for key, value in brought.items() if not is_empty(value)} | lines
        closed = [field for field in target.fields if field.key in taken and field.key in command.values]
        problems.extend(Problem("FIELD_READ_ONLY", f"/{f.key}", {"field": f.label}) for f in closed)
    if problems:
        raise InvalidError(problems=problems)


def mapped(
    ctx: Context, owner: str, property: str, map: Mapping[str, str], record: Record, parent: Record | None
) -> dict[str, Any]:
    """What the expressions of ``map`` come to for the record, or for a line of ``parent``."""
    values: dict[str, Any] = {}
    for key in map:
        expression = ctx.expression(owner, f"{property}.{key}")
        if expression is not None:
            values[key] = ctx.evaluate(expression, record, parent)
    return values


def _lines(
    ctx: Context, conversion: Conversion, source: Record, limits: Mapping[int, Any] | None, answers: Answers
) -> list[dict[str, Any]]:
    plan = conversion.lines
    assert plan is not None
    rows: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for index, line in enumerate(source.lines.get(plan.from_, ()) if plan.from_ else (source,)):
        if limits is not None and line.id not in limits:
            continue
        if not takes_line(ctx, conversion, line, source):
            continue
        row = mapped(ctx, conversion.uid, "lines.map", plan.map, line, source)
        if plan.quantity and conversion.open is not None:
            left = open_quantity(ctx, conversion, line, source)
            wanted = _wanted(ctx, conversion, limits, line, left)
            if wanted > left:
                problems.append(
                    Problem("OVER_OPEN", f"/{plan.from_}/{index}", {"open": str(left), "wanted": str(wanted)})
                )
            if wanted <= 0:
                continue
            row[plan.quantity] = wanted
        if plan.source_line:
            row[plan.source_line] = line.id
        rows.append(answers.laid_over(plan.to, line, row))
    if problems:
        raise InvalidError("OVER_OPEN", problems=problems)
    return rows


def _copy_more(
    ctx: Context, conversion: Conversion, source: Record, values: dict[str, Any], answers: Answers
) -> None:
    """Adds the further lines of the source, each field of lines by its own map."""
    for index, copied in enumerate(conversion.more_lines):
        rows = values.setdefault(copied.to, [])
        for line in source.lines.get(copied.from_, ()):
            if not takes_line(ctx, conversion, line, source, f"more_lines.{index}"):
                continue
            row = mapped(ctx, conversion.uid, f"more_lines.{index}.map", copied.map, line, source)
            row |= {copied.source_line: line.id} if copied.source_line else {}
            rows.append(answers.laid_over(copied.to, line, row))


def takes_line(
    ctx: Context, conversion: Conversion, line: Record, source: Record, part: str = "lines"
) -> bool:
    """Whether the line is one of those that go over."""
    condition = ctx.expression(conversion.uid, f"{part}.when")
    return condition is None or bool(ctx.evaluate(condition, line, source))


def _wanted(
    ctx: Context, conversion: Conversion, limits: Mapping[int, Any] | None, line: Record, left: Decimal
) -> Decimal:
    if limits is None or limits[line.id] is None:
        return left
    assert conversion.lines is not None
    target = ctx.app.package.entity(conversion.to)
    lines_field = target.field(conversion.lines.to) if target else None
    entity = ctx.app.package.entity(lines_field.entity or "") if lines_field else None
    field = entity.field(conversion.lines.quantity) if entity else None
    if field is None:
        return left
    value = field_type(field.type).parse(limits[line.id], field)
    if isinstance(value, Problem) or not isinstance(value, Decimal):
        raise InvalidError(problems=[Problem("VALUE_NUMBER", f"/lines/{ctx.engine.database.show(line.id)}")])
    return value


def open_quantity(ctx: Context, conversion: Conversion, line: Record, source: Record) -> Decimal:
    """What of the line may still be converted, by the ledger's balance and what this command already took. Never below 0."""
    assert conversion.open is not None
    ledger = ctx.app.package.ledger(conversion.open.ledger)
    slack = ctx.expression(conversion.uid, "open.slack")
    assert ledger is not None
    assert slack is not None
    keys = []
    for dimension in ledger.dimensions:
        expression = ctx.expression(conversion.uid, f"open.dimensions.{dimension.key}")
        keys.append(ctx.evaluate(expression, line, source) if expression is not None else None)
    values = {m.key: ctx.reader.balance(ledger.key, m.key, keys) for m in ledger.measures}
    left = slack.evaluate(values, ctx.environment)
    return max(left, Decimal(0)) if isinstance(left, Decimal) else Decimal(0)
