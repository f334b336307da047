"""Replay: probes over the records that changed in a period, batch by batch, reading only. What differs from what happened is listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from builder.metadata.entity import Entity
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.trying.looking import Batch, Look, Probe
from builder.runtime.trying.past import Moment, Step, moments
from builder.storage import past as stored
from builder.storage import query

LISTED = 200
"""Records that differ are counted without end and listed up to here."""
KINDS = ("more", "fewer", "otherwise")


@dataclass
class Tally:
    """What was found so far. Counts are of moments, by probe; ``rows`` are the first that differ."""

    records: int = 0
    moments: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    sums: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, probe: Probe, record: Record, moment: Moment, look: Look, amount: Decimal | None) -> None:
        counts = self.counts.setdefault(name_of(probe), dict.fromkeys(("did", "would", *KINDS, "unclear"), 0))
        counts["unclear"] += look.unclear
        counts["did"] += look.did
        counts["would"] += look.would
        if amount is not None:
            sums = self.sums.setdefault(name_of(probe), {"did": "0", "would": "0"})
            for side, holds in (("did", look.did), ("would", look.would)):
                if holds:
                    sums[side] = format(Decimal(sums[side]) + amount, "f")
        if look.kind is None:
            return
        counts[look.kind] += 1
        if len(self.rows) < LISTED:
            row = {"probe": name_of(probe), "entity": record.entity, "id": record.id, "kind": look.kind}
            self.rows.append({**row, "at": moment.step.at.isoformat(), "then": look.then, "now": look.now})

    @property
    def differs(self) -> int:
        return sum(counts[kind] for counts in self.counts.values() for kind in KINDS)

    def to_json(self) -> dict[str, Any]:
        names = ("records", "moments", "counts", "sums", "rows")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def of(cls, told: Mapping[str, Any] | None) -> Tally:
        """What an earlier step came to."""
        known = told or {}
        return cls(
            int(known.get("records", 0)),
            int(known.get("moments", 0)),
            {key: dict(counts) for key, counts in known.get("counts", {}).items()},
            {key: dict(sums) for key, sums in known.get("sums", {}).items()},
            list(known.get("rows", ())),
        )


def name_of(probe: Probe) -> str:
    """A probe within results."""
    return f"{probe.about}:{probe.entity}:{probe.key}"


def entities_of(probes: Iterable[Probe]) -> list[str]:
    """The entities that are looked at, each once, in a stable order."""
    return list(dict.fromkeys(probe.entity for probe in probes))


def total(ctx: Context, entities: Iterable[str], since: datetime, until: datetime) -> int:
    """How many records there are to look at."""
    ids = [ctx.app.maps.entity_id(e) for e in entities if e in ctx.app.maps.entities]
    return sum(stored.count(ctx.conn, ctx.ws, id, since, until) for id in ids)


def replay(
    ctx: Context,
    who: Context,
    probes: Sequence[Probe],
    entity: str,
    tally: Tally,
    *,
    since: datetime,
    until: datetime,
    after: int,
    limit: int,
) -> int | None:
    """Look at the next records of an entity that ``who`` may see; the last one's id, None where there are no more."""
    if entity not in ctx.app.maps.entities or not who.kernel.may("read", entity):
        return None
    ids = stored.changed(
        ctx.conn, ctx.ws, ctx.app.maps.entity_id(entity), since, until, after=after, limit=limit
    )
    if not ids:
        return None
    batch = _batch(ctx, who, entity, ids, since, until)
    mine = [probe for probe in probes if probe.entity == entity]
    for probe in mine:
        probe.prepare(batch)
    money = _amount_of(ctx, ctx.app.package.entity(entity))
    for id, record in batch.records.items():
        tally.records += 1
        for moment in batch.moments.get(id, ()):
            tally.moments += 1
            _look(mine, record, moment, tally, money)
    return ids[-1] if len(ids) == limit else None


def _look(probes: Iterable[Probe], record: Record, moment: Moment, tally: Tally, money: str) -> None:
    for probe in probes:
        for look in probe.look(record, moment):
            amount = moment.after.get(money) if money else None
            tally.add(probe, record, moment, look, amount if isinstance(amount, Decimal) else None)


def _amount_of(ctx: Context, entity: Entity | None) -> str:
    """The amount that is summed up: the record's first sum of money."""
    fields = entity.fields if entity is not None else ()
    return next((f.key for f in fields if f.type == "money" and not f.archived), "")


def _batch(
    ctx: Context, who: Context, entity: str, ids: Sequence[int], since: datetime, until: datetime
) -> Batch:
    app = ctx.app
    found = query.fetch(ctx.conn, app.maps, app.package, ctx.ws, entity, list(ids))
    records = {id: found[id] for id in ids if id in found and who.in_scope(found[id], "read")}
    rows = stored.versions(ctx.conn, app.maps, app.package, ctx.ws, entity, list(records), since)
    known: dict[int, Sequence[Moment]] = {}
    for id, record in records.items():
        steps = [Step(r.version, r.cmd, r.at, r.actor_id, r.changes) for r in rows.get(id, ())]
        known[id] = [m for m in moments(app.package, record, steps) if m.step.at < until]
    return Batch(ctx, records, known)
