"""Difference: what changed between two states of a package, node by node and property by property, and in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from builder.metadata.extends import is_node_list
from builder.metadata.kinds import KINDS, NodeName, Nodes, place
from builder.metadata.merge import ABSENT
from builder.metadata.places import Parts
from builder.metadata.schemas import schema
from builder.metadata.text import FIRST_LOCALE, LOCALES, Text, in_locale

_Named: TypeAlias = tuple[NodeName, Mapping[str, Any]]
LONGEST = 60
WORDS: Mapping[str, Text] = {
    "added": {"zh-CN": "{where}：新增{what}", "en": "{where}: {what} added"},
    "removed": {"zh-CN": "{where}：删除{what}", "en": "{where}: {what} removed"},
    "moved": {"zh-CN": "{where}：{what}的顺序变了", "en": "{where}: {what} in another order"},
    "changed": {
        "zh-CN": "{where}：{what}现在是 {new}（原为 {old}）",
        "en": "{where}: {what} is now {new} (was {old})",
    },
    "set": {"zh-CN": "{where}：{what}设为 {new}", "en": "{where}: {what} set to {new}"},
    "unset": {"zh-CN": "{where}：去掉{what}（原为 {old}）", "en": "{where}: {what} taken away (was {old})"},
}
YES: Mapping[bool, Text] = {True: {"zh-CN": "是", "en": "yes"}, False: {"zh-CN": "否", "en": "no"}}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``parts`` lead to it in the node (of the new state; of a removed thing, in the old one). ``trail`` names what is
    around it, from the definition inwards; ``name`` is the property, or the node that came or went. ``shape`` is the property's schema."""

    what: Literal["added", "removed", "moved", "changed", "set", "unset"]
    node: NodeName
    parts: Parts
    trail: tuple[Text, ...]
    name: Text
    old: Any = ABSENT
    new: Any = ABSENT

    @property
    def place(self) -> str:
        return place(self.node, *self.parts)

    def words(self, locale: str) -> str:
        """The change in one sentence."""
        values = {
            "where": " · ".join(in_locale(t, locale) for t in self.trail),
            "what": _quoted(self, locale),
            "old": _shown(self.old, locale),
            "new": _shown(self.new, locale),
        }
        return in_locale(WORDS[self.what], locale).format(**values)


def difference(before: Nodes, after: Nodes) -> tuple[Change, ...]:
    """Every change from ``before`` to ``after``, definitions in the order of the kinds. A definition with another key is the same one."""
    old, new = _by_identity(before), _by_identity(after)
    found: list[Change] = []
    labels = {
        name[1]: _name_of(body, "") for name, body in {**before, **after}.items() if name[0] == "entity"
    }
    for kind in KINDS.values():
        for identity in dict.fromkeys([*old, *new]):
            if identity[0] == kind.name:
                found.extend(_definition(old.get(identity), new.get(identity), labels))
    return tuple(found)


def _by_identity(nodes: Nodes) -> dict[tuple[str, str], _Named]:
    return {(name[0], str(body.get("uid") or name[1])): (name, body) for name, body in nodes.items()}


def _definition(old: _Named | None, new: _Named | None, labels: Mapping[str, Text]) -> Iterator[Change]:
    name, body = new or old or (("app", "app"), {})
    kind = KINDS[name[0]]
    if old is None or new is None:
        what: Literal["added", "removed"] = "added" if old is None else "removed"
        yield Change(what, name, (), (kind.label,), _called(name, body, labels))
    elif old[1] != new[1]:
        whole = schema(kind.name)
        trail = (_called(name, body, labels),) if kind.folder else (kind.label,)
        yield from _Walk(name, whole.get("$defs", {})).object(old[1], new[1], (), trail, whole)


def _called(name: NodeName, body: Mapping[str, Any], labels: Mapping[str, Text]) -> Text:
    """What people call a definition: its label, else its kind and the entity that it is about."""
    about = labels.get(str(body.get("entity")), name[1])
    if body.get("label"):
        return _name_of(body, "")
    kind = KINDS[name[0]].label
    return {locale: f"{in_locale(kind, locale)} {in_locale(about, locale)}" for locale in LOCALES}


