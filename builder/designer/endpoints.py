"""Endpoints: every edit comes in here, is made by a pure function, and leaves as one step of the draft."""

from __future__ import annotations

import logging
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, jsonify, redirect, request, url_for

from builder.designer import making, shapes
from builder.designer.asked import EDITS, Edit, Make, Outcome, edit
from builder.designer.edits import definitions, entities, properties, rows
from builder.designer.edits.change import parts_of, pointer_of
from builder.designer.room import Room
from builder.designer.sentences import conditions, filters
from builder.errors import ConflictError, InvalidError

TRIES = 3
log = logging.getLogger(__name__)
MAKERS = (making,)
"""Modules that register further edits."""


def install_endpoints(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes of this module."""

    @blueprint.post("/<app>/edit")
    def edit_draft(app: str) -> Response:
        make = EDITS.find(request.form.get("op", ""))
        if make is None:
            raise InvalidError("EDIT_UNKNOWN", op=request.form.get("op", ""))
        outcome = _made(room, app, make)
        if request.headers.get("X-Bare"):
            return jsonify({"at": outcome.at})
        return redirect(_next(app, outcome), 303)  # type: ignore[return-value]


def _made(room: Room, app: str, make: Make) -> Outcome:
    """The edit made and saved. Where somebody else saved the same definition in between it is made again on what they saved, so that
    changes of different places both stay."""
    for again in range(TRIES - 1, -1, -1):
        opened = room.open(app)
        outcome = _tried(make, Edit(opened, request.form))
        try:
            room.save(opened, outcome.changes)
        except ConflictError as error:
            if not again or error.code != "VERSION_CONFLICT":
                raise
        else:
            return outcome
    raise ConflictError


def _tried(make: Make, asked: Edit) -> Outcome:
    """What the edit makes. A draft may hold half-made definitions: an edit that finds nothing to work on there is refused, not a failure."""
    try:
        return make(asked)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        log.info("an edit found nothing to work on", exc_info=error)
        raise InvalidError("EDIT_MISPLACED") from error


def _next(app: str, outcome: Outcome) -> str:
    """Where to go: a page of this app, never anywhere else."""
    home = url_for("design.overview", app=app)
    wanted = urlsplit(outcome.goto or request.form.get("back", ""))
    path = (
        wanted.path
        if wanted.path.startswith(home) and not wanted.netloc and "\\" not in wanted.path
        else home
    )
    query = dict(parse_qsl(wanted.query))
    if outcome.at is not None:
        query["at"] = outcome.at
    return f"{path}?{urlencode(query)}" if query else path


# Any property of any definition


@edit("set")
def _set(asked: Edit) -> Outcome:
    return Outcome(
        properties.set_value(asked.opened.draft.nodes, asked.name, asked.at, asked.form.getlist("value"))
    )


@edit("words")
def _words(asked: Edit) -> Outcome:
    zh, en = asked.form.get("zh", ""), asked.form.get("en", "")
    return Outcome(properties.set_words(asked.opened.draft.nodes, asked.name, asked.at, zh, en))


@edit("json")
def _json(asked: Edit) -> Outcome:
    text = asked.form.get("value", "")
    return Outcome(properties.put_json(asked.opened.draft.nodes, asked.name, asked.at, text))


@edit("cell")
def _cell(asked: Edit) -> Outcome:
    """One value of a row of reference data, as its field's type writes it."""
    nodes, entity = asked.opened.draft.nodes, asked.form.get("entity", "")
    return Outcome(rows.set_cell(nodes, asked.name, asked.at, entity, asked.form.get("value", "")))


@edit("row.add")
def _add_row(asked: Edit) -> Outcome:
    return Outcome(rows.add_row(asked.opened.draft.nodes, asked.name))


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
    changes, index = properties.add_item(
        asked.opened.draft.nodes, asked.name, asked.at, asked.label, **values
    )
    return Outcome(changes, at=pointer_of((*asked.at, index)))


@edit("remove")
def _remove(asked: Edit) -> Outcome:
    """The node at a place gone; what others refer to stays as long as they do."""
    known = asked.opened.judged.references.definitions.values() if asked.opened.judged.package else ()
    found = next((d for d in known if d.node == asked.name and d.parts == asked.at), None)
    if found is not None:
        definitions.refuse_if_used(asked.package, (found.target,), {})
    return Outcome(properties.remove_item(asked.opened.draft.nodes, asked.name, asked.at), at="")


@edit("step")
def _step(asked: Edit) -> Outcome:
    by = -1 if asked.form.get("by") == "-1" else 1
    changes, index = properties.step_item(asked.opened.draft.nodes, asked.name, asked.at, by)
    return Outcome(changes, at=pointer_of((*asked.at[:-1], index)))


@edit("move")
def _move(asked: Edit) -> Outcome:
    target = parts_of(asked.form.get("to", ""))
    changes = properties.move_item(asked.opened.draft.nodes, asked.name, asked.at, target, asked.index)
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
    return Outcome(
        changes, goto=url_for("design.definition", app=asked.opened.app, kind=asked.name[0], key=key)
    )


@edit("definition.remove")
def _remove_definition(asked: Edit) -> Outcome:
    changes = definitions.remove_definition(asked.package, asked.name)
    return Outcome(changes, goto=url_for("design.listing", app=asked.opened.app, kind=asked.name[0]))


@edit("rules.enable")
def _enable_rules(asked: Edit) -> Outcome:
    """Every rule switched on: somebody has read them."""
    rules = {
        n: b for n, b in asked.opened.draft.nodes.items() if n[0] == "rule" and b.get("enabled") is False
    }
    return Outcome({name: {**body, "enabled": True} for name, body in rules.items()})


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
    return Outcome(
        changes, goto=url_for("design.definition", app=asked.opened.app, kind=asked.name[0], key=key)
    )
