"""Upgrade: what the app's template changed since, what its owner changed, and what both did. Chosen here, then a step of the draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for

from builder.commands import Actor, TakeOver
from builder.designer.difference import Differ, Difference
from builder.designer.edits.change import complete
from builder.designer.room import Room
from builder.designer.words import Words
from builder.errors import ConflictError
from builder.metadata.kinds import NodeName, Nodes
from builder.metadata.loading import APP
from builder.metadata.merge import Merged, merge
from builder.metadata.upgrade import is_newer

THEIRS = "theirs"


@dataclass(frozen=True)
class Newer:
    """The template as the app was made from it, the app, and the template as it is now under the app's own name."""

    base: Nodes
    mine: Nodes
    theirs: Nodes

    def merged(self, wanted: Mapping[NodeName, str]) -> Merged:
        """The merge where conflicts are settled for mine, but for the definitions that ``wanted`` says otherwise of."""
        first = merge(self.base, self.mine, self.theirs)
        if not first.conflicts:
            return first
        choices = {c.path: wanted.get(c.node, "mine") for c in first.conflicts}
        return merge(self.base, self.mine, self.theirs, choices)

    def all_theirs(self) -> Merged:
        """The merge where every conflict is settled for the template."""
        return self.merged(dict.fromkeys(self.conflicts(), THEIRS))

    def conflicts(self) -> tuple[NodeName, ...]:
        """Definitions in which both sides changed the same thing, each in its own way."""
        return tuple(dict.fromkeys(c.node for c in merge(self.base, self.mine, self.theirs).conflicts))


@dataclass(frozen=True)
class Side:
    """One definition that both sides changed, in sentences."""

    name: NodeName
    kind: str
    label: str
    mine: tuple[str, ...]
    theirs: tuple[str, ...]


def newer(room: Room, actor: Actor, app: str) -> Newer | None:
    """The newer template of the app; None where it has none, took it over already, or is ahead of it."""
    row = next((r for r in room.workshop.apps(actor) if r.key == app), None)
    theirs = room.workshop.templates().get(row.template) if row is not None else None
    if theirs is None:
        return None
    mine = room.workshop.live_nodes(actor, app)
    if not is_newer(theirs, mine):
        return None
    own = {**theirs[APP], "key": app, "label": mine[APP].get("label")}
    return Newer(room.workshop.template_nodes(actor, app), mine, {**theirs, APP: own})


def sides(found: Newer, words: Words) -> tuple[Side, ...]:
    """The conflicts, each with what either choice makes of it. What else the two sides did to it comes along whatever is chosen."""
    differ, all_theirs = Differ(words), found.all_theirs()
    all_mine = found.merged({})
    mine = {d.name: d for d in differ.between(all_theirs.nodes, all_mine.nodes)}
    theirs = {d.name: d for d in differ.between(all_mine.nodes, all_theirs.nodes)}
    return tuple(_side(name, mine.get(name), theirs.get(name), words) for name in found.conflicts())


def _side(name: NodeName, mine: Difference | None, theirs: Difference | None, words: Words) -> Side:
    some = mine or theirs
    kind, label = (some.kind, some.label) if some else (words.kind(name[0]), name[1])
    return Side(name, kind, label, _lines(mine, words), _lines(theirs, words))


def _lines(one: Difference | None, words: Words) -> tuple[str, ...]:
    if one is None:
        return ()
    return one.lines or (words(f"d.diff.sort.{one.sort}"),)


def install_upgrade(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes of this module."""

    @blueprint.get("/<app>/upgrade")
    def upgrade(app: str) -> str:
        opened = room.open(app)
        found = newer(room, opened.actor, app)
        if found is None:
            return room.render("upgrade.html", opened, newer=None)
        differ = Differ(opened.words)
        return room.render(
            "upgrade.html",
            opened,
            newer=found,
            both=sides(found, opened.words),
            # What is not to be chosen: what only the owner changed, and what only the template did, in whatever definition.
            mine=differ.between(found.theirs, found.all_theirs().nodes),
            theirs=differ.between(found.mine, found.merged({}).nodes),
            is_open=opened.draft.nodes != found.mine,
        )

    @blueprint.post("/<app>/upgrade")
    def take_over(app: str) -> Response:
        opened = room.open(app)
        found = newer(room, opened.actor, app)
        if found is None or opened.draft.nodes != found.mine:
            raise ConflictError("DRAFT_OPEN" if found else "CONFLICT", app=app)
        wanted = {n: THEIRS for n in found.conflicts() if request.form.get("/".join(n)) == THEIRS}
        nodes = found.merged(wanted).nodes
        names = dict.fromkeys([*found.mine, *nodes])
        changed = {n: nodes.get(n) for n in names if found.mine.get(n) != nodes.get(n)}
        command = TakeOver(app, complete(found.mine, changed), found.theirs)
        room.workshop.send(opened.actor, [command])
        return redirect(url_for("design.release", app=app), 303)  # type: ignore[return-value] # werkzeug's class is Flask's
