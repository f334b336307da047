"""Words: what people call properties, values and nodes of definitions, in their language. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.designer.shapes import Shape
from builder.errors import Problem
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.kinds import KINDS, NodeName
from builder.metadata.package import Package
from builder.metadata.paths import label_of
from builder.metadata.targets import Definition
from builder.metadata.text import FIRST_LOCALE, in_locale
from builder.web.locale import Texts

HOLES = re.compile(r"\{[^{}]*\}")
"""What a message is filled with when it is said."""
OF_RULES: Mapping[str, str] = {"E190": "Trigger", "E192": "Action", "E193": "", "E205": ""}
"""Problems that name actions by their kind, and whose properties they name."""
NAMES = ("label", "title", "key", "field", "entity", "ledger", "view", "report", "dashboard", "page")


@dataclass(frozen=True)
class Words:
    """The designer's words in one language."""

    texts: Texts
    locale: str

    def __call__(self, key: str, **values: Any) -> str:
        return self.texts.text(key, self.locale, **values)

    def find(self, *keys: str) -> str | None:
        """The words of the first key that has some."""
        known = self.texts.by_locale[self.locale]
        return next((known[key] for key in keys if key in known), None)

    def text(self, words: Any, fallback: str = "") -> str:
        """Words of a definition."""
        return in_locale(words, self.locale, fallback) if isinstance(words, str | Mapping) else fallback

    def kind(self, kind: str) -> str:
        return in_locale(KINDS[kind].label, self.locale)

    def property(self, model: str, name: str, shape: Shape | None = None) -> str:
        """What a property is called: our own words, else the schema's."""
        found = self.find(f"d.p.{model}.{name}", f"d.p.{name}")
        if found is None and shape is not None:
            found = self._of_schema(shape, "title")
        return found or name.replace("_", " ")

    def help(self, model: str, name: str, shape: Shape | None = None) -> str:
        found = self.find(f"d.h.{model}.{name}", f"d.h.{name}")
        return found or (self._of_schema(shape, "description") if shape is not None else None) or ""

    def _of_schema(self, shape: Shape, what: str) -> str | None:
        words = shape.get("x-zh", {}).get(what) if self.locale == FIRST_LOCALE else shape.get(what)
        return words if isinstance(words, str) and len(words) > 1 else None

    def value(self, name: str, value: str, model: str = "") -> str:
        """One of a property's fixed values."""
        if name == "type" and value in FIELD_TYPES:
            return in_locale(FIELD_TYPES.get(value).label, self.locale)
        return self.find(f"d.v.{model}.{name}.{value}", f"d.v.{name}.{value}", f"d.v.{value}") or value

    def entry(self, body: Any, package: Package | None = None, entity: str = "") -> str:
        """What a node of a list is called: by its label, else by what it shows (a field of ``entity``) or does."""
        if isinstance(body, str):
            return body
        if not isinstance(body, Mapping):
            return str(body)
        if package is not None and "ledger" in body and isinstance(body.get("measures"), Mapping):
            return self._posted(body, package)
        if ("check" in body or "slack" in body) and isinstance(body.get("message"), Mapping):
            return HOLES.sub("…", self.text(body["message"])).replace("….", "…")
        for name in NAMES:
            value = body.get(name)
            if isinstance(value, str | Mapping) and value:
                words = self.text(value)
                return self._shown(name, words, package, entity) or words
        kind = body.get("kind") or body.get("do")
        return self.value("kind", str(kind)) if kind else "…"

    def told(self, problem: Problem) -> Problem:
        """The problem with what it names as people call it: actions, and properties of triggers and actions."""
        params = dict(problem.params)
        model = OF_RULES.get(problem.code)
        if model is None:
            return problem
        action = params.get("action")
        if isinstance(action, str):
            params["action"] = self.find(f"d.ac.{action}") or action
        if model and isinstance(params.get("name"), str):
            params["name"] = self.property(model, str(params["name"]))
        return replace(problem, params=params)

    def grain(self, dimensions: Iterable[Any], labels: Mapping[str, Any]) -> str:
        """Balances have no words of their own: they are called by the dimensions that they are kept by."""
        return " × ".join(self.text(labels.get(str(key)), str(key)) for key in dimensions)

    def _posted(self, body: Mapping[str, Any], package: Package) -> str:
        """A posting has no words of its own: it is called by the ledger and what it moves there."""
        ledger = package.ledger(str(body["ledger"]))
        if ledger is None:
            return str(body.get("key", "…"))
        moved = [self.text(m.label) for m in ledger.measures if m.key in body["measures"]]
        return " · ".join([self.text(ledger.label), *moved])

    def _shown(self, name: str, key: str, package: Package | None, entity: str) -> str | None:
        """The label of the definition that an entry without words of its own shows."""
        if package is not None and name == "field" and entity:
            return label_of(package, entity, key, self.locale)
        if package is None or name not in {"entity", "ledger", "view", "report", "dashboard"}:
            return None
        models: dict[str, tuple[Any, ...]] = {
            "entity": package.entities,
            "ledger": package.ledgers,
            "view": package.views,
            "report": package.reports,
            "dashboard": package.dashboards,
        }
        found = next((m for m in models[name] if m.key == key), None)
        return self.text(found.label) if found is not None else None

    def node(self, name: NodeName, body: Mapping[str, Any] | None) -> str:
        """What a definition is called."""
        if name[0] == "roles":
            return self.kind("roles")
        if name[0] == "data" and body:
            return str(body.get("key", name[1]))
        return self.text((body or {}).get("label"), name[1])

    def defined(self, definition: Definition) -> str:
        return definition.words(self.locale)
