"""Shaping: what every written record goes through: defaults, formulas, before-rules, formulas, validation. All problems at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from builder.errors import InvalidError, Problem
from builder.events import Event, RecordChanged, RecordCreated, TransitionFired
from builder.metadata.entity import Entity, Posting
from builder.metadata.paths import SYSTEM_LABELS
from builder.record import BUSINESS_DATE, Record
from builder.rules.completing import complete
from builder.rules.engine import before as run_before_rules
from builder.rules.formulas import recompute
from builder.rules.validation import validate
from builder.runtime.context import Context
from builder.runtime.handlers.filing import filed, holds_files, misfiled
from builder.runtime.handlers.people import strangers
from builder.runtime.handlers.sight import in_sight


def shape(
    ctx: Context,
    entity: Entity,
    record: Record,
    before: Record | None,
    problems: list[Problem],
    *,
    deed: str,
    transition: str | None = None,
) -> Record:
    """The record as it would be stored. ``problems`` are those of reading the input; with any more everything is refused."""
    looks: _Looks = ctx.kernel.remembered(("looks", entity), lambda: _looks(ctx, entity))
    record, unseen = in_sight(ctx, entity, record, before)
    found = [*problems, *unseen, *strangers(ctx, entity, record, before)]
    if looks.files:
        found.extend(misfiled(ctx, entity, record, before))
    record, wrong = complete(ctx.facts, record, before)
    completed = record
    refused: list[Problem] = []
    for event in _events(before, record, transition) if looks.corrected else ():
        with ctx.reader.watched.watching():
            ruled = run_before_rules(ctx.facts, event if record is completed else _with(event, record))
        record = ruled.record
        refused.extend(ruled.problems)
        ctx.pending.rule_runs.extend(ruled.runs)
    if record is not completed:
        # Formulas are worked out again only where a rule has changed what they see.
        record, wrong = recompute(ctx.facts, record, completed, wrong)
    found.extend((*wrong, *refused))
    with ctx.reader.watched.watching():
        found.extend(validate(ctx.facts, record, before))
    if found:
        raise InvalidError(problems=_once(found))
    _check_scope(ctx, entity, record, deed)
    return filed(ctx, entity, record, before) if looks.files else record


class _Looks(NamedTuple):
    """What is to be looked at with records of an entity: whether they, or their lines, can hold files, and whether any rule corrects them."""

    files: bool
    corrected: bool


def _looks(ctx: Context, entity: Entity) -> _Looks:
    return _Looks(holds_files(ctx, entity), _is_corrected(ctx, entity))


def _once(problems: list[Problem]) -> list[Problem]:
    """One problem a place and code: reading a value and validating the record may both miss it."""
    seen: set[tuple[str, str]] = set()
    kept: list[Problem] = []
    wrong_places = {p.path for p in problems if p.code != "REQUIRED"}
    for problem in problems:
        if (problem.path, problem.code) in seen or (
            problem.code == "REQUIRED" and problem.path in wrong_places
        ):
            continue
        seen.add((problem.path, problem.code))
        kept.append(problem)
    return kept


def _is_corrected(ctx: Context, entity: Entity) -> bool:
    """Whether any rule corrects such records, or their lines, before they are kept; most are corrected by none."""
    corrected = ctx.app.package.rule_index.corrected
    if not corrected or entity.key in corrected:
        return bool(corrected)
    lines = entity.line_fields
    return bool(lines) and any(field.entity in corrected for field in lines)


def _events(before: Record | None, record: Record, transition: str | None) -> list[Event]:
    if before is None:
        return [RecordCreated(record)]
    events: list[Event] = []
    if transition is not None:
        events.append(TransitionFired(before, record, transition))
    fields = changed_fields(before, record)
    if fields:
        events.append(RecordChanged(before, record, fields))
    return events


def _with(event: Event, record: Record) -> Event:
    """The same event on the record as the rules before left it."""
    if isinstance(event, RecordCreated):
        return RecordCreated(record)
    if isinstance(event, TransitionFired):
        return TransitionFired(event.before, record, event.transition)
    assert isinstance(event, RecordChanged)
    return RecordChanged(event.before, record, event.fields)


def _check_scope(ctx: Context, entity: Entity, record: Record, deed: str) -> None:
    """What was written must stay within the actor's own scope: nobody writes a record that they could not see."""
    if not ctx.in_scope(record, deed):
        raise InvalidError("OUT_OF_SCOPE", problems=[Problem("OUT_OF_SCOPE", "", {"entity": entity.label})])


