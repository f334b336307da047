"""Drawing: what the pages of the different kinds show, as plain values for their templates. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from builder.designer import palette, rule_page, workflow_page
from builder.designer.edits import forms
from builder.designer.edits.change import pointer_of
from builder.designer.panel import Panel
from builder.designer.pickers import Choice
from builder.designer.room import Opened
from builder.designer.sentences import filters
from builder.designer.sentences.conditions import rows_of
from builder.designer.sentences.explain import condition_words
from builder.designer.sentences.phrases import Phraser
from builder.designer.sentences.rows import Drawing, RowView
from builder.designer.shapes import shape_at
from builder.designer.widgets import Widget
from builder.metadata.kinds import NodeName, name_of, path_of
from builder.metadata.places import Parts
from builder.metadata.schemas import problems_of

MOST = 30


def address(app: str, path: str) -> str:
    """The page of a place: ``entities/item.json#/fields/3/type`` opens the field."""
    file, _, pointer = path.partition("#")
    name = name_of(file)
    if name is None:
        return url_for("design.overview", app=app)
    url = url_for("design.definition", app=app, kind=name[0], key=name[1])
    return f"{url}?{urlencode({'at': pointer})}" if pointer else url


def widgets(panel: Panel, at: Parts) -> tuple[Widget, ...]:
    return panel.widgets(at)


@dataclass(frozen=True, slots=True)
class Listed:
    """One definition in a list of its kind."""

    key: str
    label: str
    note: str
    problems: int
    off: bool = False


def listing(opened: Opened, kind: str) -> list[Listed]:
    """Every definition of a kind with what says most about it."""
    phraser = (
        Phraser(opened.judged.package, opened.words) if opened.judged.package and kind == "rule" else None
    )
    found = []
    for key, label in opened.keys(kind):
        body = opened.draft.nodes[kind, key]
        off = kind == "rule" and body.get("enabled") is False
        is_half_made = bool(problems_of((kind, key), body))
        note = (
            ""
            if is_half_made
            else phraser.rule(body).text(opened.words)
            if phraser
            else _note(opened, kind, body)
        )
        found.append(Listed(key, label, note, len(opened.judged.at(path_of((kind, key)))), off))
    return found


def _note(opened: Opened, kind: str, body: Mapping[str, Any]) -> str:
    words = opened.words
    if kind == "entity":
        return words(
            "d.entity_note",
            kind=words.value("kind", str(body.get("kind")), "entity"),
            n=len(body.get("fields", ())),
        )
    for property_, of in (("entity", "entity"), ("ledger", "ledger")):
        other = opened.draft.nodes.get((of, str(body.get(property_) or "")))
        if other is not None:
            return words.node((of, ""), other)
    return words.text(body.get("help") or body.get("description") or "")


@dataclass(frozen=True)
class Rows:
    """Condition and filter rows for a definition's properties, and their words."""

    opened: Opened
    name: NodeName

    def _drawing(self, pointer: str, of: str = "self") -> Drawing | None:
        from_parts = _parts(pointer)[:-1]
        pickers = self.opened.pickers
        return Drawing(pickers, self.opened.frame(self.name, from_parts, of)) if pickers else None

    def _of(self, pointer: str) -> str:
        return str(shape_at(self.name[0], _parts(pointer)).get("x-of", "self"))

    def is_condition(self, pointer: str) -> bool:
        """Whether an expression is a question that rows can ask."""
        shape = shape_at(self.name[0], _parts(pointer))
        return shape.get("x-expect") == "bool" and shape.get("x-of") in {
            "self",
            "line",
            "guard",
            "dimensions",
            "source",
        }

    def conditions(self, pointer: str, source: str) -> tuple[RowView, ...]:
        drawing = self._drawing(pointer, self._of(pointer))
        return drawing.condition_rows(source) if drawing else ()

    def filters(self, pointer: str, where: Any) -> tuple[RowView, ...]:
        drawing = self._drawing(pointer, self._of(pointer))
        return drawing.filter_rows(where) if drawing else ()

    def filter_source(self, where: Any) -> str:
        return filters.rows_of(where).source

    def joined(self, source: str) -> str:
        return rows_of(source).joined

    def filter_joined(self, where: Any) -> str:
        return filters.rows_of(where).joined

    def subjects(self, pointer: str) -> tuple[Choice, ...]:
        drawing = self._drawing(pointer, self._of(pointer))
        return drawing.subjects() if drawing else ()

    def said(self, pointer: str, source: Any) -> str:
        """An expression or a filter in words."""
        drawing = self._drawing(pointer, self._of(pointer))
        if drawing is None or not source:
            return ""
        if isinstance(source, Mapping):
            return Phraser(drawing.pickers.package, self.opened.words).filter(source, drawing.explainer)
        shape = shape_at(self.name[0], _parts(pointer))
        expect = shape.get("x-expect")
        return (
            condition_words(drawing.explainer, source)
            if expect == "bool"
            else drawing.explainer.explain(source)
        )


