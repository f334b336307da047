"""Targets: everything in a package that can be referred to by key, and where it is defined. Pure.

A target is a tuple of words: ``("entity", "item")``, ``("field", "item", "code")``, ``("option", "item", "status", "active")``,
``("state", "order", "approved")``, ``("measure", "stock", "on_hand")``, ``("role", "buyer")``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from builder.metadata.entity import Entity
from builder.metadata.kinds import KINDS, NodeName, place
from builder.metadata.ledger import Ledger
from builder.metadata.package import Package
from builder.metadata.places import Parts
from builder.metadata.text import Text, in_locale
from builder.metadata.workflow import Workflow

Target: TypeAlias = tuple[str, ...]
REST = "rest"
"""Before a measure among the results of a posting: what a late cost could not put on anything that is still there."""


class Definition(NamedTuple):
    """Where a target is defined; ``parts`` leads to the node that has the key."""

    target: Target
    node: NodeName
    parts: Parts
    uid: str
    label: Text

    @property
    def path(self) -> str:
        return place(self.node, *self.parts)

    def words(self, locale: str) -> str:
        return in_locale(self.label, locale, self.target[-1])


def definitions(package: Package) -> Iterator[Definition]:
    """Every target of the package, in the order in which it stands there."""
    yield from _settings(package)
    for index, role in enumerate(package.roles):
        yield Definition(("role", role.key), ("roles", "roles"), ("roles", index), role.uid, role.label)
    for kind in KINDS.values():
        if not kind.collection:
            continue
        for index, model in enumerate(getattr(package, kind.collection)):
            if kind.name == "roles":
                yield Definition(
                    ("role", model.key), ("roles", "roles"), ("roles", index), model.uid, model.label
                )
                continue
            node = (kind.name, model.key)
            yield Definition(node, node, (), model.uid, getattr(model, "label", "") or model.key)
            yield from _inside(node, model)


def _settings(package: Package) -> Iterator[Definition]:
    for index, setting in enumerate(package.app.settings):
        yield Definition(
            ("setting", setting.key), ("app", "app"), ("settings", index), setting.uid, setting.label
        )


def _inside(node: NodeName, model: Any) -> Iterator[Definition]:
    if isinstance(model, Entity):
        yield from _of_entity(node, model)
    elif isinstance(model, Ledger):
        for kind, name in (
            ("dimension", "dimensions"),
            ("measure", "measures"),
            ("grain", "grains"),
            ("guard", "guards"),
        ):
            yield from _keyed(node, kind, name, getattr(model, name), model.key)
    elif isinstance(model, Workflow):
        yield from _keyed(node, "state", "states", model.states, model.entity)
        yield from _keyed(node, "transition", "transitions", model.transitions, model.entity)


def _of_entity(node: NodeName, model: Entity) -> Iterator[Definition]:
    for index, field in enumerate(model.fields):
        yield Definition(("field", model.key, field.key), node, ("fields", index), field.uid, field.label)
        for number, option in enumerate(field.options):
            target = ("option", model.key, field.key, option.key)
            yield Definition(target, node, ("fields", index, "options", number), option.uid, option.label)
    yield from _keyed(node, "posting", "postings", model.postings, model.key)
    yield from _keyed(node, "conversion", "conversions", model.conversions, model.key)


def _keyed(node: NodeName, kind: str, name: str, values: Any, owner: str) -> Iterator[Definition]:
    for index, value in enumerate(values):
        label = getattr(value, "label", "") or value.key
        yield Definition((kind, owner, value.key), node, (name, index), value.uid, label)
