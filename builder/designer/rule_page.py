"""Rule page: a rule's sentence with its pickers, and those of the actions inside others. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from builder.designer.pickers import Choice, Pickers
from builder.designer.room import Opened
from builder.designer.sentences import rules, schedules
from builder.designer.sentences.people import naming
from builder.designer.sentences.phrases import Phraser
from builder.designer.sentences.rows import Drawing, RowView
from builder.designer.sentences.within import inside, over
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.frames import Frame, entity_at
from builder.metadata.kinds import NodeName
from builder.metadata.package import Package
from builder.metadata.places import Parts
from builder.metadata.plugged import PLUGGED_ACTIONS
from builder.metadata.rule_index import LINES

MANY = frozenset({"lines", "multi_reference"})


def rule(opened: Opened, name: NodeName, at: Parts) -> dict[str, Any]:
    body, package = opened.draft.nodes[name], opened.judged.package
    if package is None or opened.pickers is None:
        return {"phrase": None, "form": {}}
    when = body.get("when", {})
    frame = Frame(
        self_=str(when.get("entity") or ""),
        ledger=str(when.get("ledger") or ""),
        grain=str(when.get("grain") or ""),
        has_payload=when.get("kind") == "webhook",
    )
    around = Around(package, opened.pickers, Drawing(opened.pickers, frame))
    rows = around.drawing
    return {
        "phrase": Phraser(package, opened.words).rule(body),
        "form": rules.to_form(body),
        "timing": schedules,
        "if_rows": rows.condition_rows(body.get("if")),
        "filter_rows": rows.filter_rows(when.get("filter")),
        "around": around,
        "actions": around.actions(body.get("then", ()), "then"),
        "triggers": tuple(rules.TRIGGERS),
        "line_triggers": LINES,
        "action_kinds": tuple(_kinds(opened)),
        "goes": around.goes(when),
    }


def _kinds(opened: Opened) -> Iterator[Choice]:
    for kind in rules.kinds():
        plugged = PLUGGED_ACTIONS.find(kind)
        label = opened.words.text(plugged.label, kind) if plugged else opened.words(f"d.ac.{kind}")
        yield Choice(kind, label)


@dataclass(frozen=True)
class Around:
    """What may be picked where one record is at hand: the rule's, or each of those that an action goes through."""

    package: Package
    pickers: Pickers
    drawing: Drawing

    @property
    def frame(self) -> Frame:
        return self.drawing.frame

    def actions(self, bodies: Any, prefix: str) -> list[dict[str, Any]]:
        """Actions ready to be drawn; ``prefix`` is where they stand in the form."""
        return [self._action(body, f"{prefix}.{index}") for index, body in enumerate(bodies)]

    def _action(self, body: Mapping[str, Any], at: str) -> dict[str, Any]:
        target = str(body.get("target") or "")
        there = entity_at(self.package, self.frame.self_, target) if target else self.frame.self_
        within = self._within(body)
        held = within if body.get("kind") == "each" else self
        over = self._over(str(body.get("entity") or there))
        return {
            "body": body,
            "at": at,
            "around": self,
            "entity": str(body.get("entity") or there),
            "target_entity": there,
            "if_rows": self.drawing.condition_rows(body.get("if")),
            "filter_rows": over.drawing.filter_rows(body.get("filter")),
            "filter_subjects": over.subjects,
            "then": held.actions(body.get("then", ()), f"{at}.then"),
            "else": held.actions(body.get("else", ()), f"{at}.else"),
        }

    def _within(self, body: Mapping[str, Any]) -> Around:
        drawing = inside(self.drawing, body)
        assert drawing is not None
        return Around(self.package, self.pickers, drawing)

    def _over(self, entity: str) -> Around:
        return Around(self.package, self.pickers, over(self.drawing, entity))

    def pick(self, what: str, of: str = "self", other: str = "") -> tuple[Choice, ...]:
        """Everything of that sort."""
        frame = Frame(self_=self.frame.self_, ledger=self.frame.ledger, other=other, target=other)
        return tuple(self.pickers.choices(what, of, frame))

    def names(self) -> tuple[Choice, ...]:
        """What an expression may name, with what stands around."""
        own, outer = self.pick("expression"), self.frame.outer
        if outer is None:
            return own
        above = Around(self.package, self.pickers, replace(self.drawing, frame=outer)).names()
        known = (c for c in above if not c.value.endswith("(") and not c.value.startswith("setting."))
        return (*own, *(replace(c, value=f"outer.{c.value}") for c in known))

    @cached_property
    def subjects(self) -> tuple[Choice, ...]:
        return self.drawing.subjects()

    def explain(self, source: str) -> str:
        return self.drawing.explainer.explain(source)

    def of_type(self, *types: str) -> list[Choice]:
        """The fields of the record at hand that are of one of those types."""
        model = self.package.entity(self.frame.self_)
        found = {f.key for f in (model.fields if model else ()) if f.type in types}
        return [c for c in self.pickers.fields(self.frame.self_) if c.value in found]

    def references(self) -> list[Choice]:
        """Where records that are acted on may be; of a line also its document, of a balance what it is counted by."""
        ledger = self.package.ledger(self.frame.ledger)
        if ledger is not None:
            grain = next((g.dimensions for g in ledger.grains if g.key == self.frame.grain), ())
            words = self.pickers.words
            return [
                Choice(d.key, words.text(d.label, d.key))
                for d in ledger.dimensions
                if d.entity and d.key in grain
            ]
        model = self.package.entity(self.frame.self_)
        parent = self.package.entity((model.parent or "") if model else "")
        label = self.pickers.words.text(parent.label, parent.key) if parent else ""
        return [*([Choice("parent", label)] if parent else []), *self.of_type("reference")]

    def many(self) -> list[Choice]:
        return self.of_type(*MANY)

    def file_fields(self) -> list[Choice]:
        return self.of_type(*FILE_TYPES)

    def dates(self) -> list[Choice]:
        paths = self.pickers.paths(self.frame.self_)
        return [c for c in paths if self.drawing.sort_and_options(c.value)[0] in {"date", "datetime"}]

    def entities(self, *, lines: bool = False) -> list[Choice]:
        """Entities of records, or of lines."""
        known = {e.key for e in self.package.entities if (e.kind == "lines") is lines}
        return [c for c in self.pick("entity") if c.value in known]

    def connectors(self, *kinds: str) -> list[Choice]:
        known = {c.key for c in self.package.connectors if c.kind in kinds}
        return [c for c in self.pick("connector") if c.value in known]

    def prints(self, entity: str) -> list[Choice]:
        words = self.pickers.words
        return [Choice(p.key, words.text(p.label, p.key)) for p in self.package.prints if p.entity == entity]

    def approvals(self, entity: str) -> list[Choice]:
        """The moves that somebody decides about."""
        workflow = self.package.workflow_of(entity)
        found = [t for t in (workflow.transitions if workflow else ()) if t.approval is not None]
        return [Choice(t.key, self.pickers.words.text(t.label, t.key)) for t in found]

    def recipients(self) -> list[Choice]:
        """Who may be told: the owner, whoever did it, heads, roles, people in fields, here and around."""
        words = self.pickers.words
        found = [Choice("owner", words("d.owner")), Choice("actor", words("d.whoever"))]
        unit = words("d.p.org_unit")
        found += [
            Choice("head:0", words("d.head_of", unit=unit)),
            Choice("head:1", words("d.head_above", unit=unit, n=1)),
        ]
        found += [
            Choice(f"role:{r.key}", words.text(r.label), words.kind("roles")) for r in self.package.roles
        ]
        found += [Choice(f"field:{c.value}", c.label) for c in self.of_type("user")]
        found += [
            Choice(f"head:0:{c.value}", words("d.head_of", unit=c.label)) for c in self.of_type("org_unit")
        ]
        return found

    def naming(self) -> list[Choice]:
        """Entities whose records name people."""
        return [c for c in self.entities() if naming(self.drawing, c.value)]

    def found(self, people: Any) -> list[dict[str, Any]]:
        """Those of the people named who are found by a condition, ready to be drawn."""
        return [self._found(one) for one in people or () if one.get("entity")]

    def _found(self, one: Mapping[str, Any]) -> dict[str, Any]:
        there = self._over(str(one["entity"]))
        named = naming(self.drawing, str(one["entity"]))
        return {
            "entity": str(one["entity"]),
            "person": str(one.get("person") or ""),
            "fields": [c for c in self.pickers.fields(str(one["entity"])) if c.value in named],
            "filter": one.get("filter"),
            "rows": there.drawing.filter_rows(one.get("filter")),
            "subjects": there.subjects,
        }

    def goes(self, when: Mapping[str, Any]) -> RowView | None:
        """From what to what one field changes; None where several are watched. Choices and switches are picked."""
        fields = when.get("fields", ())
        if len(fields) != 1:
            return None
        sort, options = self.drawing.sort_and_options(str(fields[0]))
        words = self.pickers.words
        if sort == "bool":
            options = (Choice("true", words("el.yes")), Choice("false", words("el.no")))
        control = "select" if options else "text"
        values = (str(when.get("from") or ""), str(when.get("to") or ""))
        return RowView(0, "path", str(fields[0]), "", (), "", (), values, options, control)

    def conversions(self, entity: str) -> list[Choice]:
        """The next documents of an entity; the note is what each makes."""
        model = self.package.entity(entity)
        words = self.pickers.words
        return [Choice(c.key, words.text(c.label, c.key), c.to) for c in (model.conversions if model else ())]
