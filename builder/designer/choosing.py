"""Choosing: the page that asks a few questions and recommends a template with its reasons."""

from __future__ import annotations

from flask import Blueprint, request

from builder.designer.room import Room
from builder.metadata.choosing import Choosing, advise
from builder.metadata.kinds import Nodes


def install_choosing(blueprint: Blueprint, room: Room) -> None:
    """Adds the routes of this module."""

    @blueprint.get("/choose")
    def choose() -> str:
        actor = room.actor()
        known, templates = room.workshop.choosing(), room.workshop.templates()
        answers = answers_of(known)
        found = advise(known, answers, list(templates)) if answers else ()
        offers = [
            {"advice": a, **_looks(a.template, templates[a.template]), "best": n == 0}
            for n, a in enumerate(found)
        ]
        return room.render(
            "choose.html",
            questions=known.questions,
            answers=answers,
            offers=offers,
            may_install=actor.is_admin,
        )


def answers_of(known: Choosing) -> dict[str, str]:
    """What was answered, as far as it was asked."""
    return {
        q.key: given
        for q in known.questions
        if (given := request.args.get(q.key, "")) in {a.key for a in q.answers}
    }


def _looks(key: str, nodes: Nodes) -> dict[str, object]:
    app = nodes["app", "app"]
    return {
        "key": key,
        "label": app.get("label", key),
        "icon": app.get("icon", "package"),
        "color": app.get("color", "blue"),
    }