@dataclass(frozen=True, slots=True)
class _Walk:
    node: NodeName
    definitions: Mapping[str, Any]

    def _shape(self, shape: Mapping[str, Any]) -> Mapping[str, Any]:
        """A property's schema with what it refers to; its own words win."""
        target = self.definitions.get(str(shape.get("$ref", "")).rpartition("/")[2], {})
        return {**target, **shape}

    def object(
        self,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        parts: Parts,
        trail: tuple[Text, ...],
        shape: Any,
    ) -> Iterator[Change]:
        properties = shape.get("properties", {})
        for key in dict.fromkeys([*properties, *old, *new]):
            was, now = old.get(key, ABSENT), new.get(key, ABSENT)
            if was != now and key != "uid":
                yield from self._value(
                    was, now, (*parts, key), trail, self._shape(properties.get(key, {"title": key}))
                )

    def _value(
        self, was: Any, now: Any, parts: Parts, trail: tuple[Text, ...], shape: Any
    ) -> Iterator[Change]:
        name = _title(shape)
        was, now = _plain(was, shape), _plain(now, shape)
        lists = [v for v in (was, now) if v is not ABSENT]
        if all(isinstance(v, list) for v in lists) and is_node_list([x for v in lists for x in v]):
            items = self._shape(shape.get("items", {}))
            yield from self._list(
                [] if was is ABSENT else was, [] if now is ABSENT else now, parts, trail, items, name
            )
        elif isinstance(was, Mapping) and isinstance(now, Mapping) and "properties" in shape:
            yield from self.object(was, now, parts, (*trail, name), shape)
        elif was == now:
            return  # Somebody wrote down the default.
        elif was is ABSENT:
            yield Change("set", self.node, parts, trail, name, was, now)
        else:
            yield Change("unset" if now is ABSENT else "changed", self.node, parts, trail, name, was, now)

    def _list(
        self, old: list[Any], new: list[Any], parts: Parts, trail: tuple[Text, ...], items: Any, name: Text
    ) -> Iterator[Change]:
        before = {v["uid"]: (i, v) for i, v in enumerate(old)}
        after = {v["uid"]: (i, v) for i, v in enumerate(new)}
        for uid, (index, value) in after.items():
            title = _name_of(value, _title(items))
            if uid not in before:
                yield Change("added", self.node, (*parts, index), (*trail, name), title)
            elif before[uid][1] != value:
                yield from self.object(before[uid][1], value, (*parts, index), (*trail, title), items)
        for uid, (index, value) in before.items():
            if uid not in after:
                yield Change(
                    "removed", self.node, (*parts, index), (*trail, name), _name_of(value, _title(items))
                )
        if [u for u in before if u in after] != [u for u in after if u in before]:
            yield Change("moved", self.node, parts, trail, name)


def _plain(value: Any, shape: Mapping[str, Any]) -> Any:
    """The value in one form; what is left out and has a plain default is that."""
    default = shape.get("default")
    if value is ABSENT and isinstance(default, bool | int | str) and default != "":
        return default
    return list(value) if isinstance(value, tuple) else value


def _title(shape: Mapping[str, Any]) -> Text:
    """What people call a property, as the schema says it."""
    return {
        FIRST_LOCALE: shape.get("x-zh", {}).get("title", shape.get("title", "")),
        "en": shape.get("title", ""),
    }


def _name_of(body: Mapping[str, Any], fallback: Text) -> Text:
    """What people call a node: its label, else its key or what it shows."""
    label = body.get("label")
    word = next(
        (body[k] for k in ("key", "field", "entity", "kind") if isinstance(body.get(k), str) and body[k]), ""
    )
    return label or word or fallback


def _quoted(change: Change, locale: str) -> str:
    word = in_locale(change.name, locale)
    is_node = change.what in {"added", "removed"}
    return (f"“{word}”" if is_node else word) if locale == FIRST_LOCALE or is_node else word.lower()


def _shown(value: Any, locale: str) -> str:
    """A value as people read it; what has parts is only named."""
    if isinstance(value, bool):
        return in_locale(YES[value], locale)
    if isinstance(value, Mapping) and set(value) & {FIRST_LOCALE, "en"}:
        return _shown(in_locale(value, locale), locale)
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return _shown(", ".join(value), locale) if value else "–"
    if value is ABSENT or value is None or value == "":
        return "–"
    if isinstance(value, list | Mapping):
        return "…"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
