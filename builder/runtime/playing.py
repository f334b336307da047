"""Playing: steps of scenarios and of sample data, driven through the same commands as people use, on a clock of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from builder.clock import FixedClock
from builder.commands import (
    ActOnTask,
    Actor,
    ChangeSetting,
    ClosePeriod,
    Command,
    Convert,
    CreateRecord,
    DeleteRecord,
    FireTransition,
    FireTransitions,
    Override,
    RunComputation,
    RunRule,
    RunSchedule,
    UpdateRecord,
)
from builder.errors import BuilderError, InvalidError, NotFoundError, Problem
from builder.metadata.entity import Entity
from builder.metadata.report import Step
from builder.metadata.rule import Rule
from builder.record import Record, Ref
from builder.rules.schedule import fire_key
from builder.runtime.auth import actor_of
from builder.runtime.context import Context
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.resolving import Resolver, instant
from builder.storage import accounts

ROLE = "role:"


def system(ws: int) -> Actor:
    """The engine itself: may do everything, is nobody."""
    return Actor(workspace=ws, user_id=0, kind="system", login="system", name="system")


@dataclass(frozen=True)
class Played:
    """A step with what came of it: the record it is about, the answer, or the refusal."""

    step: Step
    ref: Ref | None
    answer: Mapping[str, Any]
    error: BuilderError | None = None


@dataclass
class Player:
    """Plays steps into ``app``. ``engine`` has the clock that steps move; ``people`` gives the login that plays a role;
    days before today count from ``today``."""

    engine: Engine
    ws: int
    app: str
    today: date
    people: Mapping[str, str] = field(default_factory=dict)
    names: MutableMapping[str, Ref] = field(default_factory=dict)

    def __post_init__(self) -> None:
        clock = self.engine.clock
        assert isinstance(clock, FixedClock)
        self.clock = clock
        self.resolver = Resolver(self.names)
        self._actors: dict[str, Actor] = {}

    @contextmanager
    def reading(self, actor: Actor | None = None) -> Iterator[Context]:
        """A snapshot of the app, as the engine sees it or as ``actor`` does."""
        with self.engine.database.snapshot() as conn:
            yield open_reading(self.engine, conn, actor or system(self.ws), self.app, self.clock.now())

    def play(self, step: Step, *, key: str | None = None) -> Played:
        """Do the step. A refusal is an outcome, not an accident: it comes back. With the same ``key`` a step happens once."""
        self.move(step)
        ref: Ref | None = None
        try:
            with self.reading() as ctx:
                ref = self.resolver.ref(ctx, step.record) if step.record else None
                command = self._command(ctx, step, ref)
            answer = self._send(step, command, key) if command is not None else {}
        except BuilderError as error:
            return Played(step, ref, {}, error)
        if step.do == "compute" and step.id:
            self._name_rows(step.id, answer)
        made = self._made(step, answer)
        if made is not None:
            ref = made
            if step.id:
                self.names[step.id] = made
        return Played(step, ref, answer)

    def look_back(self, played: Played) -> None:
        """The step is over and what follows from it is done; a player may want to see that for itself."""

    def move(self, step: Step) -> None:
        """Set the clock to the step's own time; without one a second passes, because no two things happen at one instant."""
        if step.at:
            self.clock.set(instant(step.at, self.today, ZoneInfo(self.engine.settings.timezone)))
        else:
            self.clock.advance(timedelta(seconds=1))

    def actor(self, who: str | None) -> Actor:
        """The person behind a login or ``role:key``; without a name the engine itself."""
        if not who:
            return system(self.ws)
        login = self.people.get(who.removeprefix(ROLE), who) if who.startswith(ROLE) else who
        if login not in self._actors:
            with self.engine.database.snapshot() as conn:
                user = accounts.user_by_login(conn, self.ws, login)
            if user is None:
                raise NotFoundError(login=login)
            self._actors[login] = actor_of(self.ws, user)
        return self._actors[login]

    def _send(self, step: Step, command: Command, key: str | None) -> Mapping[str, Any]:
        actor = self.actor(step.as_)
        if isinstance(command, RunRule):
            actor = replace(system(self.ws), kind="timer")
        return Dispatcher(self.engine)(actor, command, key=key)

    def _name_rows(self, id: str, answer: Mapping[str, Any]) -> None:
        """Records of a computation by their rows: ``id_1``, ``id_2`` … Those that it has just made are known from its next run on."""
        for number, row in enumerate(answer["rows"], 1):
            found = self.engine.database.read_id(row["id"]) if row["id"] else None
            if found is not None:
                self.names[f"{id}_{number}"] = Ref(answer["entity"], found)

    def _made(self, step: Step, answer: Mapping[str, Any]) -> Ref | None:
        if step.do not in {"create", "convert"}:
            return None
        body = answer["results"][0] if "results" in answer else answer
        id = self.engine.database.read_id(body["id"])
        assert id is not None
        return Ref(body.get("entity") or step.entity or "", id)

    def _command(self, ctx: Context, step: Step, ref: Ref | None) -> Command | None:
        if step.do in {"clock", "check"}:
            return None
        return MAKERS[step.do](self, ctx, step, ref)

    def _model(self, ctx: Context, key: str | None) -> Entity:
        model = ctx.app.package.entity(key or "")
        if model is None:
            raise NotFoundError(entity=key)
        return model

    def _values(self, ctx: Context, entity: str | None, step: Step) -> dict[str, Any]:
        return self.resolver.values(ctx, self._model(ctx, entity), step.values)

    def _create(self, ctx: Context, step: Step, _: Ref | None) -> Command:
        entity = step.entity or ""
        return CreateRecord(self.app, entity, self._values(ctx, entity, step), step.submit, source="sample")

    def _update(self, ctx: Context, step: Step, ref: Ref | None) -> Command:
        at = _needed(ref)
        return UpdateRecord(self.app, at.entity, at.id, self._values(ctx, at.entity, step))

    def _transition(self, ctx: Context, step: Step, ref: Ref | None) -> Command:
        at = _needed(ref)
        values = self._values(ctx, at.entity, step)
        overrides = tuple(Override(guard, reason) for guard, reason in step.overrides.items())
        return FireTransition(
            self.app, at.entity, at.id, step.transition or "", step.opinion or "", values, overrides=overrides
        )

    def _convert(self, ctx: Context, step: Step, ref: Ref | None) -> Command:
        at = _needed(ref)
        entity = self._model(ctx, at.entity)
        to = next((c.to for c in entity.conversions if c.key == step.conversion), None)
        values = self._values(ctx, to, step) if to else dict(step.values)
        return Convert(self.app, at.entity, (at.id,), step.conversion or "", values=values)

    def _bulk(self, ctx: Context, step: Step, _: Ref | None) -> Command:
        refs = [self.resolver.ref(ctx, text) for text in step.records]
        atomic = bool((step.value or {}).get("atomic"))
        ids = tuple(ref.id for ref in refs)
        return FireTransitions(
            self.app, refs[0].entity, ids, step.transition or "", atomic, step.opinion or ""
        )

    def _delete(self, ctx: Context, step: Step, ref: Ref | None) -> Command:
        at = _needed(ref)
        return DeleteRecord(self.app, at.entity, at.id)

    def _setting(self, ctx: Context, step: Step, _: Ref | None) -> Command:
        return ChangeSetting(self.app, step.key or "", step.value)

    def _close(self, ctx: Context, step: Step, _: Ref | None) -> Command:
        return ClosePeriod(self.app, step.ledger or "", str(step.value), reason=step.opinion or "")

    def _task(self, ctx: Context, step: Step, ref: Ref | None) -> Command:
        at = _needed(ref)
        mine = self.actor(step.as_).user_id
        tasks = sorted(open_tasks(ctx, at), key=lambda t: (t.assignee_id != mine, t.id))
        if not tasks:
            raise InvalidError("TASK_NOT_OPEN", problems=[Problem("TASK_NOT_OPEN")])
        values = self._values(ctx, at.entity, step)
        return ActOnTask(tasks[0].id, step.task or "approve", step.opinion or "", values=values)

    def _compute(self, ctx: Context, step: Step, _: Ref | None) -> Command:
        sent = {key: self.resolver.plain(ctx, key, value, self.today) for key, value in step.values.items()}
        return RunComputation(self.app, step.computation or "", sent)

    def _schedule(self, ctx: Context, step: Step, _: Ref | None) -> Command:
        return RunSchedule(self.app, step.rule or "")

    def _rule(self, ctx: Context, step: Step, ref: Ref | None) -> Command | None:
        rule = next((r for r in ctx.app.package.rules if r.key == step.rule), None)
        if rule is None:
            raise NotFoundError(rule=step.rule)
        record = ctx.reader.get(ref.entity, [ref.id]).get(ref.id) if ref else None
        if record is not None and not _is_meant(ctx, rule, record):
            return None
        planned = self.clock.now()
        entity, id = (record.entity, record.id) if record else (None, 0)
        event = {} if record else {"kind": rule.when.kind}
        return RunRule(self.app, rule.key, entity, id, fire_key(rule, record, planned), event)


def _is_meant(ctx: Context, rule: Rule, record: Record) -> bool:
    """Whether a timed rule would run for this record."""
    return record.archived_at is None and ctx.passes(record, rule.when.filter)


def open_tasks(ctx: Context, ref: Ref) -> list[Any]:
    """The tasks of a record that wait for somebody now."""
    running = ctx.reader.running_approvals(ref)
    return [task for _, tasks in running for task in tasks if task.status == "open"]


def _needed(ref: Ref | None) -> Ref:
    if ref is None:
        raise InvalidError(problems=[Problem("REQUIRED", "/record", {"field": "record"})])
    return ref


Maker = Callable[[Player, Context, Step, "Ref | None"], "Command | None"]
MAKERS: Mapping[str, Maker] = {
    "create": Player._create,
    "update": Player._update,
    "transition": Player._transition,
    "convert": Player._convert,
    "bulk": Player._bulk,
    "delete": Player._delete,
    "setting": Player._setting,
    "close": Player._close,
    "task": Player._task,
    "rule": Player._rule,
    "compute": Player._compute,
    "schedule": Player._schedule,
}
