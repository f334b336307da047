"""Places: every property of a package that refers to something or is written in a language, with its surroundings. Pure.

One walk over the models and the table of meanings; compiled expressions, the usage graph, renames and checks all start here.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from builder.metadata.frames import FRAMES, Frame
from builder.metadata.kinds import KINDS, NodeName, Roles, place
from builder.metadata.meaning import Meaning
from builder.metadata.meanings import meaning_of
from builder.metadata.package import Package
from builder.metadata.report import Step
from builder.metadata.structure import hints, inner, json_name

Parts = tuple[str | int, ...]
NOWHERE = Frame()
NOTHING = (None, "", ())
"""What an attribute holds that nobody wrote."""


class Place(NamedTuple):
    """One value in a definition. ``parts`` is where in the node's JSON. ``owner`` is the uid of the nearest node with one and
    ``property`` the way from there (``balance.dimensions.item``). ``name`` is the value or, where ``is_key``, the key of an object.
    ``key`` is the key under which a value of an object stands."""

    node: NodeName
    parts: Parts
    owner: str
    property: str
    name: Any
    meaning: Meaning
    frame: Frame
    is_key: bool = False
    key: str = ""

    @builtins.property
    def path(self) -> str:
        """Where it is, for problems: ``entities/item.json#/fields/3/formula``."""
        return place(self.node, *self.parts)


def models(package: Package) -> Iterator[tuple[NodeName, Any]]:
    """Every definition's model with its node's name."""
    yield ("app", "app"), package.app
    for kind in KINDS.values():
        if kind.name == "roles":
            yield ("roles", "roles"), Roles(package.roles)
        elif kind.collection:
            for model in getattr(package, kind.collection):
                yield (kind.name, model.key), model


def places(package: Package) -> Iterator[Place]:
    """Every place of the package, definition by definition."""
    for name, model in models(package):
        walk = _Walk(package, name)
        walk.model(model, (), "", "", NOWHERE)
        yield from walk.found


class _Plan(NamedTuple):
    """How a kind of model is walked through: whether it has a uid, its attributes that mean something or hold what may (JSON property
    and meaning), and what reads their values in one go: most of them are empty, and asking for each would cost more than the rest."""

    has_uid: bool
    spoken: tuple[tuple[str, Meaning | None], ...]
    values: Callable[[Any], tuple[Any, ...]]


@cache
def _plan(of: type) -> _Plan:
    spoken = {
        attribute: (json_name(attribute), meaning)
        for attribute in hints(of)
        if (meaning := meaning_of(of, attribute)) is not None or attribute in inner(of)
    }
    # Of one name alone it would give the bare value; the last one, asked for twice, is not looked at again.
    values = attrgetter(*spoken, [*spoken][-1]) if spoken else _no_values
    return _Plan("uid" in hints(of), tuple(spoken.values()), values)


def _no_values(_model: Any) -> tuple[Any, ...]:
    return ()


@cache
def _of_keys(what: str, of: str) -> Meaning:
    return Meaning(what, of)


@dataclass(frozen=True, slots=True)
class _Walk:
    """The way through one definition. What it finds is put into a list: handed up through a generator for every level, each place would
    cost as many steps as it lies deep."""

    package: Package
    node: NodeName
    found: list[Place] = field(default_factory=list)

    def model(self, model: Any, parts: Parts, owner: str, prefix: str, frame: Frame) -> None:
        of: type = type(model)
        around = FRAMES.get(of)
        if around is not None:
            frame = around(model, frame, self.package)
        plan = _plan(of)
        if plan.has_uid and model.uid:
            owner, prefix = model.uid, ""
        for (name, meaning), value in zip(plan.spoken, plan.values(model), strict=False):
            if not value and value in NOTHING:
                continue
            at = (*parts, name)
            if meaning is None:
                self._below(value, at, owner, prefix + name, frame)
            elif isinstance(value, str):
                self.found.append(Place(self.node, at, owner, prefix + name, value, meaning, frame))
            else:
                self._meant(value, meaning, at, owner, prefix + name, frame)

    def _below(self, value: Any, parts: Parts, owner: str, prefix: str, frame: Frame) -> None:
        if not isinstance(value, tuple):
            self.model(value, parts, owner, f"{prefix}.", frame)
            return
        played = step_entities(self.package, value) if isinstance(value[0], Step) else ()
        # A scenario has many steps about few entities.
        around = {pair: frame._replace(self_=pair[0], other=pair[1]) for pair in set(played)}
        for index, one in enumerate(value):
            at = around[played[index]] if played else frame
            self.model(one, (*parts, index), owner, f"{prefix}.{index}.", at)

    def _meant(self, value: Any, meaning: Meaning, parts: Parts, owner: str, name: str, frame: Frame) -> None:
        if meaning.keys and isinstance(value, Mapping):
            self._mapped(value, meaning, parts, owner, name, frame)
        elif isinstance(value, tuple | list):
            for index, one in enumerate(value):
                at = (*parts, index)
                if meaning.keys and isinstance(one, Mapping):
                    self._mapped(one, meaning, at, owner, f"{name}.{index}", frame)
                else:
                    self.found.append(Place(self.node, at, owner, f"{name}.{index}", one, meaning, frame))
        else:
            self.found.append(Place(self.node, parts, owner, name, value, meaning, frame))

    def _mapped(
        self, value: Mapping[str, Any], meaning: Meaning, parts: Parts, owner: str, name: str, frame: Frame
    ) -> None:
        of_keys = _of_keys(meaning.keys, meaning.keys_of)
        for key, one in value.items():
            at, here = (*parts, key), f"{name}.{key}"
            self.found.append(Place(self.node, at, owner, here, key, of_keys, frame, True))
            self.found.append(Place(self.node, at, owner, here, one, meaning, frame, False, key))


def step_entities(package: Package, steps: tuple[Step, ...]) -> tuple[tuple[str, str], ...]:
    """For each step of a scenario the entity that it acts on and the one whose values it names (of a conversion: what it makes), as far
    as they can be told; else empty."""
    known: dict[str, str] = {}
    found: list[tuple[str, str]] = []
    for step in steps:
        record = (step.record or next(iter(step.records), "")).removeprefix("$")
        name, _, made = record.partition("/")
        at = step.entity or made.partition(".")[0] or known.get(name.partition(".")[0], "")
        valued = _made(package, step, at)
        found.append((at, valued))
        if step.id:
            known[step.id] = valued
    return tuple(found)


def _made(package: Package, step: Step, entity: str) -> str:
    if step.do != "convert":
        return entity
    model = package.entity(entity)
    conversions = model.conversions if model else ()
    return next((c.to for c in conversions if c.key == step.conversion), "")
