"""Probes: what is compared at every moment of the past: a rule, an approval, or what a draft makes of values and checks.

A probe answers with what happened then and what the draft would do there; a finding is where both differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from builder.errors import BuilderError, Problem
from builder.expressions import ExpressionError
from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.metadata.rule import Rule
from builder.metadata.workflow import Transition
from builder.record import Record
from builder.rules.conditions import plain
from builder.rules.context import Context as Facts
from builder.rules.formulas import compute
from builder.rules.telling import told_problems
from builder.rules.validation import validate
from builder.runtime.context import Context
from builder.runtime.environment import CommandEnvironment
from builder.runtime.handlers.tasks import judge_of, subject_of
from builder.runtime.trying.past import Moment, events_of
from builder.runtime.trying.ruling import BY_TIME, Ruled, alone, ruled, wakes
from builder.runtime.trying.values import exact
from builder.storage import past as stored
from builder.storage.past import Begun
from builder.workflow.definition import definition_of
from builder.workflow.preview import foresee
from builder.workflow.transitions import starting

Kind = Literal["more", "fewer", "otherwise"]
UNPLAYABLE = frozenset(
    {"approval", "record_deleted", "button", "threshold", "webhook", "import_finished", "rule_failed"}
)
"""What the history of records does not tell: rules that wait for it are not tried on what happened."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a probe found at one moment: whether it ``did`` then and ``would`` now; ``kind`` where both differ; what each came to, in JSON
    form."""

    did: bool
    would: bool
    kind: Kind | None = None
    then: Any = None
    now: Any = None


@dataclass
class Batch:
    """Records of one entity with their moments in the period."""

    ctx: Context
    records: Mapping[int, Record]
    moments: Mapping[int, Sequence[Moment]]


class Probe(Protocol):
    """``key`` names it in results; ``about`` says what it is: ``rule``, ``approval`` or ``values``."""

    key: str
    about: str
    entity: str

    def prepare(self, batch: Batch) -> None:
        """Read what a batch needs at once."""

    def look(self, record: Record, moment: Moment) -> Iterable[Look]:
        """What it finds at a moment of a record."""


def at_moment(ctx: Context, moment: Moment) -> CommandEnvironment:
    """The clock and the person of that moment. Other records and balances are read as they are today."""
    own = ctx.environment
    local: datetime = moment.step.at.astimezone(ZoneInfo(own.zone))
    day: date = local.date()
    return CommandEnvironment(moment.step.at, day, moment.step.actor_id, own.balance_of, own.zone)


@dataclass
class RuleProbe:
    """A rule: which moments it would have answered, against the log of what it did. ``rule`` None: the draft has it no more."""

    ctx: Context
    uid: str
    key: str
    entity: str
    rule: Rule | None
    about: str = "rule"
    _ran: Mapping[tuple[int, int], Any] = field(default_factory=dict)
    _last: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def package(self) -> Package | None:
        return alone(self.ctx.app.package, self.rule) if self.rule is not None else None

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
        found = self._would(record, self._as_met(moment, did))
        if found is None and did is None:
            return
        yield self._compared(did, found)

    def _as_met(self, moment: Moment, did: Any) -> Moment:
        """A rule that corrects a record met it as it was before its own corrections."""
        if did is None or self.rule is None or self.rule.timing != "before":
            return moment
        entity = self.ctx.app.package.entity(self.entity)
        values: dict[str, Any] = {}
        for step in did[1]:
            for key, value in (step.get("before") or {}).items():
                of = entity.field(key) if entity is not None else None
                if of is not None and key not in values:
                    values[key] = exact(of, value)
        return replace(moment, after=moment.after.with_values(values)) if values else moment

    def _would(self, record: Record, moment: Moment) -> Ruled | None:
        """What the rule would have come to; None where nothing woke it."""
        if self.rule is None or self.package is None or not self.rule.enabled:
            return None
        if self.rule.when.kind in BY_TIME:
            return self._ruled(moment, None)
        for event in events_of(self.ctx.app.package, moment):
            if wakes(self.package, event):
                return self._ruled(moment, event)
        return None

    def _ruled(self, moment: Moment, event: Any) -> Ruled:
        assert self.rule is not None
        assert self.package is not None
        own = self.ctx.facts
        environment = at_moment(self.ctx, moment)
        facts = Facts(self.package, own.compiled, own.reader, environment, own.actor, own.app, own.directory)
        return ruled(facts, self.rule, event, moment.after)

    def _compared(self, did: Any, found: Ruled | None) -> Look:
        would = found is not None and found.applies is not False
        now = _steps_of(found) if found is not None and would else None
        then = list(did[1]) if did is not None else None
        if (did is not None) != would:
            return Look(did is not None, would, "more" if would else "fewer", then, now)
        if not would or did is None or did[0] == "queued":
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


@dataclass
class ApprovalProbe:
    """An approval: which records would have asked for it and whom, against those that did, along the path of the definition of then."""

    ctx: Context
    uid: str
    key: str
    entity: str
    transition: Transition | None
    about: str = "approval"
    _begun: Mapping[int, Sequence[Begun]] = field(default_factory=dict)

    def prepare(self, batch: Batch) -> None:
        entity_id = self.ctx.app.maps.entity_id(self.entity)
        self._begun = stored.begun(self.ctx.conn, self.ctx.ws, entity_id, list(batch.records))

    def look(self, record: Record, moment: Moment) -> Iterable[Look]:
        then = self._then(record, moment)
        entered = moment.before is None or moment.before.state != moment.after.state
        would = entered and self._starts(moment)
        if then is None and not would:
            return
        now_path = self._path(moment) if would else None
        then_path = self._path_of(then.definition, moment, then.started_by) if then is not None else None
        kind: Kind | None = None
        if (then is not None) != would:
            kind = "more" if would else "fewer"
        elif then_path != now_path:
            kind = "otherwise"
        yield Look(then is not None, would, kind, then_path, now_path)

    def _then(self, record: Record, moment: Moment) -> Begun | None:
        """The approval that began at that moment."""
        if self.transition is not None and moment.after.state not in self.transition.from_:
            return None
        found = (b for b in self._begun.get(record.id, ()) if b.transition_uid == self.uid)
        return next((b for b in found if b.started_at == moment.step.at), None)

    def _on(self, moment: Moment) -> Context:
        return replace(self.ctx, environment=at_moment(self.ctx, moment))

    def _starts(self, moment: Moment) -> bool:
        workflow = self.ctx.app.package.workflow_of(self.entity)
        if workflow is None or self.transition is None:
            return False
        try:
            judge = judge_of(self._on(moment), moment.after, moment.before)
            return self.transition in starting(workflow, moment.after, judge)
        except ExpressionError:
            return False

    def _path(self, moment: Moment) -> Any:
        assert self.transition is not None
        after = moment.after
        definition = definition_of(self.ctx.app.package, self.entity, self.transition, after.state)
        definition["submitter_unit"], definition["people"] = after.org_unit_id, {}
        return self._path_of(definition, moment, moment.step.actor_id)

    def _path_of(self, definition: Mapping[str, Any], moment: Moment, by: int) -> Any:
        try:
            steps = foresee(definition, subject_of(self._on(moment), moment.after, moment.before), by)
        except (BuilderError, ExpressionError, LookupError) as error:
            return [[str(getattr(error, "code", "APPROVAL_PATH")), []]]
        return [[plain(s.label), list(s.users)] for s in steps if not s.skipped and s.kind == "approver"]


@dataclass
class ValuesProbe:
    """Values and checks: what the draft's formulas would make of a record and what its checks would refuse, against the live version's."""

    ctx: Context
    live: Context
    key: str
    entity: str
    about: str = "values"

    def prepare(self, batch: Batch) -> None:
        """Nothing: lookups are read as they are met."""

    def look(self, record: Record, moment: Moment) -> Iterable[Look]:
        then, now = self._of(self.live, moment), self._of(self.ctx, moment)
        if then == now:
            yield Look(True, True)
            return
        refused_then, refused_now = bool(then[1]), bool(now[1])
        kind: Kind = "otherwise"
        if refused_then != refused_now:
            kind = "fewer" if refused_now else "more"
        shown = [_different(then[0], now[0]), _different(now[0], then[0])]
        yield Look(not refused_then, not refused_now, kind, [shown[0], then[1]], [shown[1], now[1]])

    def _of(self, ctx: Context, moment: Moment) -> tuple[dict[str, Any], list[Any]]:
        facts = replace(ctx.facts, env=at_moment(ctx, moment))
        try:
            record, wrong = compute(facts, moment.after)
            problems = (*wrong, *validate(facts, record, moment.before))
        except (ExpressionError, LookupError):
            return {}, told_problems([Problem("TRY_NEEDS_PUBLISH")])
        return plain(dict(record.values)), told_problems(problems)


def _different(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if other.get(key) != value}


def is_playable(rule: Rule) -> bool:
    """Whether the history tells enough to try the rule on it."""
    return rule.when.kind not in UNPLAYABLE and bool(rule.when.entity)


def probes_of(ctx: Context, live: Context, kind: str, key: str, transition: str = "") -> list[Any]:
    """What is to be compared: one rule, one approval, or everything in which the draft of ``ctx`` differs from the live version."""
    if kind == "rule":
        return [p for p in [_rule_probe(ctx, live, key)] if p is not None]
    if kind == "approval":
        workflow = next((w for w in ctx.app.package.workflows if w.key == key), None)
        found = workflow.transition(transition) if workflow is not None else None
        if workflow is None or found is None:
            return []
        return [ApprovalProbe(ctx, found.uid, found.key, workflow.entity, found if found.approval else None)]
    return [*_changed_rules(ctx, live), *_changed_approvals(ctx, live), *_changed_entities(ctx, live)]


def _rule_probe(ctx: Context, live: Context, key: str) -> RuleProbe | None:
    rule = next((r for r in ctx.app.package.rules if r.key == key), None)
    known = rule or next((r for r in live.app.package.rules if r.key == key), None)
    entity = _document(ctx.app.package, known) if known is not None else None
    if known is None or entity is None or not is_playable(known):
        return None
    return RuleProbe(ctx, known.uid, known.key, entity, rule)


def _document(package: Package, rule: Rule) -> str | None:
    entity = package.entity(rule.when.entity or "")
    return (entity.parent if entity.kind == "lines" else entity.key) if entity is not None else None


def _changed_rules(ctx: Context, live: Context) -> Iterable[RuleProbe]:
    was = {r.uid: r for r in live.app.package.rules}
    now = {r.uid: r for r in ctx.app.package.rules}
    for uid in dict.fromkeys([*now, *was]):
        if was.get(uid) != now.get(uid):
            found = _rule_probe(ctx, live, (now.get(uid) or was[uid]).key)
            if found is not None:
                yield found


def _changed_approvals(ctx: Context, live: Context) -> Iterable[ApprovalProbe]:
    was = {t.uid: t for w in live.app.package.workflows for t in w.transitions}
    for workflow in ctx.app.package.workflows:
        for t in workflow.transitions:
            then = was.get(t.uid)
            before = then.approval if then is not None else None
            if t.approval != before and workflow.entity in ctx.app.maps.entities:
                yield ApprovalProbe(ctx, t.uid, t.key, workflow.entity, t if t.approval else None)


def _changed_entities(ctx: Context, live: Context) -> Iterable[ValuesProbe]:
    for entity in ctx.app.package.entities:
        was = live.app.package.entity_by_uid(entity.uid)
        if (
            entity.kind not in {"lines", "log"}
            and was is not None
            and _lookalike(ctx, entity) != _lookalike(live, was)
        ):
            yield ValuesProbe(ctx, live, entity.key, entity.key)


def _lookalike(ctx: Context, entity: Entity) -> Any:
    """All of an entity and its lines that decides about values and checks."""
    lines = [ctx.app.package.entity(f.entity or "") for f in entity.line_fields]
    return [
        (e.fields, getattr(e, "constraints", ()), getattr(e, "checks", ()))
        for e in [entity, *lines]
        if e is not None
    ]
