"""Widgets: how properties are drawn, and what a panel is made of. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.designer.pickers import Choice
from builder.designer.shapes import Shape, is_text, types_of
from builder.errors import Problem

HIDDEN = frozenset({"uid", "format"})
DRAWN_ELSEWHERE: Mapping[str, frozenset[str]] = {
    "print": frozenset({"template"}),
    "data": frozenset({"rows"}),
    "rule": frozenset({"when", "if", "then"}),
}
RARE = frozenset(
    {
        "key", "archived", "local", "stored", "indexed", "personal", "pinyin", "searchable", "comments", "attachments", "scan",
        "subtitle", "suggest", "order", "as", "scope", "bulk", "automatic", "reverses", "required_if", "editable_if",
        "pattern", "pattern_message", "max_length", "filter", "material", "engine", "extends", "version", "exempt", "while_states",
        "unit_field", "copy", "opinion", "style", "final", "void", "approved", "parent",
    }
)  # fmt: skip
"""Properties that most people never need: they are under *more* unless they say something."""
EXPLAINED = frozenset({"formula", "map", "filter", "picks", "json"})
LONG = frozenset({"help", "description", "body", "message", "confirm", "template"})
PICKED = frozenset(
    {
        "entity", "ledger", "role", "view", "report", "dashboard", "setting", "rule", "field", "state", "transition", "conversion",
        "posting", "measure", "dimension", "grain", "guard", "icon", "color", "home", "path", "result",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a map with what it means."""

    key: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Widget:
    """One property. ``kind`` is how it is drawn: ``words text long number switch choice pick picks formula map filter json``."""

    kind: str
    name: str
    pointer: str
    label: str
    help: str = ""
    value: Any = None
    zh: str = ""
    en: str = ""
    choices: tuple[Choice, ...] = ()
    entries: tuple[Entry, ...] = ()
    required: bool = False
    rare: bool = False
    problems: tuple[Problem, ...] = ()
    placeholder: str = ""
    names: Mapping[str, str] = field(default_factory=dict)

    def named(self, value: str) -> str:
        """What a value is called: by ``names`` where it is typed freely, else as one of the choices."""
        return self.names.get(value) or next((c.label for c in self.choices if c.value == value), value)


@dataclass(frozen=True, slots=True)
class Section:
    """A list of nodes below the one at hand. A new one is given words (``worded``) or, where nodes have none, what it is about:
    ``asks`` names the property and ``choices`` are what it may be."""

    name: str
    pointer: str
    label: str
    rows: tuple[Row, ...]
    worded: bool = True
    asks: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One node of an outline. ``note`` says what sort it is."""

    pointer: str
    label: str
    note: str
    problems: int
    sections: tuple[Section, ...] = ()


def says_nothing(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def kind_of(shape: Shape, name: str) -> str:
    """How a property is drawn."""
    if name == "key":
        return "key"
    what, types = shape.get("x-reference", ""), types_of(shape)
    if is_text(shape):
        return "long_words" if name in LONG else "words"
    if what == "filter":
        return "filter"
    return next((kind for type_, kind in BY_TYPE.items() if type_ in types), "") or _of_text(
        shape, what, name
    )


BY_TYPE: Mapping[str, str] = {"array": "picks", "boolean": "switch", "integer": "number"}


def _of_text(shape: Shape, what: str, name: str) -> str:
    """How an object or a string is drawn."""
    if "object" in types_of(shape):
        return "map" if what in {"expression", "result"} else "json"
    if "enum" in shape:
        return "choice"
    if what == "expression":
        return "formula"
    if what in PICKED:
        return "pick"
    return "long" if name in LONG else "text"


def shown(kind: str, value: Any, shape: Shape) -> Any:
    """The value as its input holds it."""
    if kind == "filter":
        return value
    if kind == "json":
        return json.dumps(value, ensure_ascii=False, indent=2) if value is not None else ""
    if kind == "picks":
        return list(value) if isinstance(value, list | tuple) else []
    if kind == "switch":
        return bool(shape.get("default", False)) if value is None else bool(value)
    if value is None and kind == "choice":
        return shape.get("default", "")
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else value
