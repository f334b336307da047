"""Mirroring: how a family of documents really went in some time, read from what was kept anyway, for who may see all of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.metadata.workflow import Workflow
from builder.runtime.context import Context
from builder.runtime.waiting import Waiting, hours_allowed, long_waiting
from builder.storage import apps as stored_apps
from builder.storage import mirror as stored
from builder.storage.flow_rows import label_of
from builder.storage.mirror import Span
from builder.workflow.mirror import (
    AsIs,
    Difference,
    DrawnStep,
    Typed,
    Visit,
    compare,
    ends,
    mine,
    typed_twice,
)
from builder.workflow.mirror.drawn import read_steps
from builder.workflow.mirror.mining import Place, Stuck
from builder.workflow.mirror.turns import Asked, Turn, mine_turns

CHANNEL = "channel"
"""The choice field of a document that says by which way it came."""
OUTSIDE = frozenset({"mail", "email", "wechat", "phone", "paper", "fax", "sms", "qq", "visit", "excel"})
LOOKED_AT = 300
"""Linked pairs that are compared, and stuck documents whose owners are named."""
KEPT = "engine.mirror."


@dataclass(frozen=True)
class Family:
    """Documents with a workflow that are made of one another, in the order of the flow. ``key`` is the first one's."""

    entities: tuple[Entity, ...]

    @property
    def key(self) -> str:
        return self.entities[0].key


@dataclass(frozen=True)
class StuckWith:
    """How many documents are stuck in a state with one owner (0: nobody)."""

    entity: str
    state: str
    owner: int
    count: int
    oldest: int


@dataclass(frozen=True)
class Mirror:
    """Everything that the page shows of a family. ``hidden`` are entities of it of which the actor sees only a part, and therefore nothing here."""

    family: Family
    seen: tuple[Entity, ...]
    hidden: tuple[Entity, ...]
    as_is: AsIs
    hand_offs: Mapping[tuple[str, str], int]
    differences: tuple[Difference, ...]
    asked: tuple[Asked, ...]
    makers: Mapping[str, int]
    channels: tuple[tuple[str, str, int], ...]
    typed: tuple[Typed, ...]
    stuck: tuple[StuckWith, ...]
    hours: int
    waiting: tuple[Waiting, ...]
    """What has waited for longer than ``hours``, whenever it began."""

    @property
    def outside(self) -> tuple[int, int]:
        """Documents that came by a way outside the system, and all that say by which way they came."""
        return sum(n for _, way, n in self.channels if way in OUTSIDE), sum(n for _, _, n in self.channels)


def families(package: Package) -> tuple[Family, ...]:
    """The families of the package, each once; the largest first."""
    members = {e.key: e for e in package.entities if e.kind == "document" and package.workflow_of(e.key)}
    beside: dict[str, set[str]] = {key: set() for key in members}
    before: dict[str, set[str]] = {key: set() for key in members}
    for entity in members.values():
        for conversion in entity.conversions:
            if conversion.to in members:
                beside[entity.key].add(conversion.to)
                beside[conversion.to].add(entity.key)
                before[conversion.to].add(entity.key)
    found: list[Family] = []
    left = list(members)
    while left:
        together = _reached(left[0], beside)
        found.append(
            Family(tuple(members[key] for key in _ordered([k for k in left if k in together], before)))
        )
        left = [key for key in left if key not in together]
    return tuple(sorted(found, key=lambda f: -len(f.entities)))


def _reached(start: str, beside: Mapping[str, set[str]]) -> set[str]:
    seen, edge = {start}, [start]
    while edge:
        for other in beside[edge.pop()] - seen:
            seen.add(other)
            edge.append(other)
    return seen


def _ordered(keys: Sequence[str], before: Mapping[str, set[str]]) -> list[str]:
    """What is made of nothing first; a circle is cut where it was declared first."""
    done: list[str] = []
    left = list(keys)
    while left:
        free = next((k for k in left if not (before[k] - {k}) & set(left)), left[0])
        done.append(free)
        left.remove(free)
    return done


def may_mirror(ctx: Context, entity: Entity) -> bool:
    """Counts tell of every record: they are for who may read every record."""
    return ctx.kernel.may("read", entity.key) and ctx.kernel.scope(entity.key) is None


def mirror_of(ctx: Context, family: Family, span: Span) -> Mirror:
    """The mirror of one family in ``span``."""
    seen = tuple(e for e in family.entities if may_mirror(ctx, e))
    hidden = tuple(e for e in family.entities if e not in seen and ctx.kernel.may("read", e.key))
    now = int(ctx.pending.now.timestamp())
    flows = {e.key: flow for e in seen if (flow := ctx.app.package.workflow_of(e.key))}
    ids = {ctx.app.maps.entity_id(e.key): e.key for e in seen}
    as_is = mine(_visits(ctx, ids, flows, span), now, _ends(flows))
    given = stored.approvals_given(ctx.conn, ctx.ws, list(ids), span) if ids else {}
    differences = [d for key, flow in flows.items() for d in compare(as_is, flow, key, given)]
    handed = stored.hand_offs(ctx.conn, ctx.ws, list(ids), span) if ids else {}
    makers: dict[str, int] = {}
    for (_, kind), count in (stored.makers(ctx.conn, ctx.ws, list(ids), span) if ids else {}).items():
        makers[kind] = makers.get(kind, 0) + count
    return Mirror(
        family,
        seen,
        hidden,
        as_is,
        {(ids[a], ids[b]): n for (a, b), n in handed.items() if a in ids and b in ids},
        tuple(differences),
        _asked(ctx, ids, span, now),
        makers,
        tuple(_channels(ctx, seen, span)),
        tuple(t for one in seen for t in _typed(ctx, one, seen)),
        _stuck_with(ctx, as_is.stuck),
        hours_allowed(ctx),
        long_waiting(ctx, seen),
    )


