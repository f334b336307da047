"""A player of scenarios who is outside: each step is a request of the person that it names, and what a step expects of its record is read again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from werkzeug.test import TestResponse

from builder.app import create_app
from builder.commands import (
    ActOnTask,
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
    UpdateRecord,
)
from builder.errors import BuilderError, InvalidError, Problem
from builder.metadata.entity import Entity
from builder.metadata.report import Step
from builder.runtime.differing import same
from builder.runtime.passwords import token_hash
from builder.runtime.playing import Played, Player
from builder.runtime.resolving import relative_day
from builder.storage import sessions
from tests.api.caller import Caller

LINKS = frozenset({"reference", "multi_reference", "user", "org_unit"})


class Outside(Player):
    """Sends every command of a person through the HTTP API. What the clock does itself (timed rules) stays inside."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.flask = create_app(self.engine)

    def look_back(self, played: Played) -> None:
        if played.error is None and played.ref is not None and played.step.as_:
            self._read_again(played.step, played)

    def _send(self, step: Step, command: Command, key: str | None) -> Mapping[str, Any]:
        if not step.as_ or type(command) not in REQUESTS:
            return super()._send(step, command, key)
        method, path, body = REQUESTS[type(command)](self, command)
        return told(self._caller(step.as_).send(method, path, body))

    def _caller(self, who: str) -> Caller:
        """The person with a session of now: the clock leaps further than sessions last."""
        actor, now = self.actor(who), self.clock.now()
        token = f"{self.ws}.{actor.user_id}-{now.timestamp()}"
        with self.engine.database.single() as conn:
            if sessions.find_held(conn, self.ws, token_hash(token)) is None:
                sessions.add(
                    conn, self.ws, token_hash(token), actor.user_id, "x", now, now + timedelta(hours=1)
                )
        return Caller(self.flask, token)

    def _read_again(self, step: Step, played: Played) -> None:
        """The record as the person reads it has what the step says, as far as the person may see it."""
        assert played.ref is not None
        answer = self._caller(step.as_ or "").get(
            f"/apps/{self.app}/{played.ref.entity}/{self.at(played.ref.id)}"
        )
        if answer.status_code != 200:
            return
        body = answer.get_json()
        wanted = {k: v for k, v in step.expect.get("values", {}).items() if not isinstance(v, list | dict)}
        with self.reading() as ctx:
            model = self._model(ctx, played.ref.entity)
        plain = {k: of.type for k in wanted if (of := model.field(k)) is not None and of.type not in LINKS}
        for key in plain.keys() & body.keys():
            said, read = relative_day(wanted[key], self.today), body[key]
            if plain[key] == "datetime" and read:
                said, read = datetime.fromisoformat(said), datetime.fromisoformat(read)
            assert said == read or same(said, read), (step.do, step.record, key, said, read)
        if "state" in step.expect and "state" in body:
            assert body["state"] == step.expect["state"]

    def at(self, id: int) -> str:
        """An id as it stands in an address."""
        return self.engine.database.show(id)

    def shown(self, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values as they are sent: ids as everybody outside sees them."""
        with self.reading() as ctx:
            return self._row(ctx.app.package.entity, self._model(ctx, entity), values)

    def _row(self, model_of: Any, model: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
        sent: dict[str, Any] = {}
        for key, value in values.items():
            of = model.field(key)
            kind = of.type if of else ""
            if kind == "lines" and isinstance(value, list | tuple) and of is not None:
                lines = model_of(of.entity)
                sent[key] = [self._row(model_of, lines, row) for row in value]
            elif kind in LINKS or key in {"id", "owner", "org_unit"}:
                sent[key] = self._link(value)
            else:
                sent[key] = value
        return sent

    def _link(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self._link(one) for one in value]
        return self.at(value) if isinstance(value, int) and not isinstance(value, bool) else value

    def create(self, c: CreateRecord) -> tuple[str, str, Any]:
        query = "?submit=1" if c.submit else ""
        return "POST", f"/apps/{c.app}/{c.entity}{query}", self.shown(c.entity, c.values)

    def update(self, c: UpdateRecord) -> tuple[str, str, Any]:
        return "PATCH", f"/apps/{c.app}/{c.entity}/{self.at(c.id)}", self.shown(c.entity, c.values)

    def remove(self, c: DeleteRecord) -> tuple[str, str, Any]:
        return "DELETE", f"/apps/{c.app}/{c.entity}/{self.at(c.id)}", None

    def fire(self, c: FireTransition) -> tuple[str, str, Any]:
        body = {
            "opinion": c.opinion,
            "fields": self.shown(c.entity, c.values),
            "override": _passes(c.overrides),
        }
        return "POST", f"/apps/{c.app}/{c.entity}/{self.at(c.id)}/transitions/{c.transition}", body

    def fire_many(self, c: FireTransitions) -> tuple[str, str, Any]:
        body = {"ids": [self.at(id) for id in c.ids], "atomic": c.atomic, "opinion": c.opinion}
        return "POST", f"/apps/{c.app}/{c.entity}/transitions/{c.transition}", body

    def make_next(self, c: Convert) -> tuple[str, str, Any]:
        with self.reading() as ctx:
            found = next(
                (x.to for x in self._model(ctx, c.entity).conversions if x.key == c.conversion), None
            )
        body = {"fields": self.shown(found, c.values) if found else dict(c.values)}
        return "POST", f"/apps/{c.app}/{c.entity}/{self.at(c.ids[0])}/conversions/{c.conversion}", body

    def act(self, c: ActOnTask) -> tuple[str, str, Any]:
        return (
            "POST",
            f"/tasks/{self.at(c.task_id)}/{c.action}",
            {"opinion": c.opinion, "fields": dict(c.values)},
        )

    def compute(self, c: RunComputation) -> tuple[str, str, Any]:
        sent = {key: self._link(value) for key, value in c.parameters.items()}
        return "POST", f"/apps/{c.app}/computations/{c.computation}", {"parameters": sent}

    def set(self, c: ChangeSetting) -> tuple[str, str, Any]:
        return "PUT", f"/apps/{c.app}/settings/{c.key}", {"value": c.value}

    def close(self, c: ClosePeriod) -> tuple[str, str, Any]:
        return "POST", f"/apps/{c.app}/ledgers/{c.ledger}/periods", {"through": c.through, "reason": c.reason}


REQUESTS: Mapping[type, Any] = {
    CreateRecord: Outside.create,
    UpdateRecord: Outside.update,
    DeleteRecord: Outside.remove,
    FireTransition: Outside.fire,
    FireTransitions: Outside.fire_many,
    Convert: Outside.make_next,
    ActOnTask: Outside.act,
    RunComputation: Outside.compute,
    ChangeSetting: Outside.set,
    ClosePeriod: Outside.close,
}


def _passes(overrides: tuple[Override, ...]) -> list[dict[str, str]]:
    return [{f.name: getattr(one, f.name) for f in fields(one)} for one in overrides]


def told(answer: TestResponse) -> Mapping[str, Any]:
    """What the API answered; a refusal as the error that it tells."""
    body = answer.get_json(silent=True) or {}
    if answer.status_code < 400:
        return body
    assert answer.status_code < 500, answer.get_data(as_text=True)[:600]
    problems = [Problem(p["code"], p.get("path", ""), p.get("params", {})) for p in body.get("errors", ())]
    error: BuilderError = InvalidError(body["code"], problems=problems)
    raise error
