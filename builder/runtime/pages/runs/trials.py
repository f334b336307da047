"""Trials in words: what a rule, an approval or a draft would do, told like what was done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from builder.changes import ApprovalTask, Intent, Message, RecordChange, RuleRun
from builder.errors import Problem
from builder.metadata.entity import Entity
from builder.record import Record
from builder.rules.actions.telling import told_message
from builder.rules.conditions import plain
from builder.runtime.handlers.shaping import changed_fields
from builder.runtime.pages.paths import own_field
from builder.runtime.pages.runs.sentences import MOST_PAIRS, Sentences
from builder.runtime.representation import title_of
from builder.runtime.sights import common
from builder.runtime.trying.trial import Effects
from builder.web.formats import format_number
from builder.web.told import CameTo, Pair, Told

SHOWN = 8
MOST_CHANGES = 20


@dataclass(frozen=True)
class TrialWords:
    """Tells trials to one reader. ``sentences`` are over the draft with the reader's own rights."""

    sentences: Sentences

    def outcome(self, effects: Effects, *, of: str = "") -> CameTo:
        """Everything; ``of`` is the rule whose own steps are told elsewhere."""
        return CameTo(
            refused=tuple(self.problem(p) for p in effects.refused),
            changes=tuple(self._changes(effects.changes)),
            postings=tuple(self._postings(effects.intents)) if not effects.refused else (),
            asked=tuple(self._asked(effects.tasks)),
            notified=tuple(self._notified(effects.messages)),
            rules=tuple(self._rules(run for run in effects.runs if run.rule != of)),
        )

    def problem(self, problem: Problem) -> Told:
        words = self.sentences.words
        return Told(words.message(problem.code, problem.params, problem.message), "ban", tone="bad")

    def _changes(self, changes: Sequence[RecordChange]) -> Iterator[Told]:
        ctx = self.sentences.ctx
        for change in changes[:MOST_CHANGES]:
            record = change.record
            entity = ctx.app.package.entity(record.entity)
            if entity is None or not ctx.kernel.may("read", entity.key):
                continue
            yield self._change(entity, change)

    def _change(self, entity: Entity, change: RecordChange) -> Told:
        words, record = self.sentences.words, change.record
        name = f"{words.of(entity.label)} {title_of(entity, record)}".strip()
        if change.before is None:
            return Told(
                words.say("runs.would.make", record=name),
                "plus",
                tone="new",
                pairs=self._main(entity, record),
            )
        url = self.sentences.url(entity.key, record.id)
        if change.after is None:
            return Told(words.say("runs.would.remove", record=name), "trash", url)
        pairs = tuple(self._between(entity, change.before, change.after))
        return Told(words.say("runs.would.change", record=name), "pencil", url, pairs=pairs)

    def _main(self, entity: Entity, record: Record) -> tuple[Pair, ...]:
        """The first values of a new record."""
        values = {
            f.key: record.values[f.key]
            for f in entity.fields
            if record.values.get(f.key) not in (None, "", ())
        }
        pairs = self.sentences.values(entity.key, plain(dict(list(values.items())[:MOST_PAIRS])))
        lines = sum(len(rows) for rows in record.lines.values())
        found = [pair for pair in pairs if pair.after][:SHOWN]
        if lines:
            found.append(Pair(self.sentences.words.say("runs.would.lines"), str(lines)))
        return tuple(found)

    def _between(self, entity: Entity, before: Record, after: Record) -> Iterator[Pair]:
        if before.state != after.state:
            label = self.sentences.words.say("runs.would.state")
            then, now = (self.sentences.cells.state(entity, r.state or "").text for r in (before, after))
            yield Pair(label, now, then, True)
        keys = [key for key in sorted(changed_fields(before, after)) if own_field(entity, key) is not None]
        then_values, now_values = ({key: _value(r, key) for key in keys} for r in (before, after))
        found = self.sentences.values(entity.key, plain(now_values), plain(then_values))
        yield from [pair for pair in found if pair.is_change][:SHOWN]

    def _postings(self, intents: Iterable[Intent]) -> Iterator[Told]:
        ctx, words = self.sentences.ctx, self.sentences.words
        for intent in intents:
            ledger = ctx.app.package.ledger(intent.ledger)
            seen = common(ctx.kernel, ledger) if ledger is not None else None
            if ledger is None or not seen:
                continue
            pairs = [
                Pair(words.of(m.label), format_number(Decimal(intent.measures[m.key]), m.scale))
                for m in ledger.measures
                if m.key in seen and intent.measures.get(m.key)
            ]
            places = [
                Pair(words.of(d.label), text)
                for d in ledger.dimensions
                if (text := self._place(d, intent.dimensions.get(d.key)))
            ]
            yield Told(words.of(ledger.label), "abacus", pairs=(*places, *pairs))

    def _place(self, dimension: Any, value: Any) -> str:
        if value is None:
            return ""
        if dimension.entity and isinstance(value, int):
            return self.sentences.titles.of(dimension.entity, value)
        return str(value)

    def _asked(self, tasks: Iterable[ApprovalTask]) -> Iterator[Told]:
        words = self.sentences.words
        for task in tasks:
            name = self.sentences.ctx.directory.name_of(task.assignee_id)
            say = "runs.would.tell" if task.status == "told" else "runs.would.ask"
            yield Told(words.say(say, who=name, title=task.title), "user")

    def _notified(self, messages: Iterable[Message]) -> Iterator[Told]:
        shown = [told_message(m) for m in messages if m.kind not in {"search", "event"}]
        yield from self.sentences.messages(shown)

    def _rules(self, runs: Iterable[RuleRun]) -> Iterator[Told]:
        rules = {r.key: r for r in self.sentences.ctx.app.package.rules}
        words = self.sentences.words
        for run in runs:
            rule = rules.get(run.rule)
            if rule is None:
                continue
            outcome = words.say(f"runs.outcome.{run.outcome}") if run.outcome else ""
            steps = self.sentences.steps(run.entity, run.record_id, run.steps)
            yield Told(f"{words.of(rule.label)} · {outcome}", "robot", parts=steps)

    # What a replay lists

    def side(self, about: str, entity: str, side: Any) -> tuple[Told, ...]:
        """One side of a difference: what happened, or what would have."""
        if side is None:
            return (Told(self.sentences.words.say("runs.would.nothing"), "minus"),)
        if about == "approval":
            return tuple(self._step(label, users) for label, users in side) or (
                Told(self.sentences.words.say("runs.would.by_itself"), "check"),
            )
        if about == "values":
            values, problems = side
            pairs = self.sentences.values(entity, values)
            told = (Told(self.sentences.words.say("runs.did.set"), "pencil", pairs=pairs),) if pairs else ()
            refused = tuple(self.sentences.problem(p) for p in problems)
            return (*told, *refused) or (Told(self.sentences.words.say("runs.would.accepted"), "check"),)
        steps = self.sentences.steps(entity, 0, side)
        return steps or (Told(self.sentences.words.say("runs.would.later"), "clock"),)

    def _step(self, label: Any, users: Sequence[int]) -> Told:
        names = [name for user in users if (name := self.sentences.ctx.directory.name_of(user))]
        text = self.sentences.words.of(label)
        return Told(f"{text}：{'、'.join(names)}" if names else text, "user")


def _value(record: Record, key: str) -> Any:
    attributes: Mapping[str, str] = {"owner": "owner_id", "org_unit": "org_unit_id"}
    if key == "business_date" and key not in record.values:
        return record.business_date
    if key in attributes and key not in record.values:
        return getattr(record, attributes[key]) or None
    return record.values.get(key)
