"""Handler of taking a merge back: what went over returns, documents name again what they named, both records live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from builder.changes import Write
from builder.commands import UnmergeRecords
from builder.errors import NotFoundError, Problem, RefusedError
from builder.events import Event, RecordCreated
from builder.ledger import holdings
from builder.ledger.journal_reads import entries_of
from builder.ledger.state import Entry
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.record import Record, Ref, Value
from builder.runtime import merging
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers.merging import merged_entity
from builder.runtime.merging_reach import naming
from builder.runtime.representation import REFERENCE_TYPES, title_of
from builder.storage import history, merges


def unmerge_records(ctx: Context, command: UnmergeRecords) -> Handled:
    """Everything that the merge changed as it was before, as long as nothing of it changed or was used since."""
    entity = merged_entity(ctx, command.entity)
    maps = ctx.app.maps
    pairs = merges.pairs_of(ctx.conn, maps, ctx.ws, entity.key, command.merge, merging.LINK)
    away = tuple(gone for _, gone in pairs)
    known = ctx.reader.get(entity.key, [id for pair in pairs for id in pair])
    if not pairs or not all(ctx.in_scope(r, d) for r in known.values() for d in ("read", "update", "delete")):
        raise NotFoundError(entity=entity.key)
    changed = merges.changed_by(ctx.conn, maps, ctx.ws, command.merge)
    problems = _merged_later(ctx, entity, known, away, command.merge)
    problems += _put_back(ctx, changed, command.merge)
    problems += _named_since(ctx, entity)
    arrived = _reversed(ctx, entity, changed, frozenset(away))
    used = holdings.used_since(ctx.conn, ctx.app.ledgers, ctx.ws, arrived)
    for name in sorted({e.ledger for e in used}):
        problems.append(Problem("UNMERGE_USED", "", {"ledger": ctx.app.ledgers[name].ledger.label}))
    if problems:
        raise RefusedError("UNMERGE_BLOCKED", problems=problems)
    parted = ((entity.key, away), *_parted_lines(ctx, entity, command.merge))
    body = {"merge": command.merge, "parted": parted, "arrived": tuple(arrived)}
    ctx.pending.writes.append(Write("records.unmerge", body))
    refs = tuple(Ref(entity.key, id) for id in away)
    back = [r for ref in refs if (r := ctx.pending.current(ref)) is not None and r.archived_at is None]
    events: list[Event] = [RecordCreated(record) for record in back]
    return Handled(refs, tuple(events), many=True)


def _merged_later(
    ctx: Context, entity: Entity, known: Mapping[int, Record], away: Sequence[int], cmd: int
) -> list[Problem]:
    """A pair that was merged once more since: the last merge goes back first."""
    found = merges.times(ctx.conn, ctx.app.maps, ctx.ws, entity.key, away, merging.LINK)
    later = [id for id in away if found.get(id, (cmd,))[-1] != cmd]
    return [Problem("UNMERGE_LATER", "", {"title": title_of(entity, known[id])}) for id in later]


def _parted_lines(ctx: Context, entity: Entity, cmd: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Lines that the merge made one with others, by their entity."""
    for key in sorted({field.entity or "" for field in entity.line_fields}):
        pairs = merges.pairs_of(ctx.conn, ctx.app.maps, ctx.ws, key, cmd, merging.LINK)
        if pairs:
            yield key, tuple(gone for _, gone in pairs)


def _put_back(ctx: Context, changed: Sequence[tuple[Ref, int]], cmd: int) -> list[Problem]:
    """Those that stayed before those that were archived: a key that the one took must be free when the other has it again."""
    problems: list[Problem] = []
    late: list[tuple[Record, Record]] = []
    for ref, version in changed:
        entity = ctx.app.package.entity(ref.entity)
        record = ctx.reader.get(ref.entity, [ref.id]).get(ref.id)
        rows = history.of(ctx.conn, ctx.app.maps, ctx.app.package, ctx.ws, ref.entity, ref.id)
        if entity is None or record is None or any(row.changes for row in rows if row.version > version):
            title = title_of(entity, record) if entity is not None and record is not None else ""
            problems.append(Problem("UNMERGE_CHANGED", "", {"title": title}))
            continue
        parts = next((row.changes for row in rows if row.cmd == cmd), ())
        before = _before(ctx, entity, record, parts)
        if record.archived_at is not None:
            late.append((record, before))
        else:
            ctx.pending.put(record, before)
            ctx.pending.carried[ref] = ""
    for record, before in late:
        ctx.pending.put(record, before)
    return problems


