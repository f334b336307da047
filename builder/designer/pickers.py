"""Pickers: what may be chosen at one place of a definition, as people call it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from typing import Any

from builder.designer.shapes import Shape
from builder.designer.words import Words
from builder.expressions.functions import FUNCTIONS
from builder.metadata.entity import Entity
from builder.metadata.frames import Frame, frame_of
from builder.metadata.kinds import NodeName
from builder.metadata.package import Package
from builder.metadata.paths import SYSTEM_LABELS
from builder.metadata.places import Parts, models
from builder.metadata.references import References
from builder.metadata.structure import properties

COLORS = ("grey", "blue", "teal", "green", "yellow", "orange", "red", "purple")
ICONS = (
    "home", "package", "packages", "box", "file-text", "file-invoice", "clipboard-list", "clipboard-check", "receipt",
    "shopping-cart", "truck-delivery", "truck-loading", "truck-return", "building-warehouse", "building-store",
    "building-factory-2", "users", "user", "id", "cash", "coins", "credit-card", "wallet", "report-money", "chart-bar",
    "chart-line", "dashboard", "gauge", "calendar", "clock", "tag", "category", "barcode", "scale", "snowflake",
    "leaf", "tool", "tools", "flask", "certificate", "notebook", "database", "hierarchy", "map-pin", "phone", "mail",
    "settings", "heart-rate-monitor", "list-details", "transfer", "repeat", "flag", "star", "apps",
)  # fmt: skip
PLAIN = frozenset(
    {"entity", "ledger", "role", "view", "report", "dashboard", "setting", "rule", "connector", "computation"}
)
OF_ENTITY = frozenset({"state", "transition", "conversion", "posting"})
OF_LEDGER = frozenset({"measure", "dimension", "grain", "guard"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. ``note`` says more (the key, where it belongs)."""

    value: str
    label: str
    note: str = ""


def frame_at(package: Package, name: NodeName, parts: Parts) -> Frame:
    """The surroundings in which a property at ``parts`` is understood, as far as the definition can be read."""
    model: Any = next((m for n, m in models(package) if n == name), None)
    frame = Frame()
    if model is None:
        body = package.nodes.get(name, {})
        return Frame(self_=str(body.get("entity") or ""), ledger=str(body.get("ledger") or ""))
    frame = frame_of(model, frame, package)
    for part in parts:
        model = _step(model, part)
        if model is None:
            break
        if is_dataclass(model):
            frame = frame_of(model, frame, package)
    return frame


def _step(model: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return model[part] if isinstance(model, tuple) and part < len(model) else None
    attribute = (
        properties(type(model)).get(part) if is_dataclass(model) and not isinstance(model, type) else None
    )
    return getattr(model, attribute) if attribute else None


@dataclass(frozen=True)
class Pickers:
    """What can be chosen in one package, worded for one person."""

    package: Package
    references: References
    words: Words

    def at(self, name: NodeName, parts: Parts, shape: Shape) -> tuple[Choice, ...]:
        """What the reference at that place may be."""
        what, of = shape.get("x-reference", ""), shape.get("x-of", "")
        frame = frame_at(self.package, name, parts)
        return tuple(self.choices(what, of, frame))

    def keys(self, name: NodeName, parts: Parts, shape: Shape) -> tuple[Choice, ...]:
        """What the keys of the map at that place may be."""
        frame = frame_at(self.package, name, parts)
        return tuple(self.choices(shape.get("x-keys", ""), shape.get("x-keys-of", ""), frame))

    def choices(self, what: str, of: str, frame: Frame) -> Iterator[Choice]:
        """Everything of the sort ``what`` in those surroundings."""
        make = self._makers().get(what)
        if make is not None:
            yield from make(of, frame)
        elif what in PLAIN:
            yield from self._defined((what,))
        elif what in OF_ENTITY:
            yield from self._defined((what, frame.entity(of)))
        elif what in OF_LEDGER:
            yield from self._defined((what, frame.ledger))

    def _makers(self) -> Mapping[str, Callable[[str, Frame], Iterator[Choice]]]:
        return {
            "field": lambda of, frame: self.fields(frame.entity(of)),
            "path": lambda of, frame: self.paths(frame.entity(of)),
            "expression": self._names,
            "result": lambda of, frame: self._defined(("measure", frame.ledger)),
            "icon": lambda of, frame: (Choice(i, i) for i in ICONS),
            "color": lambda of, frame: (Choice(c, self.words.value("color", c)) for c in COLORS),
            "home": lambda of, frame: self._homes(),
            "grain": lambda of, frame: self.grains(frame.ledger),
        }

    def _defined(self, head: tuple[str, ...]) -> Iterator[Choice]:
        for target, definition in self.references.definitions.items():
            if target[: len(head)] == head and len(target) == len(head) + 1:
                yield Choice(target[-1], self.words.defined(definition), target[-1])

    def grains(self, key: str) -> Iterator[Choice]:
        ledger = self.package.ledger(key)
        for grain in ledger.grains if ledger else ():
            labels = {d.key: d.label for d in ledger.dimensions} if ledger else {}
            yield Choice(grain.key, self.words.grain(grain.dimensions, labels) or grain.key, grain.key)

    def fields(self, entity: str) -> Iterator[Choice]:
        model = self.package.entity(entity)
        for field in model.fields if model else ():
            yield Choice(field.key, self.words.text(field.label, field.key), field.key)

    def paths(self, entity: str) -> Iterator[Choice]:
        """Fields of the entity, its state, and fields one reference away."""
        model = self.package.entity(entity)
        if model is None:
            return
        yield from self.fields(entity)
        if self.package.workflow_of(entity):
            yield Choice("state", self.words.text(SYSTEM_LABELS["state"]), "state")
        for name in ("business_date", "owner", "id") if model.kind == "document" else ("id",):
            yield Choice(name, self.words.text(SYSTEM_LABELS[name]), name)
        for key, label, other in _ways(model, self.package, self.words):
            for field in other.fields:
                if field.type != "lines":
                    words = f"{label} › {self.words.text(field.label, field.key)}"
                    yield Choice(f"{key}.{field.key}", words, f"{key}.{field.key}")

    def _names(self, of: str, frame: Frame) -> Iterator[Choice]:
        """Names that an expression there may use."""
        if of in {"measures", "standing", "guard", "posting", "cost"} and frame.ledger:
            yield from self._defined(("measure", frame.ledger))
            yield from self._defined(("dimension", frame.ledger))
        entity = "line" if of == "posting" else of
        yield from self.paths(frame.entity(entity))
        for setting in self.package.app.settings:
            words = f"{self.words('d.setting')} › {self.words.text(setting.label, setting.key)}"
            yield Choice(f"setting.{setting.key}", words, f"setting.{setting.key}")
        for function in FUNCTIONS.names():
            yield Choice(f"{function}(", function, self.words("d.function"))

    def _homes(self) -> Iterator[Choice]:
        for kind, folder in (("dashboard", "dashboards"), ("view", "views"), ("report", "reports")):
            for choice in self._defined((kind,)):
                yield Choice(f"{folder}/{choice.value}", choice.label, self.words.kind(kind))


def _ways(model: Entity, package: Package, words: Words) -> Iterator[tuple[str, str, Entity]]:
    """Where references (and the parent) lead from the entity."""
    for field in model.fields:
        other = package.entity(field.entity or "") if field.type in {"reference", "lines"} else None
        if other is not None:
            yield field.key, words.text(field.label, field.key), other
    parent = package.entity(model.parent or "")
    if parent is not None:
        yield "parent", words.text(parent.label, parent.key), parent
