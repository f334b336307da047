"""Handlers of merging: two records of the same thing become one, and back again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from builder.changes import Intent, Link, Write
from builder.commands import MergeRecords
from builder.errors import BuilderError, InvalidError, NotFoundError, Problem, RefusedError
from builder.events import Event, RecordDeleted
from builder.ledger import holdings, lanes
from builder.ledger.definition import LedgerModel
from builder.ledger.plan import plan
from builder.metadata.entity import Entity
from builder.record import Ref
from builder.runtime import merging
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers.shaping import shape
from builder.runtime.merging import Holding, Pair
from builder.runtime.merging_lines import Into, Joined, join
from builder.runtime.merging_preview import told
from builder.runtime.merging_reach import referring
from builder.runtime.naming import named_in
from builder.storage import merges

MOST_PAIRS = 500


def merge_records(ctx: Context, command: MergeRecords) -> Handled:
    """Everything that goes over, in one decision; every problem of every pair at once."""
    entity = merged_entity(ctx, command.entity)
    pairs = _pairs(ctx, entity, command)
    found = _hurdles(ctx, entity, pairs)
    if any(p.code in {"MERGE_SAME", "MERGE_TWICE"} for p in found):
        raise RefusedError("MERGE_BLOCKED", problems=found)
    into = {entity.key: {pair.away.id: pair.keep.id for pair in pairs}}
    events: list[Event] = [_archived(ctx, pair) for pair in pairs if pair.away.archived_at is None]
    known = known_lines(ctx, entity, pairs)
    joined: dict[int, Joined] = {}
    for pair in pairs:
        joined[pair.away.id], wrong = _kept(ctx, entity, pair, known)
        found += wrong
        for key, ids in joined[pair.away.id].into.items():
            into.setdefault(key, {}).update(ids)
    found += _referring(ctx, entity, into, "/pairs/0" if len(pairs) == 1 else "/pairs")
    held = tuple((key, tuple(ids)) for key, ids in into.items())
    seen = holdings.held_of(ctx.conn, ctx.app.ledgers, ctx.ws, held)
    moved = _moved(ctx, entity, pairs, into, joined, seen)
    found += _planned(ctx)
    if found:
        raise RefusedError("MERGE_BLOCKED", problems=found)
    _linked(ctx, entity, pairs, into, moved)
    body = {"held": held, "seen": seen}
    ctx.pending.writes.append(Write("records.merge", body))
    refs = tuple(dict.fromkeys(Ref(entity.key, pair.keep.id) for pair in pairs))
    return Handled(refs, tuple(events), many=True, answer={"pairs": told(ctx, entity, pairs, moved, joined)})


def merged_entity(ctx: Context, key: str) -> Entity:
    """The entity, where its records may be merged by this actor: it takes the right to change them and to archive them."""
    ctx.kernel.check("delete", key)
    entity = ctx.kernel.check("update", key)
    if entity.kind not in {"master", "tree"}:
        raise InvalidError("MERGE_KIND", problems=[Problem("MERGE_KIND", "", {"entity": entity.label})])
    return entity


def _pairs(ctx: Context, entity: Entity, command: MergeRecords) -> list[Pair]:
    if not command.pairs or len(command.pairs) > MOST_PAIRS:
        raise InvalidError(problems=[Problem("LIMIT", "/pairs", {"most": MOST_PAIRS})])
    known = ctx.reader.get(entity.key, [id for pair in command.pairs for id in pair])
    for id in {id for pair in command.pairs for id in pair}:
        if id not in known or not all(ctx.in_scope(known[id], d) for d in ("read", "update", "delete")):
            raise NotFoundError(entity=entity.key)
    return [
        Pair(known[keep], known[away], f"/pairs/{i}", tuple(command.take.get(away, ())))
        for i, (keep, away) in enumerate(command.pairs)
    ]


def _hurdles(ctx: Context, entity: Entity, pairs: list[Pair]) -> list[Problem]:
    ids = [pair.away.id for pair in pairs]
    before = merges.merged_into(ctx.conn, ctx.app.maps, ctx.ws, entity.key, ids, merging.LINK)
    return list(merging.hurdles(entity, pairs, before))


def _linked(
    ctx: Context, entity: Entity, pairs: list[Pair], into: Into, moved: Mapping[int, list[Holding]]
) -> None:
    """Links from what goes to what stays. A pair that is merged once more has a link and a version of its own for that, by which what it
    moved is found again; where nothing moves it is as it was."""
    before = merges.times(ctx.conn, ctx.app.maps, ctx.ws, entity.key, tuple(into[entity.key]), merging.LINK)
    is_new = bool(ctx.pending.records)
    kinds = dict.fromkeys(into[entity.key], merging.LINK)
    for pair in pairs:
        away = pair.away
        if before.get(away.id) and (is_new or moved.get(away.id)):
            kinds[away.id] = merges.kind_of(len(before[away.id]) + 1, merging.LINK)
            ctx.pending.put(away, away)
    for key, ids in into.items():
        of = kinds if key == entity.key else {}
        ctx.pending.links.extend(
            Link(Ref(key, gone), Ref(key, kept), of.get(gone, merging.LINK)) for gone, kept in ids.items()
        )


def _archived(ctx: Context, pair: Pair) -> Event:
    ctx.pending.put(pair.away, pair.away.but(archived_at=ctx.pending.now))
    return RecordDeleted(pair.away)


def known_lines(ctx: Context, entity: Entity, pairs: list[Pair]) -> Into:
    """What an earlier merge of the same records made of their lines."""
    found: dict[str, Mapping[int, int]] = {}
    for field in entity.line_fields:
        ids = [line.id for pair in pairs for line in pair.away.lines.get(field.key, ())]
        key = field.entity or ""
        found[key] = merges.merged_into(ctx.conn, ctx.app.maps, ctx.ws, key, ids, merging.LINK)
    return found


def _kept(ctx: Context, entity: Entity, pair: Pair, known: Into) -> tuple[Joined, list[Problem]]:
    """The kept record with the lines and values that it takes over. It is written in any case, so that two merges meet."""
    keep = ctx.pending.current(Ref(entity.key, pair.keep.id)) or pair.keep
    joined = join(ctx.app.package, keep, pair.away, known, ctx.pending.new_id)
    offered = {f.key for f in merging.differing(entity, pair.keep, pair.away)}
    allowed = [f for f in pair.take if f in offered and ctx.kernel.is_writable(entity.key, f)]
    wrong = [f for f in pair.take if f not in allowed]
    found = [Problem("FIELD_UNKNOWN", f"{pair.path}/take", {"name": n, "nearest": ""}) for n in wrong]
    if found:
        return joined, found
    if not allowed and joined.keep is keep:
        ctx.pending.reads.setdefault(Ref(entity.key, pair.keep.id), pair.keep.version)
        return joined, []
    try:
        taken = {f: pair.away.values.get(f) for f in allowed}
        after = joined.keep.with_values(taken)
        ctx.pending.put(keep, shape(ctx, entity, after, keep, [], deed="update"))
    except BuilderError as error:
        return joined, [replace(p, path=pair.path + p.path) for p in error.problems]
    return joined, []


def _referring(ctx: Context, entity: Entity, into: Into, place: str) -> list[Problem]:
    found = referring(ctx, entity, into)
    if found is None:
        return [Problem("MERGE_MANY", "")]
    for before, after in found:
        ctx.pending.put(before, after)
        ctx.pending.carried[ctx.ref(after)] = place
    return []


def _moved(
    ctx: Context,
    entity: Entity,
    pairs: list[Pair],
    into: Into,
    joined: Mapping[int, Joined],
    seen: holdings.Held,
) -> Mapping[int, list[Holding]]:
    """What goes over of each record, beside what documents take along themselves; and the intents for it."""
    models = ctx.app.ledgers
    names = holdings.named(ctx.conn, models, ctx.ws, seen)
    rows = [Holding(at[0], names[at], dict(measures)) for at, measures in seen.items()]
    taken = tuple(ctx.reader.intents())
    by_record: dict[int, list[Holding]] = {}
    owners = {entity.key: {pair.away.id: pair.away.id for pair in pairs}}
    for away, one in joined.items():
        for came in one.came:
            owners.setdefault(came.gone.entity, {})[came.gone.id] = away
    for row in (_without(row, taken) for row in rows):
        if any(row.measures.values()):
            by_record.setdefault(_owner(models[row.ledger], row, owners), []).append(row)
    for pair in pairs:
        mine = by_record.get(pair.away.id, [])
        made = merging.reclassified(models, entity.key, pair, into, mine, _ids(ctx), ctx.pending.today)
        ctx.pending.intents.extend((*made, *_locks(ctx, entity, pair, {h.ledger for h in mine})))
    return by_record


def _owner(model: LedgerModel, row: Holding, owners: Into) -> int:
    """The record that goes, of all that the row names."""
    named = ((d, row.dimensions.get(d.key)) for d in model.dimensions)
    found = (owners.get(d.entity or "", {}).get(id) for d, id in named if isinstance(id, int))
    return next(id for id in found if id is not None)


def _without(row: Holding, taken: tuple[Intent, ...]) -> Holding:
    """The row as documents that name the kept record from now on leave it."""
    measures = dict(row.measures)
    for intent in taken:
        if intent.ledger == row.ledger and not intent.reclass and _is_at(intent, row):
            for key, amount in intent.measures.items():
                measures[key] += amount
    return replace(row, measures=measures)


def _is_at(intent: Intent, row: Holding) -> bool:
    return all(intent.dimensions.get(k) == v for k, v in row.dimensions.items())


def _ids(ctx: Context) -> Iterator[int]:
    while True:
        yield ctx.pending.new_id()


def _locks(ctx: Context, entity: Entity, pair: Pair, moved: set[str]) -> Iterator[Intent]:
    """Intents without measures, so that nobody posts on the record while it goes, where nothing of it is there yet."""
    for model in ctx.app.ledgers.values():
        own = [model.dimensions[p] for p in model.lane.positions]
        if model.is_turnover or model.key in moved or any(d.entity != entity.key for d in own) or not own:
            continue
        yield Intent(
            model.key,
            merging.OUT + model.key,
            entity.key,
            pair.away.id,
            ctx.pending.new_id(),
            0,
            ctx.pending.today,
            {d.key: pair.away.id for d in own},
            {},
            reclass=True,
        )


def _planned(ctx: Context) -> list[Problem]:
    """What the ledgers would refuse, so that a dry run says it too. It is judged again under the locks."""
    intents = tuple(ctx.reader.intents())
    models = ctx.app.ledgers
    state = lanes.read(ctx.conn, models, ctx.app.maps, ctx.app.package, ctx.ws, intents)
    done = plan(
        models,
        state,
        intents,
        settings=ctx.reader.settings,
        today=ctx.pending.today,
        overrides=ctx.pending.overrides,
        may_override=ctx.kernel.may_override,
    )
    return list(named_in(ctx, done.problems))
