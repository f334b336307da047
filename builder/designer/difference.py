"""Difference: what changed between two states of an app, in words for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from builder.designer.pickers import frame_at
from builder.designer.sentences.explain import Explainer, condition_words
from builder.designer.sentences.phrases import Phraser
from builder.designer.shapes import Shape, is_text, resolved
from builder.designer.words import Words
from builder.metadata.kinds import KINDS, NodeName, Nodes
from builder.metadata.loading import load
from builder.metadata.package import Package
from builder.metadata.places import Parts
from builder.metadata.schemas import problems_of, schema
from builder.metadata.text import LOCALES, in_locale

HIDDEN = frozenset({"uid"})
MANY = 40


@dataclass(frozen=True, slots=True)
class Difference:
    """One definition that differs. ``lines`` are sentences; there are none for a definition that came or went."""

    name: NodeName
    kind: str
    label: str
    sort: Literal["added", "removed", "changed"]
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Differ:
    """Words differences for one person."""

    words: Words

    def between(self, old: Nodes, new: Nodes) -> tuple[Difference, ...]:
        """Every definition that differs, in the order of the kinds."""
        differing = [n for n in {**old, **new} if old.get(n) != new.get(n)]
        if not differing:
            return ()
        order = {kind: i for i, kind in enumerate(KINDS)}
        before, after = load(old)[0] if old else None, load(new)[0]
        return tuple(
            self._difference(name, old.get(name), new.get(name), before, after)
            for name in sorted(differing, key=lambda n: (order.get(n[0], 99), n[1]))
        )

    def _difference(
        self, name: NodeName, old: Any, new: Any, before: Package | None, after: Package | None
    ) -> Difference:
        label = self.words.node(name, new or old)
        kind = self.words.kind(name[0])
        if old is None:
            return Difference(name, kind, label, "added")
        if new is None:
            return Difference(name, kind, label, "removed")
        lines: list[str] = []
        if (
            name[0] == "rule"
            and before
            and after
            and not problems_of(name, old)
            and not problems_of(name, new)
        ):
            lines.extend(self._rule(old, new, before, after))
        told = TOLD_BY_SENTENCE if lines else frozenset[str]()
        lines.extend(_Walk(self.words, name, before, after, told).lines(old, new))
        shown = tuple(dict.fromkeys(lines))
        if len(shown) > MANY:
            shown = (*shown[:MANY], self.words("d.diff.more", n=len(shown) - MANY))
        return Difference(name, kind, label, "changed", shown)

    def _rule(self, old: Any, new: Any, before: Package, after: Package) -> Iterator[str]:
        """A rule whose sentence differs is told by its sentences."""
        was = Phraser(before, self.words).rule(old).text(self.words)
        now = Phraser(after, self.words).rule(new).text(self.words)
        if was != now:
            yield self.words("d.diff.now", what=now)
            yield self.words("d.diff.was", what=was)


TOLD_BY_SENTENCE = frozenset({"when", "if", "then"})


@dataclass(frozen=True)
class _Walk:
    words: Words
    name: NodeName
    before: Package | None
    after: Package | None
    told: frozenset[str] = frozenset()

    def lines(self, old: Any, new: Any) -> Iterator[str]:
        root = schema(self.name[0])
        yield from self._object(old, new, resolved(root, root), (), "", self.told)

    def _object(
        self, old: Any, new: Any, shape: Shape, parts: Parts, where: str, skipped: frozenset[str] = HIDDEN
    ) -> Iterator[str]:
        root = schema(self.name[0])
        model = str(shape.get("x-model") or self.name[0])
        properties = shape.get("properties", {})
        for name in dict.fromkeys([*properties, *old, *new]):
            was, now = old.get(name), new.get(name)
            if was == now or name in HIDDEN or name in skipped:
                continue
            inner = resolved(root, properties.get(name, {}))
            label = self.words.property(model, name, inner)
            yield from self._value(name, label, was, now, inner, (*parts, name), where, model)

    def _value(
        self, name: str, label: str, was: Any, now: Any, shape: Shape, parts: Parts, where: str, model: str
    ) -> Iterator[str]:
        if (_has_uids(was) or _has_uids(now)) and _is_list(was) and _is_list(now):
            yield from self._list(label, was or (), now or (), shape, parts, where)
        elif (
            isinstance(was, Mapping)
            and isinstance(now, Mapping)
            and "properties" in shape
            and not is_text(shape)
        ):
            inner = self._at(where, self._entry(now, self.after), joint=True) if "uid" in now else where
            yield from self._object(was, now, shape, parts, inner)
        elif now in (None, "", [], {}) and not isinstance(was, bool):
            yield self._at(
                where,
                self.words(
                    "d.diff.unset", what=label, old=self._shown(name, was, shape, parts, model, old=True)
                ),
            )
        else:
            new = self._shown(name, now, shape, parts, model)
            if was in (None, "", [], {}):
                yield self._at(where, self.words("d.diff.set", what=label, new=new))
            else:
                old = self._shown(name, was, shape, parts, model, old=True)
                if old == new and is_text(shape):
                    yield from (self._at(where, line) for line in self._other_languages(label, was, now))
                    return
                key = "d.diff.changed" if old != new else "d.diff.touched"
                yield self._at(where, self.words(key, what=label, new=new, old=old))

    def _other_languages(self, label: str, was: Any, now: Any) -> Iterator[str]:
        """Words that read the same to who looks: what became of them in which other language."""
        for locale in LOCALES:
            old, new = in_locale(was, locale), in_locale(now, locale)
            if old != new:
                what = self.words(f"d.diff.in.{locale}", what=label)
                quoted = {
                    "old": self.words("d.quoted", text=old),
                    "new": self.words("d.quoted", text=new),
                }
                yield self.words("d.diff.changed", what=what, **quoted)

    def _list(
        self, label: str, was: Sequence[Any], now: Sequence[Any], shape: Shape, parts: Parts, where: str
    ) -> Iterator[str]:
        """Nodes are matched by their uid: a renamed one is the same, a moved one is told once."""
        old, new = _by_uid(was), _by_uid(now)
        item = resolved(schema(self.name[0]), shape.get("items", {}))
        for uid in [u for u in new if u not in old]:
            yield self._at(
                where, self.words("d.diff.added", what=label, name=self._entry(new[uid], self.after))
            )
        for uid in [u for u in old if u not in new]:
            yield self._at(
                where, self.words("d.diff.removed", what=label, name=self._entry(old[uid], self.before))
            )
        common = [u for u in new if u in old]
        if common != [u for u in old if u in new]:
            yield self._at(where, self.words("d.diff.order", what=label))
        places = {uid: i for i, uid in enumerate(new)}
        for uid in common:
            if old[uid] != new[uid]:
                inner = self._at(where, self._entry(new[uid], self.after), joint=True)
                yield from self._object(old[uid], new[uid], item, (*parts, places[uid]), inner)

    def _entry(self, body: Any, package: Package | None) -> str:
        return self.words("d.quoted", text=self.words.entry(body, package, self._owner(package)))

    def _at(self, where: str, said: str, *, joint: bool = False) -> str:
        if not where:
            return said
        return (
            self.words("d.diff.within", where=where, what=said)
            if joint
            else self.words("d.diff.at", where=where, what=said)
        )

    def _shown(
        self, name: str, value: Any, shape: Shape, parts: Parts, model: str, *, old: bool = False
    ) -> str:
        """A value as a person reads it."""
        package = self.before if old else self.after
        what = shape.get("x-reference", "")
        if isinstance(value, bool):
            return self.words("el.yes" if value else "el.no")
        if value in (None, "", [], {}):
            return self.words("d.nothing")
        if is_text(shape):
            return self.words("d.quoted", text=self.words.text(value))
        if package is not None and what in {"expression", "filter"}:
            return self._spoken(value, shape, parts, package)
        if isinstance(value, list | tuple):
            return self.words("d.list").join(self._one(name, v, what, model, package) for v in value)
        if isinstance(value, Mapping):
            return self.words("d.diff.entries", n=len(value))
        return self._one(name, value, what, model, package)

    def _spoken(self, value: Any, shape: Shape, parts: Parts, package: Package) -> str:
        frame = frame_at(package, self.name, parts[:-1])
        wanted = frame.entity("line" if shape.get("x-of") == "posting" else str(shape.get("x-of", "self")))
        explainer = Explainer(package, frame._replace(self_=wanted or frame.self_), self.words)
        if shape.get("x-reference") == "filter":
            return Phraser(package, self.words).filter(value, explainer)
        if isinstance(value, Mapping):
            pairs = [
                self.words("d.becomes", what=k, value=explainer.explain(str(v))) for k, v in value.items()
            ]
            return self.words("d.list").join(pairs)
        return (
            condition_words(explainer, str(value))
            if shape.get("x-expect") == "bool"
            else explainer.explain(str(value))
        )

    def _one(self, name: str, value: Any, what: str, model: str, package: Package | None) -> str:
        if isinstance(value, Mapping):
            return self.words.entry(value, package, self._owner(package))
        text = str(value)
        if what in {"", "color"}:
            return self.words.value(name, text, model)
        return self._labelled(what, text, package) or text

    def _owner(self, package: Package | None) -> str:
        """The entity that the definition is about; empty for none."""
        body = package.nodes.get(self.name, {}) if package else {}
        return self.name[1] if self.name[0] == "entity" else str(body.get("entity") or "")

    def _labelled(self, what: str, key: str, package: Package | None) -> str | None:
        """The label of a definition that is referred to by key."""
        if package is None:
            return None
        if what == "role":
            role = package.role(key)
            return self.words.text(role.label, key) if role else None
        entity = package.entity(key) if what == "entity" else None
        if entity is not None:
            return self.words.text(entity.label, key)
        owner = self._owner(package)
        if what in {"field", "path"}:
            return Explainer(
                package, frame_at(package, self.name, ())._replace(self_=owner), self.words
            ).path(key)
        workflow = package.workflow_of(owner)
        if workflow is not None and what in {"state", "transition"}:
            found = workflow.state(key) if what == "state" else workflow.transition(key)
            return self.words.text(found.label, key) if found else None
        return None


def _has_uids(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and isinstance(value[0], Mapping)
        and "uid" in value[0]
    )


def _is_list(value: Any) -> bool:
    return value is None or isinstance(value, list | tuple)


def _by_uid(items: Sequence[Any]) -> dict[str, Any]:
    return {str(item.get("uid", i)): item for i, item in enumerate(items) if isinstance(item, Mapping)}
