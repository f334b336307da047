"""Sentences: what a rule saw and did, as people read it: labels of fields, formatted values, names of records. Never a key.

The log of what happened and the trial of what would happen are told by the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from builder.metadata.entity import Entity, Field
from builder.metadata.paths import label_of
from builder.metadata.workflow import Transition
from builder.rules.actions import ACTIONS
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.paths import leaf, own_field
from builder.runtime.pages.titles import USERS, Titles
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of
from builder.runtime.trying.values import exact
from builder.web.formats import format_number
from builder.web.told import Pair, Told

MOST_PAIRS = 20
MOST_NAMES = 10
OLD = "old."
ICONS: Mapping[str, str] = {
    "CreateRecord": "plus",
    "UpdateRecord": "pencil",
    "DeleteRecord": "trash",
    "FireTransition": "arrow-right",
    "Convert": "file-export",
    "OpenTicket": "flag",
    "StartApproval": "signature",
    "MakePrint": "printer",
    "RunComputation": "calculator",
    "notification": "bell",
    "email": "mail",
    "robot": "message",
    "connector": "plug",
}


@dataclass
class Sentences:
    """Tells runs of one app to one reader. What the reader may not see is left out. ``is_closed``: what messages say may hold what the reader
    may not see, so only whom they went to is told."""

    ctx: Context
    words: Words
    titles: Titles
    is_closed: bool = False
    cells: Cells = field(init=False)

    def __post_init__(self) -> None:
        self.cells = Cells(self.ctx, self.words, self.titles)

    @classmethod
    def of(cls, ctx: Context, words: Words) -> Sentences:
        return cls(ctx, words, Titles(ctx))

    # What a rule saw

    def inputs(self, entity: str, inputs: Mapping[str, Any]) -> tuple[Pair, ...]:
        """The values that a condition looked at."""
        pairs = (self._input(entity, path, value) for path, value in inputs.items())
        return tuple(pair for pair in pairs if pair is not None)[:MOST_PAIRS]

    def _input(self, entity: str, path: str, value: Any) -> Pair | None:
        package, plain_path = self.ctx.app.package, path.removeprefix(OLD)
        model = package.entity(entity)
        if model is None:
            return self._of_ledger(entity, path, value)
        if plain_path.startswith("setting."):
            return None
        if not self._may_see(entity, plain_path):
            return None
        found = leaf(package, model, plain_path)
        label = label_of(package, entity, plain_path, self.words.locale)
        if label == plain_path and found is None:
            return None
        if path.startswith(OLD):
            label = self.words.say("runs.before", label=label)
        return Pair(label, self._value(*found, value) if found else _bare(value))

    def _of_ledger(self, entity: str, path: str, value: Any) -> Pair | None:
        ledger = self.ctx.app.package.ledger(entity.removeprefix("ledger:"))
        measure = next((m for m in ledger.measures if m.key == path), None) if ledger else None
        head, _, rest = path.partition(".")
        dimension = ledger.dimension(head) if ledger is not None else None
        if dimension is not None and dimension.entity and rest:
            return self._input(dimension.entity, rest, value)
        return Pair(self.words.of(measure.label), _number(value)) if measure is not None else None

    def _may_see(self, entity: str, path: str) -> bool:
        kernel = self.ctx.kernel
        return kernel.is_unlimited or kernel.is_path_readable(entity, path.removeprefix("parent."))

    # What a rule did

    def steps(self, entity: str, record_id: int, steps: Iterable[Mapping[str, Any]]) -> tuple[Told, ...]:
        """Everything that the steps did, in their order; steps of steps within them."""
        return tuple(told for step in steps for told in self._step(entity, record_id, step))

    def _step(self, entity: str, record_id: int, step: Mapping[str, Any]) -> Iterator[Told]:
        inner = step.get("steps") or ()
        if step.get("values"):
            yield self._set(entity, step)
        for command in step.get("commands", ()):
            yield self.command(command)
        yield from self.messages(step.get("messages") or ())
        for problem in step.get("problems", ()):
            yield self.problem(problem)
        if inner:
            parts = tuple(t for one in inner for t in self._step(entity, record_id, one))
            yield Told(self.kind(str(step.get("kind", ""))), "git-branch", parts=parts)
        if step.get("more"):
            yield Told(self.words.say("runs.more", n=step["more"]), "dots")

    def kind(self, kind: str) -> str:
        """What a kind of action is called."""
        known = ACTIONS.find(kind)
        return self.words.of(known.label) if known is not None else self.words.say("runs.did.other")

    def _set(self, entity: str, step: Mapping[str, Any]) -> Told:
        before = step.get("before", {})
        return Told(
            self.words.say("runs.did.set"), "pencil", pairs=self.values(entity, step["values"], before)
        )

    def values(
        self, entity: str, values: Mapping[str, Any], before: Mapping[str, Any] | None = None
    ) -> tuple[Pair, ...]:
        """Fields of an entity with their values in JSON form; those that the reader may see."""
        model = self.ctx.app.package.entity(entity)
        if model is None or not (
            self.ctx.kernel.is_unlimited or self.ctx.kernel.may("read", model.parent or entity)
        ):
            return ()
        found: list[Pair] = []
        for key, value in values.items():
            of = own_field(model, key)
            if of is None or not self.ctx.kernel.is_readable(entity, key):
                continue
            then = self._value(model, of, before.get(key)) if before is not None else ""
            text = self._value(model, of, value)
            changed = before is not None and then != text
            found.append(Pair(self.words.of(of.label), text, then, changed))
        return tuple(found[:MOST_PAIRS])

    def command(self, told: Mapping[str, Any]) -> Told:
        """A command that a rule asked for."""
        name, entity, id = str(told.get("command", "")), str(told.get("entity") or ""), told.get("id")
        title, who = self._title(told), self._person(told.get("owner"))
        key = f"runs.did.{name}" if name != "OpenTicket" or (who and title) else "runs.did.ticket"
        text = self.words.say(
            key if self.words.knows(key) else "runs.did.other",
            entity=self.entity_label(entity),
            record=self.record(entity, id) if id else self.entity_label(entity),
            move=self.move(entity, str(told.get("transition") or "")),
            title=title,
            who=who,
            what=self._what(told),
        ).rstrip(" :：")
        icon = ICONS.get(name, "bolt")
        pairs = self.values(entity, told.get("values") or {})
        return Told(text, icon, self.url(entity, id), pairs=pairs)

    def _person(self, id: Any) -> str:
        return self.ctx.directory.name_of(int(id)) if id else ""

    def _what(self, told: Mapping[str, Any]) -> str:
        """The print or the computation that a command names."""
        package = self.ctx.app.package
        known = {**{p.key: p.label for p in package.prints}, **{c.key: c.label for c in package.computations}}
        return self.words.of(known.get(str(told.get("print") or told.get("computation") or ""), ""))

    def messages(self, messages: Any) -> Iterator[Told]:
        """Whom messages go to, those of one kind and title together."""
        if isinstance(messages, int):
            # What older runs have kept is how many they were.
            if messages:
                yield Told(self.words.say("runs.did.told_n", n=messages), "bell")
            return
        groups: dict[tuple[str, str, str], list[int]] = {}
        for one in messages:
            title = self._title(one)
            at = (str(one.get("kind", "")), title, str(one.get("connector") or one.get("rule") or ""))
            groups.setdefault(at, []).append(int(one.get("user_id") or 0))
        for (kind, title, about), users in groups.items():
            yield self._message(kind, title, about, users)

    def _title(self, told: Mapping[str, Any]) -> str:
        """What a message or a ticket is about, for those it was for and those who may see all that fills it."""
        mine = int(told.get("user_id") or 0) == self.ctx.actor.user_id
        return self.words.of(told.get("title") or "") if mine or not self.is_closed else ""

    def _message(self, kind: str, title: str, about: str, users: list[int]) -> Told:
        icon = ICONS.get(kind, "send")
        names = [name for user in users if user and (name := self.ctx.directory.name_of(user))]
        if kind in {"notification", "email"}:
            who = self.words.listed(names[:MOST_NAMES])
            return Told(self.words.say(f"runs.did.{kind}", who=who, title=title).rstrip(' :：「」“”"'), icon)
        known = {c.key: c.label for c in self.ctx.app.package.connectors} | {
            r.key: r.label for r in self.ctx.app.package.rules
        }
        key = f"runs.did.{kind}"
        say = key if self.words.knows(key) else "runs.did.message"
        return Told(self.words.say(say, what=self.words.of(known.get(about, ""))), icon)

    def problem(self, problem: Any) -> Told:
        """A refusal. What older runs have kept is its code alone."""
        if not isinstance(problem, Mapping):
            return Told(self.words.message(str(problem), {}), "ban", tone="bad")
        code, params = str(problem.get("code", "")), problem.get("params") or {}
        return Told(self.words.message(code, params, problem.get("message")), "ban", tone="bad")

    # Names

    def entity_label(self, entity: str) -> str:
        model = self.ctx.app.package.entity(entity)
        return self.words.of(model.label) if model is not None else self.words.say("runs.record")

    def move(self, entity: str, key: str) -> str:
        """What a transition is called."""
        workflow = self.ctx.app.package.workflow_of(entity) if entity else None
        found: Transition | None = next(
            (t for t in (workflow.transitions if workflow else ()) if t.key == key), None
        )
        return self.words.of(found.label) if found is not None else ""

    def record(self, entity: str, id: Any) -> str:
        """A record by its kind and name, as far as the reader may know it."""
        model = self.ctx.app.package.entity(entity)
        found = self.ctx.reader.get(entity, [int(id)]).get(int(id)) if model is not None and id else None
        label = self.entity_label(entity)
        if model is None or found is None or not self.ctx.kernel.may("read", entity):
            return label
        return f"{label} {title_of(model, found)}".strip()

    def url(self, entity: str, id: Any) -> str:
        """The record's page, for those who may see it."""
        model = self.ctx.app.package.entity(entity)
        if model is None or model.kind == "lines" or not id or not self.ctx.kernel.may("read", entity):
            return ""
        found = self.ctx.reader.get(entity, [int(id)]).get(int(id))
        if found is None or not self.ctx.in_scope(found, "read"):
            return ""
        return addresses.record_page(self.ctx.app.key, entity, self.ctx.engine.database.show(int(id)))

    def _value(self, entity: Entity, of: Field, value: Any) -> str:
        if isinstance(value, list) and not (of.entity or of.type in USERS or of.options):
            return self.words.listed(
                text for one in value[:MOST_PAIRS] if (text := self._value(entity, of, one))
            )
        try:
            return self.cells.cell(entity, of, exact(of, value)).text
        except (TypeError, ValueError, AttributeError):
            return _bare(value)


def _number(value: Any) -> str:
    """A balance as people write it, without zeros that mean nothing."""
    try:
        return format_number(Decimal(str(value)).normalize())
    except (ArithmeticError, ValueError):
        return _bare(value)


def _bare(value: Any) -> str:
    """A value of no field, as far as it is one that people read."""
    if isinstance(value, list):
        return "、".join(_bare(one) for one in value[:MOST_PAIRS])
    return "" if value is None or isinstance(value, Mapping) else str(value)