def changed_fields(before: Record, after: Record) -> frozenset[str]:
    """Keys of header fields and lines fields whose value is another one; ``business_date``, ``owner``, ``org_unit`` count too."""
    was, now = before.values, after.values
    # Most values of an update are the very ones of before.
    keys = {key for key, value in now.items() if (old := was.get(key)) is not value and old != value}
    if not was.keys() <= now.keys():
        keys |= {key for key in was.keys() - now.keys() if was[key] is not None}
    if before.lines is not after.lines and (before.lines or after.lines):
        keys |= {key for key in {*before.lines, *after.lines} if not _same_lines(before, after, key)}
    if before.business_date != after.business_date:
        keys.add("business_date")
    if before.owner_id != after.owner_id:
        keys.add("owner")
    if before.org_unit_id != after.org_unit_id:
        keys.add("org_unit")
    return frozenset(keys)


def _same_lines(before: Record, after: Record, key: str) -> bool:
    old, new = before.lines.get(key, ()), after.lines.get(key, ())
    return [(line.id, dict(line.values)) for line in old] == [(line.id, dict(line.values)) for line in new]


def frozen_problems(ctx: Context, entity: Entity, before: Record, after: Record) -> list[Problem]:
    """Changes to what a live fixed posting reads, and to the day of its entries: those must be reversed first."""
    fixed = [p for p in entity.postings if p.mode == "fixed"]
    if not fixed:
        return []
    changed = changed_fields(before, after)
    fixed = _live(ctx, before, fixed) if changed else []
    return [
        Problem("FIELD_POSTED", f"/{key}", {"field": _label(entity, key)})
        for key in sorted(changed)
        if any(_reads(ctx, entity, posting, key, before, after) for posting in fixed)
        or (key == BUSINESS_DATE and fixed)
    ]


def _live(ctx: Context, before: Record, fixed: Sequence[Posting]) -> list[Posting]:
    """Those that have made entries, and those of the same moves: what a move still to come will post (the receipt of goods in transit) may be
    written until then."""
    made = {intent.posting for intent in ctx.reader.reversals(ctx.ref(before), before.posting_rev)}
    moves = {move for p in fixed if p.uid in made for move in p.transitions or ("",)}
    return [p for p in fixed if moves.intersection(p.transitions or ("",))]


def _label(entity: Entity, key: str) -> object:
    field = entity.field(key)
    return field.label if field else SYSTEM_LABELS.get(key, key)


def _reads(ctx: Context, entity: Entity, posting: Posting, key: str, before: Record, after: Record) -> bool:
    """Whether the posting depends on header field or lines field ``key``, as far as it changed."""
    paths = ctx.app.compiled.posting_paths(posting.uid)
    if not posting.each:
        return any(path.split(".")[0] == key for path in paths)
    if key == posting.each:
        own = {path.split(".")[0] for path in paths if not path.startswith("parent.")} - set(posting.results)
        return _line_values(before, key, own) != _line_values(after, key, own)
    return any(path.split(".")[1] == key for path in paths if path.startswith("parent."))


def _line_values(record: Record, key: str, fields: set[str]) -> list[tuple[object, ...]]:
    return [(line.id, *(line.values.get(f) for f in sorted(fields))) for line in record.lines.get(key, ())]