def _parts(pointer: str) -> Parts:
    return tuple(int(p) if p.isdecimal() and len(p) < 10 else p for p in pointer.split("/")[1:])


def usages(opened: Opened, name: NodeName, at: Parts) -> list[tuple[NodeName, str]]:
    """The definitions that mention the node at hand, with what they are called."""
    if opened.judged.package is None:
        return []
    references = opened.judged.references
    found = next((d for d in references.definitions.values() if d.node == name and d.parts == at), None)
    nodes = {use.place.node for use in references.usages(found.target)} - {name} if found else set()
    return sorted((node, opened.called(node)) for node in nodes)


def found(opened: Opened, query: str) -> list[dict[str, str]]:
    """Everything in the app whose name or key has the words of the query, with where it is."""
    wanted = query.casefold().split()
    hits: list[dict[str, str]] = []
    for definition in opened.judged.references.definitions.values() if opened.judged.package else ():
        label = opened.words.defined(definition)
        said = f"{label} {'.'.join(definition.target[1:])}".casefold()
        if wanted and all(word in said for word in wanted):
            where = opened.called(definition.node) if definition.parts else ""
            sort = opened.words.find(f"d.target.{definition.target[0]}") or opened.words.kind(
                definition.node[0]
            )
            hits.append(
                {
                    "label": label,
                    "note": " · ".join(filter(None, (sort, where))),
                    "url": address(opened.app, definition.path),
                }
            )
    return sorted(hits, key=lambda hit: (len(hit["label"]), hit["label"]))[:MOST]


# Kinds with a page of their own


def entity(opened: Opened, name: NodeName, at: Parts) -> dict[str, Any]:
    entities = [
        Choice(k, label)
        for k, label in opened.keys("entity")
        if opened.draft.nodes["entity", k].get("kind") != "lines"
    ]
    body = opened.draft.nodes[name]
    return {
        "groups": palette.grouped(opened.words),
        "types": palette.types(opened.words),
        "entities": entities,
        "lines_of": [f for f in body.get("fields", ()) if f.get("type") == "lines"],
    }


def form(opened: Opened, name: NodeName, at: Parts) -> dict[str, Any]:
    body = opened.draft.nodes[name]
    entity_key = str(body.get("entity", ""))
    fields = {str(f["key"]): f for f in forms.fields_of(opened.draft.nodes, entity_key)}
    known = {key: palette.shown(opened.words, f) for key, f in fields.items()}
    built_in = forms.built_in(opened.draft.nodes, entity_key)
    known |= {key: palette.system(opened.words, key) for key in built_in if key not in known}
    placed = set(forms.placed(body.get("nodes")))
    lines = {
        key: {
            str(c["key"]): palette.shown(opened.words, c)
            for c in forms.fields_of(opened.draft.nodes, str(f.get("entity", "")))
        }
        for key, f in fields.items()
        if f.get("type") == "lines"
    }
    return {
        "fields": known,
        "left": [known[k] for k in known if k not in placed],
        "lines": lines,
        "entity_key": entity_key,
        "entity_label": opened.words.node(
            ("entity", entity_key), opened.draft.nodes.get(("entity", entity_key))
        ),
    }


def data(opened: Opened, name: NodeName, at: Parts) -> dict[str, Any]:
    """Reference data as a table: the fields of its entity that a person gives, and what each row says."""
    body = opened.draft.nodes[name]
    entity = str(body.get("entity") or "")
    package = opened.judged.package
    model = package.entity(entity) if package else None
    fields = [
        f
        for f in (model.fields if model else ())
        if not f.is_computed and f.type not in {"lines", "auto_number"}
    ]
    return {
        "entity_key": entity,
        "fields": fields,
        "cell": lambda row, key: filters.value_text(row[key]) if row.get(key) is not None else "",
        "is_table": bool(entity),
    }


DRAWN: Mapping[str, Callable[[Opened, NodeName, Parts], dict[str, Any]]] = {
    "data": data,
    "entity": entity,
    "form": form,
    "workflow": workflow_page.workflow,
    "rule": rule_page.rule,
}


__all__ = ["DRAWN", "Listed", "Rows", "address", "listing", "pointer_of", "widgets"]