def _visits(
    ctx: Context, ids: Mapping[int, str], flows: Mapping[str, Workflow], span: Span
) -> Iterator[Visit]:
    if not ids:
        return
    states = {(key, s.uid): s.key for key, flow in flows.items() for s in flow.states}
    for entity_id, record, state, entered, left, actor in stored.visits(ctx.conn, ctx.ws, list(ids), span):
        key = ids[entity_id]
        yield Visit(key, record, states.get((key, state), state), entered, left, actor)


def _ends(flows: Mapping[str, Workflow]) -> frozenset[Place]:
    return frozenset((key, state) for key, flow in flows.items() for state in ends(flow))


def _asked(ctx: Context, ids: Mapping[int, str], span: Span, now: int) -> tuple[Asked, ...]:
    if not ids:
        return ()
    rows = stored.approval_steps(ctx.conn, ctx.ws, list(ids), span)
    turns = (
        Turn(
            (r.transition, r.node_uid.partition("#")[0]),
            r.assignee_id,
            r.opened,
            r.decided,
            r.status == "open",
        )
        for r in rows
    )
    return mine_turns(turns, now, hours_allowed(ctx) * 3600)


def node_label(package: Package, node: tuple[str, str]) -> tuple[str, Any]:
    """The entity of an approval's node and what the node is called; nothing of one that is declared no more."""
    for flow in package.workflows:
        for transition in flow.transitions:
            if transition.uid == node[0] and transition.approval is not None:
                nodes = [_plain(n) for n in transition.approval.nodes]
                return flow.entity, label_of(nodes, node[1]) or transition.label
    return "", ""


def _plain(node: Any) -> dict[str, Any]:
    branches = [{"nodes": [_plain(n) for n in branch.nodes]} for branch in node.branches]
    return {"uid": node.uid, "label": node.label, "branches": branches}


def _channels(ctx: Context, seen: Sequence[Entity], span: Span) -> Iterator[tuple[str, str, int]]:
    """By which way documents came that were made in that time, for entities that say so."""
    for entity in seen:
        field = entity.field(CHANNEL)
        if field is None or field.type != "choice":
            continue
        made = [
            {"field": "created_at", "op": ">=", "value": span[0].isoformat()},
            {"field": "created_at", "op": "<", "value": span[1].isoformat()},
        ]
        for option in field.options:
            where = {"and": [*made, {"field": CHANNEL, "op": "=", "value": option.key}]}
            count = ctx.reader.aggregate(entity.key, "count", "id", where)
            if count:
                yield entity.key, option.key, int(count)


def _typed(ctx: Context, source: Entity, seen: Sequence[Entity]) -> Iterator[Typed]:
    """Fields that were typed twice along each conversion of ``source``, as far as the actor may read them."""
    by_key = {e.key: e for e in seen}
    for conversion in source.conversions:
        target = by_key.get(conversion.to)
        if target is None:
            continue
        pairs = stored.linked(ctx.conn, ctx.app.maps, ctx.ws, source.key, target.key, limit=LOOKED_AT)
        froms = ctx.reader.get(source.key, [a for a, _ in pairs])
        tos = ctx.reader.get(target.key, [b for _, b in pairs])
        records = [(froms[a], tos[b]) for a, b in pairs if a in froms and b in tos]
        for found in typed_twice(source, target, conversion, records):
            readable = ctx.kernel.is_readable
            if readable(found.from_entity, found.from_field) and readable(found.to_entity, found.to_field):
                yield found


def _stuck_with(ctx: Context, stuck: Sequence[Stuck]) -> tuple[StuckWith, ...]:
    """The oldest stuck documents by state and owner, the oldest first."""
    found: dict[tuple[str, str, int], list[int]] = {}
    oldest = stuck[:LOOKED_AT]
    by_entity: dict[str, list[int]] = {}
    for one in oldest:
        by_entity.setdefault(one.entity, []).append(one.record)
    records = {key: ctx.reader.get(key, ids) for key, ids in by_entity.items()}
    for one in oldest:
        record = records[one.entity].get(one.record)
        if record is not None and record.archived_at is None:
            found.setdefault((one.entity, one.state, record.owner_id), []).append(one.age)
    made = (StuckWith(*key, len(ages), max(ages)) for key, ages in found.items())
    return tuple(sorted(made, key=lambda s: -s.oldest))


# The map that people drew


def drawn_of(ctx: Context, family: Family) -> tuple[DrawnStep, ...]:
    """The steps that were drawn for a family; none where nobody drew any."""
    kept = stored_apps.kept_log(ctx.conn, ctx.ws, ctx.app.row.app_id, KEPT + family.key)
    rows = kept[0].value if kept else ()
    return read_steps(rows or (), transitions_of(ctx.app.package, family))[0]


def transitions_of(package: Package, family: Family) -> tuple[str, ...]:
    """The declared transitions of a family, as ``entity.transition``."""
    flows = [(e.key, flow) for e in family.entities if (flow := package.workflow_of(e.key))]
    return tuple(f"{key}.{t.key}" for key, flow in flows for t in flow.transitions)
