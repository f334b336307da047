"""Phrases: a whole rule as sentences: *when*, *if*, *then*. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.designer.pickers import frame_at
from builder.designer.sentences.explain import Explainer, condition_words
from builder.designer.sentences.trigger_phrases import TriggerPhraser
from builder.designer.words import Words
from builder.metadata.frames import Frame, entity_at
from builder.metadata.plugged import PLUGGED_ACTIONS

HOLDING = frozenset({"branch", "each"})
"""Actions that hold others."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A rule in words. ``condition`` is empty where there is none."""

    when: str
    condition: str
    then: tuple[str, ...]
    steps: tuple[tuple[int, str], ...] = ()
    """Every action on a line of its own, with how deep it stands inside others."""

    def text(self, words: Words) -> str:
        """All of it as one sentence."""
        parts = [words("d.rule.when", what=self.when)]
        if self.condition:
            parts.append(words("d.rule.if", what=self.condition))
        parts.append(words("d.rule.then", what=words("d.then_list").join(self.then)))
        return "".join(parts)


@dataclass(frozen=True)
class Phraser(TriggerPhraser):
    """Words rules of one package for one person."""

    def rule(self, rule: Mapping[str, Any]) -> Phrase:
        """The rule's sentences."""
        when = rule.get("when", {})
        frame = frame_at(self.package, ("rule", str(rule.get("key", ""))), ())
        frame = frame._replace(
            self_=str(when.get("entity") or ""),
            ledger=str(when.get("ledger") or ""),
            grain=str(when.get("grain") or ""),
            has_payload=when.get("kind") == "webhook",
        )
        explainer = Explainer(self.package, frame, self.words)
        actions = rule.get("then", ())
        then = tuple(self._action(action, explainer) for action in actions)
        steps = tuple(self._steps(actions, explainer, 0))
        return Phrase(self._trigger(when, explainer), condition_words(explainer, rule.get("if")), then, steps)

    # What happens then

    def _action(self, action: Mapping[str, Any], explainer: Explainer) -> str:
        kind = str(action.get("kind", ""))
        said = (
            self._holding(kind, action, explainer)
            if kind in HOLDING
            else self.words(f"d.action.{kind}", **self._said(kind, action, explainer))
        )
        plugged = PLUGGED_ACTIONS.find(kind)
        said = self.words.text(plugged.label, kind) if plugged is not None else said
        if action.get("when"):
            return self.words("d.only_if", what=condition_words(explainer, action["when"]), then=said)
        return said

    def _holding(self, kind: str, action: Mapping[str, Any], explainer: Explainer) -> str:
        """An action that holds others, in one sentence."""
        within = self._within(action, explainer)
        then, otherwise = (
            self.words("d.then_list").join(self._action(a, within) for a in action.get(name, ()))
            for name in ("then", "else")
        )
        more = self.words("d.action.else", then=otherwise) if otherwise else ""
        return self.words(f"d.action.{kind}", **self._held(kind, action, explainer), then=then, more=more)

    def _held(self, kind: str, action: Mapping[str, Any], explainer: Explainer) -> dict[str, str]:
        if kind == "branch":
            return {"if": condition_words(explainer, action.get("if")) or self.words("d.nothing_chosen")}
        if action.get("each"):
            return {"what": explainer.path(str(action["each"]))}
        entity = self._entity(action.get("entity"))
        filtered = self.filter(action.get("filter"), self._within(action, explainer))
        which = self.words("d.which", what=filtered) if filtered else ""
        return {"what": self.words("d.all_records", which=which, entity=entity)}

    def _within(self, action: Mapping[str, Any], explainer: Explainer) -> Explainer:
        if action.get("kind") != "each":
            return explainer
        frame, path = explainer.frame, str(action.get("each") or "")
        entity = entity_at(self.package, frame.self_, path) if path else str(action.get("entity") or "")
        return replace(explainer, frame=Frame(self_=entity, outer=frame, has_payload=frame.has_payload))

    def _steps(self, actions: Any, explainer: Explainer, depth: int) -> Iterator[tuple[int, str]]:
        for action in actions:
            kind = str(action.get("kind", ""))
            if kind not in HOLDING:
                yield depth, self._action(action, explainer)
                continue
            yield depth, self.words(f"d.step.{kind}", **self._held(kind, action, explainer))
            within = self._within(action, explainer)
            yield from self._steps(action.get("then", ()), within, depth + 1)
            if action.get("else"):
                yield depth, self.words("d.step.else")
                yield from self._steps(action["else"], within, depth + 1)

    def _said(self, kind: str, action: Mapping[str, Any], explainer: Explainer) -> dict[str, str]:
        entity = explainer.frame.self_
        path = str(action.get("target") or "")
        target = entity_at(self.package, entity, path) if path else entity
        # What is made is what was picked; until then it is nothing, least of all one more of the record at hand.
        other = str(action.get("entity") or ("" if kind == "create" else target))
        values = {
            "values": self._values(action.get("values", {}), other if kind != "set" else entity, explainer),
            "entity": self._entity(other),
            "target": explainer.path(path)
            if path
            else self.words("d.this_record", entity=self._entity(entity)),
        }
        if kind == "refuse":
            values["message"] = self.words(
                "d.quoted", text=explainer.filled(self.words.text(action.get("message")))
            )
        elif kind == "convert":
            values["conversion"] = self._conversion(target, action.get("conversion"))
        elif kind in {"transition", "start_approval"}:
            values["transition"] = self._transition(target, action.get("transition"))
        elif kind == "assign":
            values["what"] = explainer.path(str(action.get("at") or "owner"))
            values["to"] = self._people(action, explainer, "d.or_list")
        elif kind == "notify":
            values["to"] = (
                self._connector(action["connector"])
                if action.get("connector")
                else self._people(action, explainer, "d.list")
            )
            values["title"] = self.words(
                "d.quoted", text=explainer.filled(self.words.text(action.get("title")))
            )
            values["channel"] = self.words.value("channel", str(action.get("channel") or "inbox"))
        more = self._further().get(kind)
        if more is not None:
            values |= more(action, explainer)
        if kind in {"update", "convert", "transition"} and action.get("filter"):
            around = explainer.frame._replace(self_=other, outer=explainer.frame)
            inner = Explainer(self.package, around, self.words)
            values["target"] = self.words(
                "d.all_of", entity=self._entity(other), what=self.filter(action["filter"], inner)
            )
        return values

    def _values(self, values: Mapping[str, str], entity: str, explainer: Explainer) -> str:
        model = self.package.entity(entity)
        said = []
        for key, source in values.items():
            field = model.field(key) if model else None
            label = self.words.text(field.label, key) if field else key
            said.append(self.words("d.becomes", what=label, value=explainer.explain(source)))
        return self.words("d.list").join(said) or "…"

    def _ticket(self, action: Mapping[str, Any], explainer: Explainer) -> dict[str, str]:
        """What the ticket is called, who owns it and until when it should be closed."""
        title = explainer.filled(self.words.text(action.get("title")))
        days, hours = int(action.get("due_days") or 0), int(action.get("due_hours") or 0)
        parts = [
            *([self.words("d.in_days", n=days)] if days else []),
            *([self.words("d.in_hours", n=hours)] if hours else []),
        ]
        return {
            "ticket": self.words.value("ticket", str(action.get("ticket") or "exception")),
            "to": self._people(action, explainer, "d.list"),
            "title": self.words("d.quoted", text=title),
            "due": self.words("d.ticket_due", when=self.words("d.list").join(parts)) if parts else "",
        }

    def _called(self, action: Mapping[str, Any], explainer: Explainer) -> dict[str, str]:
        """Which outside system is told, and what: every name that is sent, with where it comes from."""
        key = str(action.get("connector") or "")
        found = next((c for c in self.package.connectors if c.key == key), None)
        told = (
            self.words("d.sent_as", what=explainer.explain(source), name=name)
            for name, source in action.get("payload", {}).items()
        )
        payload = self.words("d.list").join(told)
        return {
            "connector": self.words("d.quoted", text=self.words.text(found.label, key))
            if found
            else self.words("d.nothing_chosen"),
            "payload": self.words("d.sent", what=payload) if payload else "",
        }

    def _further(self) -> Mapping[str, Callable[[Mapping[str, Any], Explainer], dict[str, str]]]:
        return {
            "print": self._printed,
            "call": self._called,
            "ticket": self._ticket,
            "compute": self._computed,
        }

    def _computed(self, action: Mapping[str, Any], explainer: Explainer) -> dict[str, str]:
        found = next((c for c in self.package.computations if c.key == action.get("computation")), None)
        words = self.words
        return {
            "computation": words("d.quoted", text=words.text(found.label, found.key))
            if found
            else words("d.nothing_chosen")
        }

    def _printed(self, action: Mapping[str, Any], explainer: Explainer) -> dict[str, str]:
        """Which form is printed, and where the file goes."""
        found = next((p for p in self.package.prints if p.key == action.get("print")), None)
        words, at = self.words, str(action.get("at") or "")
        return {
            "print": words("d.quoted", text=words.text(found.label, found.key))
            if found
            else words("d.nothing_chosen"),
            "where": explainer.path(at) if at else words("d.attachments"),
        }

    def _conversion(self, entity: str, key: Any) -> str:
        model = self.package.entity(entity)
        found = next((c for c in model.conversions if c.key == key), None) if model else None
        if not key:
            return self.words("d.nothing_chosen")
        return self.words("d.quoted", text=self.words.text(found.label, str(key)) if found else str(key))

    def _people(self, action: Mapping[str, Any], explainer: Explainer, joined: str) -> str:
        to = [self._recipient(one, explainer) for one in action.get("to", ())]
        return self.words(joined).join(to) or self.words("d.nobody")

    def _recipient(self, one: Mapping[str, Any], explainer: Explainer) -> str:
        if one.get("role"):
            role = self.package.role(str(one["role"]))
            return self.words.text(role.label, role.key) if role else str(one["role"])
        if one.get("field"):
            return explainer.path(str(one["field"]))
        if one.get("actor"):
            return self.words("d.whoever")
        if one.get("head") is not None:
            unit = explainer.path(str(one.get("unit") or "org_unit"))
            return self.words("d.head_of" if not one["head"] else "d.head_above", unit=unit, n=one["head"])
        if one.get("entity"):
            return self._found_people(one, explainer)
        return str(one["user"]) if one.get("user") else self.words("d.owner")

    def _found_people(self, one: Mapping[str, Any], explainer: Explainer) -> str:
        frame = Frame(self_=str(one["entity"]), outer=explainer.frame)
        inner = replace(explainer, frame=frame)
        filtered = self.filter(one.get("filter"), inner)
        which = self.words("d.which", what=filtered) if filtered else ""
        records = self.words("d.all_records", which=which, entity=self._entity(one["entity"]))
        return self.words("d.of").join((records, inner.path(str(one.get("person") or ""))))
