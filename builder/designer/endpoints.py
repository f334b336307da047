"""Endpoints: every edit comes in here, is made by a pure function, and leaves as one step of the draft."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from builder.designer import shapes
from builder.designer.edits import definitions, entities, flows, forms, properties
from builder.designer.edits.change import Changes, body_of, parts_of, pointer_of
from builder.designer.edits.keys import words_from
from builder.designer.room import Opened, Room
from builder.designer.sentences import conditions, filters, rules
from builder.designer.sentences.rows import Drawing
from builder.errors import InvalidError, Problem
from builder.metadata.frames import Frame
from builder.metadata.kinds import KINDS, NodeName
from builder.metadata.package import Package
from builder.metadata.places import Parts
from builder.metadata.text import Text
from builder.registry import Registry

Form = MultiDict[str, str]


@dataclass(frozen=True)
class Edit:
    """What was asked: on which draft, which definition, where in it, with what."""

    opened: Opened
    form: Form

    @property
    def name(self) -> NodeName:
        kind = self.form.get("kind", "")
        if kind not in KINDS:
            raise InvalidError(problems=[Problem("E013", "/kind", {"value": kind})])
        return kind, self.form.get("key", "")

    @property
    def at(self) -> Parts:
        return parts_of(self.form.get("at", ""))

    @property
    def label(self) -> Text:
        return words_from(self.form.get("zh", ""), self.form.get("en", ""))

    @property
    def package(self) -> Package:
        package = self.opened.judged.package
        if package is None:
            raise InvalidError("PACKAGE_INVALID", problems=self.opened.judged.errors)
        return package

    def drawing(self, parts: Parts, of: str = "self") -> Drawing:
        """Rows in the surroundings of a place of the definition."""
        pickers = self.opened.pickers
        if pickers is None:
            raise InvalidError("PACKAGE_INVALID", problems=self.opened.judged.errors)
        return Drawing(pickers, self.opened.frame(self.name, parts, of))

    def lists(self) -> dict[str, list[str]]:
        return {key: self.form.getlist(key) for key in self.form}


@dataclass(frozen=True)
class Outcome:
    """What changes, and where the person looks next: a page, or (``at``) a node of the same page."""

    changes: Changes
    goto: str = ""
    at: str | None = None


Make = Callable[[Edit], Outcome]
EDITS: Registry[Make] = Registry("edit")


def edit(name: str) -> Callable[[Make], Make]:
    return lambda make: EDITS.register(name, make)


def install_endpoints(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes of this module."""

    @blueprint.post("/<app>/edit")
    def edit_draft(app: str) -> Response:
        opened = room.open(app)
        make = EDITS.find(request.form.get("op", ""))
        if make is None:
            raise InvalidError("EDIT_UNKNOWN", op=request.form.get("op", ""))
        outcome = make(Edit(opened, request.form))
        room.save(opened, outcome.changes)
        if request.headers.get("X-Bare"):
            return jsonify({"at": outcome.at})
        return redirect(_next(app, outcome), 303)  # type: ignore[return-value]


def _next(app: str, outcome: Outcome) -> str:
    """Where to go: a page of this app, never anywhere else."""
    home = url_for("design.overview", app=app)
    wanted = urlsplit(outcome.goto or request.form.get("back", ""))
    path = wanted.path if wanted.path.startswith(home) and not wanted.netloc and "\\" not in wanted.path else home
    query = dict(parse_qsl(wanted.query))
    if outcome.at is not None:
        query["at"] = outcome.at
    return f"{path}?{urlencode(query)}" if query else path


# Any property of any definition


@edit("set")
def _set(asked: Edit) -> Outcome:
    return Outcome(properties.set_value(asked.opened.draft.nodes, asked.name, asked.at, asked.form.getlist("value")))


@edit("words")
def _words(asked: Edit) -> Outcome:
    zh, en = asked.form.get("zh", ""), asked.form.get("en", "")
    return Outcome(properties.set_words(asked.opened.draft.nodes, asked.name, asked.at, zh, en))


@edit("json")
def _json(asked: Edit) -> Outcome:
    text = asked.form.get("value", "")
    return Outcome(properties.put_json(asked.opened.draft.nodes, asked.name, asked.at, text))


