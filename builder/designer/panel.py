"""Panel: the properties of one node as a form, drawn from the JSON Schema of its kind. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from builder.designer.edits.change import pointer_of, value_at
from builder.designer.judging import Judged
from builder.designer.pickers import Choice, Pickers
from builder.designer.shapes import Shape, is_list_of_models, is_text, resolved, shape_at, types_of
from builder.designer.widgets import (
    DRAWN_ELSEWHERE,
    EXPLAINED,
    HIDDEN,
    PICKED,
    RARE,
    Entry,
    Row,
    Section,
    Widget,
    kind_of,
    says_nothing,
    shown,
)
from builder.designer.words import Words
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.kinds import NodeName, place
from builder.metadata.places import Parts
from builder.metadata.schemas import schema
from builder.metadata.settings import option_names


def is_grain(node: Mapping[str, Any]) -> bool:
    """Whether it is a balance of a ledger, said by the dimensions that it is kept by."""
    given = node.get("dimensions")
    return "label" not in node and isinstance(given, list | tuple) and bool(given) and "key" in node


OF_CONNECTORS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "vendor": {"robot": ("wecom", "dingtalk", "feishu")},
    "secrets": {
        "rest": ("signing", "token"),
        "webhook": ("signing", "signing_next"),
        "robot": ("key", "signing"),
    },
}
"""What can be said of connectors of each kind: whose robot it is, and which secrets are known."""


@dataclass(frozen=True)
class Panel:
    """Draws the properties and the outline of one definition."""

    judged: Judged
    name: NodeName
    words: Words
    pickers: Pickers | None

    @property
    def body(self) -> Mapping[str, Any]:
        return self.judged.nodes[self.name]

    @property
    def entity(self) -> str:
        """The entity that the definition is about; empty for none."""
        return self.name[1] if self.name[0] == "entity" else str(self.body.get("entity") or "")

    def called(self, node: Any) -> str:
        """What a node of the definition is called."""
        if self.name[0] == "ledger" and isinstance(node, Mapping) and is_grain(node):
            known = self.body.get("dimensions", ())
            labels = {str(d.get("key")): d.get("label") for d in known if isinstance(d, Mapping)}
            return self.words.grain(node["dimensions"], labels)
        return self.words.entry(node, self.judged.package, self.entity)

    def widgets(self, parts: Parts = ()) -> tuple[Widget, ...]:
        """Every plain property of the node at ``parts``; what is a node of its own is in ``sections``."""
        shape = shape_at(self.name[0], parts)
        value = value_at(self.body, parts)
        if not isinstance(value, Mapping):
            return ()
        model = str(shape.get("x-model") or self.name[0])
        names = self._names(model, shape, value)
        found: list[Widget] = []
        for name in names:
            found.extend(self._widgets(model, name, (*parts, name), shape))
        return tuple(found)

    def _names(self, model: str, shape: Shape, value: Mapping[str, Any]) -> list[str]:
        properties = shape.get("properties", {})
        hidden = HIDDEN | DRAWN_ELSEWHERE.get(model, frozenset())
        known = [n for n in properties if n not in hidden]
        if self.name[0] == "connector" and value.get("kind") != "robot" and not value.get("vendor"):
            known.remove("vendor")
        if model == "Field" and value.get("type") in FIELD_TYPES:
            fitting = {*FIELD_TYPES.get(str(value["type"])).properties, "label", "key", "type", "help"}
            known = [n for n in known if n in fitting or n in value]
        return known

    def _widgets(self, model: str, name: str, parts: Parts, around: Shape) -> list[Widget]:
        """The widget of a property; a single inner object brings its own."""
        root = schema(self.name[0])
        shape = resolved(root, around["properties"][name])
        if is_list_of_models(shape):
            return []
        value = value_at(self.body, parts, None)
        if "properties" in shape and not is_text(shape):
            if value is None:
                return (
                    []
                    if shape.get("x-model") in {"Approval"}
                    else [self._plain("json", model, name, parts, around, shape)]
                )
            inner = str(shape.get("x-model"))
            below = [n for n in shape["properties"] if n not in HIDDEN]
            return [w for n in below for w in self._widgets(inner, n, (*parts, n), shape)]
        return [self._plain(kind_of(shape, name), model, name, parts, around, shape)]

    def _plain(self, kind: str, model: str, name: str, parts: Parts, around: Shape, shape: Shape) -> Widget:
        value = value_at(self.body, parts, None)
        if kind == "picks" and isinstance(value, list | tuple) and not all(isinstance(v, str) for v in value):
            kind = "json"
        choices = self._choices(kind, model, name, parts, shape)
        if model == "Setting" and name == "default":
            choices = self._values_of_setting(parts)
            kind = "choice" if choices else kind
        if self.name[0] == "connector" and name == "vendor":
            kind = "choice"
        words = value if isinstance(value, Mapping) else {"zh-CN": value, "en": value}
        path = place(self.name, *parts)
        return Widget(
            kind,
            name,
            pointer_of(parts),
            self.words.property(model, name, shape),
            self._help(kind, model, name, shape),
            value=shown(kind, value, shape),
            zh=str(words.get("zh-CN") or "") if kind in {"words", "long_words"} else "",
            en=str(words.get("en") or "") if kind in {"words", "long_words"} else "",
            choices=choices,
            entries=self._entries(value, parts, shape) if kind == "map" else (),
            required=name in around.get("required", ()),
            rare=name == "key"
            or (name in RARE and says_nothing(value) and name not in around.get("required", ())),
            problems=self.judged.at(path),
            placeholder=str(shape.get("default") or "") if kind in {"text", "number"} else "",
            names={k: f"{v} ({k})" for k, v in self._option_names(parts).items()}
            if model == "Setting" and name == "options"
            else {},
        )

    def _values_of_setting(self, parts: Parts) -> tuple[Choice, ...]:
        """What a setting's default may be, where that is known; a choice by the words that its help has for it."""
        setting = value_at(self.body, parts[:-1], {})
        if setting.get("type") == "boolean":
            return tuple(Choice(v, self.words(f"d.{v}")) for v in ("true", "false"))
        if setting.get("type") != "choice":
            return ()
        names = self._option_names(parts)
        return tuple(Choice(o, names.get(o, o)) for o in setting.get("options") or ())

    def _option_names(self, parts: Parts) -> Mapping[str, str]:
        setting = value_at(self.body, parts[:-1], {})
        return option_names(setting.get("options") or (), self.words.text(setting.get("help")))

    def _help(self, kind: str, model: str, name: str, shape: Shape) -> str:
        """Help where it is needed: our own words, and the schema's for what is not plain to see."""
        own = self.words.find(f"d.h.{model}.{name}", f"d.h.{name}")
        return own or (self.words.help(model, name, shape) if kind in EXPLAINED or name in RARE else "")

    def _choices(self, kind: str, model: str, name: str, parts: Parts, shape: Shape) -> tuple[Choice, ...]:
        if self.name[0] == "connector" and name in OF_CONNECTORS:
            known = OF_CONNECTORS[name].get(str(self.body.get("kind")), ())
            return tuple(Choice(v, self.words.value(name, v)) for v in known)
        if model == "Field" and name == "type":
            return tuple(Choice(t.name, self.words.text(t.label)) for t in FIELD_TYPES)
        if kind == "choice":
            values = [v for v in shape.get("enum", ()) if v is not None]
            return tuple(Choice(v, self.words.value(name, v, model)) for v in values)
        if kind == "picks" and "enum" in shape.get("items", {}):
            return tuple(Choice(v, self.words.value(name, v, model)) for v in shape["items"]["enum"])
        if self.pickers is None:
            return ()
        if kind == "map":
            return self.pickers.keys(self.name, parts[:-1], shape)
        if kind in {"pick", "picks", "formula"}:
            star = (Choice("*", self.words("d.all")),) if shape.get("x-star") else ()
            return (*star, *self.pickers.at(self.name, parts[:-1], shape))
        return ()

    def _entries(self, value: Any, parts: Parts, shape: Shape) -> tuple[Entry, ...]:
        if not isinstance(value, Mapping):
            return ()
        known = {c.value: c.label for c in self._choices("map", "", "", parts, shape)}
        return tuple(Entry(str(k), known.get(str(k)) or str(k), str(v)) for k, v in value.items())

    def sections(self, parts: Parts = (), depth: int = 3) -> tuple[Section, ...]:
        """The lists of nodes at ``parts``, with theirs below."""
        shape = shape_at(self.name[0], parts)
        value = value_at(self.body, parts, {})
        model = str(shape.get("x-model") or self.name[0])
        hidden = DRAWN_ELSEWHERE.get(model, frozenset())
        found: list[Section] = []
        root = schema(self.name[0])
        for name, given in shape.get("properties", {}).items():
            inner = resolved(root, given)
            if name in hidden or not isinstance(value, Mapping):
                continue
            if is_list_of_models(inner):
                found.append(self._section(model, name, (*parts, name), inner, value.get(name) or (), depth))
            elif "properties" in inner and not is_text(inner) and isinstance(value.get(name), Mapping):
                found.extend(self.sections((*parts, name), depth))
        return tuple(found)

    def _section(
        self, model: str, name: str, parts: Parts, shape: Shape, items: Sequence[Any], depth: int
    ) -> Section:
        items = items if isinstance(items, list | tuple) else ()
        rows = tuple(self._row((*parts, i), item, depth) for i, item in enumerate(items))
        label = self.words.property(model, name, shape)
        item = resolved(schema(self.name[0]), shape["items"])
        asks, choices = self._asked(item, parts)
        worded = not asks and bool({"label", "key"} & set(item.get("properties", {})))
        return Section(name, pointer_of(parts), label, rows, worded, asks, choices)

    def _asked(self, item: Shape, parts: Parts) -> tuple[str, tuple[Choice, ...]]:
        """The property that says what a new node is about, where it needs one more than words; and what it may be."""
        properties, required = item.get("properties", {}), item.get("required", ())
        worded = "label" in required or "key" in required
        names = [n for n in properties if n in required] or (
            [] if {"label", "key"} & set(properties) else list(properties)
        )
        for name in () if worded else names:
            given = properties[name]
            if (
                given.get("x-reference") in PICKED
                and "array" not in types_of(given)
                and self.pickers is not None
            ):
                return name, self.pickers.at(self.name, (*parts, 0), given)
        return "", ()

    def _row(self, parts: Parts, item: Any, depth: int) -> Row:
        label = self.called(item)
        kind = item.get("kind") or item.get("type") or item.get("do") if isinstance(item, Mapping) else None
        note = (
            self.words.value("type" if isinstance(item, Mapping) and "type" in item else "kind", str(kind))
            if kind
            else ""
        )
        problems = len(self.judged.at(place(self.name, *parts)))
        sections = self.sections(parts, depth - 1) if depth > 1 and isinstance(item, Mapping) else ()
        return Row(pointer_of(parts), label, note if note != label else "", problems, sections)
