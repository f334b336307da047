"""Pages: what exists, the thing itself, its properties, what is wrong. One page per definition, drawn for its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request, url_for

from builder.designer import drawing, trying
from builder.designer.approval_page import Steps, groups_of
from builder.designer.edits.change import parts_of, value_at
from builder.designer.rehearsing import last_runs
from builder.designer.room import Opened, Room
from builder.designer.upgrade import newer
from builder.errors import NotFoundError
from builder.metadata.canonical import canonical
from builder.metadata.kinds import KINDS, NodeName, path_of
from builder.metadata.places import Parts
from builder.metadata.schemas import problems_of

SINGLE = frozenset({"app", "roles"})


def install_pages(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes of this module."""

    @blueprint.get("/<app>/")
    def overview(app: str) -> str:
        opened = room.open(app)
        counts = {kind: len(opened.keys(kind)) for kind in KINDS}
        return room.render(
            "overview.html",
            opened,
            counts=counts,
            installed=bool(request.args.get("installed")),
            newer=newer(room, opened.actor, app),
            back=request.path,
        )

    @blueprint.get("/<app>/<kind>/")
    def listing(app: str, kind: str) -> Any:
        _known(kind)
        if kind in SINGLE:
            return redirect(url_for("design.definition", app=app, kind=kind, key=kind), 303)
        opened = room.open(app)
        rows = drawing.listing(opened, kind)
        return room.render(
            "listing.html", opened, kind=kind, rows=rows, off=sum(r.off for r in rows), back=request.path
        )

    @blueprint.get("/<app>/<kind>/<key>")
    def definition(app: str, kind: str, key: str) -> Any:
        _known(kind)
        if kind == "i18n":
            return redirect(url_for("design.source", app=app, kind=kind, key=key), 303)
        opened = room.open(app)
        name = (kind, key)
        body = _body(opened, name)
        at = _selected(body)
        # A half-made definition has the general page, which needs no shape.
        draw = drawing.DRAWN.get(kind) if not problems_of(name, body) else None
        values = draw(opened, name, at) if draw else {}
        if draw and kind == "workflow":
            values |= _approvals(room, opened, name, values)
        if draw and kind == "rule":
            values |= last_runs(room, opened, body)
        template = f"{kind}.html" if draw else "definition.html"
        return room.render(template, opened, **_common(opened, name, at), **values)

    install_more_pages(blueprint, room)


def install_more_pages(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes beside a definition's own page."""

    @blueprint.get("/<app>/<kind>/<key>/all")
    def everything(app: str, kind: str, key: str) -> str:
        """Every property of a definition, also of those that have a page of their own."""
        _known(kind)
        opened = room.open(app)
        body = _body(opened, (kind, key))
        return room.render("definition.html", opened, **_common(opened, (kind, key), _selected(body)))

    @blueprint.get("/<app>/<kind>/<key>/source")
    def source(app: str, kind: str, key: str) -> str:
        _known(kind)
        opened = room.open(app)
        name = (kind, key)
        text = canonical(name, _body(opened, name))
        return room.render("source.html", opened, source=text, **_common(opened, name, ()))

    @blueprint.get("/<app>/problems")
    def problems(app: str) -> str:
        return room.render("problems.html", room.open(app), back=request.path)

    @blueprint.get("/<app>/find")
    def find(app: str) -> Response:
        """What Ctrl-K finds."""
        return jsonify({"items": drawing.found(room.open(app), request.args.get("q", "")[:100])})

    @blueprint.get("/<app>/open")
    def open_place(app: str) -> Response:
        """The page of a problem's place."""
        return redirect(drawing.address(app, request.args.get("path", "")), 303)  # type: ignore[return-value]


def _approvals(room: Room, opened: Opened, name: NodeName, values: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of a workflow must know of people and of what is being tried."""
    body = opened.draft.nodes[name]
    transitions = {str(t.get("key")): t for t in body.get("transitions", ())}
    people = trying.people_of(room, opened)
    tried = trying.tried(room, opened, name, request.args)
    kept = {
        k: v for k, v in request.args.items() if k in {"try", "record", "by"} or k.startswith(trying.ASKED)
    }
    return {
        "steps_of": Steps(opened, str(body.get("entity", "")), people, values["path_said"], transitions),
        "groups_of": groups_of,
        "parts_of": parts_of,
        "tried": tried,
        "trying": kept,
    }


def _known(kind: str) -> None:
    if kind not in KINDS:
        raise NotFoundError(kind=kind)


def _body(opened: Opened, name: NodeName) -> Any:
    body = opened.draft.nodes.get(name)
    if body is None:
        raise NotFoundError(kind=name[0], key=name[1])
    return body


def _selected(body: Any) -> Parts:
    """The node that is at hand; the definition itself where the address names none that exists."""
    parts = parts_of(request.args.get("at", ""))
    found = value_at(body, parts, None)
    return parts if isinstance(found, dict) else ()


def _common(opened: Opened, name: NodeName, at: Parts) -> dict[str, Any]:
    panel = opened.panel(name)
    body = opened.draft.nodes[name]
    return {
        "kind": name[0],
        "key": name[1],
        "name": name,
        "path": path_of(name),
        "body": body,
        "at": at,
        "panel": panel,
        "title": opened.called(name),
        "selected": value_at(body, at),
        "widgets": drawing.widgets(panel, at),
        "drawing": drawing.Rows(opened, name),
        "back": request.full_path.rstrip("?"),
        "brothers": opened.keys(name[0]),
        "usages": drawing.usages(opened, name, at),
    }
