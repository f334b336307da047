"""Release: check, publish, versions, roll back, export. The pages around a draft's way into use."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, redirect, request, url_for

from builder.commands import DiscardDraft, Publish, RollBack
from builder.designer.difference import Differ
from builder.designer.room import Opened, Room
from builder.errors import InvalidError, NotFoundError, Problem
from builder.metadata.archive import to_zip


def install_release(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes of this module."""

    @blueprint.get("/<app>/release")
    def release(app: str) -> str:
        return _release(room, app)

    @blueprint.post("/<app>/publish")
    def publish(app: str) -> Response:
        return _published(room, app)

    @blueprint.post("/<app>/undo")
    def undo(app: str) -> Response:
        room.undo(app, redo=request.form.get("redo") == "1")
        return _back(app)

    @blueprint.post("/<app>/discard")
    def discard(app: str) -> Response:
        actor = room.actor()
        room.workshop.send(actor, [DiscardDraft(app)])
        return _to("design.release", app)

    @blueprint.get("/<app>/versions")
    def versions(app: str) -> str:
        opened = room.open(app)
        rows = room.workshop.versions(opened.actor, app)
        move = room.workshop.move(opened.actor, app)
        done = request.args.get("done", "")
        return room.render("versions.html", opened, rows=rows, done=done, move=move)

    @blueprint.get("/<app>/versions/<int:number>")
    def version(app: str, number: int) -> str:
        opened = room.open(app)
        rows = room.workshop.versions(opened.actor, app)
        row = next((r for r in rows if r.number == number), None)
        if row is None:
            raise NotFoundError(version=str(number))
        nodes = room.workshop.version_nodes(opened.actor, app, number)
        older = room.workshop.version_nodes(opened.actor, app, number - 1) if number > 1 else {}
        live = room.workshop.live_nodes(opened.actor, app)
        differ = Differ(opened.words)
        return room.render(
            "version.html",
            opened,
            row=row,
            brought=differ.between(older, nodes) if older else (),
            back=differ.between(live, nodes),
            is_live=number == opened.draft.live,
        )

    @blueprint.post("/<app>/versions/<int:number>/roll-back")
    def roll_back(app: str, number: int) -> Response:
        actor = room.actor()
        room.workshop.send(actor, [RollBack(app, number, request.form.get("note", "").strip())])
        return _to("design.versions", app, done="rolled_back")

    @blueprint.get("/<app>/export.zip")
    def export(app: str) -> Response:
        actor = room.actor()
        content = to_zip(room.workshop.live_nodes(actor, app))
        headers = {"Content-Disposition": f'attachment; filename="{app}.zip"'}
        return Response(content, mimetype="application/zip", headers=headers)


def _published(room: Room, app: str) -> Response:
    """The draft published. Values that would be lost are asked about first."""
    actor = room.actor()
    note, lose = request.form.get("note", "").strip(), request.form.get("lose") == "1"
    try:
        room.workshop.send(actor, [Publish(app, note, lose=lose)])
    except InvalidError as error:
        if error.code != "VALUES_UNREADABLE":
            raise
        return Response(_release(room, app, unreadable=error.problems, note=note), 422)
    move = room.workshop.move(actor, app)
    return _to("design.versions", app, done="" if move and move.waits else "published")


def _release(room: Room, app: str, *, unreadable: Sequence[Problem] = (), note: str = "") -> str:
    """The way into use. ``unreadable``: values that would be left empty, which the author may want."""
    opened = room.open(app)
    live = room.workshop.live_nodes(opened.actor, app)
    changes = Differ(opened.words).between(live, opened.draft.nodes)
    move = room.workshop.move(opened.actor, app)
    rehearsed = _rehearsed(room, opened, app) if changes else ()
    return room.render(
        "release.html",
        opened,
        rehearsed=rehearsed,
        changes=changes,
        unreadable=unreadable,
        given=note,
        move=move,
    )


def _rehearsed(room: Room, opened: Opened, app: str) -> Sequence[Problem]:
    """What the draft's ledgers would have done differently, where the draft can be read."""
    package = opened.judged.package
    return room.workshop.rehearse(opened.actor, app, package) if package is not None else ()


def _to(endpoint: str, app: str, done: str = "") -> Response:
    return redirect(url_for(endpoint, app=app, done=done or None), 303)  # type: ignore[return-value] # werkzeug's class is Flask's


def _back(app: str) -> Response:
    """Where the person was, if that is a page of ours."""
    wanted = request.form.get("back", "")
    if not wanted.startswith(f"{url_for('design.overview', app=app)}") or "//" in wanted or "\\" in wanted:
        wanted = url_for("design.overview", app=app)
    return redirect(wanted, 303)  # type: ignore[return-value]
