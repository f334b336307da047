"""Making lines: what the lines of a next document cannot do without, where the record that it is made of does not say it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from builder.metadata.entity import Conversion, Entity, Field
from builder.record import Record
from builder.rules.defaults import defaults
from builder.rules.validation import is_empty, is_required
from builder.runtime.context import Context
from builder.runtime.handlers.answers import line_entity, said
from builder.runtime.handlers.conversions import mapped, open_quantity, takes_line
from builder.runtime.handlers.records import blank_record


@dataclass(frozen=True)
class Gap:
    """A line that goes over with something missing: ``source`` is the line that it comes from, ``line`` how it begins, ``at`` its place."""

    to: str
    at: int
    source: Record
    line: Record
    entity: Entity
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class _Part:
    """One kind of lines that a conversion takes over. It fills ``quantity`` and ``source_line`` itself, where there are any."""

    name: str
    to: str
    from_: str
    map: Mapping[str, str]
    quantity: str = ""
    source_line: str = ""


def gaps(
    ctx: Context, conversion: Conversion, target: Entity, source: Record, brought: Mapping[str, Any]
) -> list[Gap]:
    """The lines of the next document that cannot do without a value that neither the source nor a default fills. ``brought`` are the
    values of its header."""
    started = blank_record(ctx, target).with_values(brought)
    found: list[Gap] = []
    for part in _parts(conversion):
        entity = line_entity(ctx, target, part.to)
        open_ = list(_open(ctx, conversion, part, entity, source))
        if not open_:
            continue
        lines = {part.to: tuple(line for _, _, line in open_)}
        record, _ = defaults(ctx.facts, started.but(lines={**started.lines, **lines}))
        for (at, origin, _), line in zip(open_, record.lines[part.to], strict=True):
            wanting = tuple(f for f in _asked(entity, part) if _is_wanting(ctx, f, line, record))
            if wanting:
                found.append(Gap(part.to, at, origin, line, entity, wanting))
    return found


def _is_wanting(ctx: Context, of: Field, line: Record, document: Record) -> bool:
    return is_empty(line.values.get(of.key)) and is_required(ctx.facts, of, line, document)


def _parts(conversion: Conversion) -> Iterator[_Part]:
    plan = conversion.lines
    if plan is not None:
        # The quantity is what is open, where anything says so.
        quantity = plan.quantity if conversion.open is not None else ""
        yield _Part("lines", plan.to, plan.from_, plan.map, quantity or "", plan.source_line or "")
    for index, more in enumerate(conversion.more_lines):
        yield _Part(f"more_lines.{index}", more.to, more.from_, more.map, "", more.source_line or "")


def _asked(entity: Entity, part: _Part) -> list[Field]:
    """The fields that such a line may be unable to do without."""
    return [
        f
        for f in entity.fields
        if (f.required or f.required_if) and not (f.archived or f.is_computed or f.is_numbered)
        if f.key not in {part.quantity, part.source_line}
    ]


def _open(
    ctx: Context, conversion: Conversion, part: _Part, entity: Entity, source: Record
) -> Iterator[tuple[int, Record, Record]]:
    """The lines that go over and leave something open, each with its place and its source. What brings every value that may be asked for
    is not looked at further: most lines do."""
    asked = {f.key for f in _asked(entity, part)}
    wanted = {key: text for key, text in part.map.items() if key in asked}
    rows = source.lines.get(part.from_, ()) if part.from_ else (source,)
    taken = [line for line in rows if takes_line(ctx, conversion, line, source, part.name)]
    short = set[int]()
    for line in taken:
        brought = mapped(ctx, conversion.uid, f"{part.name}.map", wanted, line, source)
        if any(is_empty(brought.get(key)) for key in asked):
            short.add(line.id)
    for at, (line, left) in enumerate(_left(ctx, conversion, part, source, taken) if short else ()):
        if line.id in short:
            row = mapped(ctx, conversion.uid, f"{part.name}.map", part.map, line, source)
            row |= {part.quantity: left} if part.quantity else {}
            # Defaults may go by the line that the new one comes from.
            row |= {part.source_line: line.id} if part.source_line else {}
            yield at, line, Record(entity.key, ctx.pending.new_id(), said(entity, row), line_no=at + 1)


def _left(
    ctx: Context, conversion: Conversion, part: _Part, source: Record, lines: Iterable[Record]
) -> Iterator[tuple[Record, Decimal | None]]:
    """Those of the lines of which something is left to go over, and how much, where that is counted."""
    for line in lines:
        left = open_quantity(ctx, conversion, line, source) if part.quantity else None
        if left is None or left > 0:
            yield line, left
