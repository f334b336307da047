"""Rules on what happened: which moments a rule would have answered, against the log of what it did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from builder.metadata.package import Package
from builder.metadata.rule import Rule
from builder.record import Record
from builder.rules.actions.telling import told_problems
from builder.runtime.context import Context
from builder.runtime.trying.looking import Batch, Look, at_moment
from builder.runtime.trying.past import Moment, events_of
from builder.runtime.trying.recalled import Recalled, remembered
from builder.runtime.trying.ruling import BY_TIME, Ruled, alone, ruled, wakes
from builder.runtime.trying.values import exact
from builder.storage import past as stored
from builder.storage.past import Ran


@dataclass
class RuleProbe:
    """A rule: which moments it would have answered, against the log of what it did. ``rule`` None: the draft has it no more."""

    ctx: Context
    uid: str
    key: str
    entity: str
    rule: Rule | None
    about: str = "rule"
    live: Context | None = None
    was: Rule | None = None
    _ran: Mapping[tuple[int, int], Ran] = field(default_factory=dict)
    _last: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def package(self) -> Package | None:
        return alone(self.ctx.app.package, self.rule) if self.rule is not None else None

    @cached_property
    def package_then(self) -> Package | None:
        known = self.live is not None and self.was is not None
        return alone(self.live.app.package, self.was) if known and self.live and self.was else None

    def prepare(self, batch: Batch) -> None:
        self._ran = stored.ran(self.ctx.conn, self.ctx.ws, self.uid, list(batch.records))
        self._last = {id: found[-1].step.version for id, found in batch.moments.items() if found}
        paths = self.ctx.app.compiled.expression(self.rule.uid, "if") if self.rule is not None else None
        wanted = (
            [p for p in paths.paths if "." in p and not p.startswith("old.")] if paths is not None else []
        )
        if wanted:
            # One read a hop for all of them instead of one a record.
            self.ctx.facts.values_many(wanted, [r for r in batch.records.values() if r.entity == self.entity])

    def look(self, record: Record, moment: Moment) -> Iterable[Look]:
        did = self._ran.get((moment.step.cmd, record.id))
        if self.rule is not None and self.rule.when.kind in BY_TIME:
            # The clock woke it, not a change: it is asked once a record, as the period left it.
            if moment.step.version != self._last.get(record.id):
                return
            did = next((run for (_, id), run in self._ran.items() if id == record.id), None)
        met = self._as_met(moment, did)
        found = self._would(self.ctx, self.rule, self.package, met, did)
        if found is None and did is None:
            return
        look = self._compared(did, found)
        yield self._unclear(look, met, did) if look.kind is not None else look

    def _as_met(self, moment: Moment, did: Ran | None) -> Moment:
        """A rule that corrects a record met it as it was before its own corrections."""
        if did is None or self.rule is None or self.rule.timing != "before":
            return moment
        entity = self.ctx.app.package.entity(self.entity)
        values: dict[str, Any] = {}
        for step in did.steps:
            for key, value in (step.get("before") or {}).items():
                of = entity.field(key) if entity is not None else None
                if of is not None and key not in values:
                    values[key] = exact(of, value)
        return replace(moment, after=moment.after.with_values(values)) if values else moment

    def _would(
        self, ctx: Context, rule: Rule | None, package: Package | None, moment: Moment, did: Ran | None
    ) -> Ruled | None:
        """What the rule would have come to; None where nothing woke it."""
        if rule is None or package is None or not rule.enabled:
            return None
        if rule.when.kind in BY_TIME:
            return self._ruled(ctx, rule, package, moment, None, did)
        for event in events_of(ctx.app.package, moment):
            if wakes(package, event):
                return self._ruled(ctx, rule, package, moment, event, did)
        return None

    def _ruled(
        self, ctx: Context, rule: Rule, package: Package, moment: Moment, event: Any, did: Ran | None
    ) -> Ruled:
        own, at = ctx.facts, moment.after
        known = remembered(ctx.app.package, rule.when.entity or "", did.inputs) if did is not None else {}
        facts = Recalled(
            package,
            own.compiled,
            own.reader,
            at_moment(ctx, moment),
            own.actor,
            own.app,
            own.directory,
            known=known,
            about=(at.entity, at.id, at.version),
        )
        return ruled(facts, rule, event, at)

    def _unclear(self, look: Look, moment: Moment, did: Ran | None) -> Look:
        """Where the live rule, tried in the same way, does not come to what it really did, today's data do not tell: a difference from the draft
        would be none of the draft's."""
        if self.live is None or self.was is None:
            return look
        again = self._would(self.live, self.was, self.package_then, moment, did)
        does = again is not None and again.applies is not False
        same = (
            signature(_steps_of(again)) == signature(did.steps)
            if did is not None and again is not None
            else True
        )
        if does == look.did and (same or look.kind != "otherwise"):
            return look
        return replace(look, kind=None, unclear=True)

    def _compared(self, did: Ran | None, found: Ruled | None) -> Look:
        would = found is not None and found.applies is not False
        now = _steps_of(found) if found is not None and would else None
        then = list(did.steps) if did is not None else None
        if (did is not None) != would:
            return Look(did is not None, would, "more" if would else "fewer", then, now)
        if not would or did is None or did.outcome == "queued":
            return Look(did is not None, would)
        same = signature(then or ()) == signature(now or ())
        return Look(True, True, None if same else "otherwise", then, now)


def _steps_of(found: Ruled) -> list[Mapping[str, Any]]:
    steps: list[Mapping[str, Any]] = [dict(step) for run in found.runs for step in run.steps]
    if not steps and found.problems:
        return [{"problems": told_problems(found.problems)}]
    return steps


def signature(steps: Iterable[Mapping[str, Any]]) -> Any:
    """What of a run's steps must be the same for two runs to be: not ids of what they made, nor when."""
    return [
        (
            step.get("kind"),
            sorted((step.get("values") or {}).items()),
            [
                (c.get("command"), c.get("entity"), c.get("id"), c.get("transition"), sorted((c.get("values") or {}).items(), key=str))
                for c in step.get("commands") or ()
            ],
            len(step["messages"]) if isinstance(step.get("messages"), list) else step.get("messages"),
            [p.get("code") if isinstance(p, Mapping) else p for p in step.get("problems") or ()],
            signature(step.get("steps") or ()),
        )
        for step in steps
    ]  # fmt: skip
