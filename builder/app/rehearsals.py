"""Rehearsals: the designer's trials, answered from the runtime: read in snapshots, told in words, never committed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from builder.changes import RuleRun
from builder.commands import Actor
from builder.designer.rehearsal import (
    Compared,
    DeedTried,
    Differing,
    Hit,
    JudgedPart,
    Ran,
    Replayed,
    RuleTried,
)
from builder.errors import NotFoundError, Problem
from builder.metadata.package import Package
from builder.runtime import jobs
from builder.runtime.api.door import Door
from builder.runtime.context import Context
from builder.runtime.lookup import look_up
from builder.runtime.pages.runs.searching import lines
from builder.runtime.pages.runs.sentences import Sentences
from builder.runtime.pages.runs.trials import TrialWords
from builder.runtime.pages.words import Words, read_instant
from builder.runtime.representation import title_of
from builder.runtime.trying import history
from builder.runtime.trying.balance_trial import BalanceTrial, balances_for, try_balance, watching
from builder.runtime.trying.drafts import drafted, open_teller
from builder.runtime.trying.history import Ask
from builder.runtime.trying.probes import is_playable
from builder.runtime.trying.replay import Tally
from builder.runtime.trying.ruling import Part
from builder.runtime.trying.trial import try_deed, try_rule
from builder.storage import apps as stored
from builder.storage import rule_runs
from builder.web.formats import format_date, format_number
from builder.web.told import Told

FOUND = 12
SEPARATOR = "."
"""Between the ids of what a balance is kept by."""
RAN = 8


@dataclass(frozen=True)
class StoredRehearsals:
    """Implements ``designer.rehearsal.Rehearsals``. ``words`` are those of who asks."""

    door: Door
    words: Callable[[], Words]

    @contextmanager
    def _designing(self, actor: Actor, app: str) -> Iterator[Context]:
        with self.door.reading(actor, app) as ctx:
            ctx.kernel.require("design")
            yield ctx

    def find(self, actor: Actor, app: str, entity: str, text: str) -> Sequence[Hit]:
        with self._designing(actor, app) as ctx:
            if ctx.app.package.entity(entity) is None or not ctx.kernel.may("read", entity):
                return []
            found = look_up(ctx, entity, text.strip()[:100], limit=FOUND)
            return [Hit(one["id"], str(one["title"]), str(one["subtitle"])) for one in found]

    def balances(self, actor: Actor, app: str, draft: Package, key: str, text: str) -> Sequence[Hit]:
        with self._designing(actor, app) as ctx:
            found = balances_for(ctx, draft, key, text.strip()[:100])
            return [Hit(SEPARATOR.join(self.door.show(id) for id in ids), title) for ids, title in found]

    def _telling(self, ctx: Context, draft: Package) -> TrialWords:
        app = drafted(ctx.conn, ctx.ws, ctx.app, draft)
        return TrialWords(Sentences.of(open_teller(ctx, app), self.words()))

    def rule(self, actor: Actor, app: str, draft: Package, key: str, record: str) -> RuleTried:
        with self._designing(actor, app) as ctx:
            if watching(draft, key) is not None:
                ids = [self.door.id(part) for part in record.split(SEPARATOR)]
                return self._balance_tried(ctx, draft, try_balance(ctx, draft, key, ids))
            found = try_rule(ctx, draft, key, self.door.id(record))
            told = self._telling(ctx, draft)
            sentences, entity = told.sentences, found.record.entity
            return RuleTried(
                sentences.record(entity, found.record.id),
                sentences.url(entity, found.record.id),
                found.ruled.applies,
                found.happened,
                _judged(sentences, found.rule.when.entity or entity, found.parts),
                _steps(sentences, found.ruled.runs),
                told.outcome(found.effects, of=key),
            )

    def _balance_tried(self, ctx: Context, draft: Package, found: BalanceTrial) -> RuleTried:
        told = self._telling(ctx, draft)
        return RuleTried(
            found.title,
            "",
            found.ruled.applies,
            False,
            _judged(told.sentences, found.ruled.record.entity, found.parts),
            _steps(told.sentences, found.ruled.runs),
            told.outcome(found.effects, of=found.rule.key),
        )

    def deed(self, actor: Actor, app: str, draft: Package, entity: str, record: str, deed: str) -> DeedTried:
        with self._designing(actor, app) as ctx:
            found = try_deed(ctx, draft, entity, self.door.id(record), deed)
            told, now = self._telling(ctx, draft), self._telling(ctx, ctx.app.package)
            return DeedTried(
                now.sentences.record(entity, found.record.id),
                now.sentences.url(entity, found.record.id),
                now.outcome(found.live),
                told.outcome(found.draft),
            )

    def may_replay(self, draft: Package, kind: str, key: str) -> bool:
        if kind != "rule":
            return True
        rule = next((r for r in draft.rules if r.key == key), None)
        return rule is not None and is_playable(rule)

    def start(self, actor: Actor, app: str, kind: str, key: str, transition: str, days: int) -> str:
        now = self.door.engine.clock.now()
        # What happened in this very moment counts too.
        ask = Ask(app, kind, key, now - timedelta(days=days), now + timedelta(minutes=1), transition)
        return self.door.show(history.start(self.door.engine, actor, ask))

    def replayed(self, actor: Actor, app: str, id: str) -> Replayed:
        row = jobs.job_of(self.door.engine, actor, self.door.id(id))
        if row.kind != history.KIND or row.args.get("app") != app:
            raise NotFoundError(job=True)
        ask, progress = Ask.of(row.args), row.progress or {}
        words = self.words()
        with self._designing(actor, app) as ctx:
            draft = history.draft_of(ctx).package
            state = stored.draft_state(ctx.conn, ctx.ws, ctx.app.row.app_id)
            told = _Listing(self._telling(ctx, draft), ctx, draft, words)
            tally = Tally.of(progress.get("found"))
            return Replayed(
                ask.kind,
                ask.key,
                ask.transition,
                row.state,
                int(progress.get("done", 0)),
                int(progress.get("total", 0)),
                format_date(ask.since.astimezone(words.zone).date()),
                format_date(ask.until.astimezone(words.zone).date()),
                (ask.until - ask.since).days,
                told.compared(tally),
                told.rows(tally),
                tuple(Problem(p["code"], p["path"], p["params"]) for p in progress.get("ledgers", ())),
                tuple(Problem(code.strip()) for code in row.error.split(",") if code.strip()),
                state.version != int(row.args.get("draft", state.version)),
            )

    def ran(self, actor: Actor, app: str, uid: str) -> Sequence[Ran]:
        with self._designing(actor, app) as ctx:
            rows = rule_runs.find(ctx.conn, ctx.ws, rule_runs.Wanted(ctx.app.row.app_id, uid), limit=RAN)
            may_look = ctx.kernel.has_right("settings")
            return [
                Ran(
                    one["url"] if may_look else "",
                    one["record"],
                    one["when"],
                    one["did"],
                    one["outcome"],
                    one["colour"],
                )
                for one in lines(ctx, self.words(), rows)
            ]


def _judged(sentences: Sentences, entity: str, parts: Sequence[Part]) -> tuple[JudgedPart, ...]:
    return tuple(JudgedPart(p.source, sentences.inputs(entity, p.values), p.holds) for p in parts)


def _steps(sentences: Sentences, runs: Sequence[RuleRun]) -> tuple[Told, ...]:
    return tuple(one for run in runs for one in sentences.steps(run.entity, run.record_id, run.steps))


@dataclass(frozen=True)
class _Listing:
    """A tally in words."""

    told: TrialWords
    ctx: Context
    draft: Package
    words: Words

    def compared(self, tally: Tally) -> tuple[Compared, ...]:
        return tuple(
            Compared(
                self.label(name),
                name.partition(":")[0],
                counts["did"],
                counts["would"],
                counts["more"],
                counts["fewer"],
                counts["otherwise"],
                counts.get("unclear", 0),
                _sums(tally.sums.get(name)),
            )
            for name, counts in tally.counts.items()
        )

    def label(self, name: str) -> str:
        """What a probe is called: the rule, the approval's transition, or the kind of record."""
        about, entity, key = name.split(":", 2)
        sentences = self.told.sentences
        if about == "rule":
            rules = (*self.draft.rules, *self.ctx.app.package.rules)
            return self.words.of(next((r.label for r in rules if r.key == key), ""), key)
        label = sentences.entity_label(entity)
        return f"{label} · {sentences.move(entity, key)}" if about == "approval" else label

    def rows(self, tally: Tally) -> tuple[Differing, ...]:
        by_entity: dict[str, set[int]] = {}
        for row in tally.rows:
            by_entity.setdefault(row["entity"], set()).add(int(row["id"]))
        for entity, ids in by_entity.items():
            self.told.sentences.ctx.reader.get(entity, ids)
        return tuple(self._row(row) for row in tally.rows)

    def _row(self, row: Any) -> Differing:
        entity, id, sentences = row["entity"], int(row["id"]), self.told.sentences
        record = sentences.ctx.reader.get(entity, [id]).get(id)
        model = sentences.ctx.app.package.entity(entity)
        about = row["probe"].partition(":")[0]
        return Differing(
            f"{sentences.entity_label(entity)} {title_of(model, record)}".strip() if model and record else "",
            sentences.url(entity, id),
            self.words.instant(read_instant(row["at"])),
            row["kind"],
            self.label(row["probe"]),
            self.told.side(about, entity, row["then"]),
            self.told.side(about, entity, row["now"]),
        )


def _sums(sums: Any) -> tuple[str, str]:
    if not sums:
        return ("", "")
    return (format_number(Decimal(sums["did"]), 2), format_number(Decimal(sums["would"]), 2))
