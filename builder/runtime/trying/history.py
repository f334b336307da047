"""What if, over history: a rule, an approval or a whole draft against what happened in a period, as a job with progress.

Everything is read in read-only transactions (PostgreSQL refuses a write in them, SQLite's ``query_only`` does the same); the job's own row, which
says how far it is and what it found, is all that is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from builder.commands import Actor
from builder.errors import InvalidError
from builder.metadata.loading import load
from builder.metadata.package import Package
from builder.metadata.uids import with_uids
from builder.runtime import jobs, what_if
from builder.runtime.apps import LoadedApp
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.jobs import Advance
from builder.runtime.opening import open_reading
from builder.runtime.trying.drafts import drafted, open_trial
from builder.runtime.trying.looking import Probe
from builder.runtime.trying.probes import probes_of
from builder.runtime.trying.replay import Tally, entities_of, replay, total
from builder.storage import apps as stored_apps
from builder.storage.jobs import JobRow

KIND = "what_if"
BATCH = 500
DRAFT = "what_if.draft"


@dataclass(frozen=True, slots=True)
class Ask:
    """What is tried: ``kind`` is ``rule``, ``approval`` (of the workflow ``key``, at ``transition``) or ``draft``; on what happened from
    ``since`` until before ``until``."""

    app: str
    kind: str
    key: str
    since: datetime
    until: datetime
    transition: str = ""

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "since": self.since.isoformat(), "until": self.until.isoformat()}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Ask:
        named = {name: str(told.get(name, "")) for name in ("app", "kind", "key", "transition")}
        since, until = (datetime.fromisoformat(told[name]) for name in ("since", "until"))
        return cls(**named, since=since, until=until)


@dataclass(frozen=True)
class Bench:
    """One snapshot with everything that a replay needs: who asks, the draft over the data, the probes."""

    who: Context
    draft: Context
    probes: list[Probe]


@contextmanager
def bench(engine: Engine, actor: Actor, ask: Ask) -> Iterator[Bench]:
    """For who may design the app. Raises ``InvalidError`` for a draft that cannot be read."""
    with engine.database.snapshot() as conn:
        who = open_reading(engine, conn, actor, ask.app, engine.clock.now())
        who.kernel.require("design")
        app = draft_of(who)
        draft, live = open_trial(who, app), open_trial(who, who.app)
        yield Bench(who, draft, probes_of(draft, live, ask.kind, ask.key, ask.transition))


def draft_of(ctx: Context) -> LoadedApp:
    """The app as its draft would have it, kept until either moves."""
    row = ctx.app.row
    state = stored_apps.draft_state(ctx.conn, ctx.ws, row.app_id)
    if not state.nodes:
        return ctx.app
    known = ctx.app.kept.get(DRAFT)
    if known is None or known[0] != state.version:
        package = _read(stored_apps.draft_nodes(ctx.conn, ctx.ws, row.app_id))
        known = ctx.app.kept[DRAFT] = (state.version, drafted(ctx.conn, ctx.ws, ctx.app, package))
    found: LoadedApp = known[1]
    return found


def _read(nodes: Mapping[Any, Any]) -> Package:
    package, problems = load(with_uids(dict(nodes)))
    if package is None or problems:
        raise InvalidError("DRAFT_UNREADABLE", problems=problems)
    return package


def over_history(
    engine: Engine, actor: Actor, ask: Ask, told: Callable[[int, int], None] | None = None
) -> Tally:
    """All of it at once; ``told`` hears how many records of how many are done."""
    cursor: Any = None
    tally = Tally()
    while True:
        cursor, count = _step(engine, actor, ask, cursor, tally)
        if told is not None:
            told(tally.records, count)
        if cursor is None:
            return tally


def _step(engine: Engine, actor: Actor, ask: Ask, cursor: Any, tally: Tally) -> tuple[Any, int]:
    """Looks at the next batch; where to go on, and how many records there are."""
    with bench(engine, actor, ask) as at:
        entities = entities_of(at.probes)
        place = cursor or {"entity": 0, "after": 0}
        count = place.get("total") or total(at.draft, entities, ask.since, ask.until)
        index = int(place["entity"])
        if index >= len(entities):
            return None, count
        last = replay(
            at.draft,
            at.who,
            at.probes,
            entities[index],
            tally,
            since=ask.since,
            until=ask.until,
            after=int(place["after"]),
            limit=BATCH,
        )
    if last is None:
        index += 1
    if index >= len(entities):
        return None, count
    return {"entity": index, "after": last or 0, "total": count}, count


def start(engine: Engine, actor: Actor, ask: Ask) -> int:
    """Put it into the queue; the job's id. Refused at once where the draft cannot be read."""
    with bench(engine, actor, ask) as at:
        version = stored_apps.draft_state(at.who.conn, at.who.ws, at.who.app.row.app_id).version
    return jobs.start(engine, actor, KIND, {**ask.to_json(), "draft": version})


def run(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    """One batch of the job."""
    ask = Ask.of(row.args)
    tally = Tally.of((row.progress or {}).get("found"))
    cursor, count = _step(engine, actor, ask, row.cursor, tally)
    progress = {"done": tally.records, "total": count, "found": tally.to_json()}
    if cursor is None and ask.kind == "draft":
        progress["ledgers"] = _ledgers(engine, actor, ask)
    return Advance(cursor, progress)


def _ledgers(engine: Engine, actor: Actor, ask: Ask) -> list[Mapping[str, Any]]:
    """What the draft's ledgers would have done differently."""
    with bench(engine, actor, ask) as at:
        found = what_if.rehearse(at.who, at.draft.app.package)
        return [
            {"code": p.code, "path": p.path, "params": {k: _told(v) for k, v in p.params.items()}}
            for p in found
        ]


def _told(value: Any) -> Any:
    return value if isinstance(value, int | str | Mapping) else str(value)


jobs.KINDS.register(KIND, run)
