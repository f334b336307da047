"""Trying: the path of a record through an approval of the draft, beside the approval while it is being made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.designer.pickers import Choice
from builder.designer.ports import Foreseen, Listed, Person, Trial
from builder.designer.room import Opened, Room
from builder.errors import BuilderError, Problem
from builder.expressions import ExpressionError, compile_expression
from builder.metadata.kinds import NodeName

ASKED = "v."
"""What stands before a field in the address of a page that tries something."""
TYPED = frozenset({"money", "quantity", "decimal", "integer", "percent", "text", "date", "boolean", "choice"})
"""Fields that can be typed for a trial."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A field that decides about the path, with what was typed for it."""

    key: str
    label: str
    value: str
    type: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Tried:
    """One approval, what it was tried on and what came of it. ``steps`` None: it would not be asked for; ``problems`` say why nothing is
    known."""

    transition: str
    trial: Trial
    asked: tuple[Asked, ...]
    records: Sequence[Listed]
    steps: Sequence[Foreseen] | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def on_path(self) -> frozenset[str]:
        return frozenset(step.uid for step in self.steps or ())

    def names_at(self, uid: str) -> tuple[str, ...]:
        return next((step.names for step in self.steps or () if step.uid == uid), ())


def tried(room: Room, opened: Opened, name: NodeName, given: Mapping[str, str]) -> Tried | None:
    """What the address asks to try: ``try`` names a transition. None where it asks for nothing."""
    body = opened.draft.nodes[name]
    key = given.get("try", "")
    transition = next((t for t in body.get("transitions", ()) if t.get("key") == key), None)
    if transition is None or not transition.get("approval"):
        return None
    entity = str(body.get("entity", ""))
    values = {k.removeprefix(ASKED): v for k, v in given.items() if k.startswith(ASKED) and v.strip()}
    trial = Trial(name[1], key, given.get("record", ""), given.get("by", ""), values)
    asked = tuple(_asked(opened, entity, transition["approval"], values))
    found = Tried(key, trial, asked, room.workshop.records(opened.actor, opened.app, entity))
    package = opened.judged.package
    if package is None:
        return Tried(key, trial, asked, found.records, (), tuple(opened.judged.errors))
    try:
        steps = room.workshop.foresee(opened.actor, opened.app, package, trial)
    except BuilderError as error:
        problems = tuple(error.problems) or (Problem(error.code, params=error.params),)
        return Tried(key, trial, asked, found.records, (), problems)
    return Tried(key, trial, asked, found.records, steps)


def people_of(room: Room, opened: Opened) -> Sequence[Person]:
    return room.workshop.people(opened.actor, opened.app)


def _asked(
    opened: Opened, entity: str, approval: Mapping[str, Any], values: Mapping[str, str]
) -> Iterator[Asked]:
    """The fields of the record itself that the approval's conditions ask about."""
    fields = {str(f["key"]): f for f in opened.draft.nodes.get(("entity", entity), {}).get("fields", ())}
    for key in dict.fromkeys(_heads(_sources(approval))):
        field = fields.get(key)
        if field is None or field.get("type") not in TYPED:
            continue
        choices = [
            Choice(str(o["key"]), opened.words.text(o.get("label"), o["key"]))
            for o in field.get("options", ())
        ]
        if field["type"] == "boolean":
            choices = [Choice(v, opened.words(f"d.{v}")) for v in ("true", "false")]
        label = opened.words.text(field.get("label"), key)
        yield Asked(key, label, values.get(key, ""), str(field["type"]), tuple(choices))


def _sources(holder: Mapping[str, Any]) -> Iterator[str]:
    for name in ("when", "until"):
        if holder.get(name):
            yield str(holder[name])
    for inner in (*holder.get("nodes", ()), *holder.get("branches", ())):
        yield from _sources(inner)


def _heads(sources: Iterable[str]) -> Iterator[str]:
    for source in sources:
        try:
            paths = compile_expression(source).paths
        except ExpressionError:
            continue
        yield from sorted(path.partition(".")[0] for path in paths)