@edit("entry")
def _entry(asked: Edit) -> Outcome:
    key, value = asked.form.get("entry", ""), asked.form.get("value", "")
    if not key:
        return Outcome({})
    return Outcome(properties.set_entry(asked.opened.draft.nodes, asked.name, asked.at, key, value))


@edit("condition")
def _condition(asked: Edit) -> Outcome:
    drawing = asked.drawing(asked.at[:-1])
    source = conditions.composed(drawing.completed(conditions.from_form(asked.lists(), "c"))) or ""
    return Outcome(properties.set_value(asked.opened.draft.nodes, asked.name, asked.at, [source]))


@edit("filter")
def _filter(asked: Edit) -> Outcome:
    drawing = asked.drawing(asked.at[:-1], shapes.shape_at(asked.name[0], asked.at).get("x-of", ""))
    where = filters.composed(drawing.completed_filter(filters.rows_from(asked.lists(), "c")))
    return Outcome(properties.put_value(asked.opened.draft.nodes, asked.name, asked.at, where))


@edit("add")
def _add(asked: Edit) -> Outcome:
    given = {k: v for k, v in asked.form.items() if k.startswith("with.")}
    values = {k.removeprefix("with."): v for k, v in given.items()}
    changes, index = properties.add_item(asked.opened.draft.nodes, asked.name, asked.at, asked.label, **values)
    return Outcome(changes, at=pointer_of((*asked.at, index)))


@edit("remove")
def _remove(asked: Edit) -> Outcome:
    return Outcome(properties.remove_item(asked.opened.draft.nodes, asked.name, asked.at), at="")


@edit("step")
def _step(asked: Edit) -> Outcome:
    by = -1 if asked.form.get("by") == "-1" else 1
    changes, index = properties.step_item(asked.opened.draft.nodes, asked.name, asked.at, by)
    return Outcome(changes, at=pointer_of((*asked.at[:-1], index)))


@edit("move")
def _move(asked: Edit) -> Outcome:
    target, index = parts_of(asked.form.get("to", "")), asked.form.get("index", "")
    place = int(index) if index.isdecimal() else None
    changes = properties.move_item(asked.opened.draft.nodes, asked.name, asked.at, target, place)
    return Outcome(changes, at="")


# Whole definitions


@edit("definition.add")
def _add_definition(asked: Edit) -> Outcome:
    kind, nodes = asked.form.get("new", ""), asked.opened.draft.nodes
    if kind == "entity":
        changes, key = entities.add_entity(nodes, kind=asked.form.get("sort", "master"), label=asked.label)
    else:
        entity, ledger = asked.form.get("entity", ""), asked.form.get("ledger", "")
        changes, key = definitions.add_definition(nodes, kind, asked.label, entity=entity, ledger=ledger)
    return Outcome(changes, goto=url_for("design.definition", app=asked.opened.app, kind=kind, key=key))


@edit("definition.copy")
def _copy_definition(asked: Edit) -> Outcome:
    changes, key = definitions.copy_definition(asked.opened.draft.nodes, asked.name)
    return Outcome(changes, goto=url_for("design.definition", app=asked.opened.app, kind=asked.name[0], key=key))


@edit("definition.remove")
def _remove_definition(asked: Edit) -> Outcome:
    changes = definitions.remove_definition(asked.package, asked.name)
    return Outcome(changes, goto=url_for("design.listing", app=asked.opened.app, kind=asked.name[0]))


@edit("rename")
def _rename(asked: Edit) -> Outcome:
    """Another key. What others refer to takes everything that mentions it along; the page may have another address then."""
    key, owner = asked.form.get("value", "").strip(), asked.at[:-1]
    known = asked.opened.judged.references.definitions.values() if asked.opened.judged.package else ()
    found = next((d for d in known if d.node == asked.name and d.parts == owner), None)
    if found is None:
        return Outcome(properties.set_value(asked.opened.draft.nodes, asked.name, asked.at, [key]))
    changes = definitions.rename_key(asked.package, found.target, key)
    if owner:
        return Outcome(changes)
    return Outcome(changes, goto=url_for("design.definition", app=asked.opened.app, kind=asked.name[0], key=key))


