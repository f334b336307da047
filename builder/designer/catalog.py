"""Catalog: install a template, start from nothing, clone an app, bring a package in."""

from __future__ import annotations

import re

from flask import Blueprint, Response, redirect, request, url_for

from builder.commands import InstallApp
from builder.designer.edits import apps
from builder.designer.edits.keys import key_from, words_from
from builder.designer.inside import PARTS, counted, inside
from builder.designer.room import Room
from builder.errors import InvalidError, NotFoundError, Problem
from builder.metadata.archive import read_zip
from builder.metadata.kinds import Nodes
from builder.metadata.text import Text, in_locale

KEY = re.compile(r"[a-z][a-z0-9_]{0,62}", re.ASCII)


def install_catalog(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes of this module."""

    @blueprint.get("/")
    def catalog() -> str:
        actor = room.actor()
        templates = [_summary(key, nodes) for key, nodes in room.workshop.templates().items()]
        rows = room.workshop.apps(actor)
        return room.render("catalog.html", apps=rows, templates=templates, may_install=actor.is_admin)

    @blueprint.get("/templates/<template>")
    def template(template: str) -> str:
        room.actor()
        nodes = room.workshop.templates().get(template)
        if nodes is None:
            raise NotFoundError(template=template)
        taken = _taken(room)
        key = key_from(template, template, taken)
        parts = inside(nodes, room.words())
        return room.render(
            "template.html", offer=_summary(template, nodes), parts=parts, looks=PARTS, key=key
        )

    @blueprint.post("/templates/<template>/install")
    def install(template: str) -> Response:
        actor = room.actor()
        nodes = room.workshop.templates().get(template)
        if nodes is None:
            raise NotFoundError(template=template)
        version = str(nodes["app", "app"].get("version", ""))
        key, label = _named(_taken(room), nodes["app", "app"].get("label", template))
        room.workshop.send(actor, [InstallApp(key, nodes, template, version, label)])
        return _begun(room, key)

    @blueprint.post("/new")
    def new() -> Response:
        actor = room.actor()
        key, label = _named(_taken(room), "")
        color = request.form.get("color", "blue")
        room.workshop.send(actor, [InstallApp(key, apps.blank(key, label, color=color), label=label)])
        return _opened(key)

    install_copies(blueprint, room)


def install_copies(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes that make apps of other apps and packages."""

    @blueprint.post("/<app>/clone")
    def clone(app: str) -> Response:
        actor = room.actor()
        nodes = room.workshop.live_nodes(actor, app)
        row = next((r for r in room.workshop.apps(actor) if r.key == app), None)
        key, label = _named(_taken(room), _copy_of(nodes["app", "app"].get("label", app)))
        template = row.template if row and row.template else app
        version = str(nodes["app", "app"].get("version", ""))
        room.workshop.send(actor, [InstallApp(key, nodes, template, version, label)])
        return _opened(key)

    @blueprint.post("/import")
    def bring_in() -> Response:
        actor = room.actor()
        given = request.files.get("package")
        content = given.read() if given else b""
        if not content:
            raise InvalidError(
                problems=[Problem("REQUIRED", "/package", {"field": room.words()("d.package_file")})]
            )
        nodes, problems = read_zip(content)
        if problems or ("app", "app") not in nodes:
            raise InvalidError("PACKAGE_INVALID", problems=problems or [Problem("E007", "app.json")])
        if not request.form.get("rules_on"):
            nodes = asleep(nodes)
        app = nodes["app", "app"]
        key, label = _named(_taken(room), app.get("label", ""), wanted=str(app.get("key", "")))
        room.workshop.send(actor, [InstallApp(key, nodes, "", str(app.get("version", "")), label)])
        return _opened(key)


RESERVED = ("templates", "choose", "new", "import", "api", "static", "design")


def _taken(room: Room) -> list[str]:
    """Keys that a new app cannot have."""
    return [*RESERVED, *(row.key for row in room.workshop.apps(room.actor()))]


def asleep(nodes: Nodes) -> Nodes:
    """The nodes with every rule switched off: what came from outside does nothing by itself before somebody has read it."""
    return {name: {**body, "enabled": False} if name[0] == "rule" else body for name, body in nodes.items()}


def _summary(key: str, nodes: Nodes) -> dict[str, object]:
    app = nodes["app", "app"]
    return {
        "key": key,
        "label": app.get("label", key),
        "description": app.get("description", ""),
        "icon": app.get("icon", "package"),
        "color": app.get("color", "blue"),
        "version": app.get("version", ""),
        "counts": counted(nodes),
        "has_sample": any(n[0] == "data" for n in nodes),
    }


def _named(taken: list[str], label: Text, *, wanted: str = "") -> tuple[str, Text]:
    """The new app's key and name, from the form where it says so."""
    zh, en = request.form.get("label_zh", ""), request.form.get("label_en", "")
    if zh.strip() or en.strip():
        label = words_from(zh, en)
    if not in_locale(label, "zh-CN"):
        raise InvalidError(
            problems=[Problem("REQUIRED", "/label_zh", {"field": {"zh-CN": "名称", "en": "Name"}})]
        )
    asked = request.form.get("key", "").strip() or wanted
    if asked and not KEY.fullmatch(asked):
        raise InvalidError(problems=[Problem("E014", "/key", {"value": asked})])
    return key_from({"en": asked} if asked else label, "app", taken), label


def _copy_of(label: Text) -> Text:
    return {"zh-CN": f"{in_locale(label, 'zh-CN')}（副本）", "en": f"{in_locale(label, 'en')} (copy)"}


def _opened(key: str) -> Response:
    return redirect(url_for("design.overview", app=key, installed=1), 303)  # type: ignore[return-value]


def _begun(room: Room, key: str) -> Response:
    """Who installed a template goes where the work begins; the designer is for who wants it otherwise."""
    url = next((app.url for app in room.shell().apps if app.key == key), "")
    return redirect(url, 303) if url else _opened(key)  # type: ignore[return-value]