def _named_since(ctx: Context, entity: Entity) -> list[Problem]:
    """Records that name a line which leaves the kept one again, beside those that the merge itself changed."""
    gone: dict[str, set[int]] = {}
    for change in list(ctx.pending.records.values()):
        if change.record.entity == entity.key and change.before is not None and change.after is not None:
            for key, rows in change.before.lines.items():
                kept = {line.id for line in change.after.lines.get(key, ())}
                for line in rows:
                    gone.setdefault(line.entity, set()).update({line.id} - kept)
    problems: list[Problem] = []
    for key, ids in gone.items():
        for place in merging.places(ctx.app.package, key) if ids else ():
            for ref in dict.fromkeys(naming(ctx, place, tuple(ids))):
                if ref in ctx.pending.records:
                    continue
                of, record = ctx.app.package.entity(ref.entity), ctx.reader.get(ref.entity, [ref.id])
                title = title_of(of, record[ref.id]) if of is not None and ref.id in record else ""
                problems.append(Problem("UNMERGE_LINES", "", {"title": title}))
    return problems


def _before(ctx: Context, entity: Entity, record: Record, parts: Sequence[Mapping[str, Any]]) -> Record:
    """The record without what those parts of its history changed."""
    for part in parts:
        if part["field"] == "archived":
            record = record.but(archived_at=None)
        elif "line" in part:
            record = _line_before(ctx, entity, record, part)
        elif (field := entity.field_by_uid(part["field"])) is not None:
            record = record.with_values({field.key: value_of(field, part["before"])})
    return record


def _line_before(ctx: Context, entity: Entity, record: Record, part: Mapping[str, Any]) -> Record:
    lines = entity.field_by_uid(part["field"])
    if lines is not None and part.get("kind") == "added":
        rows = tuple(line for line in record.lines[lines.key] if line.id != part["line"])
        return record.but(lines={**record.lines, lines.key: rows})
    of = ctx.app.package.entity(lines.entity or "") if lines is not None else None
    field = of.field_by_uid(part.get("line_field", "")) if of is not None else None
    if lines is None or field is None:
        return record
    value = {field.key: value_of(field, part["before"])}
    rows = tuple(
        line.with_values(value) if line.id == part["line"] else line for line in record.lines[lines.key]
    )
    return record.but(lines={**record.lines, lines.key: rows})


def value_of(field: Field, told: Any) -> Value:
    """A value from the form in which history keeps it, where ids are numbers."""
    if told is None:
        return None
    if field.type in REFERENCE_TYPES:
        return tuple(told) if isinstance(told, list) else int(told)
    found = field_type(field.type).read(told, field)
    return None if isinstance(found, Problem) else found


def _reversed(
    ctx: Context, entity: Entity, changed: Sequence[tuple[Ref, int]], away: frozenset[int]
) -> list[Entry]:
    """Reversals of what went over, in the open period; and the entries by which it had arrived."""
    arrived: list[Entry] = []
    for ref, version in changed:
        if ref.entity != entity.key or ref.id not in away:
            continue
        undone = ctx.reader.reversals(ref, version - 1)
        ids = {intent.reverses for intent in undone}
        ctx.pending.intents.extend(replace(i, business_date=ctx.pending.today) for i in undone)
        posted = entries_of(ctx.conn, ctx.app.ledgers, ctx.app.maps, ctx.ws, ref)
        arrived += [e for row, e in posted if e.id in ids and row.posting_uid.startswith(merging.IN)]
    return arrived