# Fields


@edit("field.add")
def _add_field(asked: Edit) -> Outcome:
    options = [o.strip() for o in asked.form.get("options", "").replace("，", ",").split(",") if o.strip()]
    changes, key = entities.add_field(
        asked.opened.draft.nodes,
        asked.name[1],
        type=asked.form.get("type", "text"),
        label=asked.label,
        refers_to=asked.form.get("refers_to", ""),
        options=options,
        on_form=bool(asked.form.get("on_form")),
        on_list=bool(asked.form.get("on_list")),
    )
    fields = changes["entity", asked.name[1]] or {}
    index = entities.field_keys(fields).index(key)
    return Outcome(changes, at=f"/fields/{index}")


@edit("field.type")
def _change_type(asked: Edit) -> Outcome:
    index = asked.at[1]
    changes = entities.change_type(asked.opened.draft.nodes, asked.name[1], int(index), asked.form.get("value", "text"))
    return Outcome(changes)


@edit("field.remove")
def _remove_field(asked: Edit) -> Outcome:
    entity, index = asked.name[1], asked.at[1]
    nodes = asked.opened.draft.nodes
    field = body_of(nodes, asked.name)["fields"][index]
    pages = entities.remove_from_pages(nodes, entity, str(field["key"]))
    definitions.refuse_if_used(asked.package, (("field", entity, str(field["key"])),), pages)
    return Outcome({**pages, **properties.remove_item(nodes, asked.name, asked.at)}, at="")


# Forms


@edit("form.insert")
def _insert(asked: Edit) -> Outcome:
    index = asked.form.get("index", "")
    place = int(index) if index.isdecimal() else None
    changes, at = forms.insert(
        asked.opened.draft.nodes, asked.name, asked.at, place, kind=asked.form.get("what", "field"), field=asked.form.get("field", "")
    )
    return Outcome(changes, at=at)


# Workflows


@edit("state.add")
def _add_state(asked: Edit) -> Outcome:
    changes, at = flows.add_state(asked.opened.draft.nodes, asked.name, asked.label)
    return Outcome(changes, at=at)


@edit("transition.add")
def _add_transition(asked: Edit) -> Outcome:
    changes, at = flows.add_transition(
        asked.opened.draft.nodes,
        asked.name,
        asked.label,
        source=asked.form.get("from", ""),
        target=asked.form.get("to", ""),
    )
    return Outcome(changes, at=at)


@edit("approval.add")
def _add_approval(asked: Edit) -> Outcome:
    changes, at = flows.add_approval(
        asked.opened.draft.nodes,
        asked.name,
        asked.at,
        role=asked.form.get("role", ""),
        field=asked.form.get("field", ""),
        amount=asked.form.get("amount", ""),
    )
    return Outcome(changes, at=at)


@edit("approval.threshold")
def _threshold(asked: Edit) -> Outcome:
    field, amount = asked.form.get("field", ""), asked.form.get("source") or asked.form.get("amount", "")
    return Outcome(flows.set_threshold(asked.opened.draft.nodes, asked.name, asked.at, field, amount))


@edit("approval.insert")
def _insert_node(asked: Edit) -> Outcome:
    index = asked.form.get("index", "")
    changes, at = flows.insert_node(
        asked.opened.draft.nodes,
        asked.name,
        asked.at,
        int(index) if index.isdecimal() else None,
        kind=asked.form.get("what", "approver"),
        role=asked.form.get("role", ""),
    )
    return Outcome(changes, at=at)


# Rules


@edit("rule.compose")
def _compose(asked: Edit) -> Outcome:
    before = body_of(asked.opened.draft.nodes, asked.name)
    form = rules.grown(asked.lists())
    drawing = asked.drawing(())
    entity, ledger = asked.form.get("when.entity", ""), asked.form.get("when.ledger", "")
    drawing = replace(drawing, frame=Frame(self_=entity, ledger=ledger, grain=asked.form.get("when.grain", "")))
    return Outcome({asked.name: rules.from_form(form, before, drawing)})
